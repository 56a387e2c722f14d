"""A small web for the stories about feeds: what each address answers, and what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaja.outbound import Fetched, Refused


@dataclass
class Web:
    """`answers[url]` is what comes; a Refused is raised. `asked` are the requests' addresses and headers, in order."""

    answers: dict[str, Fetched | Refused] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None, **_options: object) -> Fetched:
        self.asked.append((url, headers or {}))
        answer = self.answers.get(url, Refused("unreachable", "The server does not answer."))
        if isinstance(answer, Refused):
            raise answer
        return answer

    def serve(self, url: str, content: str | bytes, *, moved: str = "", **headers: str) -> None:
        """`headers` with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = content.encode() if isinstance(content, str) else content
        self.answers[url] = Fetched(moved or url, 200, named, body, moved)


def entry(n: int, title: str = "", *, more: str = "") -> str:
    return f'<item><title>{title or f"Story {n}"}</title><link>https://n.example/{n}</link><guid isPermaLink="false">{n}</guid>{more}</item>'


def rss(*entries: str, head: str = "") -> str:
    return f'<rss version="2.0"><channel><title>News</title>{head}{"".join(entries)}</channel></rss>'


def job(n: int, title: str, *, city: str = "Riga", expires: str = "") -> str:
    return (
        f"<job><title>{title}</title><url>https://jobs.example/{n}</url><referencenumber>{n}</referencenumber>"
        f"<city>{city}</city><country>LV</country><expirationdate>{expires}</expirationdate>"
        f"<jobtype>full-time</jobtype><description>&lt;p&gt;Come &amp;amp; build&lt;/p&gt;</description></job>"
    )


def jobs(*ads: str) -> str:
    return f'<?xml version="1.0"?><source><publisher>Jobs</publisher>{"".join(ads)}</source>'

"""Every field of every request, one at a time, with what nobody should send: refused in words, never our fault."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kaja import outbound
from kaja.content.models import Item
from kaja.outbound import Refused
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast

ODD: list[object] = [
    None, -1, 0, 2**31, 2**63, 2**70, 1.5, float("1e400"), True, "", " ", "\x00", "\ud800", "\u202e", "x" * 4000, [], {}, ["a"],
    "http://[", "https://a b/", "javascript:alert(1)", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-11-24T10:00:00",
    "2026-11-24", "tomorrow", "<script>alert(1)</script>", "'; DROP TABLE people_person; --", "sandbox", "bluesky",
]  # fmt: skip
LIVE, DRAFT, WAITING, WORDS, ACCOUNT, PLAN, OPENED = (
    "{live}",
    "{draft}",
    "{waiting}",
    "{words}",
    "{account}",
    "{plan}",
    "{opened}",
)
KEPT = "{kept}"
RULE = {"any": [{"all": [{"field": "location", "is": True, "values": ["Riga"]}]}]}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/items", {"category": "product", "title": "T", "url": "https://x.example/", "summary": "s", "language": "en"}),
    ("PATCH", f"/items/{DRAFT}", {
        "title": "T", "url": "https://x.example/", "summary": "s", "language": "en", "category": "product",
        "live_from": "2026-11-24T10:00:00Z", "live_until": "2027-01-24T10:00:00Z", "pinned": True, "evergreen": False,
    }),
    ("POST", f"/items/{DRAFT}/captions", {"language": "en", "text": "Words", "network": "linkedin", "voice": "Witty"}),
    ("POST", f"/items/{WAITING}/return", {"reason": "Shorter"}),
    ("POST", f"/items/{LIVE}/withdraw", {"reason": "Wrong"}),
    ("PATCH", "/items", {"what": "category", "value": "product", "filter": "words=a"}),
    ("PATCH", "/items", {"what": "ends", "value": "2027-01-24", "filter": "words=a"}),
    ("PATCH", "/items", {"what": "topic_add", "value": "Robots", "filter": "status=live"}),
    ("POST", "/views", {"name": "Mine", "query": "words=a", "shared": False}),
    ("POST", f"/items/{WAITING}/decision", {"words": "Fine", "version": 1}),
    ("POST", f"/items/{WAITING}/comments", {"text": "Is it so?", "about": "title"}),
    ("POST", "/audiences", {"name": "Riga", "rule": RULE}), ("POST", "/audiences/size", {"rule": RULE}),
    ("POST", f"/audiences/{KEPT}/versions", {"rule": RULE, "name": "R", "begins_at": "2026-12-24T10:00:00Z"}),
    ("PUT", "/categories/product/steps", {"steps": [{"names": {"en": "Legal"}, "days": 2, "people": [], "teams": []}]}),
    ("POST", "/feeds", {"url": "https://x.example/feed", "category": "product"}),
    ("POST", "/shares", {"item": LIVE, "account": ACCOUNT, "text": "Mine", "caption": WORDS, "at": "2026-12-24T10:00:00Z"}),
    ("POST", "/shares", {"item": LIVE, "dialog": "linkedin", "text": "Mine", "caption": WORDS}),
    ("PATCH", f"/shares/{PLAN}", {"text": "Other", "at": "2026-12-25T10:00:00Z"}),
    ("POST", f"/shares/{OPENED}/confirm", {"post_url": "https://linkedin.com/p/1"}),
    ("POST", "/accounts", {"network": "sandbox", "handle": "liis", "password": ""}),
    ("POST", "/networks/count", {"network": "x", "text": "Words"}),
    ("POST", "/links/classify", {"user_agent": "Mozilla/5.0", "method": "GET", "headers": {"Purpose": "prefetch"}}),
]  # fmt: skip
QUERIES = [
    ("/items", ["status", "category", "language", "words", "topic", "audience", "campaign", "validity", "kind", "author", "feed",
                "cursor", "limit"]),
    ("/views", ["cursor", "limit"]), ("/shares", ["state", "cursor", "limit"]),
    ("/captions", ["item", "cursor", "limit"]), ("/people", ["cursor", "limit"]), ("/figures/programme", ["from", "to"]),
    ("/figures/me", ["from", "to"]), ("/figures/clicks", ["from", "to", "share", "item", "team", "network", "page"]),
]  # fmt: skip
NUMBERED = [
    ("GET", "/bulk/{n}"), ("POST", "/bulk/{n}/undo"), ("POST", "/items/{n}/still-right"), ("DELETE", "/views/{n}"),
    ("GET", "/items/{n}"), ("POST", "/items/{n}/submit"), ("POST", "/items/{n}/approve"), ("DELETE", "/captions/{n}"),
    ("GET", "/shares/{n}"), ("DELETE", "/shares/{n}"), ("POST", "/shares/{n}/deny"), ("POST", "/shares/{n}/retry"),
    ("GET", "/audiences/{n}"), ("GET", "/audiences/{n}/people"), ("DELETE", "/audiences/{n}"),
    ("POST", "/items/{n}/decision"), ("GET", "/items/{n}/comments"), ("GET", "/items/{n}/versions"),
    ("GET", "/items/{n}/versions/1"), ("POST", "/items/{n}/versions/{n}/restore"), ("DELETE", "/items/{n}/change"),
    ("DELETE", "/accounts/{n}"), ("GET", "/links/{n}"), ("GET", "/figures/{n}"),
]  # fmt: skip


@pytest.fixture
def rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Rows of Kadri's that the calls are about; the internet does not answer."""

    def fetch(_url: str, **_options: object) -> None:
        raise Refused("unreachable", "The server does not answer.")

    monkeypatch.setattr(outbound, "fetch", fetch)
    live, account = factories.item("Live", "One"), factories.account(cast.kadri)
    later = timezone.now() + timedelta(days=3)
    plan = factories.share(
        cast.kadri, live, network="sandbox", state=State.PLANNED, at=later, published_at=None, account=account,
        way=Share.Way.API, confirmed="",
    )  # fmt: skip
    opened = factories.share(
        cast.kadri, live, state=State.UNKNOWN, reason="opened", published_at=None, confirmed="",
    )  # fmt: skip
    return {
        LIVE: live.pk, DRAFT: factories.item("Draft", state="draft").pk, WAITING: factories.item("W", "w", state="in_review").pk,
        KEPT: factories.audience(cast.kadri, "Kept", location=["Riga"]).pk, WORDS: live.captions.get().pk, ACCOUNT: account.pk, PLAN: plan.pk, OPENED: opened.pk,
    }  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=lambda part: part if isinstance(part, str) else "")
def test_one_odd_field_is_refused_in_words(
    cast: Cast, rows: dict[str, int], method: str, path: str, body: dict[str, Any]
) -> None:
    kadri = Caller(cast.kadri)
    for name, number in rows.items():
        path = path.replace(name, str(number))
    valid = {field: rows.get(value, value) if isinstance(value, str) else value for field, value in body.items()}
    broken = []
    for field in body:
        for odd in ODD:
            said = kadri(method, path, {**valid, field: odd})
            if kadri.status >= 500 or (kadri.status >= 400 and not (said and said["title"])):
                broken.append((field, odd, kadri.status))
    assert broken == []


@pytest.mark.parametrize(("path", "names"), QUERIES, ids=lambda part: part if isinstance(part, str) else "")
def test_one_odd_word_in_the_address_is_refused_in_words(
    cast: Cast, rows: dict[str, int], path: str, names: list[str]
) -> None:
    kadri, broken = Caller(cast.kadri), []
    for name in names:
        for odd in ODD:
            if odd == "\ud800":
                continue  # no address can carry it
            answer = kadri.client.get("/api/v1" + path, {name: str(odd)}, headers=kadri.headers)
            if answer.status_code >= 500:
                broken.append((name, odd))
    assert broken == []


@pytest.mark.parametrize(("method", "path"), NUMBERED)
def test_a_number_that_no_row_has_is_not_found(cast: Cast, method: str, path: str) -> None:
    kadri = Caller(cast.kadri)
    for odd in ("0", "-1", str(2**31), str(2**63), str(2**70), "%00", "%F0%9F%98%80", "x", "1.5", "NaN"):
        kadri(method, path.replace("{n}", odd))
        assert kadri.status in (400, 404, 405, 422), odd


def test_a_field_that_must_be_something_is_told_by_its_name(cast: Cast, rows: dict[str, int]) -> None:
    kadri = Caller(cast.kadri)
    for field in ("title", "language", "category", "pinned"):
        said = kadri("PATCH", f"/items/{rows[DRAFT]}", {field: None})
        assert (kadri.status, list(said["errors"])) == (422, [field])
    item = Item.objects.get(pk=rows[DRAFT])
    assert item.title == "Draft"


def test_times_can_be_taken_away(cast: Cast, rows: dict[str, int]) -> None:
    said = Caller(cast.kadri)("PATCH", f"/items/{rows[DRAFT]}", {"live_from": None, "live_until": None})
    assert (said["live_from"], said["live_until"]) == (None, None)


def test_another_persons_key_is_no_concern_of_mine(cast: Cast, rows: dict[str, int]) -> None:
    liis, mart = Caller(cast.liis), Caller(cast.mart)
    for caller, text in ((liis, "Mine"), (mart, "His")):
        caller("POST", "/shares", {"item": rows[LIVE], "dialog": "linkedin", "text": text}, **{"Idempotency-Key": "1"})
        assert caller.status == 201


def test_what_breaks_in_kaja_itself_is_a_problem_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> Callable[..., object]:
        raise RuntimeError("broken")

    monkeypatch.setattr("kaja.api.shapes.person", broken)
    kadri = Caller(cast.kadri)
    said = kadri("GET", "/me")
    assert (kadri.status, kadri.kind, said["status"]) == (500, "application/problem+json", 500)
    assert "RuntimeError" not in str(said)

"""What preview fetchers get instead of the redirect: a small page that says how the link looks (E4).

Networks draw a link from the Open Graph tags of the page behind it. The company may say other words, so a fetcher reads
ours; people are sent on and never see this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string

from kaja.links import agents
from kaja.links.answers import Page
from kaja.links.models import ShortLink
from kaja.people import company

_MOST_AGENTS = 20_000
_known: dict[bytes, bool] = {}


def is_fetcher(agent: bytes) -> bool:
    """Whether this user agent draws previews. Asked at every click, so what was found out once is remembered."""
    found = _known.get(agent)
    if found is None:
        if len(_known) >= _MOST_AGENTS:
            _known.clear()
        text = agent.decode("utf-8", "replace")
        # One quick look leaves out nearly everybody; the published rules decide about the rest.
        found = _known[agent] = agents.may_preview(text) and agents.read(text).kind == "preview"
    return found


def page(number: int) -> Page | None:
    """The page of a link by its number; None when nothing is to be told. Asks the database."""
    row = ShortLink.objects.filter(pk=number, disabled_at__isnull=True).values_list("slug", "target", "preview").first()
    if row is None or not isinstance(row[2], dict) or not row[2]:
        return None
    slug, target, preview = row
    return _drawn(slug, target, *(str(preview.get(name, "")) for name in ("title", "text", "image")), _company())


def _company() -> tuple[str, str]:
    whose = company.current()
    return whose.name, whose.language


@lru_cache(maxsize=500)
def _drawn(slug: str, target: str, title: str, text: str, image: str, whose: tuple[str, str]) -> Page:
    name, language = whose
    context: Mapping[str, str] = {
        "address": f"{settings.LINK_BASE_URL}/{slug}",
        "target": target,
        "title": title,
        "text": text,
        "image": image if image.startswith(("https://", "http://")) else "",
        "company": name,
        "language": language,
    }
    return Page(200, language, render_to_string("links/preview.html", dict(context)))

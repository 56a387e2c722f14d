"""Articles: Markdown as an editor writes it, HTML as everybody may see it.

Markdown is rendered without raw HTML, and what comes out is cleaned all the same: only what a text needs, links to the
web, and pictures that this Kaja serves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from kaja.content import kinds
from kaja.content.models import Item
from kaja.content.previews import Preview, picture_address

TAGS = {
    "p", "br", "h2", "h3", "h4", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "hr", "code", "pre", "img",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title", "width", "height"}, "ol": {"start"}}
OWN_PICTURE = re.compile(r"/pictures/[0-9a-f]{32}(-small)?\.webp")
WORDS_A_MINUTE = 200

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _allowed(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        path = value.removeprefix(settings.BASE_URL)
        return path if OWN_PICTURE.fullmatch(path) else None
    return value


@lru_cache(maxsize=500)
def html(body: str) -> SafeString:
    """An article's text as clean HTML. Its own headings begin at the second level: the title is the first."""
    tokens = _markdown.parse(body.replace("\x00", ""))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 4)}" if token.tag != "h2" else "h2"
    clean = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    # A picture that is not ours has lost its address.
    return mark_safe(re.sub(r"<img(?![^>]*\bsrc=)[^>]*>", "", clean))  # noqa: S308 - cleaned above


def minutes(body: str) -> int:
    """How long it takes to read, at least a minute."""
    return max(round(len(body.split()) / WORDS_A_MINUTE), 1)


def _thing(item: Item, company: dict[str, str]) -> dict[str, Any]:
    """What only an event, a job ad or an article says of itself."""
    begun = item.live_from.isoformat() if item.live_from else ""
    details = item.details
    place = details.get("place")
    location = {"@type": "Place", "name": place, "address": place} if place else None
    if begins := kinds.moment(item, "begins"):
        ends = kinds.moment(item, "ends")
        return {
            "@type": "Event", "startDate": begins.isoformat(), "endDate": ends.isoformat() if ends else "",
            "location": location or {"@type": "VirtualLocation", "url": details.get("online", item.url)},
            "organizer": company,
        }  # fmt: skip
    if kinds.of(item).detail("last_day"):
        return {
            "@type": "JobPosting", "title": item.title, "datePosted": begun, "jobLocation": location,
            "validThrough": details.get("last_day", ""), "hiringOrganization": company,
        }  # fmt: skip
    return {
        "@type": "Article", "headline": item.title[:110], "inLanguage": item.language, "datePublished": begun,
        "dateModified": item.updated_at.isoformat(), "publisher": company, "author": company,
        "mainEntityOfPage": item.url,
    }  # fmt: skip


def linked_data(item: Item, preview: Preview, *, publisher: str, pictures: Iterable[str] = ()) -> SafeString:
    """What the page says of itself to machines (JSON-LD, schema.org), as a script element that runs nothing."""
    images = [picture_address(preview.image)] if preview.image else list(pictures)
    company = {"@type": "Organization", "name": publisher}
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "name": item.title,
        "description": preview.text,
        "image": images,
        "url": item.url,
        **_thing(item, company),
    }
    written = json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False)
    for letter, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        written = written.replace(letter, escaped)
    return mark_safe(f'<script type="application/ld+json">{written}</script>')  # noqa: S308 - escaped above

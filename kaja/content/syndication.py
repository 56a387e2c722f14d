"""Reading an RSS or Atom feed: its entries as plain text with absolute addresses and sane dates (A5)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import nh3
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import addresses
from kaja.content.pages import CONTROL, DESCRIPTION, TITLE, plain
from kaja.outbound import Refused

LARGEST = 8_000_000
MOST = 1000
ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
BLOCK = re.compile(r"</(p|div|li|h\d|br)>|<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One entry; `guid` is what the feed calls it, so that reading twice makes no second item."""

    guid: str
    address: str
    title: str
    summary: str
    image: str
    published: datetime | None


@dataclass(frozen=True)
class Syndication:
    """A feed as it was read; `left_out` entries had neither a title nor an address, or were one too many."""

    title: str
    language: str
    entries: list[Entry]
    left_out: int = 0


def read(content: bytes, address: str, headers: Mapping[str, str] | None = None) -> Syndication:
    """Read a feed fetched from `address`. Raises Refused with a sentence for what is none, or is meant to do harm."""
    if len(content) > LARGEST:
        raise Refused("too-large", _("The feed is larger than 8 MB."))
    if ENTITY.search(content[:20_000]):
        # Feeds need no entities of their own; a few lines of them can unfold to gigabytes.
        raise Refused("entities", _("The feed defines entities of its own, which Kaja does not read."))
    import feedparser

    parsed = feedparser.parse(content.lstrip(), response_headers={"content-location": address, **(headers or {})})
    if not parsed.entries and not parsed.get("version"):
        raise Refused("no-feed", _("There is no RSS or Atom feed at this address. Look for a link called RSS."))
    entries = [_entry(raw, address) for raw in parsed.entries[:MOST]]
    kept = [entry for entry in entries if entry is not None]
    if not kept and parsed.get("bozo") and parsed.entries == []:
        raise Refused("broken", _("The feed is broken and nothing in it could be read."))
    language = str(parsed.feed.get("language", "")).split("-")[0].lower()
    return Syndication(
        title=plain(_text(parsed.feed.get("title")), TITLE) or addresses.host(address),
        language=language if re.fullmatch(r"[a-z]{2,3}", language) else "",
        entries=kept,
        left_out=len(parsed.entries) - len(kept),
    )


def _text(markup: Any) -> str:
    """The words of a piece of HTML: tags gone, entities read, twice where they were written twice."""
    if not isinstance(markup, str):
        return ""
    spaced = BLOCK.sub(" ", markup)
    return nh3.clean(spaced, tags=set(), clean_content_tags={"script", "style", "svg", "iframe", "object"})


def _entry(raw: Any, feed: str) -> Entry | None:
    address = _web(raw.get("feedburner_origlink") or raw.get("link") or "", feed)
    guid = CONTROL.sub("", str(raw.get("id") or ""))
    summary = plain(_text(raw.get("summary") or _content(raw)), DESCRIPTION)
    title = plain(_text(raw.get("title")), TITLE) or plain(summary, 80)
    if not title or not address:
        return None
    return Entry(
        guid=(guid or address)[:500],
        address=address,
        title=title,
        summary=summary,
        image=_image(raw, address),
        published=_moment(raw),
    )


def _content(raw: Any) -> str:
    return next((str(part.get("value", "")) for part in raw.get("content", []) if part.get("value")), "")


def _web(address: str, base: str) -> str:
    found = addresses.fit(address, base) if address.strip() else ""
    return found if len(found) <= 2000 else ""


def _image(raw: Any, base: str) -> str:
    """A picture that the entry names for itself: media content, thumbnail or enclosure."""
    named = [*raw.get("media_content", []), *raw.get("media_thumbnail", []), *raw.get("enclosures", [])]
    for one in named:
        address, kind = one.get("url") or one.get("href") or "", one.get("type") or one.get("medium") or ""
        if address and (kind.startswith("image") or re.search(r"\.(jpe?g|png|webp|gif|avif)(\?|$)", address, re.I)):
            return _web(address, base)
    return ""


def _moment(raw: Any) -> datetime | None:
    """When it was published, in UTC; None when it does not say, or says something absurd."""
    parsed = raw.get("published_parsed") or raw.get("updated_parsed")
    if not parsed:
        return None
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if datetime(1990, 1, 1, tzinfo=UTC) < moment < timezone.now() + timedelta(days=2) else None

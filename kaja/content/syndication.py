"""Reading a feed (RSS, Atom, JSON, job ads): its entries as plain text with absolute addresses and sane dates (A5)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax import SAXException

from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import addresses
from kaja.content import entries, jobads, jsonfeeds
from kaja.content.entries import Entry
from kaja.content.pages import CONTROL, DESCRIPTION, TITLE, plain
from kaja.outbound import Refused

LARGEST = 8_000_000
MOST = 1000
ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


@dataclass(frozen=True)
class Syndication:
    """A feed as it was read; `left_out` entries had neither a title nor an address, or were one too many.

    `whole` is false when entries may be missing although the feed has them: it was cut, or broken. `ttl` minutes and
    `skip_hours` (0 to 23, GMT) are the feed's own wishes about how often it is read.
    """

    title: str
    language: str
    entries: list[Entry]
    left_out: int = 0
    whole: bool = True
    ttl: int = 0
    skip_hours: frozenset[int] = frozenset()


def read(content: bytes, address: str, headers: Mapping[str, str] | None = None) -> Syndication:
    """Read a feed fetched from `address`. Raises Refused with a sentence for what is none, or is meant to do harm."""
    if len(content) > LARGEST:
        raise Refused("too-large", _("The feed is larger than 8 MB."))
    if ENTITY.search(content[:20_000]):
        # Feeds need no entities of their own; a few lines of them can unfold to gigabytes.
        raise Refused("entities", _("The feed defines entities of its own, which Kaja does not read."))
    begins = content[:3000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins[:1] in (b"{", b"["):
        return _cut(*jsonfeeds.read(content, address))
    if jobads.are_in(begins):
        return _cut(*jobads.read_xml(content, address))
    if re.match(rb"<!doctype html|<html", begins, re.IGNORECASE):
        return _cut(*jobads.read_page(content, (headers or {}).get("content-type", ""), address))
    return _feed(content, address, headers)


def _cut(title: str, language: str, found: list[Entry | None], whole: bool = True) -> Syndication:
    kept = [one for one in found[:MOST] if one is not None]
    return Syndication(title, language, kept, len(found) - len(kept), whole=whole and len(found) <= MOST)


def _feed(content: bytes, address: str, headers: Mapping[str, str] | None) -> Syndication:
    import feedparser

    try:
        parsed = feedparser.parse(content.lstrip(), response_headers={"content-location": address, **(headers or {})})
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # It reads what it can and stumbles over what nobody foresaw; one such feed must not end the turn of the others.
        raise Refused("broken", _("The feed is broken and nothing in it could be read.")) from error
    if not parsed.entries and not parsed.get("version"):
        raise Refused("no-feed", _("There is no RSS or Atom feed at this address. Look for a link called RSS."))
    read = [_entry(raw, address) for raw in parsed.entries[:MOST]]
    kept = [entry for entry in read if entry is not None]
    # What feedparser complains of besides (a wrong content type, say) is no loss of entries.
    broken = isinstance(parsed.get("bozo_exception"), SAXException)
    if not kept and broken and parsed.entries == []:
        raise Refused("broken", _("The feed is broken and nothing in it could be read."))
    ttl = str(parsed.feed.get("ttl", ""))
    skipped = re.search(rb"<skipHours>(.{0,2000}?)</skipHours>", content[:50_000], re.DOTALL)
    hours = re.findall(rb"<hour>\s*(\d{1,2})\s*</hour>", skipped[1]) if skipped else []
    return Syndication(
        title=plain(entries.words(parsed.feed.get("title")), TITLE) or addresses.host(address),
        language=entries.language(parsed.feed.get("language", "")),
        entries=kept,
        left_out=len(parsed.entries) - len(kept),
        whole=not broken and len(parsed.entries) <= MOST,
        ttl=int(ttl) if ttl.isascii() and ttl.isdigit() and len(ttl) < 7 else 0,
        skip_hours=frozenset(int(hour) for hour in hours if int(hour) < 24),
    )


def _entry(raw: Any, feed: str) -> Entry | None:
    address = entries.web(raw.get("feedburner_origlink") or raw.get("link") or "", feed)
    guid = CONTROL.sub("", str(raw.get("id") or ""))
    summary = plain(entries.words(raw.get("summary") or _content(raw)), DESCRIPTION)
    title = plain(entries.words(raw.get("title")), TITLE) or plain(summary, 80)
    if not title or not address:
        return None
    return Entry(
        guid=(guid or address)[:500],
        address=address,
        title=title,
        summary=summary,
        image=_image(raw, address),
        published=_moment(raw),
        author=entries.text(raw.get("author"), 120),
        categories=tuple(filter(None, (entries.text(tag.get("term"), 80) for tag in raw.get("tags", [])[:20]))),
    )


def _content(raw: Any) -> str:
    return next((str(part.get("value", "")) for part in raw.get("content", []) if part.get("value")), "")


def _image(raw: Any, base: str) -> str:
    """A picture that the entry names for itself: media content, thumbnail or enclosure."""
    named = [*raw.get("media_content", []), *raw.get("media_thumbnail", []), *raw.get("enclosures", [])]
    for one in named:
        address, kind = one.get("url") or one.get("href") or "", one.get("type") or one.get("medium") or ""
        if address and (kind.startswith("image") or re.search(r"\.(jpe?g|png|webp|gif|avif)(\?|$)", address, re.I)):
            return entries.web(address, base)
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

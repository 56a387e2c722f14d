"""One entry of a feed, whatever it is written in; how its parts become plain words, addresses and moments (A5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import nh3
from django.utils import timezone

from kaja import addresses
from kaja.content.pages import plain

BLOCK = re.compile(r"</(p|div|li|h\d|br)>|<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One entry; `guid` is what the feed calls it, so that reading twice makes no second item.

    `details` are those of a job ad (place, remote, last_day, employment); empty for anything else.
    """

    guid: str
    address: str
    title: str
    summary: str
    image: str = ""
    published: datetime | None = None
    language: str = ""
    author: str = ""
    categories: tuple[str, ...] = ()
    job: bool = False
    details: dict[str, Any] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """The entry as JSON."""
        moment = self.published.isoformat() if self.published else ""
        return {**asdict(self), "published": moment, "categories": list(self.categories)}


def read(said: Mapping[str, Any]) -> Entry:
    """The entry that `Entry.said` wrote down."""
    moment = str(said.get("published", ""))
    return Entry(
        **{
            **said,
            "published": datetime.fromisoformat(moment) if moment else None,
            "categories": tuple(said.get("categories", ())),
        }
    )


def language(said: Any) -> str:
    """The language of "et-EE"; empty for what is none."""
    code = str(said or "").replace("_", "-").split("-")[0].strip().lower()
    return code if re.fullmatch(r"[a-z]{2,3}", code) else ""


def text(markup: Any, most: int) -> str:
    """One line of plain text from a piece of HTML, cut at `most` characters."""
    return plain(words(markup), most)


def web(address: Any, base: str) -> str:
    """The full address, or empty for what is none."""
    found = addresses.fit(address, base) if isinstance(address, str) and address.strip() else ""
    return found if len(found) <= 2000 else ""


def moment(said: Any) -> datetime | None:
    """A moment as feeds write it (ISO 8601, RFC 2822, or milliseconds since 1970), in UTC; None for what is absurd."""
    found: datetime | None = None
    try:
        if isinstance(said, int | float) and not isinstance(said, bool):
            found = datetime.fromtimestamp(said / 1000, UTC)
        elif isinstance(said, str) and said.strip():
            found = _written(said.strip()[:60])
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None
    if found is None:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if datetime(1990, 1, 1, tzinfo=UTC) < found < timezone.now() + timedelta(days=2 * 365) else None


def _written(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return parsedate_to_datetime(said)


def words(markup: Any) -> str:
    """The words of a piece of HTML: tags gone, entities read, twice where they were written twice."""
    if not isinstance(markup, str):
        return ""
    spaced = BLOCK.sub(" ", markup)
    return nh3.clean(spaced, tags=set(), clean_content_tags={"script", "style", "svg", "iframe", "object"})

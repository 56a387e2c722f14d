"""A rule tried on the words of the last quarter before it goes live (C3, L9).

Suggested words are shown with what was found. Of people's shares there are numbers only: their words are their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from kaja.content.models import Caption, Item
from kaja.guidelines import checks
from kaja.guidelines.checks import Hint
from kaja.guidelines.models import RuleVersion
from kaja.guidelines.reading import read
from kaja.sharing import shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

QUARTER = timedelta(days=92)
# The newest shares are read, and at most so many captions shown.
MOST_SHARES, MOST_SHOWN = 5000, 20


@dataclass(frozen=True)
class Part:
    text: str
    found: bool


@dataclass(frozen=True)
class Words:
    """A caption in which the rule found something."""

    caption: Caption
    parts: list[Part]
    missing: bool


@dataclass(frozen=True)
class Tried:
    since: datetime
    captions: int
    captions_found: int
    shares: int
    shares_found: int
    shown: list[Words]

    @property
    def read(self) -> int:
        return self.captions + self.shares

    @property
    def found(self) -> int:
        return self.captions_found + self.shares_found

    @property
    def percent(self) -> float:
        """Of a hundred texts, how many it would have told of."""
        return 100 * self.found / self.read if self.read else 0.0


def tried(version: RuleVersion, *, at: datetime | None = None) -> Tried:
    """What this version would have said of the last quarter's captions and shares. Three queries."""
    since = (at or timezone.now()) - QUARTER
    shown: list[Words] = []
    captions = found = 0
    for caption in _captions(since):
        captions += 1
        networks = [caption.network] if caption.network else []
        hints = checks.check(caption.text, language=caption.language, networks=networks, rules=[version])
        found += bool(hints)
        if hints and len(shown) < MOST_SHOWN:
            shown.append(Words(caption, _parts(caption.text, hints), missing=not hints[0].words))
    read, told = _shares(version, since)
    return Tried(since, captions, found, read, told, shown)


def _captions(since: datetime) -> list[Caption]:
    """Words of what was live in that time, or is written now."""
    rows = Caption.objects.filter(item__state__in=(Item.State.APPROVED, Item.State.IN_REVIEW, Item.State.DRAFT))
    rows = (
        rows.exclude(item__live_until__lt=since).select_related("item").order_by("-item__live_from", "position", "pk")
    )
    return list(rows[:MOST_SHARES])


def _shares(version: RuleVersion, since: datetime) -> tuple[int, int]:
    """How many shares there were, and of how many it would have told. Equal words are looked at once."""
    rows = (
        Share.objects.filter(created_at__gte=since)
        .exclude(state=State.CANCELLED)
        .select_related("link", "person")
        .order_by("-created_at")[:MOST_SHARES]
    )
    many = Counter((shares.words_of(share), share.network, share.person.country) for share in rows)
    told = sum(
        number
        for (words, network, country), number in many.items()
        if checks.check(words, networks=[network], country=country, rules=[version])
    )
    return sum(many.values()), told


def _parts(text: str, hints: list[Hint]) -> list[Part]:
    """The text cut at what was found."""
    parts, at = [], 0
    for hint in sorted(hints, key=lambda one: one.start):
        if hint.end > hint.start >= at:
            parts += [Part(text[at : hint.start], found=False), Part(text[hint.start : hint.end], found=True)]
            at = hint.end
    return [part for part in [*parts, Part(text[at:], found=False)] if part.text]


def sample(version: RuleVersion, text: str) -> list[Part]:
    """An example of the editor's, with what this version finds in it; empty when it finds nothing."""
    hints = checks.hints(version, read(text))
    return _parts(text, hints) if any(hint.words for hint in hints) else [Part("", found=True)] if hints else []

"""Roll-ups by link and day (UTC): what pages read instead of the clicks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import TypeVar

from kaja.links.models import Click, LinkDay

_OF_THEIR_OWN = ("person", "own", "repeat", "preview")
_COLUMNS = (*_OF_THEIR_OWN, "visitors", "other")
_AT_ONCE = 500

Key = tuple[int, date]
T = TypeVar("T")


def column(kind: str) -> str:
    """Where a kind of hit is added up."""
    return kind if kind in _OF_THEIR_OWN else "other"


def add(clicks: Sequence[Click]) -> None:
    """Add clicks that are about to be stored. Call it before they are, in their transaction, holding the Tally row."""
    sums: dict[Key, Counter[str]] = {}
    for click in clicks:
        sums.setdefault(_key(click), Counter())[column(click.kind)] += 1
    for key in _new_visitors(clicks):
        sums[key]["visitors"] += 1
    write(sums, onto=_stored(sums))


def write(sums: dict[Key, Counter[str]], *, onto: dict[Key, LinkDay]) -> None:
    """Store the sums, added to the rows of `onto` where there is one."""
    rows = []
    for (link, day), sum_ in sums.items():
        stored = onto.get((link, day))
        row = LinkDay(link_id=link, day=day)  # Without its number: the database finds the row by link and day.
        for name in _COLUMNS:
            setattr(row, name, sum_[name] + (getattr(stored, name) if stored else 0))
        rows.append(row)
    LinkDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["link", "day"], update_fields=list(_COLUMNS)
    )


def _key(click: Click) -> Key:
    return click.link_id, click.at.astimezone(UTC).date()


def _stored(sums: Iterable[Key]) -> dict[Key, LinkDay]:
    links, days = {link for link, _day in sums}, {day for _link, day in sums}
    found: dict[Key, LinkDay] = {}
    for some in _some(list(links)):
        found |= {(row.link_id, row.day): row for row in LinkDay.objects.filter(link__in=some, day__in=days)}
    return found


def _new_visitors(clicks: Sequence[Click]) -> Iterator[Key]:
    """A key for each visitor who has not clicked the link that day. The visitor's hash holds the day."""
    fresh = {(click.link_id, click.visitor): _key(click) for click in clicks if click.kind == "person"}
    for some in _some(list({visitor for _link, visitor in fresh})):
        known = Click.objects.filter(kind="person", visitor__in=some).values_list("link_id", "visitor")
        for pair in known.distinct():
            fresh.pop(pair, None)
    yield from fresh.values()


def _some(many: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(many), _AT_ONCE):
        yield many[start : start + _AT_ONCE]

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
    for key, stored in _stored(sums):
        sums[key].update(stored)
    write(sums)


def write(sums: dict[Key, Counter[str]]) -> None:
    """Store these sums as the whole of what their links got on their days."""
    # Rows without a number: the database finds those that are there by link and day.
    rows = [LinkDay(link_id=link, day=day, **sum_) for (link, day), sum_ in sums.items()]
    LinkDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["link", "day"], update_fields=list(_COLUMNS)
    )


def _key(click: Click) -> Key:
    return click.link_id, click.at.astimezone(UTC).date()


def _stored(keys: Iterable[Key]) -> Iterator[tuple[Key, dict[str, int]]]:
    wanted = set(keys)
    days = {day for _link, day in wanted}
    for some in _some(list({link for link, _day in wanted})):
        rows = LinkDay.objects.filter(link__in=some, day__in=days).values_list("link_id", "day", *_COLUMNS)
        for link, day, *numbers in rows:
            if (link, day) in wanted:
                yield (link, day), dict(zip(_COLUMNS, numbers, strict=True))


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

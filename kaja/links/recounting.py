"""Counting again by newer rules (L3): a new RULES_VERSION classes the stored hits anew, day by day."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from kaja.links import counting, retention, rollups, visitors
from kaja.links.behaviour import Behaviour
from kaja.links.models import Click, Tally

_DAY = timedelta(days=1)
_AT_ONCE = 500
# What the log said of how a request was made, as far as its class still tells.
_HOW = {"head": "H", "prefetch": "P", "own": "O"}


def recount() -> int:
    """Class every stored hit by the rules of today and set the roll-ups right; how many hits changed their class.

    Does nothing when that is done already. Each day is one transaction; what a stopped run has done is not done again.
    Days whose clicks are partly forgotten keep their roll-ups as they are.
    """
    tally = Tally.objects.first()
    if tally is None or tally.rules == visitors.RULES_VERSION:
        return 0
    whole_since = (timezone.now() - retention.CLICKS).astimezone(UTC).date() + _DAY
    day = max(whole_since, tally.recounted + _DAY) if tally.recounted else whole_since
    latest = Click.objects.aggregate(at=Max("at"))["at"]
    changed = 0
    while latest is not None and day <= latest.astimezone(UTC).date():
        changed += _recount_day(day)
        day += _DAY
    Tally.objects.update(rules=visitors.RULES_VERSION, recounted=None)
    return changed


def _recount_day(day: date) -> int:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    with transaction.atomic():
        counting.held_tally()
        hits = Click.objects.filter(at__gte=start, at__lt=start + _DAY)
        clicks = list(hits.order_by("at", "pk"))
        behaviour = Behaviour(start.timestamp())
        behaviour.read(until=start)
        was = [(click.kind, click.rule) for click in clicks]
        for click in clicks:
            said = visitors.of_line(_HOW.get(click.kind, "G"), click.user_agent)
            click.kind, click.rule = said.kind, said.rule
            counting.judge(click, behaviour)
        changed = [click for click, before in zip(clicks, was, strict=True) if (click.kind, click.rule) != before]
        _store(changed)
        hits.update(rules=visitors.RULES_VERSION)
        rollups.write(_sums(clicks, day))
        counting.note_first_clicks(changed)
        Tally.objects.update(recounted=day, serial=F("serial") + 1)
    return len(changed)


def _store(clicks: Sequence[Click]) -> None:
    same: dict[tuple[str, str], list[int]] = {}
    for click in clicks:
        same.setdefault((click.kind, click.rule), []).append(click.pk)
    for (kind, rule), numbers in same.items():
        for start in range(0, len(numbers), _AT_ONCE):
            Click.objects.filter(pk__in=numbers[start : start + _AT_ONCE]).update(kind=kind, rule=rule)


def _sums(clicks: Sequence[Click], day: date) -> dict[rollups.Key, Counter[str]]:
    sums: dict[rollups.Key, Counter[str]] = {}
    people: dict[rollups.Key, set[str]] = {}
    for click in clicks:
        key = (click.link_id, day)
        sums.setdefault(key, Counter())[rollups.column(click.kind)] += 1
        if click.kind == "person":
            people.setdefault(key, set()).add(click.visitor)
    for key, visitors_ in people.items():
        sums[key]["visitors"] = len(visitors_)
    return sums

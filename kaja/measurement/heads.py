"""Head-counts: how many are invited and joined on a day, for the company and each team (docs/figures.md 0.3).

Rates of the past divide by the head-count of their own day; a programme that grew does not rewrite its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kaja.measurement import rollups
from kaja.measurement.models import HeadCount
from kaja.measurement.periods import Period
from kaja.people.models import Invitation, Person

HISTORY = timedelta(days=400)


@dataclass(frozen=True)
class Heads:
    """`invited` are all who may take part: employees in Kaja, and open invitations of people not in it yet."""

    day: date
    invited: int
    joined: int


def count_now() -> dict[int | None, Heads]:
    """Today's head-count of the company (None) and of each team. People who left count nowhere."""
    counts = (
        Person.objects.filter(is_active=True)
        .order_by()
        .values_list("team")
        .annotate(invited=Count("pk"), joined=Count("pk", filter=Q(joined_at__isnull=False)))
    )
    waiting = (
        Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())
        .filter(~Exists(Person.objects.filter(email__iexact=OuterRef("email"))))
        .order_by()
        .values_list("team")
        .annotate(invited=Count("email", distinct=True))
    )
    sums: dict[int | None, list[int]] = {None: [0, 0]}
    for team, invited, joined in chain(counts, ((team, n, 0) for team, n in waiting)):
        for key in {None, team}:
            sum_ = sums.setdefault(key, [0, 0])
            sum_[0] += invited
            sum_[1] += joined
    return {team: Heads(rollups.today(), invited, joined) for team, (invited, joined) in sums.items()}


@transaction.atomic
def take() -> None:
    """Write down today's head-count; the last one of a day stays. The scheduler calls this every minute."""
    now = count_now()
    day = now[None].day
    kept = {row.team_id: row for row in HeadCount.objects.filter(day=day).select_for_update()}
    fresh, changed = [], []
    for team, heads in now.items():
        row = kept.pop(team, None)
        if row is None:
            fresh.append(HeadCount(day=day, team_id=team, invited=heads.invited, joined=heads.joined))
        elif (row.invited, row.joined) != (heads.invited, heads.joined):
            row.invited, row.joined = heads.invited, heads.joined
            changed.append(row)
    HeadCount.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    HeadCount.objects.bulk_update(changed, ["invited", "joined"], batch_size=500)
    # A team that everybody left today.
    HeadCount.objects.filter(pk__in=[row.pk for row in kept.values()]).update(invited=0, joined=0)


def history(last: date) -> list[Heads]:
    """The company's head-counts of some 13 months up to `last`, from old to new; today's is counted now if missing."""
    rows = HeadCount.objects.filter(team__isnull=True, day__gt=last - HISTORY, day__lte=last).order_by("day")
    found = [Heads(row.day, row.invited, row.joined) for row in rows]
    if last == rollups.today() and (not found or found[-1].day != last):
        found.append(count_now()[None])
    return found


def at(day: date, known: Sequence[Heads]) -> Heads | None:
    """The head-count of a day: its own, or the nearest one before it. None when none was taken yet."""
    return next((heads for heads in reversed(known) if heads.day <= day), None)


def left_by(period: Period) -> Q:
    """Rows of a `person` who had left by the end of the period, and so are in no head-count of its last day."""
    after = datetime.combine(period.last + timedelta(days=1), time.min, UTC)
    return Q(person__is_active=False, person__left_at__lt=after)


def of_teams(day: date) -> QuerySet[HeadCount]:
    """Head-counts of the teams on a day: its own, or those of the nearest day before it."""
    taken = HeadCount.objects.filter(team__isnull=False, day__lte=day).order_by("-day").values("day")[:1]
    return HeadCount.objects.filter(team__isnull=False, day=taken).order_by("team__name")

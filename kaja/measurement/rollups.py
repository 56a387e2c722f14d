"""Roll-ups of a day: what pages read instead of shares, links and snapshots.

A day is added up whole and anew from the raw rows, so that doing it twice changes nothing and a lost turn is made up
by the next. Days are UTC days, as the click counter's are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from kaja.links.models import LinkDay, Tally
from kaja.measurement.models import Counted, GroupDay, ItemDay, NetworkDay, RolledDay, RollUp, Snapshot
from kaja.networks.catalogue import BY_KEY
from kaja.sharing.models import Share

# Older days change no more: clicks are kept 90 days, and readings end after 90.
LOOK_BACK = timedelta(days=100)
BATCH = 1000
CLASSES = {"person": "clicks", "visitors": "visitors"} | {name: name for name in ("own", "repeat", "preview", "other")}
TOLD = ("likes", "reposts", "replies")
# Proofs of a share, the strongest first (docs/figures.md 2.1: confirmed, inferred, claimed).
PROOFS = (Share.Confirmed.NETWORK, Share.Confirmed.CLICK, Share.Confirmed.PERSON)


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def day_of(moment: datetime) -> date:
    """The day a moment is counted under."""
    return moment.astimezone(UTC).date()


def mark(days: Iterable[date]) -> None:
    """These days have changed: they are added up again at the next turn. Part of the caller's transaction."""
    rows = [RolledDay(day=day, stale=True) for day in sorted(set(days))]
    RolledDay.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["day"], update_fields=["stale"]
    )


def refresh() -> None:
    """Add up every day that has changed. The scheduler calls this every few seconds; two at once take turns."""
    with transaction.atomic():
        state, tally = _held(), Tally.objects.first()
        if tally and (tally.serial, tally.rules) != (state.serial, state.rules):
            # Clicks are counted within moments, so these are the days; `verify` finds the rare others.
            mark([today(), today() - timedelta(days=1)] if tally.rules == state.rules else _click_days())
            RollUp.objects.filter(pk=1).update(serial=tally.serial, rules=tally.rules)
    for day in list(RolledDay.objects.filter(stale=True).order_by("-day").values_list("day", flat=True)):
        with transaction.atomic():
            _held()
            if RolledDay.objects.filter(day=day, stale=True).update(stale=False):
                _write(day)


def verify() -> None:
    """Compare days with their raw rows and mark those that differ: what a lost or late turn left out."""
    since = today() - LOOK_BACK
    raw = _raw(since)
    known = {row.day: (row.raw_shares, row.raw_hits) for row in RolledDay.objects.filter(day__gte=since, stale=False)}
    mark(day for day in raw.keys() | known.keys() if raw.get(day, (0, 0)) != known.get(day))


def rebuild() -> None:
    """Add up every day there has ever been: after a restore, an import, or a change of the rules."""
    mark({*_raw(date.min), *RolledDay.objects.values_list("day", flat=True)})
    refresh()


def _held() -> RollUp:
    state, _made = RollUp.objects.select_for_update().get_or_create(pk=1)
    return state


def _click_days() -> Iterable[date]:
    return LinkDay.objects.order_by().values_list("day", flat=True).distinct()


_HITS = F("person") + F("own") + F("repeat") + F("preview") + F("other")


def _raw(since: date) -> dict[date, tuple[int, int]]:
    """Shares and hits there are for each day."""
    hits = LinkDay.objects.filter(day__gte=since).order_by().values_list("day").annotate(n=Sum(_HITS))
    shares = (
        Share.objects.published()
        .filter(published_at__isnull=False)
        .order_by()
        .values_list(TruncDate("published_at", tzinfo=UTC))
        .annotate(n=Count("pk"))
    )
    if since > date.min:
        shares = shares.filter(published_at__gte=_begin(since))
    of_hits, of_shares = dict(hits), dict(shares)
    return {day: (of_shares.get(day, 0), of_hits.get(day, 0)) for day in of_hits.keys() | of_shares.keys()}


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


# --- one day ----------------------------------------------------------------------------------------------------
@dataclass
class _Sum:
    numbers: Counter[str] = field(default_factory=Counter)
    read_at: datetime | None = None


Key = tuple[Any, ...]


@dataclass
class _Day:
    """The sums of one day as they grow."""

    networks: dict[Key, _Sum] = field(default_factory=dict)
    items: dict[Key, _Sum] = field(default_factory=dict)
    groups: dict[Key, _Sum] = field(default_factory=dict)

    def sums(self, network: str, item: int, team: int | None, location: str) -> Iterator[_Sum]:
        """Each sum that a row of this network, item, team and location belongs to."""
        yield self.networks.setdefault((network,), _Sum())
        yield self.items.setdefault((item,), _Sum())
        yield self.groups.setdefault((team, location), _Sum())


def _write(day: date) -> None:
    shares = list(
        Share.objects.published()
        .filter(published_at__gte=_begin(day), published_at__lt=_begin(day + timedelta(days=1)))
        .select_related("person")
        .only("item", "network", "confirmed", "own_words", "person__team", "person__location")
        .order_by("pk")
    )
    sums = _Day()
    counted = _count_shares(day, shares, sums)
    hits = _count_hits(day, sums)
    _count_told(shares, sums)
    _replace(Counted, day, counted)
    _replace(NetworkDay, day, _rows(NetworkDay, day, ("network",), sums.networks))
    _replace(ItemDay, day, _rows(ItemDay, day, ("item_id",), sums.items))
    _replace(GroupDay, day, _rows(GroupDay, day, ("team_id", "location"), sums.groups))
    RolledDay.objects.filter(day=day).update(raw_shares=len(shares), raw_hits=hits)


def _count_shares(day: date, shares: Iterable[Share], sums: _Day) -> list[models.Model]:
    kept: dict[Key, Share] = {}
    for share in sorted(shares, key=lambda share: (_proof(share), share.pk)):
        kept.setdefault((share.person_id, share.item_id, share.network), share)
    for share in kept.values():
        for sum_ in sums.sums(share.network, share.item_id, share.person.team_id, share.person.location):
            sum_.numbers["shares"] += 1
            sum_.numbers[f"by_{PROOFS[_proof(share)].value}"] += 1
    return [
        Counted(
            day=day,
            person_id=share.person_id,
            item_id=share.item_id,
            network=share.network,
            confirmed=PROOFS[_proof(share)],
            own_words=share.own_words,
        )
        for share in kept.values()
    ]


def _proof(share: Share) -> int:
    # A share without a proof is one that its person says went out.
    return PROOFS.index(Share.Confirmed(share.confirmed)) if share.confirmed else PROOFS.index(Share.Confirmed.PERSON)


def _count_hits(day: date, sums: _Day) -> int:
    """Add the hits on links of shares; all hits of the day, those on other links too."""
    share = Share.objects.filter(link=OuterRef("link"))
    rows = LinkDay.objects.filter(day=day).annotate(
        share_item=Subquery(share.values("item")[:1]),
        share_network=Subquery(share.values("network")[:1]),
        share_team=Subquery(share.values("person__team")[:1]),
        share_location=Subquery(share.values("person__location")[:1]),
    )
    whole = 0
    for row in rows.iterator(chunk_size=2000):
        whole += row.person + row.own + row.repeat + row.preview + row.other
        if row.share_item is None:
            continue
        for sum_ in sums.sums(row.share_network, row.share_item, row.share_team, row.share_location):
            for name, column in CLASSES.items():
                sum_.numbers[column] += getattr(row, name)
    return whole


def _count_told(shares: Iterable[Share], sums: _Day) -> None:
    """Add the latest reading of each post. What a network did not tell adds nothing."""
    # What a network tells to the author alone is in nobody else's sums.
    by_number = {share.pk: share for share in shares if BY_KEY[share.network].reading is None}
    latest: dict[int, Snapshot] = {}
    numbers = list(by_number)
    for start in range(0, len(numbers), BATCH):
        for snapshot in Snapshot.objects.filter(share__in=numbers[start : start + BATCH], gone=False).order_by("pk"):
            latest[snapshot.share_id] = snapshot
    for number, snapshot in latest.items():
        share = by_number[number]
        for sum_ in sums.sums(share.network, share.item_id, share.person.team_id, share.person.location):
            sum_.numbers["told"] += 1
            for name in TOLD:
                sum_.numbers[name] += getattr(snapshot, name) or 0
            sum_.read_at = max(sum_.read_at or snapshot.at, snapshot.at)


def _rows(model: type[models.Model], day: date, names: tuple[str, ...], sums: dict[Key, _Sum]) -> list[models.Model]:
    return [
        model(day=day, **dict(zip(names, key, strict=True)), **sum_.numbers, read_at=sum_.read_at)
        for key, sum_ in sums.items()
    ]


def _replace(model: type[models.Model], day: date, rows: list[models.Model]) -> None:
    manager = model._default_manager
    manager.filter(day=day).delete()
    manager.bulk_create(rows, batch_size=BATCH)

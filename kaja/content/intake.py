"""Entries of a feed become items as its rules say; none twice, none lost, at most so many a day (A5)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from kaja.content import entries, feedrules, items, review, searching, versions
from kaja.content.entries import Entry
from kaja.content.models import Caption, Feed, FeedEntry, FeedRule, Item, Media
from kaja.content.syndication import Syndication
from kaja.people import company

What, Fate = FeedRule.What, FeedEntry.Fate
# Pictures are fetched for the newest entries of one reading and for so many seconds; the others keep none until an
# editor opens them. A slow picture server holds up no other feed.
PICTURES, PICTURE_SECONDS = 12, 20.0
# An entry that was missing so many times one after another has left its feed; once can be a hiccup.
MISSING = 2


@dataclass(frozen=True)
class Taken:
    """What came of one reading. `stuck` items were to go to review or live and stay drafts."""

    new: int = 0
    known: int = 0
    waiting: int = 0
    left_out: int = 0
    stuck: int = 0


def take(feed: Feed, found: Syndication) -> Taken:
    """Decide about every entry that was not there before; the newest comes last."""
    fresh = _fresh(feed, found)
    pictures = _pictures(fresh)
    now = timezone.now()
    with transaction.atomic():
        # Two readings of one feed at a time (the worker's and somebody's button) would make everything twice.
        Feed.objects.select_for_update().get(pk=feed.pk)
        fresh = _fresh(feed, found)
        rules = feedrules.of(feed)
        room = _Room(feed, rules, now)
        there = _there(feed, fresh)
        rows = [_decided(feed, entry, rules, room, there, now) for entry in fresh]
        FeedEntry.objects.bulk_create(rows, batch_size=500)
        stuck = _keep(feed, [row for row in rows if row.fate == Fate.KEPT], pictures, now)
        _seen(feed, found, now)
    fates = [row.fate for row in rows]
    return Taken(
        new=fates.count(Fate.KEPT),
        known=len(found.entries) - len(fresh),
        waiting=fates.count(Fate.WAITING),
        left_out=found.left_out + sum(fates.count(fate) for fate in (Fate.LEFT_OUT, Fate.DOUBLE, Fate.CLOSED)),
        stuck=stuck,
    )


@transaction.atomic
def release(feed: Feed) -> int:
    """Let in what waits, as far as today has room; by the rules of today. Returns how many became items."""
    Feed.objects.select_for_update().get(pk=feed.pk)
    now = timezone.now()
    rules = feedrules.of(feed)
    room = _Room(feed, rules, now)
    waiting = list(feed.entries.filter(fate=Fate.WAITING).order_by("pk"))
    there = _there(feed, [entries.read(row.said) for row in waiting])
    for row in waiting:
        again = _decided(feed, entries.read(row.said), rules, room, there, now)
        row.fate, row.rule, row.decided_at = again.fate, again.rule, again.decided_at
    moved = [row for row in waiting if row.fate != Fate.WAITING]
    FeedEntry.objects.bulk_update(moved, ["fate", "rule", "decided_at"], batch_size=500)
    kept = [row for row in moved if row.fate == Fate.KEPT]
    _keep(feed, kept, {}, now)
    return len(kept)


def same_again(feed: Feed) -> None:
    """The server says that nothing changed: what was missing in the last reading is missing still."""
    now = timezone.now()
    feed.entries.filter(missed=0, seen_at__lt=now - timedelta(days=1)).update(seen_at=now)
    with transaction.atomic():
        _missed(feed, feed.entries.filter(missed__gte=1))


# --- deciding -------------------------------------------------------------------------------------------------------
def _fresh(feed: Feed, found: Syndication) -> list[Entry]:
    """Entries that are new to us, the oldest first; of those with one name the first."""
    known = set(feed.entries.values_list("guid", flat=True)) | set(feed.items.values_list("guid", flat=True))
    new: dict[str, Entry] = {}
    for entry in found.entries:
        if entry.guid not in known:
            new.setdefault(entry.guid, entry)
    now = timezone.now()
    oldest_first = list(new.values())[::-1]  # feeds begin with the newest
    return sorted(oldest_first, key=lambda entry: entry.published or now)


class _Room:
    """How many entries each rule may still let in today."""

    def __init__(self, feed: Feed, rules: Sequence[FeedRule], now: datetime) -> None:
        zone = ZoneInfo(company.current().time_zone)
        midnight = datetime.combine(now.astimezone(zone).date(), clock(), zone)
        today = FeedEntry.objects.filter(feed=feed, fate=Fate.KEPT, decided_at__gte=midnight)
        used = dict(today.values_list("rule").annotate(n=Count("pk")).order_by())
        self._left = {rule.pk: rule.per_day - used.get(rule.pk, 0) for rule in rules if rule.per_day}

    def take(self, rule: FeedRule) -> bool:
        """Whether there is room for one more; then it is taken."""
        if rule.pk not in self._left:
            return True
        if self._left[rule.pk] <= 0:
            return False
        self._left[rule.pk] -= 1
        return True


def _decided(
    feed: Feed, entry: Entry, rules: Sequence[FeedRule], room: _Room, there: set[str], now: datetime
) -> FeedEntry:
    rule = feedrules.first(rules, entry)
    ends = _closes(entry)
    if rule.what == What.LEAVE_OUT:
        fate = Fate.LEFT_OUT
    elif ends is not None and ends <= now:
        fate = Fate.CLOSED
    elif entry.address in there:
        fate = Fate.DOUBLE
    else:
        fate = Fate.KEPT if room.take(rule) else Fate.WAITING
    return FeedEntry(feed=feed, guid=entry.guid, fate=fate, rule=rule, said=entry.said(), decided_at=now, seen_at=now)


def _there(feed: Feed, entries: Sequence[Entry]) -> set[str]:
    """Addresses that another feed or an editor has brought already."""
    there: set[str] = set()
    for begin in range(0, len(entries), 500):
        addresses = [entry.address for entry in entries[begin : begin + 500]]
        there |= set(
            Item.objects.filter(url__in=addresses, original=False).exclude(feed=feed).values_list("url", flat=True)
        )
    return there


def _closes(entry: Entry) -> datetime | None:
    """The end of the last day to apply, on the company's clock."""
    said = str(entry.details.get("last_day", ""))
    if not said:
        return None
    return datetime.combine(datetime.fromisoformat(said).date(), clock(23, 59), ZoneInfo(company.current().time_zone))


# --- keeping --------------------------------------------------------------------------------------------------------
def _pictures(fresh: Sequence[Entry]) -> dict[str, Media | None]:
    found: dict[str, Media | None] = {}
    ends = time.monotonic() + PICTURE_SECONDS
    for entry in reversed(fresh[-PICTURES:]):
        if entry.image and time.monotonic() < ends:
            found[entry.guid] = items.picture(entry.image, alt=entry.title)
    return found


def _keep(feed: Feed, rows: Sequence[FeedEntry], pictures: dict[str, Media | None], now: datetime) -> int:
    """Make the items of entries that are let in, and send them on as their rule says. Returns how many are stuck."""
    made = [_item(feed, row, pictures.get(row.guid), now) for row in rows]
    Item.objects.bulk_create(made, batch_size=500)
    topics = {rule.pk: list(rule.topics.all()) for rule in {row.rule for row in rows if row.rule}}
    stuck = 0
    for row, item in zip(rows, made, strict=True):
        row.item = item
        if row.rule is None:
            continue
        if topics[row.rule.pk]:
            item.topics.set(topics[row.rule.pk])
        stuck += 0 if _sent_on(item, row.rule) else 1
    FeedEntry.objects.bulk_update(rows, ["item"], batch_size=500)
    searching.index(made)
    return stuck


def _item(feed: Feed, row: FeedEntry, image: Media | None, now: datetime) -> Item:
    entry, rule = entries.read(row.said), row.rule
    assert rule is not None
    ends = [now + timedelta(days=rule.expires_days)] if rule.expires_days and not rule.evergreen else []
    closes = _closes(entry)
    ends += [closes] if closes else []
    is_job = entry.job or feed.holds == Feed.Holds.JOBS
    return Item(
        feed=feed, guid=entry.guid, title=entry.title, summary=entry.summary, url=entry.address, image=image,
        kind=Item.Kind.JOB if is_job else Item.Kind.LINK, details=entry.details if is_job else {},
        category=rule.category, audience=rule.audience, campaign=rule.campaign, evergreen=rule.evergreen,
        language=rule.language or entry.language or feed.language or company.current().language,
        # What is approved at once was written by nobody here; whoever set the rule approves it
        # (docs/decisions/feeds.md).
        author=None if rule.what == What.APPROVE else feed.added_by,
        created_at=min(entry.published or now, now), live_until=min(ends) if ends else None,
    )  # fmt: skip


def _sent_on(item: Item, rule: FeedRule) -> bool:
    """To review, or approved, in the name of whoever set the rule; false when they may not, or the item is refused."""
    if rule.what not in (What.REVIEW, What.APPROVE):
        return True
    if rule.set_by is None:
        return False
    try:
        with transaction.atomic():
            if rule.what == What.APPROVE and item.category.shareable:
                # Nothing goes live without words, and Kaja invents none: the title is what the company wrote.
                # Nobody here wrote them, so whoever set the rule may approve them.
                items.check_language(item.language)
                Caption.objects.create(item=item, language=item.language, text=item.title)
                versions.keep(item, person=None)
            review.submit(person=rule.set_by, item=item)
    except (PermissionDenied, ValidationError):
        return False
    if rule.what == What.REVIEW:
        return True
    try:
        review.approve(person=rule.set_by, item=item)
    except (PermissionDenied, ValidationError):
        return False  # It waits in review for those who must see it.
    return True


# --- what has left its feed -----------------------------------------------------------------------------------------
def _seen(feed: Feed, found: Syndication, now: datetime) -> None:
    guids = [entry.guid for entry in found.entries]
    for begin in range(0, len(guids), 500):
        feed.entries.filter(guid__in=guids[begin : begin + 500]).update(seen_at=now, missed=0)
    if found.whole:
        there = set(guids)
        absent = [
            pk for pk, guid in feed.entries.filter(seen_at__lt=now).values_list("pk", "guid") if guid not in there
        ]
        for begin in range(0, len(absent), 500):
            _missed(feed, feed.entries.filter(pk__in=absent[begin : begin + 500]))


def _missed(feed: Feed, absent: QuerySet[FeedEntry]) -> None:
    """Count one more reading in which these entries were not there; what is missing for good leaves the library."""
    numbers = list(absent.filter(missed__lt=MISSING).values_list("pk", flat=True))
    feed.entries.filter(pk__in=numbers).update(missed=F("missed") + 1)
    if feed.vanished == Feed.Vanished.KEEP:
        return
    left = FeedEntry.objects.filter(pk__in=numbers, missed__gte=MISSING).select_related("item")
    left.filter(fate=Fate.WAITING).update(fate=Fate.CLOSED)
    for row in left.filter(fate=Fate.KEPT, item__isnull=False):
        assert row.item is not None
        items.vanish(item=row.item, withdraw=feed.vanished == Feed.Vanished.WITHDRAW)

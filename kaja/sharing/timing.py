"""When: a person's weekly queue and the best time (D4).

A slot is a weekday and a time on the person's own clock; a place is a slot on one of its days. "Into my queue" takes
the next free place. The database lets a place be taken once (`share_slot_once`), so that two tabs at once get two
places. Raises PermissionDenied for what a person may not, ValidationError with a sentence for what they can mend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content.models import Caption, Item
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import clock, shares
from kaja.sharing.models import BestTime, Preparation, QueueSlot, Share
from kaja.sharing.states import State

WEEKS = 8
MOST_SLOTS = 50
# A slot that begins this moment is not free: the worker may be there already.
HEAD_START = timedelta(minutes=2)
IN_QUEUE = (State.PLANNED, State.HELD)
# What keeps a place from others: also what a delegate prepared for it.
KEEPS = (State.WAITING, *IN_QUEUE)
# Where nothing is known: any weekday in working hours (docs/timing.md).
USUAL_HOURS = range(9, 17)
WORKDAYS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Place:
    """One slot on one of its days."""

    slot: QueueSlot
    at: datetime

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return f"{self.slot.pk}:{int(self.at.timestamp())}"


# --- slots ----------------------------------------------------------------------------------------------------------
def slots(person: Person) -> QuerySet[QueueSlot]:
    return QueueSlot.objects.filter(person=person)


@transaction.atomic
def add(
    *, person: Person, weekdays: Collection[int], at: time, network: str = "", why: str = QueueSlot.Why.OWN
) -> list[QueueSlot]:
    """A slot on each of these weekdays (0 is Monday) at `at`, for one network or, when empty, for all.

    Raises ValidationError without a day, for an unknown network, or when there are too many.
    """
    require(person.may(Permission.SHARE))
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise ValidationError(_("Choose at least one day."), code="weekdays")
    if network and network not in {one.key for one in offered() if one.api}:
        raise ValidationError(_("Kaja does not post to this network by itself."), code="network")
    at = at.replace(second=0, microsecond=0, tzinfo=None)
    have = set(slots(person).values_list("weekday", "time", "network"))
    fresh = [day for day in sorted(set(weekdays)) if (day, at, network) not in have]
    if len(have) + len(fresh) > MOST_SLOTS:
        raise ValidationError(_("%d slots are enough. Remove one first.") % MOST_SLOTS, code="many")
    paused = is_paused(slots(person))
    made = [
        QueueSlot.objects.get_or_create(
            person=person, weekday=day, time=at, network=network, defaults={"why": why, "paused": paused}
        )[0]
        for day in fresh
    ]
    if made:
        lines.write(actor=person, verb="queue.slot_added", on=made[0], days=fresh, time=f"{at:%H:%M}", network=network)
    return made


@transaction.atomic
def remove(*, person: Person, numbers: Collection[int]) -> None:
    """Drop slots. What stands in them goes out at its time all the same; it is planned, not bound to the slot."""
    require(person.may(Permission.SHARE))
    gone = list(slots(person).filter(pk__in=numbers))
    require(bool(gone))
    lines.write(actor=person, verb="queue.slot_removed", on=gone[0], slots=len(gone))
    slots(person).filter(pk__in=[one.pk for one in gone]).delete()


def is_paused(mine: Iterable[QueueSlot]) -> bool:
    """Whether the whole queue rests."""
    rows = list(mine)
    return bool(rows) and all(slot.paused for slot in rows)


@transaction.atomic
def pause(*, person: Person) -> int:
    """Let the queue rest: nothing in it goes out until `resume`. Returns how many posts wait."""
    require(person.may(Permission.SHARE))
    slots(person).update(paused=True)
    waiting = Share.objects.filter(person=person, slot_at__isnull=False, state=State.PLANNED)
    held = sum(shares.step(share, State.HELD, since={State.PLANNED}, reason="paused") for share in waiting)
    lines.write(actor=person, verb="queue.paused", on=person, shares=held)
    return held


@transaction.atomic
def resume(*, person: Person) -> int:
    """Let the queue run again: what waited takes the next free places, in its order. What finds none stays on hold.
    Returns how many posts are planned again."""
    require(person.may(Permission.SHARE))
    slots(person).update(paused=False)
    waiting = list(
        Share.objects.filter(person=person, state=State.HELD, reason="paused")
        .select_related("item", "account")
        .order_by("not_before", "pk")
    )
    Share.objects.filter(pk__in=[share.pk for share in waiting]).update(slot=None, slot_at=None)
    planned = sum(_again(person, share) for share in waiting)
    lines.write(actor=person, verb="queue.resumed", on=person, shares=planned)
    return planned


def _again(person: Person, share: Share) -> bool:
    for place in free(person, share.network):
        if share.item.live_until and place.at > share.item.live_until:
            return False
        try:
            with transaction.atomic():
                fields = shares.placed(share, place.at, slot=place.slot)
                return shares.step(share, State.PLANNED, since={State.HELD}, **fields, reason="")
        except (ValidationError, IntegrityError):
            continue
    return False


# --- places ---------------------------------------------------------------------------------------------------------
def occurrences(mine: Iterable[QueueSlot], person: Person, *, begins: date, days: int) -> Iterator[Place]:
    """Every place of these slots from a day on, in order of time."""
    zone, rows = clock.zone_of(person), list(mine)
    for number in range(days):
        day = begins + timedelta(days=number)
        today = [Place(slot, clock.at(day, slot.time, zone)) for slot in rows if slot.weekday == day.weekday()]
        yield from sorted(today, key=lambda place: (place.at, not place.slot.network, place.slot.pk))


def taken(person: Person) -> set[tuple[int | None, datetime | None]]:
    """Slot and moment of every coming place that something stands in. One query."""
    held = Share.objects.filter(person=person, slot_at__gt=timezone.now(), state__in=KEEPS)
    return set(held.values_list("slot", "slot_at"))


def open_places(
    mine: Iterable[QueueSlot], gone: Collection[tuple[int | None, datetime | None]], person: Person, network: str = ""
) -> Iterator[Place]:
    """Of these slots the places from now on that are not `gone`; for a network also those that are for all."""
    now = timezone.now()
    rows = [slot for slot in mine if not slot.paused and (not network or slot.network in ("", network))]
    today = now.astimezone(clock.zone_of(person)).date()
    for place in occurrences(rows, person, begins=today, days=WEEKS * 7):
        if place.at > now + HEAD_START and (place.slot.pk, place.at) not in gone:
            yield place


def free(person: Person, network: str = "", *, mine: Collection[QueueSlot] | None = None) -> Iterator[Place]:
    """Places that nothing stands in, from now on. Two queries."""
    yield from open_places(slots(person) if mine is None else mine, taken(person), person, network)


def share(
    *,
    person: Person,
    item: Item,
    account: ConnectedAccount,
    text: str,
    when: str = "now",
    at: datetime | None = None,
    caption: Caption | None = None,
    wish: str = "",
    preparation: Preparation | None = None,
) -> Share:
    """Have Kaja post `text` by one's own account: `when` is now, at (`at`), queue, best or at_once (now, beside
    colleagues with the same item)."""
    if when == "queue":
        return into_queue(
            person=person, item=item, account=account, text=text, caption=caption, wish=wish, preparation=preparation
        )
    moment = at if when == "at" else None
    if when == "best":
        moment = best(person, [account.network])[account.network].at
        if item.live_until and moment > item.live_until:
            raise ValidationError(_("This story ends before the best time. Share it now, or pick a time."), code="time")
    return shares.schedule(
        person=person, item=item, account=account, text=text, at=moment or timezone.now(), caption=caption, wish=wish,
        all_the_same=when == "at_once", preparation=preparation,
    )  # fmt: skip


def into_queue(
    *,
    person: Person,
    item: Item,
    account: ConnectedAccount,
    text: str,
    caption: Caption | None = None,
    wish: str = "",
    preparation: Preparation | None = None,
) -> Share:
    """Have Kaja post `text` at the next free place of the person's queue.

    Places on days that are full, or crowded by colleagues with the same item, are passed by. Raises ValidationError
    (code "time") without a slot, while the queue rests, or when the item ends before the next free place.
    """
    mine = list(slots(person))
    if not any(slot.network in ("", account.network) for slot in mine):
        name = BY_KEY[account.network].name
        raise ValidationError(_("Your queue has no slot for %s yet. Add one first.") % name, code="time")
    if is_paused(mine):
        raise ValidationError(_("Your queue is paused. Let it run again first."), code="time")
    for place in free(person, account.network, mine=mine):
        if item.live_until and place.at > item.live_until:
            raise ValidationError(
                _("This story ends before your next free slot (%s). Share it now, or pick a time.")
                % _told(place.at, person),
                code="time",
            )
        try:
            return shares.schedule(
                person=person, item=item, account=account, text=text, at=place.at, caption=caption, wish=wish,
                slot=place.slot, preparation=preparation,
            )  # fmt: skip
        except IntegrityError:
            continue  # Another tab was faster: the next one.
        except ValidationError as error:
            if error.code not in ("cap", "crowd"):
                raise
    raise ValidationError(_("Your queue is full for %d weeks. Add a slot, or pick a time.") % WEEKS, code="time")


@transaction.atomic
def move(*, person: Person, share: Share, place: str) -> None:
    """Put a planned share of one's own into another free place (`Place.value`).

    Raises ValidationError when the place is taken or gone, or the share is going out.
    """
    require(share.person_id == person.pk)
    wanted = next((one for one in free(person, share.network) if one.value == place), None)
    if wanted is None:
        raise ValidationError(_("This slot is not free any more. Choose another."), code="time")
    if share.item.live_until and wanted.at > share.item.live_until:
        raise ValidationError(_("The story ends before that. Choose an earlier slot."), code="time")
    try:
        with transaction.atomic():
            fields = shares.placed(share, wanted.at, slot=wanted.slot)
            # Another time does no harm to one that was tried before: it goes out with the same words and key.
            moved = Share.objects.filter(pk=share.pk, state__in=IN_QUEUE).update(**fields, updated_at=timezone.now())
    except IntegrityError as error:
        raise ValidationError(_("This slot is not free any more. Choose another."), code="time") from error
    if not moved:
        raise ValidationError(_("It is going out this moment, so it cannot be changed any more."), code="too-late")
    lines.write(actor=person, verb="share.moved", on=share)


def _told(moment: datetime, person: Person) -> str:
    return date_format(moment.astimezone(clock.zone_of(person)), "SHORT_DATETIME_FORMAT")


# --- best time ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Best:
    """The best time on a network for a person: the next such moment, and what it rests on.

    `source` is own (their own posts), company, or none (nothing is known: working hours).
    """

    network: str
    at: datetime
    source: str
    posts: int = 0
    gain: int = 0
    # The weekdays it holds for: one, or Monday to Friday.
    weekdays: tuple[int, ...] = WORKDAYS


def best(person: Person, networks: Collection[str]) -> dict[str, Best]:
    """For each network the best time that is known. One query."""
    rows = BestTime.objects.filter(Q(person=person) | Q(person__isnull=True), network__in=networks)
    # The person's own comes last and wins.
    known = {row.network: row for row in sorted(rows, key=lambda row: row.person_id is not None)}
    return {network: _best(person, network, known.get(network)) for network in networks}


def _best(person: Person, network: str, row: BestTime | None) -> Best:
    # Everybody has their own minute of the hour, always the same, so that colleagues do not meet on the full hour.
    own = crc32(f"{person.pk}:{network}".encode())
    if row is None:
        hour = USUAL_HOURS[own // 12 % len(USUAL_HOURS)]
        return Best(network, next_at(person, None, time(hour, own % 12 * 5)), "none")
    days = WORKDAYS if row.weekday is None else (row.weekday,)
    at = next_at(person, row.weekday, time(row.hour, own % 12 * 5))
    return Best(network, at, "own" if row.person_id else "company", row.posts, row.gain, days)


def next_at(person: Person, weekday: int | None, wall: time) -> datetime:
    """The next moment with this weekday (any from Monday to Friday when empty) and time on the person's clock."""
    zone, now = clock.zone_of(person), timezone.now()
    day = now.astimezone(zone).date()
    while True:
        moment = clock.at(day, wall, zone)
        if moment > now + HEAD_START and (day.weekday() < 5 if weekday is None else day.weekday() == weekday):
            return moment
        day += timedelta(days=1)


@transaction.atomic
def keep_best(rows: Iterable[BestTime]) -> None:
    """Replace what is known of best times. Called by measurement, which works them out."""
    BestTime.objects.all().delete()
    BestTime.objects.bulk_create(rows, batch_size=1000)


@dataclass(frozen=True)
class Offer:
    """What the composer offers for one network: the next free place of the queue, and the best time."""

    network: str
    place: Place | None
    best: Best | None


def offers(person: Person, item: Item, networks: Iterable[str]) -> list[Offer]:
    """For each network that Kaja posts to. Nothing after the item ends. Three queries, none without a network."""
    keys = list(dict.fromkeys(networks))
    if not keys:
        return []
    mine, gone, known = list(slots(person)), taken(person), best(person, keys)
    made = []
    for key in keys:
        place = next(open_places(mine, gone, person, key), None)
        ended = item.live_until
        fits = place if place and not (ended and place.at > ended) else None
        made.append(Offer(key, fits, None if ended and known[key].at > ended else known[key]))
    return made

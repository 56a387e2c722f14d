"""How Kaja is doing at this moment, with a constant number of queries: the page, the API and `kaja doctor` read it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks_db.models import DBTaskResult, get_date_max

from kaja.content.models import Feed
from kaja.health import around, lastday, names, words
from kaja.health.around import Card
from kaja.health.lastday import LastDay
from kaja.jobs import worker
from kaja.jobs.models import Failure, Recurring, WorkerLife
from kaja.links import clicklog
from kaja.links.models import LogPosition
from kaja.measurement import collecting
from kaja.measurement.models import Collecting, Reading
from kaja.networks import company_apps
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network
from kaja.networks.models import ConnectedAccount
from kaja.sharing.models import Share
from kaja.sharing.states import State

# What waits longer than this is late.
LATE = timedelta(minutes=2)
# A piece of the schedule that has not begun for so much longer than it should.
OVERDUE = timedelta(minutes=10)
SHOWN_FEEDS = 10
OWN_LINES = ("mail", "certificate")


@dataclass(frozen=True)
class Queue:
    """Work of one kind that could be done now: how much waits, and since when the oldest does."""

    key: str
    label: str
    waiting: int
    oldest: datetime | None
    now: datetime

    @property
    def age(self) -> timedelta:
        return max(self.now - self.oldest, timedelta()) if self.oldest else timedelta()

    @property
    def old(self) -> str:
        return words.short(self.age) if self.waiting and self.oldest else ""

    @property
    def late(self) -> bool:
        return self.waiting > 0 and self.age > LATE


@dataclass(frozen=True)
class Places:
    """The posts of one network that Kaja brings out, by how they stand; `planned` are not due yet."""

    network: Network
    planned: int = 0
    due: int = 0
    sending: int = 0
    held: int = 0
    failed: int = 0
    unknown: int = 0
    # Published in the last 24 hours, accounts that work and accounts that need their people.
    out: int = 0
    accounts: int = 0
    broken: int = 0
    keys: bool = True

    @property
    def busy(self) -> bool:
        return bool(self.planned + self.due + self.sending + self.held + self.failed + self.unknown + self.out)


@dataclass(frozen=True)
class Collected:
    """Reading figures from one network: calls used of the day's budget, posts that wait to be read."""

    network: Network
    budget: int
    calls: int = 0
    told: int = 0
    waiting: int = 0
    read_at: datetime | None = None
    rests_until: datetime | None = None
    reason: str = ""
    detail: str = ""
    keys: bool = True

    @property
    def part(self) -> int:
        """How much of the budget is used, in per cent."""
        return min(100, round(100 * self.calls / self.budget)) if self.budget else 100

    @property
    def used_up(self) -> bool:
        return self.calls >= self.budget

    @property
    def why(self) -> str:
        return words.of_figures(self.reason)


@dataclass(frozen=True)
class Piece:
    """A piece of the schedule: every so many seconds; `failures` in a row."""

    function: str
    every: timedelta
    began_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    reason: str = ""
    detail: str = ""

    @property
    def label(self) -> str:
        return names.piece(self.function)

    @property
    def often(self) -> str:
        return words.short(self.every)

    @property
    def why(self) -> str:
        return words.of_job(self.reason) if self.failures else ""


@dataclass(frozen=True)
class Worker:
    """A worker seen lately or not: alive while it gives signs of life."""

    name: str
    started_at: datetime
    seen_at: datetime
    alive: bool

    @property
    def silent(self) -> str:
        """How long ago it gave its last sign of life."""
        return words.short(timezone.now() - self.seen_at)


@dataclass(frozen=True)
class Feeds:
    """The readings of all feeds: how many go well, fail, are off; `troubled` are some that fail, the longest first."""

    well: int
    failing: int
    off: int
    read_at: datetime | None
    troubled: list[Feed]


@dataclass(frozen=True)
class Standing:
    """Everything at one moment. `failed` are jobs that wait for somebody's decision, `again` those that are tried again
    by themselves, `day` are the last 24 hours, `around` what Kaja stands on."""

    at: datetime
    queues: list[Queue]
    workers: list[Worker]
    places: list[Places]
    collected: list[Collected]
    schedule: list[Piece]
    feeds: Feeds
    around: list[Card]
    day: LastDay
    failed: int
    again: int
    first_failed: datetime | None
    uncounted: int = field(default=0)

    @property
    def alive(self) -> list[Worker]:
        return [one for one in self.workers if one.alive]

    @property
    def shown(self) -> list[Queue]:
        """The queues worth a row: those of posts, figures and feeds, and others while something waits in them."""
        return [queue for queue in self.queues if queue.waiting or queue.key not in names.QUEUES]

    @property
    def empty(self) -> list[str]:
        """What the others are called."""
        return [queue.label for queue in self.queues if queue not in self.shown]

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues)

    @property
    def oldest(self) -> Queue | None:
        """The queue whose oldest piece has waited longest."""
        return max((queue for queue in self.queues if queue.waiting), key=lambda queue: queue.age, default=None)

    @property
    def late(self) -> list[Queue]:
        return [queue for queue in self.queues if queue.late]

    @property
    def refused(self) -> int:
        return sum(place.failed for place in self.places)

    @property
    def unsure(self) -> int:
        return sum(place.unknown for place in self.places)

    @property
    def to_decide(self) -> int:
        """What waits for somebody's decision: posts that were refused, and jobs that are not tried again."""
        return self.refused + self.failed

    @property
    def first_time(self) -> float | None:
        """Of the runs of the last day those that went well, in per cent; None without any."""
        runs = self.day.done + self.day.broke
        return 100 * self.day.done / runs if runs else None

    @cached_property
    def failing(self) -> list[Piece]:
        """Pieces of the schedule that broke off the last time."""
        return [piece for piece in self.schedule if piece.failures]

    @cached_property
    def overdue(self) -> list[Piece]:
        """Pieces that should have begun long ago although workers are alive."""
        return [piece for piece in self.schedule if piece.due_at and piece.due_at < self.at - OVERDUE and self.alive]

    def worst(self, *, of_all: bool = True) -> list[str]:
        """What is ill, the worst first, a sentence each: nothing of it mends itself while nobody looks. Without
        `of_all` what `kaja doctor` has lines of its own for is left out: that no worker is alive, mail, certificate."""
        said = []
        if not self.alive and of_all:
            said.append(_("No worker is alive: nothing goes out, and no letter is sent. Start one: kaja worker"))
        elif self.late:
            said.append(_("Late: %s.") % ", ".join(queue.label for queue in self.late))
        if self.failing:
            said.append(_("Of the schedule fails: %s.") % ", ".join(piece.label for piece in self.failing))
        if self.overdue:
            said.append(_("Of the schedule is overdue: %s.") % ", ".join(piece.label for piece in self.overdue))
        if self.failed:
            said.append(
                ngettext(
                    "%d job failed for good and waits for a decision.",
                    "%d jobs failed for good and wait for a decision.",
                    self.failed,
                )
                % self.failed
            )
        return said + [card.ill for card in self.around if card.ill and (of_all or card.key not in OWN_LINES)]


def read() -> Standing:
    """Look once; twenty-one queries, however many rows there are."""
    now = timezone.now()
    entered = company_apps.entered()
    failed = Failure.objects.aggregate(
        failed=Count("pk", filter=Q(next_at=None)), again=Count("pk", filter=Q(next_at__isnull=False)),
        first=Min("first_at", filter=Q(next_at=None)),
    )  # fmt: skip
    waiting = _readings(now)
    out = _out(now)
    return Standing(
        at=now,
        queues=[*_of_posts(now), *_of_figures_and_feeds(now, waiting), *_of_jobs(now)],
        workers=_workers(now),
        places=_places(now, entered, out),
        collected=_collected(now, entered, waiting),
        schedule=_schedule(),
        feeds=_feeds(),
        around=around.read(now),
        day=lastday.read(now, [sum(hours) for hours in zip(*out.values(), strict=True)] or [0] * lastday.HOURS),
        failed=failed["failed"],
        again=failed["again"],
        first_failed=failed["first"],
        uncounted=uncounted(),
    )


def _of_posts(now: datetime) -> list[Queue]:
    mine = Share.objects.filter(way=Share.Way.API)
    due = mine.filter(state=State.PLANNED, not_before__lte=now).aggregate(n=Count("pk"), first=Min("not_before"))
    unsure = mine.filter(state=State.UNKNOWN).aggregate(n=Count("pk"), first=Min("updated_at"))
    return [
        Queue("posts", _("Sending posts"), due["n"], due["first"], now),
        # Their people may take their time to answer: never late.
        Queue("unsure", _("Posts nobody is sure of"), unsure["n"], None, now),
    ]


def _readings(now: datetime) -> dict[str, tuple[int, datetime]]:
    """By network: how many posts wait to be read, and since when the first does."""
    due = Reading.objects.filter(due_at__lte=now).order_by().values_list("share__network")
    return {network: (n, first) for network, n, first in due.annotate(n=Count("pk"), first=Min("due_at"))}


def _of_figures_and_feeds(now: datetime, waiting: dict[str, tuple[int, datetime]]) -> list[Queue]:
    resting = set(Collecting.objects.filter(rests_until__gt=now).values_list("network", flat=True))
    read = [(n, first) for key, (n, first) in waiting.items() if key not in resting]
    feeds = Feed.objects.filter(url__startswith="http", off="", next_read_at__lte=now)
    due = feeds.aggregate(n=Count("pk"), first=Min("next_read_at"))
    number, first = sum(n for n, _first in read), min((first for _n, first in read), default=None)
    return [
        Queue("readings", _("Reading figures"), number, first, now),
        Queue("feeds", _("Reading feeds"), due["n"], due["first"], now),
    ]


def _of_jobs(now: datetime) -> list[Queue]:
    """The jobs that could run now, by the kind of work."""
    ready = DBTaskResult.objects.filter(Q(run_after=get_date_max()) | Q(run_after__lte=now), status="READY").order_by()
    by_function = ready.annotate(function=KT("args_kwargs__kwargs__function")).values_list("function")
    number: dict[str, int] = defaultdict(int)
    oldest: dict[str, datetime] = {}
    for function, n, at, after in by_function.annotate(
        n=Count("pk"), at=Min("enqueued_at"), after=Min("run_after", filter=Q(run_after__lte=now))
    ):
        queue = names.job(function or "").queue
        number[queue] += n
        # A job that was to wait for its time is not old before that.
        since = max(at, after) if after else at
        oldest[queue] = min(oldest.get(queue, since), since)
    return [Queue(key, str(label), number[key], oldest.get(key), now) for key, (label, _lost) in names.QUEUES.items()]


def _workers(now: datetime) -> list[Worker]:
    rows = WorkerLife.objects.order_by("-seen_at")[:50]
    return [Worker(one.name, one.started_at, one.seen_at, one.seen_at > now - worker.DEAD) for one in rows]


def _out(now: datetime) -> dict[str, list[int]]:
    """What Kaja brought out in the last day, by network and hour."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * lastday.HOURS)
    at = lastday.row_of(now)
    gone = Share.objects.filter(
        way=Share.Way.API, state=State.PUBLISHED, published_at__gt=lastday.since(now)
    ).order_by()
    by_hour = gone.annotate(hour=lastday.hour_of("published_at", now)).values_list("network", "hour")
    for network, hour, n in by_hour.annotate(n=Count("pk")):
        found[network][at(hour)] += n
    return found


def _places(now: datetime, entered: frozenset[str], out: dict[str, list[int]]) -> list[Places]:
    open_ = (State.PLANNED, State.SENDING, State.HELD, State.FAILED, State.UNKNOWN)
    mine = Share.objects.filter(way=Share.Way.API).order_by()
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    stuck = (
        mine.filter(state__in=open_)
        .values_list("network")
        .annotate(
            planned=Count("pk", filter=Q(state=State.PLANNED, not_before__gt=now)),
            due=Count("pk", filter=Q(state=State.PLANNED, not_before__lte=now)),
            sending=Count("pk", filter=Q(state=State.SENDING)),
            held=Count("pk", filter=Q(state=State.HELD)),
            unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
            failed=Count("pk", filter=Q(state=State.FAILED) & ~Q(reason="denied")),
        )
    )
    for network, *numbers in stuck:
        counted[network] |= dict(zip(("planned", "due", "sending", "held", "unknown", "failed"), numbers, strict=True))
    for network, hours in out.items():
        counted[network]["out"] = sum(hours)
    works, needs = ConnectedAccount.State.WORKS, ConnectedAccount.State.NEEDS_RECONNECT
    accounts = ConnectedAccount.objects.order_by().values_list("network")
    for network, well, broken in accounts.annotate(
        well=Count("pk", filter=Q(state=works)), broken=Count("pk", filter=Q(state=needs))
    ):
        counted[network] |= {"accounts": well, "broken": broken}
    here = [network for network in offered() if network.api] + [
        BY_KEY[key] for key in counted if key in BY_KEY and BY_KEY[key] not in offered()
    ]
    rows = [Places(one, keys=_has_keys(one, entered), **counted.get(one.key, {})) for one in here]
    return [row for row in rows if row.busy or row.accounts or row.broken]


def _has_keys(network: Network, entered: frozenset[str]) -> bool:
    return network.app is None or network.key in entered


def _collected(now: datetime, entered: frozenset[str], waiting: dict[str, tuple[int, datetime]]) -> list[Collected]:
    rows = {row.network: row for row in Collecting.objects.all()}
    found = []
    for network in offered():
        by = collecting.source(network)
        if by is None:
            continue
        row = rows.get(network.key) or Collecting(network=network.key)
        today = row.day == now.date()
        found.append(
            Collected(
                network, by.budget, calls=row.calls if today else 0, told=row.told if today else 0,
                waiting=waiting.get(network.key, (0, now))[0], read_at=row.read_at,
                rests_until=row.rests_until if row.rests_until and row.rests_until > now else None,
                reason=row.reason, detail=row.detail, keys=_has_keys(network, entered),
            )
        )  # fmt: skip
    return [one for one in found if one.read_at or one.waiting or one.reason]


def _schedule() -> list[Piece]:
    every = {**worker.table().SCHEDULE, worker.SWEEP: worker.SWEEP_EVERY}
    rows = {row.name: row for row in Recurring.objects.filter(name__in=every)}
    pieces = []
    for function, seconds in every.items():
        row = rows.get(function) or Recurring(name=function)
        pieces.append(
            Piece(
                function, timedelta(seconds=seconds), began_at=row.last_started_at, ended_at=row.last_ended_at,
                due_at=row.due_at, failures=row.failures, reason=row.reason, detail=row.detail,
            )
        )  # fmt: skip
    return sorted(pieces, key=lambda piece: (not piece.failures, piece.every, piece.label))


def _feeds() -> Feeds:
    read = Feed.objects.filter(url__startswith="http")
    counts = read.aggregate(
        well=Count("pk", filter=Q(off="", failures=0)), failing=Count("pk", filter=Q(off="", failures__gt=0)),
        off=Count("pk", filter=~Q(off="")), read_at=Max("read_at"),
    )  # fmt: skip
    troubled = read.filter(off="", failures__gt=0).order_by("failing_since", "pk")[:SHOWN_FEEDS]
    return Feeds(counts["well"], counts["failing"], counts["off"], counts["read_at"], list(troubled))


def uncounted() -> int:
    """How many bytes this machine's click log holds that nobody has counted yet. One query."""
    sizes = {path.name: path.stat().st_size for path in clicklog.segments(settings.CLICKLOG_DIR)}
    read_up_to = dict(LogPosition.objects.filter(segment__in=sizes).values_list("segment", "offset"))
    return sum(max(size - read_up_to.get(name, 0), 0) for name, size in sizes.items())

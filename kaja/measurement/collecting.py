"""Reading back what networks say of posts: begun when a share is published, then rarer and rarer.

Each reading is a new row and none is ever changed. Reading has no effect on the network, so that a call in doubt is
simply made again later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from kaja.jobs import facts
from kaja.measurement import rollups
from kaja.measurement.models import Collecting, Reading, Snapshot
from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY, NETWORKS
from kaja.networks.contract import Figures, NeedsReconnect, Network, Outcome, OutOfCredits, Request, Response, Retry
from kaja.sharing.models import Share
from kaja.sharing.states import State

# Ages of a post at which it is read.
AGES = (
    timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7),
    timedelta(days=14), timedelta(days=30), timedelta(days=60), timedelta(days=90),
)  # fmt: skip
# While a batch is being read nobody else takes it; a worker that dies gives it back by this.
LEASE = timedelta(minutes=10)
FAILURES = 8
CALLS = 40  # in one run and network: the next run goes on
# After a refusal an account or a network is left alone for this long, doubling.
REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=6)
# No network asks for more patience than this; what rests longer was written while this machine's clock was ahead.
LONGEST_ASKED = timedelta(hours=25)
# So many accounts refused one after another, and it is the network.
STRIKES = 3
# How soon an account that waits for its person is asked again; at once when they have signed in.
WITHOUT_ACCOUNT = timedelta(days=1)
FORGOTTEN = 500  # in one run, of each network
_log = logging.getLogger(__name__)


def next_age(published: datetime, now: datetime, ages: Sequence[timedelta] = AGES) -> datetime | None:
    """When a post is read next; None when it is old enough to be left alone."""
    return next((published + age for age in ages if published + age > now), None)


@dataclass(frozen=True)
class Source:
    """How figures come from a network: by the app that posts, or by a second one that each author consents to."""

    by_account: bool
    batch: int
    ages: Sequence[timedelta]
    budget: int  # calls in a day (UTC)


def source(network: Network) -> Source | None:
    """None where the network tells nothing."""
    if network.reading:
        return Source(True, network.reading.batch, network.reading.ages, network.reading.budget)
    api = network.api
    if api is None or api.figures is None:
        return None
    return Source(api.figures_by_account, api.figures_batch, api.figures_ages or AGES, api.figures_budget)


def _ages(key: str) -> Sequence[timedelta]:
    """The ages at which posts of this network are read: its own where it has some."""
    by = source(BY_KEY[key])
    return by.ages if by else AGES


def begin(share: int) -> None:
    """Consequence of a published share: it is counted, and read back where its network tells. Safe to run twice."""
    begin_many([{"share": share}])


@transaction.atomic
def begin_many(told: Sequence[Mapping[str, int]]) -> None:
    """The same for many at once, each told as `begin` is."""
    rows = Share.objects.published().filter(pk__in=[one["share"] for one in told], published_at__isnull=False)
    days, readings, now = set(), [], timezone.now()
    for row in rows.select_related("account"):
        if row.published_at is None:
            continue
        days.add(rollups.day_of(row.published_at))
        due = next_age(row.published_at, now, _ages(row.network))
        if row.post_id and due and _tells(row):
            readings.append(Reading(share=row, due_at=due))
    rollups.mark(days)
    Reading.objects.bulk_create(readings, ignore_conflicts=True)


def _tells(share: Share) -> bool:
    """Whether the network tells figures of this post: some only with its person's second permission."""
    if BY_KEY[share.network].reading:
        return share.account is not None and share.account.sealed_figures is not None
    return share.network in {network.key for network in _telling()}


@transaction.atomic
def catch_up(account: int) -> None:
    """Consequence of a second permission: the account's posts that are young enough are read from now on. Safe to run
    twice."""
    now = timezone.now()
    rows = Share.objects.filter(account=account, state=State.PUBLISHED, published_at__gt=now - AGES[-1])
    for share in rows.exclude(post_id="").select_related("account"):
        if _tells(share):
            Reading.objects.get_or_create(share=share, defaults={"due_at": now})


def _telling() -> list[Network]:
    return [network for network in NETWORKS if source(network)]


def read_due() -> None:
    """Read every post whose time has come, in batches as large as each network takes, within its budget of the day, and
    not while it wants to be left alone. The scheduler calls this."""
    Reading.objects.filter(share__state=State.REMOVED).delete()
    # Later than any post is read: written while this machine's clock was ahead.
    now = timezone.now()
    Reading.objects.filter(due_at__gt=now + AGES[-1] + LONGEST_ASKED).update(due_at=now)
    for network in _telling():
        if _due(network).exists() and company_apps.works_by_api(network):
            _read_network(network)


def _due(network: Network) -> QuerySet[Reading]:
    return Reading.objects.filter(due_at__lte=timezone.now(), share__network=network.key)


def _read_network(network: Network) -> None:
    refusals = 0
    for _call in range(CALLS):
        if not _may_ask(network):
            return
        batch = _claim(network)
        if not batch:
            return
        outcome = _read(network, batch)
        if outcome is None:
            continue
        rest = [reading for reading in batch if reading.share.post_id not in outcome.told]
        _later(network, rest or batch, outcome)
        refusals += not isinstance(outcome, NeedsReconnect)
        if not _by_account(network, outcome) or refusals >= STRIKES:
            _rest(network, outcome)
            return


def _may_ask(network: Network) -> bool:
    """Whether there is budget left for the day, and the network has not asked for patience."""
    now = timezone.now()
    row, _made = Collecting.objects.get_or_create(network=network.key)
    if row.day != now.astimezone(UTC).date():
        Collecting.objects.filter(pk=row.pk).update(day=now.astimezone(UTC).date(), calls=0, told=0)
        row.calls = 0
    rests = row.rests_until is not None and now < row.rests_until <= now + LONGEST_ASKED
    by = source(network)
    return by is not None and not rests and row.calls < by.budget


def _by_account(network: Network, outcome: Outcome) -> bool:
    """Whether a refusal concerns one account only, so that others can be read meanwhile."""
    by = source(network)
    return by is not None and by.by_account and not isinstance(outcome, OutOfCredits)


@transaction.atomic
def _claim(network: Network) -> list[Reading]:
    by, now, due = source(network), timezone.now(), _due(network).select_related("share__account")
    assert by is not None
    if by.by_account:
        # The network tells an author only: one account's posts in one call, that of the longest waiting one first.
        account = due.order_by("due_at").values_list("share__account", flat=True).first()
        due = due.filter(share__account=account)
    batch = list(due.select_for_update(of=("self",), skip_locked=True).order_by("due_at")[: by.batch])
    Reading.objects.filter(pk__in=[reading.pk for reading in batch]).update(due_at=now + LEASE)
    return batch


def _read(network: Network, batch: Sequence[Reading]) -> Outcome | None:
    """Read a batch; how it ended when the network did not answer."""
    asked: list[str] = []
    try:
        told = _told(network, batch, asked)
    except Outcome as outcome:
        _log.warning("%s told no figures: %s", network.name, outcome)
        before = [reading for reading in batch if reading.share.post_id in outcome.told]
        if before:
            _keep(before, outcome.told)
        Collecting.objects.filter(network=network.key).update(
            calls=F("calls") + len(asked), told=F("told") + len(before), reason=outcome.reason, detail=outcome.detail
        )
        return outcome
    _keep(batch, told)
    Collecting.objects.filter(network=network.key).update(
        calls=F("calls") + len(asked), told=F("told") + len(batch), read_at=timezone.now(), failures=0, reason="",
        detail="", rests_until=None,
    )  # fmt: skip
    return None


def _told(network: Network, batch: Sequence[Reading], asked: list[str]) -> dict[str, Figures]:
    """What the network says of these posts; the address of every call is added to `asked`, since one batch may take
    several. Raises an Outcome."""
    plain = connecting.http(network)

    def speak(request: Request) -> Response:
        asked.append(request.url)
        return plain(request)

    account, posts = batch[0].share.account, [reading.share.post_id for reading in batch]
    if network.reading:
        if account is None:
            raise NeedsReconnect("not-connected")
        read = network.reading.figures
        return connecting.reading(account, lambda session: read(speak, session, posts))
    assert network.api is not None
    assert network.api.figures is not None
    figures = network.api.figures
    if not network.api.figures_by_account:
        return figures(speak, None, posts)
    if account is None:
        raise NeedsReconnect("not-connected")
    return connecting.speaking(account, lambda session: figures(speak, session, posts))


@transaction.atomic
def _keep(batch: Iterable[Reading], told: Mapping[str, Figures]) -> None:
    """A snapshot for each post. One that is not in the answer seems to be gone: sharing looks whether it really is, and
    a share that is removed is read no more."""
    now = timezone.now()
    days = []
    for reading in batch:
        share = reading.share
        one = told.get(share.post_id, Figures(gone=True))
        Snapshot.objects.create(
            share=share, at=now, likes=one.likes, reposts=one.reposts, replies=one.replies, quotes=one.quotes,
            views=one.views, clicks=one.clicks, gone=one.gone,
        )  # fmt: skip
        published = share.published_at or share.not_before
        days.append(rollups.day_of(published))
        if one.gone:
            facts.record("share.missing", share=share.pk)
        due = next_age(published, now, _ages(share.network))
        if due is None:
            Reading.objects.filter(pk=reading.pk).delete()
        else:
            Reading.objects.filter(pk=reading.pk).update(due_at=due, failures=0)
    rollups.mark(days)


@transaction.atomic
def _later(network: Network, batch: Sequence[Reading], outcome: Outcome) -> None:
    """Try again after what the network asked for, or 5 minutes, doubling; after too many failures at the next age.

    What is no failure of the reading is not counted: credits used up, the company's keys gone, an account that waits
    for its person. An account that the network would rather not hear of rests as a whole.
    """
    now = timezone.now()
    if isinstance(outcome, NeedsReconnect):
        mine, last = _mine(network, batch), _ages(network.key)[-1]
        mine.update(due_at=now + WITHOUT_ACCOUNT)
        mine.filter(share__published_at__lt=now - last).delete()  # nobody came back while it was read
        return
    asked = outcome.after if isinstance(outcome, Retry) and outcome.after else timedelta()
    if isinstance(outcome, OutOfCredits) or outcome.reason == connecting.NO_APP:
        Reading.objects.filter(pk__in=[reading.pk for reading in batch]).update(due_at=now + asked)
        return
    if _by_account(network, outcome):
        _mine(network, batch).filter(due_at__lt=now + max(asked, REST)).update(due_at=now + max(asked, REST))
    for reading in batch:
        if reading.failures + 1 < FAILURES:
            wait = max(asked, REST * 2**reading.failures)
            Reading.objects.filter(pk=reading.pk).update(due_at=now + wait, failures=reading.failures + 1)
            continue
        published = reading.share.published_at or reading.share.not_before
        due = next_age(published, now, _ages(reading.share.network))
        if due is None:
            Reading.objects.filter(pk=reading.pk).delete()
        else:
            Reading.objects.filter(pk=reading.pk).update(due_at=due, failures=0)


def _mine(network: Network, batch: Sequence[Reading]) -> QuerySet[Reading]:
    """Every reading at this network of the account that this batch is of."""
    return Reading.objects.filter(share__network=network.key, share__account=batch[0].share.account)


def _rest(network: Network, outcome: Outcome) -> None:
    """Leave the whole network alone: as long as it asked for, or 5 minutes, doubling, at most six hours."""
    row = Collecting.objects.get(network=network.key)
    asked = outcome.after if isinstance(outcome, Retry) and outcome.after else timedelta()
    own = min(REST * 2 ** min(row.failures, 10), LONGEST_REST)
    Collecting.objects.filter(pk=row.pk).update(
        failures=min(row.failures + 1, 1000), rests_until=timezone.now() + max(asked, own)
    )


def resume(account: int) -> None:
    """Consequence: the account works again, so what waited for it is read. Safe to run twice."""
    now = timezone.now()
    waiting = Reading.objects.filter(share__account=account, due_at__gt=now, due_at__lte=now + WITHOUT_ACCOUNT)
    waiting.update(due_at=now)


def wake(network: str) -> None:
    """Consequence: the company's keys are there again, so the network is asked at the next turn. Safe to run twice."""
    Collecting.objects.filter(network=network).update(rests_until=None, failures=0, reason="", detail="")


def forget_old() -> None:
    """Schedule: figures are kept no longer than their network allows; the days they counted in are added up anew."""
    for network in NETWORKS:
        if network.api is None or network.api.figures_kept is None:
            continue
        old = Snapshot.objects.filter(share__network=network.key, at__lt=timezone.now() - network.api.figures_kept)
        with transaction.atomic():
            rows = list(old.select_related("share").only("pk", "share__published_at", "share__not_before")[:FORGOTTEN])
            rollups.mark([rollups.day_of(row.share.published_at or row.share.not_before) for row in rows])
            Snapshot.objects.filter(pk__in=[row.pk for row in rows]).delete()

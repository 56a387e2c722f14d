"""Reading back what networks say of posts: begun when a share is published, then rarer and rarer.

Each reading is a new row and none is ever changed. Reading has no effect on the network, so that a call in doubt is
simply made again later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kaja.jobs import facts
from kaja.measurement import rollups
from kaja.measurement.models import Reading, Snapshot
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY, NETWORKS
from kaja.networks.contract import Figures, NeedsReconnect, Network, Outcome, OutOfCredits, Retry
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
_log = logging.getLogger(__name__)


def next_age(published: datetime, now: datetime, ages: Sequence[timedelta] = AGES) -> datetime | None:
    """When a post is read next; None when it is old enough to be left alone."""
    return next((published + age for age in ages if published + age > now), None)


def _ages(key: str) -> Sequence[timedelta]:
    """The ages at which posts of this network are read: its own where it has some."""
    network = BY_KEY[key]
    if network.reading:
        return network.reading.ages
    return (network.api.figures_ages if network.api else ()) or AGES


@transaction.atomic
def begin(share: int) -> None:
    """Consequence of a published share: it is counted, and read back where its network tells. Safe to run twice."""
    row = Share.objects.published().filter(pk=share, published_at__isnull=False).first()
    if row is None or row.published_at is None:
        return
    rollups.mark([rollups.day_of(row.published_at)])
    due = next_age(row.published_at, timezone.now(), _ages(row.network))
    if row.post_id and due and _tells(row):
        Reading.objects.get_or_create(share=row, defaults={"due_at": due})


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
    return [network for network in NETWORKS if (network.api and network.api.figures) or network.reading]


def read_due() -> None:
    """Read every post whose time has come, in batches as large as each network takes. The scheduler calls this."""
    Reading.objects.filter(share__state=State.REMOVED).delete()
    for network in _telling():
        for _call in range(CALLS):
            batch = _claim(network)
            if not batch or not _read(network, batch):
                break


@transaction.atomic
def _claim(network: Network) -> list[Reading]:
    now = timezone.now()
    due = Reading.objects.filter(due_at__lte=now, share__network=network.key).select_related("share__account")
    if _by_account(network):
        # The network tells an author only: one account's posts in one call, that of the longest waiting one first.
        account = due.order_by("due_at").values_list("share__account", flat=True).first()
        due = due.filter(share__account=account)
    batch = list(due.select_for_update(of=("self",), skip_locked=True).order_by("due_at")[: _batch(network)])
    Reading.objects.filter(pk__in=[reading.pk for reading in batch]).update(due_at=now + LEASE)
    return batch


def _by_account(network: Network) -> bool:
    return network.reading is not None or bool(network.api and network.api.figures_by_account)


def _batch(network: Network) -> int:
    if network.reading:
        return network.reading.batch
    return network.api.figures_batch if network.api else 0


def _read(network: Network, batch: Sequence[Reading]) -> bool:
    """Read a batch; false when the network would rather be asked later."""
    try:
        told = _told(network, batch)
    except Outcome as outcome:
        _log.warning("%s told no figures: %s", network.name, outcome)
        _later(batch, outcome)
        return False
    _keep(batch, told)
    return True


def _told(network: Network, batch: Sequence[Reading]) -> dict[str, Figures]:
    """What the network says of these posts. Raises an Outcome."""
    speak, account = connecting.http(network), batch[0].share.account
    posts = [reading.share.post_id for reading in batch]
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
def _keep(batch: Iterable[Reading], told: dict[str, Figures]) -> None:
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
def _later(batch: Iterable[Reading], outcome: Outcome) -> None:
    """Try again after what the network asked for, or 5 minutes, doubling; after too many failures not at all. That the
    company's credits are used up is no failure of the reading."""
    asked = outcome.after if isinstance(outcome, Retry) and outcome.after else timedelta()
    now = timezone.now()
    if isinstance(outcome, OutOfCredits):
        Reading.objects.filter(pk__in=[reading.pk for reading in batch]).update(due_at=now + asked)
        return
    for reading in batch:
        if reading.failures + 1 >= FAILURES:
            Reading.objects.filter(pk=reading.pk).delete()
            continue
        wait = max(asked, timedelta(minutes=5 * 2**reading.failures))
        Reading.objects.filter(pk=reading.pk).update(due_at=now + wait, failures=reading.failures + 1)

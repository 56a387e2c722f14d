"""Settling what is not known: by looking, by a click, and failing that by asking the person."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kaja.audit import lines
from kaja.jobs import facts, queue
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Outcome, Receipt, Retry
from kaja.sharing import claiming, delivery, onhold, sent, shares
from kaja.sharing.models import Correction, Crisis, Share
from kaja.sharing.states import State

LOOKS = 6
# So many looks at one network at once in one process; fewer than the worker has threads for them.
PER_NETWORK = 2
# After a look that got no answer: doubled with each.
AGAIN = timedelta(seconds=15)
# So long a network may work on a film that was sent, before the person is asked.
AT_WORK = timedelta(hours=3)
_looking: Counter[str] = Counter()
_lock = threading.Lock()


def look(share: int, looks: int = 0) -> None:
    """Ask the network for the post by the key it was sent with.

    Found: published. Certainly absent: planned again, with the same key, so that an answer still on its way cannot
    make two. No answer: again later, at last the person is asked. Also for a share that a click or its person called
    published, since only the network knows the post's own id. Safe to run twice.
    """
    wanted = Q(state=State.UNKNOWN) | Q(state=State.PUBLISHED, post_id="")
    row = Share.objects.select_related("account").filter(wanted, pk=share, way=Share.Way.API).first()
    if row is None:
        return
    if not _can_look(row):
        facts.record("share.undecided", share=share)
        return
    if not _enter(row.network):
        soon = timezone.now() + AGAIN / 3
        queue.enqueue("kaja.sharing.settling.look", run_after=soon, share=share, looks=looks)
        return
    try:
        receipt = _seen(row)
    except NeedsReconnect as refused:
        # Looked for again as soon as its person has signed in there (delivery.release).
        if row.account:
            connecting.broken(account=row.account, reason=refused.detail or refused.reason)
        facts.record("share.undecided", share=share)
        return
    except Outcome as outcome:
        _again(row, outcome, looks)
        return
    finally:
        _leave(row.network)
    _conclude(row=row, receipt=receipt)


def _again(row: Share, outcome: Outcome, looks: int) -> None:
    """Look once more after a look without an answer, a few times; then the person is asked. A network that says itself
    that it is still at work on the post is no doubt: it is waited for, as long as films may take."""
    works = isinstance(outcome, Retry) and outcome.reason == "still-processing"
    if works and timezone.now() - _begun(row) < AT_WORK:
        soon = timezone.now() + 2 * AGAIN
        queue.enqueue("kaja.sharing.settling.look", run_after=soon, share=row.pk, looks=looks)
    elif looks + 1 >= LOOKS:
        facts.record("share.undecided", share=row.pk)
    else:
        later = timezone.now() + AGAIN * 2**looks
        queue.enqueue("kaja.sharing.settling.look", run_after=later, share=row.pk, looks=looks + 1)


def _begun(row: Share) -> datetime:
    """When its last call began."""
    return row.tries.order_by("-number").values_list("started_at", flat=True).first() or row.created_at


def _enter(network: str) -> bool:
    """Take one of the network's places for looks in this process; false when all are taken: a network that answers
    slowly leaves the others theirs."""
    with _lock:
        if _looking[network] >= PER_NETWORK:
            return False
        _looking[network] += 1
        return True


def _leave(network: str) -> None:
    with _lock:
        _looking[network] -= 1


def _can_look(row: Share) -> bool:
    api = BY_KEY[row.network].api
    return bool(api and api.find and (row.record_key or row.payload) and row.account)


def _seen(row: Share) -> Receipt | None:
    """The post by its key, as the network has it now. Raises an Outcome."""
    network = BY_KEY[row.network]
    assert network.api is not None
    assert network.api.find is not None
    assert row.account is not None
    speak, find = connecting.http(network), network.api.find
    sought = sent.sending(row)
    return connecting.speaking(row.account, lambda session: find(speak, session, sought))


@transaction.atomic
def _conclude(*, row: Share, receipt: Receipt | None) -> None:
    """What was seen settles the share, unless it has gone on meanwhile (answered, tried again, sent anew)."""
    if receipt:
        delivery.published(row, receipt, at=_begun(row))
        return
    same: dict[str, Any] = {"since": {State.UNKNOWN}, "only": Q(attempts=row.attempts)}
    if row.attempts < delivery.ATTEMPTS:
        if shares.step(row, State.PLANNED, not_before=timezone.now() + delivery.PAUSE, **same) and _held_since(row):
            shares.step(row, State.HELD, reason=onhold.REASON)
    elif shares.step(row, State.FAILED, reason="too-often", **same):
        facts.record("share.failed", share=row.pk)


def _held_since(row: Share) -> bool:
    """Whether all sharing was on hold since its last call began: then it does not go out by itself, even afterwards."""
    since = Crisis.objects.filter(Q(lasting=True) | Q(ended_at__gt=_begun(row)), practice=False)
    return since.of(row).exists()


def missing(*, share: int) -> None:
    """Consequence: the network's figures know the post no more. If it is certainly gone, somebody deleted it there.

    Figures come from another server than posts and lag behind: only the look by its key decides. Safe to run twice.
    """
    row = Share.objects.select_related("account").filter(pk=share, state=State.PUBLISHED).exclude(post_id="").first()
    # While its words are being changed, a look that goes by them would miss it.
    if row is None or not _can_look(row) or row.corrections.filter(state__in=Correction.OPEN).exists():
        return
    try:
        receipt = _seen(row)
    except Outcome:
        return  # asked again at the next reading
    if receipt is None:
        with transaction.atomic():
            if shares.step(row, State.REMOVED, reason="gone-there"):
                lines.write(actor=None, verb="share.gone", on=row)


@transaction.atomic
def confirm_by_click(link: int) -> None:
    """Somebody else clicked the link: the post is out. Safe to run twice."""
    share = Share.objects.filter(link=link, state=State.UNKNOWN).first()
    if share and shares.step(
        share,
        State.PUBLISHED,
        since={State.UNKNOWN},
        confirmed=Share.Confirmed.CLICK,
        published_at=share.not_before,
        reason="",
    ):
        facts.record("share.published", share=share.pk)


def sweep() -> None:
    """Give back what dead workers had claimed: planned again before an attempt began, unknown after.

    A lease that lies farther ahead than any lease can was given before the clock was put back: it has run out, too.
    """
    now = timezone.now()
    ended = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * claiming.LEASE)
    for share in Share.objects.filter(ended, state=State.SENDING):
        with transaction.atomic():
            _give_back(share)


def _uncalled(share: Share) -> bool:
    """Whether the attempt had certainly not come to the call that publishes."""
    api = BY_KEY[share.network].api
    return bool(api and api.prepare) and "prepared" not in (share.payload or {})


def _give_back(share: Share) -> None:
    open_tries = share.tries.filter(finished_at__isnull=True)
    same: dict[str, Any] = {"since": {State.SENDING}, "only": Q(lease_until=share.lease_until, attempts=share.attempts)}
    if open_tries.exists() and _uncalled(share) and share.attempts < delivery.ATTEMPTS:
        # Cut off in an upload that nobody sees: the call that publishes comes only after what it brought is stored.
        if shares.step(share, State.PLANNED, reason="", lease_until=None, **same):
            open_tries.update(finished_at=timezone.now(), outcome="cut off")
    elif open_tries.exists():
        if shares.step(share, State.UNKNOWN, reason="worker-lost", lease_until=None, **same):
            open_tries.update(finished_at=timezone.now(), outcome="cut off")
            facts.record("share.unknown", share=share.pk)
    elif share.attempts < delivery.ATTEMPTS:
        shares.step(share, State.PLANNED, reason="", lease_until=None, **same)
    # Never got as far as an attempt, eight times: something in us is broken, and a person has to see it.
    elif shares.step(share, State.FAILED, reason="too-often", lease_until=None, **same):
        facts.record("share.failed", share=share.pk)

"""Changing a post on its network: claim, look whether anything stops it, say it, write down how it ended.

An edit says what the words are from now on, so that the same edit said twice changes nothing: a worker that was killed
between any two steps leaves a row that another one takes up. Still nothing is repeated blindly where the network lets
one read: doubt is settled by looking at the words that stand there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from kaja.audit import lines
from kaja.jobs import facts
from kaja.networks import abilities, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Outcome, Permanent, Retry, Unknown
from kaja.networks.models import ConnectedAccount
from kaja.people.roles import Permission
from kaja.sharing import claiming, hints, onhold, shares
from kaja.sharing.models import Correction, Share
from kaja.sharing.states import State

S = Correction.State
ATTEMPTS, LOOKS = 8, 6
AT_ONCE = 20


def run_due() -> None:
    """Take up every change whose time has come, and those that dead workers had in their hands. Scheduled."""
    now = timezone.now()
    ended = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * claiming.LEASE)
    Correction.objects.filter(ended, state=S.SENDING).update(state=S.UNKNOWN, reason="worker-lost", lease_until=None)
    due = Correction.objects.filter(state__in=(S.PLANNED, S.UNKNOWN), not_before__lte=now)
    # Where the person has to sign in first, it waits; a share without an account is told that it waits in vain.
    able = Q(share__account__state=ConnectedAccount.State.WORKS) | Q(share__account=None)
    for number in due.filter(able).order_by("not_before", "id").values_list("pk", flat=True)[:AT_ONCE]:
        carry_out(correction=number)


def carry_out(*, correction: int) -> None:
    """Consequence of a wish: do this change, or settle it, if it is still to be had. Safe to run twice."""
    row = _rows().filter(pk=correction, not_before__lte=timezone.now()).first()
    if row is None:
        return
    if row.state == S.UNKNOWN:
        _look(row)
    elif row.state == S.PLANNED and claim(row) and not _stopped(row):
        settle(row, _ended(row))


def _rows() -> QuerySet[Correction]:
    return Correction.objects.select_related("share__account", "share__person", "share__item", "share__link")


def claim(row: Correction) -> bool:
    """Take it into this worker's hands; false when another has it."""
    taken = Correction.objects.filter(pk=row.pk, state=S.PLANNED, attempts=row.attempts).update(
        state=S.SENDING, attempts=F("attempts") + 1, lease_until=timezone.now() + claiming.LEASE
    )
    row.refresh_from_db(fields=["state", "attempts", "text", "lease_until"])
    return bool(taken)


def _stopped(row: Correction) -> bool:
    """What may not go out now ends here, and the person reads why; the words are kept to be sent again."""
    share, reason, detail = row.share, "", ""
    share.refresh_from_db()
    if share.state != State.PUBLISHED:
        _step(row, S.DROPPED, reason="removed")
        return True
    if not share.person.is_active or not share.person.may(Permission.SHARE):
        reason = "left"
    elif share.account is None:
        reason = "not-connected"
    elif not abilities.edits(BY_KEY[share.network]):
        reason = "cannot"
    elif onhold.stops(share, _words(row)):
        reason = onhold.REASON
    elif detail := hints.held(share, _words(row)):
        reason = "rule"
    if reason:
        _step(row, S.FAILED, reason=reason, detail=detail)
    return bool(reason)


def _words(row: Correction) -> str:
    return shares.without_link(row.share, row.text)


def _ended(row: Correction) -> Outcome | None:
    """Say it, and tell how that ended; None: the network has taken it."""
    network, account = BY_KEY[row.share.network], row.share.account
    assert network.api is not None
    assert network.api.edit is not None
    assert account is not None
    speak, edit = connecting.http(network), network.api.edit
    try:
        connecting.speaking(account, lambda session: edit(speak, session, row.share.post_id, row.text))
    except Outcome as outcome:
        return outcome
    return None


@transaction.atomic
def settle(row: Correction, outcome: Outcome | None) -> None:
    """Write down how the call ended. That the network took it counts even when the lease had run out meanwhile; any
    other end counts only while the change is in the hands of this claim."""
    if outcome is None:
        _done(row)
        return
    now, told = timezone.now(), {"reason": outcome.reason, "detail": outcome.detail}
    if isinstance(outcome, NeedsReconnect):
        account = row.share.account
        broke = account is None or connecting.broken(account=account, reason=outcome.detail or outcome.reason)
        _step(row, S.PLANNED, reason="account" if broke else "", not_before=now + timedelta(seconds=10))
    elif isinstance(outcome, Unknown):
        _step(row, S.UNKNOWN, not_before=now + _pause(row.attempts), **told)
    elif isinstance(outcome, Retry) and row.attempts < ATTEMPTS:
        pause = max(_pause(row.attempts), outcome.after or timedelta())
        _step(row, S.PLANNED, not_before=now + pause, **told)
    elif isinstance(outcome, Retry):
        _step(row, S.FAILED, reason="too-often", detail=outcome.detail)
    else:
        assert isinstance(outcome, Permanent)
        _refused(row, **told)


def _refused(row: Correction, *, reason: str, detail: str) -> None:
    if _step(row, S.FAILED, reason=reason, detail=detail) and reason == "gone-there":
        facts.record("share.missing", share=row.share_id)


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(10 * 2 ** max(attempts - 1, 0), 3600))


def _step(row: Correction, after: Correction.State, **fields: Any) -> bool:
    """Bring it on, if it is still as it was read: in the state and at the attempt of `row`."""
    if after not in Correction.OPEN:
        fields["ended_at"] = timezone.now()
    now = Correction.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    return bool(now.update(state=after, lease_until=None, **fields))


def _done(row: Correction) -> None:
    """The post says the new words: the share does too, and what it said before is kept."""
    share = Share.objects.select_for_update(of=("self",)).select_related("item", "caption", "link").get(pk=row.share_id)
    now = timezone.now()
    open_still = Correction.objects.filter(pk=row.pk, state__in=Correction.OPEN)
    if not open_still.update(state=S.DONE, before=share.text, ended_at=now, lease_until=None, reason="", detail=""):
        return
    fields = shares.worded(_words(row), share.item, share.caption, share.link) | {"text": row.text}
    # A look for the post goes by the words where it has no link.
    payload = {**share.payload, "text": row.text} if share.payload else None
    Share.objects.filter(pk=share.pk).update(**fields, payload=payload, edited_at=now, updated_at=now)
    lines.write(actor=None, verb="share.corrected", on=share)


def _look(row: Correction) -> None:
    """Doubt is settled by what stands there now; where nobody may read, the same is said again."""
    network, account = BY_KEY[row.share.network], row.share.account
    read = network.api.words if network.api else None
    if account is None:
        _step(row, S.FAILED, reason="not-connected")
        return
    if read is None:
        _again(row)
        return
    try:
        speak = connecting.http(network)
        there = connecting.speaking(account, lambda session: read(speak, session, row.share.post_id))
    except NeedsReconnect as refused:
        # Looked at as soon as its person has signed in there again (run_due).
        connecting.broken(account=account, reason=refused.detail or refused.reason)
    except Outcome as outcome:
        if row.looks + 1 < LOOKS:
            later = timezone.now() + timedelta(seconds=15 * 2**row.looks)
            _step(row, S.UNKNOWN, looks=row.looks + 1, not_before=later)
        else:
            _step(row, S.FAILED, reason="edit-unsure", detail=outcome.detail)
    else:
        _conclude(row, there)


@transaction.atomic
def _conclude(row: Correction, there: str | None) -> None:
    if there is None:
        _refused(row, reason="gone-there", detail="")
    elif there.split() == row.text.split():
        _done(row)
    else:
        _again(row)


def _again(row: Correction) -> None:
    if row.attempts < ATTEMPTS:
        _step(row, S.PLANNED, not_before=timezone.now())
    else:
        _step(row, S.FAILED, reason="edit-unsure")

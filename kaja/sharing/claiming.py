"""Claims: a share that is due is taken by compare-and-set, for the time of a lease, with all that delivery reads of it.

While many wait they are taken by the handful: reading twelve costs little more than reading one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db.models import F, Prefetch, Q
from django.utils import timezone

from kaja.content.models import LinkPreview
from kaja.sharing.models import Share
from kaja.sharing.states import State

LEASE = timedelta(minutes=5)


def claim(share_ids: Collection[int], *, worker: str) -> list[Share]:
    """Take those of the shares that are planned and due; what somebody else has taken is left out."""
    now = timezone.now()
    taken = Share.objects.filter(pk__in=share_ids, state=State.PLANNED, not_before__lte=now).update(
        state=State.SENDING, worker=worker, lease_until=now + LEASE, attempts=F("attempts") + 1, updated_at=now
    )
    return _read(Q(pk__in=share_ids, state=State.SENDING, worker=worker)) if taken else []


def ours(share: Share) -> Q:
    """That the share is still in the hands of this very claim, and in no later one's."""
    return Q(state=State.SENDING, worker=share.worker, attempts=share.attempts)


def again(share: Share) -> Share | None:
    """A claimed share that has waited in the hand, read anew and with a new lease; None when the claim is lost."""
    now = timezone.now()
    mine = Share.objects.filter(ours(share), pk=share.pk, lease_until__gt=now)
    if not mine.update(lease_until=now + LEASE):
        return None
    return next(iter(_read(ours(share) & Q(pk=share.pk))), None)


def give_back(shares: Collection[Share]) -> None:
    """What was claimed and not begun is planned as before: a worker that stops."""
    for share in shares:
        Share.objects.filter(ours(share), pk=share.pk).update(
            state=State.PLANNED, worker="", lease_until=None, attempts=F("attempts") - 1, updated_at=timezone.now()
        )


def _read(which: Q) -> list[Share]:
    rows = Share.objects.filter(which).order_by("not_before", "pk")
    rows = rows.select_related("account", "person", "item__image", "link").prefetch_related(
        "person__grants",
        "item__attachments__media",
        Prefetch("item__previews", LinkPreview.objects.select_related("image")),
    )
    found = list(rows)
    for share in found:
        if share.account is not None and share.account.person_id == share.person_id:
            share.account.person = share.person
    return found

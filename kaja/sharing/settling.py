"""Settling what is not known: by looking, by a click, and failing that by asking the person."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kaja.jobs import facts, queue
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Outcome
from kaja.sharing import delivery, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

LOOKS = 6


def look(share: int, looks: int = 0) -> None:
    """Ask the network for the post by the key it was sent with.

    Found: published. Certainly absent: planned again, with the same key, so that an answer still on its way cannot
    make two. No answer: again later, at last the person is asked.
    """
    row = Share.objects.select_related("account").filter(pk=share, state=State.UNKNOWN, way=Share.Way.API).first()
    if row is None:
        return
    api = BY_KEY[row.network].api
    if api is None or api.find is None or not row.record_key or row.account is None:
        facts.record("share.undecided", share=share)
        return
    try:
        receipt = api.find(connecting.http(BY_KEY[row.network]), connecting.session(row.account), row.record_key)
    except Outcome:
        if looks + 1 >= LOOKS:
            facts.record("share.undecided", share=share)
            return
        later = timezone.now() + timedelta(seconds=15 * 2**looks)
        queue.enqueue("kaja.sharing.settling.look", run_after=later, share=share, looks=looks + 1)
        return
    with transaction.atomic():
        if receipt:
            delivery.published(row, receipt)
        elif row.attempts < delivery.ATTEMPTS:
            shares.step(row, State.PLANNED, not_before=timezone.now() + timedelta(seconds=10))
        else:
            shares.step(row, State.FAILED, reason="too-often")


@transaction.atomic
def confirm_by_click(link: int) -> None:
    """Somebody else clicked the link: the post is out. Safe to run twice."""
    share = Share.objects.filter(link=link, state=State.UNKNOWN).first()
    if share and shares.step(
        share, State.PUBLISHED, confirmed=Share.Confirmed.CLICK, published_at=share.not_before, reason=""
    ):
        facts.record("share.published", share=share.pk)


def sweep() -> None:
    """Give back what dead workers had claimed: planned again before an attempt began, unknown after."""
    now = timezone.now()
    for share in Share.objects.filter(state=State.SENDING, lease_until__lt=now):
        with transaction.atomic():
            begun = share.tries.filter(finished_at__isnull=True).exists()
            after = State.UNKNOWN if begun else State.PLANNED
            taken = Share.objects.filter(pk=share.pk, state=State.SENDING, lease_until=share.lease_until).update(
                state=after, reason="worker-lost" if begun else "", lease_until=None, updated_at=now
            )
            if taken and begun:
                share.tries.filter(finished_at__isnull=True).update(finished_at=now, outcome="cut off")
                facts.record("share.unknown", share=share.pk)

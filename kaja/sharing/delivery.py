"""Delivery: claim a due share, say it once, write down the receipt (D5).

1. Claim by compare-and-set: `planned` and due becomes `sending` with a lease. One changed row means it is mine.
2. In one transaction choose the record key, freeze the payload and write the attempt.
3. Call the network, outside of any transaction.
4. In one transaction write the outcome, by compare-and-set.

A worker killed after 1 leaves a claim without an attempt: planned again. Killed after 2, 3 or before 4: nobody knows
whether it went out, so it is `unknown` and looked for by its key. Nothing is ever sent again blindly.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from kaja.content import media
from kaja.jobs import facts
from kaja.links import minting
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Network, Permanent, Picture, Post, Receipt, Retry, Unknown
from kaja.sharing import shares
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
ATTEMPTS = 8
# A network that answers slowly fills its own places and no more: the others go on.
AT_ONCE, PER_NETWORK = 8, 4

_pool: ThreadPoolExecutor | None = None
_busy: Counter[str] = Counter()
_lock = threading.Lock()


def turn(*, worker: str) -> bool:
    """Start delivering what is due, as far as there are free places. True when something was begun."""
    global _pool
    begun = False
    for share_id, network in Share.objects.due().values_list("pk", "network")[: AT_ONCE * 8]:
        with _lock:
            if _busy[network] >= PER_NETWORK or _busy.total() >= AT_ONCE:
                continue
            _busy[network] += 1
            _pool = _pool or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery")
        _pool.submit(_in_thread, share_id, network, worker)
        begun = True
    return begun


def finish() -> None:
    """Wait for what was begun (a worker that stops)."""
    global _pool
    if _pool:
        _pool.shutdown(wait=True)
        _pool = None


def _in_thread(share_id: int, network: str, worker: str) -> None:
    try:
        deliver(share_id, worker=worker)
    finally:
        with _lock:
            _busy[network] -= 1
        close_old_connections()


def deliver(share_id: int, *, worker: str) -> None:
    """Bring one due share out, if it is still to be had."""
    share = claim(share_id, worker=worker)
    if share is None:
        return
    attempt = prepare(share)
    if attempt is None:
        return
    network = BY_KEY[share.network]
    try:
        outcome: Receipt | Retry | Permanent | NeedsReconnect | Unknown = _call(share, network)
    except (Retry, Permanent, NeedsReconnect, Unknown) as error:
        outcome = error
    except Exception as error:  # the call had begun: whatever went wrong in us, the post may be out
        log.exception("Share %s ended in an unforeseen way", share.pk)
        outcome = Unknown("unforeseen", f"{type(error).__name__}: {error}")
    settle(share, attempt, outcome)


def claim(share_id: int, *, worker: str) -> Share | None:
    """Take a planned, due share; None when somebody else has it or it is not due."""
    now = timezone.now()
    taken = Share.objects.filter(pk=share_id, state=State.PLANNED, not_before__lte=now).update(
        state=State.SENDING, worker=worker, lease_until=now + LEASE, attempts=F("attempts") + 1, updated_at=now
    )
    return Share.objects.select_related("account", "item__image", "link").get(pk=share_id) if taken else None


@transaction.atomic
def prepare(share: Share) -> Attempt | None:
    """Store key, payload and attempt before the first byte leaves; None when the claim was lost meanwhile."""
    api = BY_KEY[share.network].api
    if not share.record_key and api and api.new_record_key:
        share.record_key = api.new_record_key()
    if share.payload is None:
        share.payload = _frozen(share)
    kept = Share.objects.filter(pk=share.pk, state=State.SENDING, worker=share.worker, attempts=share.attempts).update(
        record_key=share.record_key, payload=share.payload
    )
    if not kept:
        return None
    number = share.tries.count() + 1
    return Attempt.objects.create(share=share, number=number, worker=share.worker)


def _frozen(share: Share) -> dict[str, object]:
    return {
        "text": share.text,
        "link": minting.address(share.link) if share.link else "",
        "title": share.item.title,
        "description": share.item.summary[:300],
        "language": share.language,
        "created_at": timezone.now().isoformat(),
        "picture": share.item.image_id,
    }


def _call(share: Share, network: Network) -> Receipt:
    if share.account is None or network.api is None:
        raise NeedsReconnect("not-connected")
    session = connecting.session(share.account)
    return network.api.publish(connecting.http(network), session, share.record_key, _post(share, network))


def _post(share: Share, network: Network) -> Post:
    frozen = share.payload or {}
    picture = None
    if frozen.get("picture") and network.limits and network.limits.picture_bytes:
        picture = _picture(int(frozen["picture"]), network.limits.picture_bytes)
    return Post(
        text=frozen["text"],
        link=frozen["link"],
        link_title=frozen["title"],
        link_description=frozen["description"],
        language=frozen["language"],
        created_at=datetime.fromisoformat(frozen["created_at"]),
        picture=picture,
    )


def _picture(number: int, most_bytes: int) -> Picture | None:
    kept = media.find(number)
    if kept is None:
        return None
    content, width, height = media.for_network(kept, most_bytes=most_bytes)
    return Picture(content, "image/jpeg", kept.alt, width, height, kept.address)


@transaction.atomic
def settle(share: Share, attempt: Attempt, outcome: Receipt | Retry | Permanent | NeedsReconnect | Unknown) -> None:
    """Write down how the call ended. A receipt counts even when the lease had run out meanwhile."""
    now = timezone.now()
    ended = "published" if isinstance(outcome, Receipt) else type(outcome).__name__.lower()
    reason, detail = ("", "") if isinstance(outcome, Receipt) else (outcome.reason, outcome.detail)
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=now, outcome=ended, reason=reason, detail=detail)
    if isinstance(outcome, Receipt):
        published(share, outcome)
        return
    if not Share.objects.filter(pk=share.pk, state=State.SENDING, worker=share.worker).exists():
        return
    fields = {"reason": reason, "detail": detail, "lease_until": None}
    if isinstance(outcome, Retry) and share.attempts < ATTEMPTS:
        shares.step(share, State.PLANNED, not_before=now + _pause(share.attempts, outcome.after), **fields)
    elif isinstance(outcome, Unknown):
        if shares.step(share, State.UNKNOWN, **fields):
            facts.record("share.unknown", share=share.pk)
    elif isinstance(outcome, NeedsReconnect):
        shares.step(share, State.HELD, **fields | {"reason": "account"})
        if share.account:
            connecting.broken(account=share.account, reason=detail or reason)
    else:
        shares.step(share, State.FAILED, **fields)


def published(share: Share, receipt: Receipt) -> None:
    """It is out, and the network says so."""
    if shares.step(
        share,
        State.PUBLISHED,
        post_id=receipt.post_id,
        post_url=receipt.url,
        published_at=timezone.now(),
        confirmed=Share.Confirmed.NETWORK,
        reason="",
        detail="",
        lease_until=None,
    ):
        facts.record("share.published", share=share.pk)


def _pause(attempts: int, wished: timedelta | None) -> timedelta:
    """Ten seconds, doubled with each attempt, at most an hour; longer when the network wishes."""
    own = timedelta(seconds=min(10 * 2 ** (attempts - 1), 3600))
    return max(own, wished) if wished else own


def hold(account: int) -> None:
    """Consequence: the account does not work, so what is planned for it waits instead of failing."""
    Share.objects.filter(account=account, state=State.PLANNED).update(
        state=State.HELD, reason="account", updated_at=timezone.now()
    )


def release(account: int) -> None:
    """Consequence: the account works again, what waited for it goes on."""
    Share.objects.filter(account=account, state=State.HELD, reason="account").update(
        state=State.PLANNED, reason="", updated_at=timezone.now()
    )

"""Which due share goes out next: the places of one worker, and what it has seen and taken for them.

A network that answers slowly fills its own places and no more, so that the others go on.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.db import close_old_connections

from kaja.sharing import claiming, delivery
from kaja.sharing.models import Share

log = logging.getLogger(__name__)
# Each place has its own connection to the database, so that there are not many.
AT_ONCE, PER_NETWORK = 12, 8
# So many due shares are looked at in one question; so often, in seconds, when the last one found none.
WINDOW, EVERY = 96, 0.25
# Where more than LONG are seen due, a handful is claimed at once: as many as begin within FRESH seconds, by how long
# the network's last post took. One that has waited in the hand for longer is read anew.
LONG, HANDFUL, FRESH = 32, 24, 1.0


class Held(NamedTuple):
    """A share in the hand, and when it was read (`time.monotonic`)."""

    share: Share
    since: float


_pool: ThreadPoolExecutor | None = None
_busy: dict[int, str] = {}  # share -> network, of what this process delivers just now
_lock = threading.Lock()
_freed = threading.Event()  # set when a place becomes free
_seen: dict[str, list[int]] = {}  # network -> shares that were due when looked at; whose they are, the claim decides
_hand: dict[str, deque[Held]] = {}  # network -> claimed, and not begun yet
_took: dict[str, float] = {}  # network -> seconds that its last post took
_nothing: tuple[float, frozenset[str]] = (0.0, frozenset())  # when a look found nothing, and what it left out


def turn(*, worker: str) -> bool:
    """Begin what is due, as far as there are free places; when there are none, wait for one. False when there is
    nothing to do."""
    _freed.clear()
    if _begin(worker):
        return True
    with _lock:
        busy = bool(_busy)
    return busy and _freed.wait(EVERY)


def _begin(worker: str) -> bool:
    """Fill the free places. True when something was begun."""
    begun = False
    while True:
        with _lock:
            taken, all_taken = Counter(_busy.values()), len(_busy) >= AT_ONCE
        if all_taken:
            return begun
        full = frozenset(network for network, number in taken.items() if number >= PER_NETWORK)
        share = _next(taken, full, worker)
        if share is not None:
            begun = True
            _submit(share)
        elif not _look(full):
            return begun


def _next(taken: Counter[str], full: frozenset[str], worker: str) -> Share | None:
    """A claimed share of the network with the fewest places taken; None when no network has both a free place and
    shares."""
    for network in sorted({*_hand, *_seen} - full, key=lambda one: taken[one]):
        while held := _take(network, room=PER_NETWORK - taken[network], worker=worker):
            fresh = time.monotonic() - held.since < FRESH
            share = held.share if fresh else claiming.again(held.share)
            if share is not None:
                return share
    return None


def _take(network: str, *, room: int, worker: str) -> Held | None:
    """The next one in the hand, filled anew from what was seen."""
    hand = _hand.setdefault(network, deque())
    while not hand and (seen := _seen.get(network)):
        number = max(room, _handful(network)) if len(seen) > LONG else room
        chosen, _seen[network] = seen[:number], seen[number:]
        now, got = time.monotonic(), claiming.claim(chosen, worker=worker)
        hand.extend(Held(share, now) for share in got)
        if 2 * len(got) < len(chosen):  # somebody else works on what was seen
            del _seen[network]
    if hand:
        return hand.popleft()
    del _hand[network]
    _seen.pop(network, None)
    return None


def _handful(network: str) -> int:
    """How many of its shares begin within FRESH seconds; none while nobody knows how quick it is."""
    took = _took.get(network)
    return min(HANDFUL, int(PER_NETWORK * FRESH / max(took, 0.01))) if took else 0


def _look(full: frozenset[str]) -> bool:
    """See what is due of networks that have a free place: a long queue of one hides nobody else's. Each worker begins
    elsewhere in what was seen, so that they do not all run after the same rows. False when nothing is due."""
    global _nothing
    since, but = _nothing
    if time.monotonic() - since < EVERY and but <= full:
        return False
    rows: list[tuple[int, str]] = []
    while True:
        apart = full.union(network for _share, network in rows)
        more = Share.objects.due().exclude(network__in=apart).values_list("pk", "network")[:WINDOW]
        rows += more
        if len(more) < WINDOW:
            break
    if not rows:
        _nothing = (time.monotonic(), full)
        return False
    begin = secrets.randbelow(len(rows))
    for share_id, network in rows[begin:] + rows[:begin]:
        _seen.setdefault(network, []).append(share_id)
    return True


def _submit(share: Share) -> None:
    global _pool
    with _lock:
        _busy[share.pk] = share.network
        _pool = _pool or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery")
        pool = _pool
    pool.submit(_in_thread, share)


def finish() -> None:
    """Wait for what was begun, and give back what was not (a worker that stops)."""
    global _pool
    if _pool:
        _pool.shutdown(wait=True)
        _pool = None
    claiming.give_back([held.share for hand in _hand.values() for held in hand])
    _hand.clear()
    _seen.clear()


def _in_thread(share: Share) -> None:
    began = time.monotonic()
    try:
        delivery.carry_out(share)
    except Exception:  # nobody waits for this thread's answer: written down here, settled when the lease ends
        log.exception("Delivery of share %s broke off", share.pk)
    finally:
        close_old_connections()
        with _lock:
            _busy.pop(share.pk, None)
            _took[share.network] = time.monotonic() - began
        _freed.set()

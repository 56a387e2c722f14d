"""Why a share may not go out now: the one place that decides it, asked when the share is due (delivery.py).

What only the network knows (no permission any more, no credits) is known by its answer: `delivery.settle`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from kaja.content.models import Item
from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.people.roles import Permission
from kaja.sharing import eyes, hints, onhold, shares, spacing
from kaja.sharing.models import Preparation, Share
from kaja.sharing.states import State


@dataclass(frozen=True)
class Stop:
    """What becomes of the share instead: its state, with these fields. `told`: its person gets a message."""

    after: State
    reason: str
    fields: dict[str, Any] = field(default_factory=dict)
    told: bool = False


def of(share: Share) -> Stop | None:
    """What stops this share now; None when nothing does. `at_last` is asked after it."""
    return _unapproved(share) or _unwanted(share) or _by_crisis(share) or _without_keys(share) or _by_guidelines(share)


def _unapproved(share: Share) -> Stop | None:
    """A delegate prepared it and its person has not approved it: the states know no such way, this is the second
    lock."""
    preparation = share.preparation
    if preparation is None or preparation.state == Preparation.State.APPROVED:
        return None
    return Stop(State.CANCELLED, "unapproved")


def _unwanted(share: Share) -> Stop | None:
    """Its person left or may share no more; its item was withdrawn, or ended earlier than it was planned for."""
    if not share.person.is_active or not share.person.may(Permission.SHARE):
        return Stop(State.CANCELLED, "left")
    reason = over(share.item)
    return Stop(State.CANCELLED, reason) if reason else None


def over(item: Item) -> str:
    """Why nothing of an item goes out any more; empty while it is live, or approved to begin later."""
    return {"live": "", "approved": "", "expired": "ended"}.get(item.status, "withdrawn")


def _by_crisis(share: Share) -> Stop | None:
    """All sharing is on hold, or what is about its item or its words. What has begun in the last two seconds is seen
    `at_last`."""
    return held() if onhold.holds_share(share) and onhold.stops(share) else None


def held() -> Stop:
    """What a crisis makes of a share."""
    return Stop(State.HELD, onhold.REASON)


def _without_keys(share: Share) -> Stop | None:
    """The company's keys for its network are gone: neither the person nor the account can mend that."""
    network = BY_KEY[share.network]
    keyless = share.way == Share.Way.API and network.api is not None and not company_apps.works_by_api(network)
    return Stop(State.HELD, connecting.NO_APP) if keyless else None


def _by_guidelines(share: Share) -> Stop | None:
    """A rule began since it was planned: it stops the words, or wants a second pair of eyes on them and nobody has
    looked. What was frozen for an earlier attempt may be written anew, unless that attempt may have left it there."""
    words = shares.words_of(share)
    found = hints.on(share, words)
    if sentence := hints.sentence(found):
        return Stop(State.HELD, "rule", _thawed(share) | {"detail": sentence}, told=True)
    asking = eyes.wanted(person=share.person, item=share.item, text=words, caption=share.caption, found=found)
    if not eyes.left(share, words, asking):
        return None
    return Stop(State.HELD, eyes.REASON, _thawed(share) | {"detail": ""}, told=True)


def _thawed(share: Share) -> dict[str, Any]:
    return {} if shares.fixed(share) else {"payload": None}


def at_last(share: Share) -> Stop | None:
    """What only the transaction that writes the attempt can tell. A crisis; an account that has changed since it was
    read is read anew; and its account has enough posts that day: the next day, at the same time. The row of the account
    is held, so that two workers do not both take the last place of its day."""
    account = share.account
    if account is None:
        return held() if onhold.stops(share) else None
    now = connecting.take(account)
    if now is None:  # deleted, with what it may do
        share.account = None
        return at_last(share)
    if now != (account.state, account.sealed_version):
        account.refresh_from_db()
    full, crisis = spacing.standing(account, but=share.pk)
    if crisis and onhold.stops(share):
        return held()
    if not full:
        return None
    return Stop(State.HELD, "cap", {"not_before": spacing.tomorrow(account, timezone.now())})

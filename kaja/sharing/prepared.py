"""How a preparation reads: for the delegate, who sees its state and nothing of the person's; for the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.sharing import delegates, shares
from kaja.sharing.models import Preparation, Share
from kaja.sharing.rows import LOOKS, Look
from kaja.sharing.states import State

OUTLOOK: dict[str, Look] = {
    Preparation.State.WAITING: LOOKS[State.WAITING],
    Preparation.State.APPROVED: Look("ok", icon="circle-check"),
    Preparation.State.DECLINED: Look("bad", icon="circle-x"),
    Preparation.State.WITHDRAWN: Look("", icon="arrow-back-up"),
    Preparation.State.LAPSED: Look("", icon="calendar-x"),
}
# What a delegate reads of a post that was approved: that it is planned, out, or not; never why, and no figures.
COARSE = {
    State.PLANNED: State.PLANNED, State.HELD: State.PLANNED, State.SENDING: State.PLANNED, State.UNKNOWN: State.PLANNED,
    State.PUBLISHED: State.PUBLISHED, State.REMOVED: State.REMOVED,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One network of a preparation, as its delegate sees it."""

    share: int
    network: Network
    handle: str
    state: State
    look: Look
    left_out: bool = False

    @property
    def label(self) -> str:
        return _("Left out") if self.left_out else str(self.state.label)


@dataclass(frozen=True)
class Prepared:
    preparation: Preparation

    @property
    def look(self) -> Look:
        return OUTLOOK[self.preparation.state]

    @property
    def label(self) -> str:
        return str(Preparation.State(self.preparation.state).label)

    @property
    def words(self) -> str:
        """The words without the mark of the link."""
        return self.preparation.text.replace(shares.MARK, "").strip()

    @property
    def waits(self) -> bool:
        return self.preparation.state == Preparation.State.WAITING

    @property
    def when(self) -> datetime | None:
        """When it goes out; None when that is as soon as it is approved, or when nothing does."""
        if self.waits and self.preparation.when == Preparation.When.NOW:
            return None
        if not self.waits and self.preparation.state != Preparation.State.APPROVED:
            return None
        return min((share.not_before for share in delegates.going(self.preparation)), default=None)

    @property
    def networks(self) -> list[Network]:
        """Where it goes out, or would."""
        return list(dict.fromkeys(BY_KEY[share.network] for share in delegates.going(self.preparation)))

    @property
    def places(self) -> list[Place]:
        """While it waits and after the approval: how each network stands, without those that its delegate took out."""
        if self.preparation.state not in (Preparation.State.WAITING, Preparation.State.APPROVED):
            return []
        rows = [share for share in self.preparation.shares.all() if share.reason != delegates.TAKEN_OUT]
        return [self._place(share) for share in rows]

    def _place(self, share: Share) -> Place:
        state = State.WAITING if self.waits else COARSE.get(State(share.state), State.CANCELLED)
        handle = share.account.handle if share.account else ""
        left = share.reason == delegates.LEFT_OUT
        return Place(share.pk, BY_KEY[share.network], handle, state, LOOKS[state], left)

    @property
    def left_out(self) -> list[Network]:
        """The networks that the person left out."""
        return [place.network for place in self.places if place.left_out]

    @property
    def reason(self) -> str:
        """Why nothing goes out, for the delegate."""
        if self.preparation.state == Preparation.State.DECLINED:
            return self.preparation.reason
        if self.preparation.state == Preparation.State.LAPSED:
            return _("The story was taken back, or its time is over, so nothing goes out.")
        return ""

"""How a share reads in a list and on its page: state in words, one sentence, the way it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja.links import minting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.sharing import reasons, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

# State -> look of the tag, icon.
LOOKS: dict[str, tuple[str, str]] = {
    State.PLANNED: ("brand", "clock"),
    State.SENDING: ("brand", "loader-2"),
    State.HELD: ("warn", "plug-connected-x"),
    State.UNKNOWN: ("warn", "help-circle"),
    State.FAILED: ("bad", "circle-x"),
    State.PUBLISHED: ("ok", "circle-check"),
    State.CANCELLED: ("", "calendar-x"),
    State.REMOVED: ("", "trash"),
}
OUTCOMES: dict[str, Promise] = {
    "published": gettext_lazy("The network took it"),
    "retry": gettext_lazy("Not taken yet, tried again later"),
    "permanent": gettext_lazy("Refused"),
    "needsreconnect": gettext_lazy("The network wants you to sign in again"),
    "unknown": gettext_lazy("No clear answer"),
    "cut off": gettext_lazy("Cut off while sending"),
    "": gettext_lazy("Sending"),
}


@dataclass(frozen=True)
class Row:
    share: Share

    @property
    def network(self) -> Network:
        return BY_KEY[self.share.network]

    @property
    def look(self) -> str:
        return LOOKS[self.share.state][0]

    @property
    def icon(self) -> str:
        if self.share.state == State.PUBLISHED and self.share.way == Share.Way.DIALOG:
            return "user-check"
        return LOOKS[self.share.state][1]

    @property
    def label(self) -> str:
        if self.share.state == State.PUBLISHED and self.share.way == Share.Way.DIALOG:
            return str(Share.Way.DIALOG.label)
        return str(State(self.share.state).label)

    @property
    def sentence(self) -> str:
        return reasons.sentence(self.share)

    @property
    def when(self) -> datetime:
        return self.share.published_at or self.share.not_before

    @property
    def dialog_address(self) -> str:
        return shares.dialog_address(self.share)

    @property
    def words(self) -> str:
        return shares.words_of(self.share)

    @property
    def link(self) -> str:
        return minting.address(self.share.link) if self.share.link else ""


@dataclass(frozen=True)
class Step:
    """One thing that happened: look is done, ask, bad or todo."""

    look: str
    icon: str
    title: str
    at: datetime | None
    detail: str = ""


def way(share: Share) -> list[Step]:
    """What happened to a share, in order, each with its time; last what is still to come."""
    wrote = _("In your own words") if share.own_words else _("With suggested words")
    steps = [Step("done", "pencil", _("You wrote it"), share.created_at, wrote)]
    if share.way == Share.Way.DIALOG:
        steps.append(Step("done", "external-link", _("You opened the network’s window"), share.not_before))
    elif (share.not_before - share.created_at).total_seconds() > 90:
        steps.append(Step("done", "clock", _("Planned"), share.not_before))
    for attempt in share.tries.all():
        look = {"published": "done", "permanent": "bad"}.get(attempt.outcome, "ask")
        steps.append(Step(look, "send-2", str(OUTCOMES[attempt.outcome]), attempt.started_at, attempt.detail[:200]))
    if share.state == State.PUBLISHED:
        told = str(Share.Confirmed(share.confirmed).label) if share.confirmed else ""
        steps.append(Step("done", "circle-check", _("Published"), share.published_at, told))
    elif share.state in (State.PLANNED, State.SENDING, State.HELD):
        steps.append(Step("todo", "circle-dashed", _("Published"), None))
    elif share.state == State.UNKNOWN:
        steps.append(Step("ask", "help-circle", _("Published, when you say so"), None))
    else:
        steps.append(Step("bad", LOOKS[share.state][1], str(State(share.state).label), share.updated_at))
    return steps

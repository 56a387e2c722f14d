"""How a share reads in a list and on its page: state in words, one sentence, the way it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaja.content.models import Media
from kaja.links import minting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.sharing import credit, eyes, onhold, posted, reasons, shares
from kaja.sharing.models import SecondLook, Share
from kaja.sharing.states import State


@dataclass(frozen=True)
class Look:
    """How a state is drawn: the class of its tag and its icon."""

    tag: str
    icon: str


LOOKS: dict[str, Look] = {
    State.PLANNED: Look("brand", icon="clock"),
    State.SENDING: Look("brand", icon="loader-2"),
    State.HELD: Look("warn", icon="plug-connected-x"),
    State.UNKNOWN: Look("warn", icon="help-circle"),
    State.FAILED: Look("bad", icon="circle-x"),
    State.PUBLISHED: Look("ok", icon="circle-check"),
    State.CANCELLED: Look("", icon="calendar-x"),
    State.REMOVED: Look("", icon="trash"),
}
HELD_BY_RULE = Look("warn", icon="ban")
HELD_FOR_CREDITS = Look("warn", icon="coins")
HELD_BY_CRISIS = Look("warn", icon="hand-stop")
HELD_FOR_EYES = Look("warn", icon="eye")
WAITS = Look("warn", icon="player-pause")
USER_CHECK = Look("ok", icon="user-check")
OUTCOMES: dict[str, Promise] = {
    "published": gettext_lazy("The network took it"),
    "retry": gettext_lazy("Not taken yet, tried again later"),
    "outofcredits": gettext_lazy("The company’s credits there were used up"),
    "permanent": gettext_lazy("Refused"),
    "needsreconnect": gettext_lazy("The network wants you to sign in again"),
    "unknown": gettext_lazy("No clear answer"),
    "stopped": gettext_lazy("Stopped before sending"),
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
        return LOOKS[self.share.state].tag

    @property
    def by_rule(self) -> bool:
        """Held by a rule of the guidelines, not by the account."""
        return self.share.state == State.HELD and self.share.reason == "rule"

    @property
    def by_eyes(self) -> bool:
        """Waits for a second pair of eyes, or came back from it."""
        return self.share.state == State.HELD and self.share.reason in eyes.REASONS

    @property
    def returned(self) -> bool:
        """A colleague looked at it and sent it back."""
        return self.share.state == State.HELD and self.share.reason == eyes.RETURNED

    @property
    def by_crisis(self) -> bool:
        """Held by crisis mode, while it lasts or until its person decides."""
        return self.share.state == State.HELD and self.share.reason == onhold.REASON

    @property
    def asks(self) -> bool:
        """The hold is over: the person decides with one tap."""
        return reasons.asks(self.share)

    @property
    def waits(self) -> bool:
        """Held by the calm of the queue, not by the account: nothing is to be done."""
        return self.share.state == State.HELD and self.share.reason in ("cap", "paused")

    @property
    def icon(self) -> str:
        if self.by_crisis:
            return HELD_BY_CRISIS.icon
        if self.waits:
            return WAITS.icon
        if self.by_eyes:
            return HELD_FOR_EYES.icon
        if self.by_rule:
            return HELD_BY_RULE.icon
        if self.share.state == State.HELD and self.share.reason == credit.REASON:
            return HELD_FOR_CREDITS.icon
        if self.share.state == State.PUBLISHED and self.share.way == Share.Way.DIALOG:
            return USER_CHECK.icon
        return LOOKS[self.share.state].icon

    @property
    def label(self) -> str:
        if self.share.state == State.PUBLISHED and self.share.way == Share.Way.DIALOG:
            return str(Share.Way.DIALOG.label)
        if self.by_eyes:
            return _("Needs other words") if self.returned else _("Waits for a look")
        return str(State(self.share.state).label)

    @property
    def sentence(self) -> str:
        return reasons.sentence(self.share) or self.moved

    @property
    def moved(self) -> str:
        """Why a planned share goes out later than was wished; empty when it does not."""
        if self.share.state != State.PLANNED or self.share.wished_at is None:
            return ""
        at = time_format(timezone.localtime(self.share.not_before))
        return ngettext(
            "Goes out at %(at)s: %(n)d colleague shares it at the same time.",
            "Goes out at %(at)s: %(n)d colleagues share it at the same time.",
            self.share.beside,
        ) % {"at": at, "n": self.share.beside}

    @property
    def when(self) -> datetime:
        return self.share.published_at or self.share.not_before

    @property
    def dialog_address(self) -> str:
        return shares.dialog_address(self.share)

    @property
    def removes_there(self) -> bool:
        """Whether Kaja can delete the post on the network: it posted it, and knows its id or can look it up."""
        api = self.network.api
        known = bool(self.share.post_id) or (api is not None and api.find is not None)
        return self.share.way == Share.Way.API and api is not None and api.remove is not None and known

    @property
    def words(self) -> str:
        return shares.words_of(self.share)

    @property
    def pictures(self) -> list[Media]:
        """What a person who posts by hand has to add there themselves."""
        return posted.every_picture(self.share.item)

    @property
    def link(self) -> str:
        return minting.address(self.share.link) if self.share.link else ""


@dataclass(frozen=True)
class Step:
    """One thing that happened: look is done, ask, bad or todo."""

    look: str
    detail: str
    at: datetime | None
    icon: str
    title: str


def looked(one: SecondLook) -> list[Step]:
    """A second look: that it was asked for, and what came of it."""
    steps = [Step("done", "", one.asked_at, icon="eye", title=_("A colleague was asked to look"))]
    if one.escalated_at:
        steps.append(Step("ask", "", one.escalated_at, icon="users", title=_("Everybody who reviews was asked")))
    if one.decided_at and one.verdict != SecondLook.Verdict.DROPPED:
        kind = "done" if one.verdict == SecondLook.Verdict.PASSED else "ask"
        who = one.decided_by.name if one.decided_by else ""
        detail = f"{who}: {one.words}" if one.words else who
        title = str(SecondLook.Verdict(one.verdict).label)
        steps.append(Step(kind, detail, one.decided_at, icon="user-check", title=title))
    return steps


def way(share: Share) -> list[Step]:
    """What happened to a share, in order, each with its time; last what is still to come."""
    wrote = _("In your own words") if share.own_words else _("With suggested words")
    steps = [Step("done", wrote, share.created_at, icon="pencil", title=_("You wrote it"))]
    for one in share.looks.all():
        steps += looked(one)
    if share.way == Share.Way.DIALOG and share.state != State.HELD:
        opened = _("You opened the network’s window")
        steps.append(Step("done", "", share.not_before, icon="external-link", title=opened))
    elif (share.not_before - share.created_at).total_seconds() > 90:
        steps.append(Step("done", "", share.not_before, icon="clock", title=_("Planned")))
    for attempt in share.tries.all():
        kind = {"published": "done", "permanent": "bad"}.get(attempt.outcome, "ask")
        title = str(OUTCOMES[attempt.outcome])
        steps.append(Step(kind, attempt.detail[:200], attempt.started_at, icon="send-2", title=title))
    if share.state == State.PUBLISHED:
        told = str(Share.Confirmed(share.confirmed).label) if share.confirmed else ""
        steps.append(Step("done", told, share.published_at, icon="circle-check", title=_("Published")))
    elif share.state in (State.PLANNED, State.SENDING, State.HELD):
        steps.append(Step("todo", "", None, icon="circle-dashed", title=_("Published")))
    elif share.state == State.UNKNOWN:
        steps.append(Step("ask", "", None, icon="help-circle", title=_("Published, when you say so")))
    else:
        look, title = LOOKS[share.state], str(State(share.state).label)
        steps.append(Step("bad", "", share.updated_at, icon=look.icon, title=title))
    return steps

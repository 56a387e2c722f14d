"""How a share reads in a list and on its page: state in words, one sentence, the way it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaja.content.models import Media
from kaja.links import minting
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.sharing import corrections, credit, delegates, delivery, eyes, onhold, posted, reasons, settling, shares
from kaja.sharing.models import Attempt, Preparation, SecondLook, Share
from kaja.sharing.states import State

# After so many attempts a share counts as failed (delivery.py).
ATTEMPTS = delivery.ATTEMPTS


@dataclass(frozen=True)
class Look:
    """How a state is drawn: the class of its tag and its icon."""

    tag: str
    icon: str


LOOKS: dict[str, Look] = {
    State.WAITING: Look("warn", icon="signature"),
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
HELD_FOR_KEYS = Look("warn", icon="key")
HELD_FOR_EYES = Look("warn", icon="eye")
WAITS = Look("warn", icon="player-pause")
TOO_LATE = Look("warn", icon="calendar-x")
AT_WORK = Look("brand", icon="loader-2")
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
        if self.at_work:
            return AT_WORK.tag
        return TOO_LATE.tag if self.too_late else LOOKS[self.share.state].tag

    @property
    def at_work(self) -> bool:
        """The network has it and says itself that it still works on it (a film): nobody is asked, as long as that may
        take."""
        processing = self.share.state == State.UNKNOWN and self.share.reason == "still-processing"
        return processing and timezone.now() - self.share.updated_at < settling.AT_WORK

    @property
    def too_late(self) -> bool:
        """Planned for a time when its story is over: it will not go out as it stands."""
        return self.share.state == State.PLANNED and bool(reasons.too_late(self.share))

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
    def on_hold(self) -> bool:
        """Whether it waits for a crisis that lasts: nothing of its item, or with its words, is shared just now."""
        return onhold.holds_share(self.share)

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
        if self.at_work:
            return AT_WORK.icon
        if self.too_late:
            return TOO_LATE.icon
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
        if self.share.state == State.HELD and self.share.reason == connecting.NO_APP:
            return HELD_FOR_KEYS.icon
        if self.share.state == State.PUBLISHED and self.share.way == Share.Way.DIALOG:
            return USER_CHECK.icon
        return LOOKS[self.share.state].icon

    @property
    def label(self) -> str:
        if self.share.state == State.PUBLISHED and self.share.way == Share.Way.DIALOG:
            return str(Share.Way.DIALOG.label)
        if self.by_eyes:
            return _("Needs other words") if self.returned else _("Waits for a look")
        if self.at_work:
            return _("Being made ready there")
        return _("Will not go out") if self.too_late else str(State(self.share.state).label)

    @property
    def sentence(self) -> str:
        return " ".join(part for part in (reasons.sentence(self.share), self.next_try) if part) or self.moved

    @property
    def next_try(self) -> str:
        """When it is tried again, for one that was not taken the last time; empty otherwise."""
        if self.share.state != State.PLANNED or not self.share.attempts:
            return ""
        return _("Next try at %(at)s, number %(n)d of %(all)d.") % {
            "at": date_format(timezone.localtime(self.share.not_before), "SHORT_DATETIME_FORMAT"),
            "n": self.share.attempts + 1,
            "all": ATTEMPTS,
        }

    @property
    def by_hand(self) -> bool:
        """Whether the person can post it by the network's own window instead."""
        dialog, stuck = self.network.dialog, self.share.state in (State.HELD, State.FAILED)
        again = self.share.state == State.PLANNED and self.share.attempts > 0
        carries = dialog is not None and (dialog.plain or self.share.link_id is not None)
        return carries and self.share.way == Share.Way.API and (stuck or again)

    @property
    def needs_sign_in(self) -> bool:
        """Whether it waits for its person to sign in at the network again."""
        return self.share.state == State.HELD and self.share.reason == "account"

    @property
    def unsure(self) -> bool:
        """Given up by an administrator while nobody knew whether it is out: its person can still say so."""
        return self.share.state == State.CANCELLED and self.share.reason == "given-up-unsure"

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
        """Whether one press here deletes the post on the network too."""
        return shares.removes_there(self.share)

    @property
    def no_edit(self) -> str:
        """Why its words cannot be changed on the network; empty when they can."""
        return corrections.hindrance(self.share)

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
    """One thing that happened: look is done, now, ask, bad or todo. `said` is what the network said, for the
    curious."""

    look: str
    detail: str
    at: datetime | None
    icon: str
    title: str
    said: str = ""


WAITS_FOR: dict[str, Promise] = {
    "account": gettext_lazy("Waits until you have signed in again"),
    "rule": gettext_lazy("Waits for other words"),
    "cap": gettext_lazy("Waits for the next day"),
    eyes.REASON: gettext_lazy("Waits for a colleague’s look"),
    eyes.RETURNED: gettext_lazy("Waits for other words"),
    "paused": gettext_lazy("Waits for your queue"),
    credit.REASON: gettext_lazy("Waits for the company’s credits"),
    connecting.NO_APP: gettext_lazy("Waits for the company’s keys"),
    onhold.REASON: gettext_lazy("Waits until sharing is open again"),
}


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
    """What happened to a share, in order, each with its time; then where it stands, and what is still to come."""
    wrote = _("In your own words") if share.own_words else _("With suggested words")
    steps = [Step("done", wrote, share.created_at, icon="pencil", title=_("You wrote it"))]
    tries = list(share.tries.all())
    if share.preparation is not None:
        by = share.preparation.by
        name = by.name if by else _("Somebody who has left")
        steps = [Step("done", wrote, share.created_at, icon="pencil", title=_("%s prepared it") % name)]
        if share.preparation.state == Preparation.State.APPROVED and share.reason != delegates.LEFT_OUT:
            steps.append(Step("done", "", share.preparation.decided_at, icon="signature", title=_("You approved it")))
    for one in share.looks.all():
        steps += looked(one)
    if share.way == Share.Way.DIALOG and share.state != State.HELD:
        opened = _("You opened the network’s window")
        steps.append(Step("done", "", share.created_at, icon="external-link", title=opened))
    elif not tries and (share.not_before - share.created_at).total_seconds() > 90:
        steps.append(Step("done", "", share.not_before, icon="clock", title=_("Planned to go out")))
    steps += [_tried(attempt) for attempt in tries]
    return steps + _stands(share, tries)


def _tried(attempt: Attempt) -> Step:
    look = {"published": "done", "permanent": "bad", "": "now"}.get(attempt.outcome, "ask")
    title = str(OUTCOMES.get(attempt.outcome, OUTCOMES["unknown"]))
    why = reasons.of_attempt(attempt.reason, attempt.outcome)
    return Step(look, why, attempt.started_at, icon="send-2", title=title, said=attempt.detail)


def _stands(share: Share, tries: list[Attempt]) -> list[Step]:
    """Where it stands now, and what is still to come."""
    todo = Step("todo", "", None, icon="circle-dashed", title=_("Published"))
    sentence = reasons.sentence(share)
    if share.state == State.PUBLISHED:
        told = str(Share.Confirmed(share.confirmed).label) if share.confirmed else ""
        return [Step("done", told, share.published_at, icon="circle-check", title=_("Published"))]
    if share.state == State.WAITING:
        return [todo]
    if share.state == State.PLANNED and share.attempts:
        number = {"n": share.attempts + 1, "all": ATTEMPTS}
        often = _("Try %(n)d of %(all)d. Nothing has gone out so far, so it cannot appear twice.") % number
        if any(one.outcome not in shares.WITHOUT_EFFECT for one in tries):
            often = _("Try %(n)d of %(all)d, with the same words, so that it cannot appear twice.") % number
        return [Step("now", often, share.not_before, icon="refresh", title=_("Next try at")), todo]
    if share.state == State.PLANNED and sentence:
        return [Step("ask", sentence, None, icon=TOO_LATE.icon, title=_("Will not go out as it stands"))]
    if share.state == State.PLANNED:
        return [todo]
    if share.state == State.SENDING:
        # An attempt that is under way stands there already.
        under_way = Step("now", "", None, icon="loader-2", title=_("On its way to the network"))
        return [todo] if tries and tries[-1].outcome == "" else [under_way, todo]
    if share.state == State.HELD:
        title = str(WAITS_FOR.get(share.reason, WAITS_FOR["account"]))
        return [Step("ask", sentence, share.updated_at, icon=Row(share).icon, title=title), todo]
    if share.state == State.UNKNOWN:
        if Row(share).at_work:
            return [Step("now", sentence, None, icon=AT_WORK.icon, title=_("Being made ready there")), todo]
        looks = share.way == Share.Way.API and reasons.can_look(share)
        title = _("Kaja looks for it on the network") if looks else _("Published, when you say so")
        return [Step("ask", "", None, icon="help-circle", title=title)]
    look, title = LOOKS[share.state], str(State(share.state).label)
    kind = "bad" if share.state == State.FAILED else "done"
    return [Step(kind, sentence, share.updated_at, icon=look.icon, title=title)]

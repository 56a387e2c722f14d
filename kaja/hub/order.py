"""The person's own order within a window of the feed, and its explanation in words (docs/feed.md).

Each fact makes an item so much newer or older than it is; then the newest stands first. Nothing else is at work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from kaja.content import ranking, reactions
from kaja.content.models import Item
from kaja.people.models import Person

FOLLOWED = timedelta(days=2)
FOREIGN = timedelta(days=-2)
ENDING = timedelta(days=1)
SHARED = timedelta(days=-2)
# An item ends soon when it has so long to go.
SOON = timedelta(hours=48)
# What was shared just now keeps its place, so that a page does not jump under the hand.
SETTLED = timedelta(hours=12)
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Facts:
    """What the order knows of an item for one person."""

    item: int
    pinned: bool
    stands_at: datetime
    ends: datetime | None
    language: str
    # Its category or one of its topics is among the person's interests.
    followed: bool
    # The person shared it, and not just now.
    shared: bool


def effects(facts: Facts, person: Person, now: datetime) -> dict[str, timedelta]:
    """By how much each fact about the person moves the item: above zero is newer."""
    moved = {}
    if facts.followed:
        moved["followed"] = FOLLOWED
    if person.languages and facts.language not in person.languages:
        moved["foreign"] = FOREIGN
    if facts.shared:
        moved["shared"] = SHARED
    elif facts.ends is not None and facts.ends - now < SOON:
        moved["ending"] = ENDING
    return moved


def personal(window: Iterable[Facts], person: Person, now: datetime) -> list[Facts]:
    """The window in the person's order: pinned first, then the newest after all effects, then the higher number."""

    def key(facts: Facts) -> tuple[bool, datetime, int]:
        return facts.pinned, facts.stands_at + sum(effects(facts, person, now).values(), NOTHING), facts.item

    return sorted(window, key=key, reverse=True)


# --- in words -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Reason:
    """One part of the explanation: what is so, and what it does ("" when it only is so)."""

    icon: str
    said: str
    effect: str = ""


@dataclass(frozen=True)
class Why:
    item: Item
    reasons: list[Reason]


def duration(moved: timedelta) -> str:
    """The effect in words: as if it were two days newer."""
    hours = round(abs(moved.total_seconds()) / 3600)
    days = round(hours / 24)
    if hours < 36:
        newer = ngettext("As if it were %d hour newer.", "As if it were %d hours newer.", hours)
        older = ngettext("As if it were %d hour older.", "As if it were %d hours older.", hours)
        return (newer if moved > NOTHING else older) % hours
    newer = ngettext("As if it were %d day newer.", "As if it were %d days newer.", days)
    older = ngettext("As if it were %d day older.", "As if it were %d days older.", days)
    return (newer if moved > NOTHING else older) % days


def explained(item: Item, facts: Facts, person: Person, now: datetime, follows: list[str]) -> Why:
    """Every fact at work, the strongest rule first; `follows` names what of it the person follows. Answers of
    colleagues are told as numbers from five on."""
    moved = effects(facts, person, now)
    reasons = [_meant(item)]
    if item.pinned:
        reasons.append(Reason(icon="pin", said=_("The editors pinned it."), effect=_("Pinned stories stand first.")))
    assert item.live_from is not None
    reasons.append(_newness(item.live_from, now))
    if answers := _answers(item):
        reasons.append(answers)
    if "followed" in moved:
        reasons.append(Reason(icon="heart", said=_("You follow %s.") % ", ".join(follows), effect=duration(FOLLOWED)))
    if "foreign" in moved:
        name = get_language_info(item.language)["name_translated"] if item.language in _known() else item.language
        reasons.append(
            Reason(
                icon="language",
                said=_("Its language is not among those you read: %s.") % name,
                effect=duration(FOREIGN),
            )
        )
    if "ending" in moved:
        reasons.append(Reason(icon="clock", said=_("It ends within two days."), effect=duration(ENDING)))
    if "shared" in moved:
        reasons.append(Reason(icon="circle-check", said=_("You have shared it."), effect=duration(SHARED)))
    return Why(item, reasons)


def _known() -> set[str]:
    from django.conf import settings

    return {code for code, _name in settings.LANGUAGES}


def _meant(item: Item) -> Reason:
    if item.original:
        return Reason(icon="user", said=_("You wrote it: nobody else sees it here."))
    if item.audience is None:
        return Reason(icon="world", said=_("It is meant for everyone."))
    return Reason(icon="users", said=_("It is meant for %s, and that includes you.") % item.audience.label)


def _newness(began: datetime, now: datetime) -> Reason:
    days = (timezone.localtime(now).date() - timezone.localtime(began).date()).days
    if days <= 0:
        said = _("It is new today.")
    elif days == 1:
        said = _("It came yesterday.")
    else:
        said = _("It came on %s.") % formats.date_format(timezone.localtime(began), "DATE_FORMAT")
    return Reason(icon="calendar", said=said, effect=_("The newest stands first."))


def _answers(item: Item) -> Reason | None:
    """What colleagues answered. Fewer than five would tell who; then only the direction is told."""
    moved, answers = ranking.lift(item.interested, item.uninterested), item.interested + item.uninterested
    if not answers:
        return None
    if answers < reactions.ENOUGH:
        return Reason(
            "message-circle", _("The first colleagues have answered. Numbers are shown from five answers on.")
        )
    said = ngettext(
        "%(yes)d of %(all)d colleague who answered found it interesting.",
        "%(yes)d of %(all)d colleagues who answered found it interesting.",
        answers,
    ) % {"yes": item.interested, "all": answers}
    return Reason(icon="message-circle", said=said, effect=duration(moved) if moved else "")

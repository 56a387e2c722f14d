"""The rules of the guidelines on an item's suggested words: for its editor, and before it is approved."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.content.models import Caption, Item
from kaja.guidelines import checks
from kaja.guidelines.checks import Hint
from kaja.guidelines.models import RuleVersion


@dataclass(frozen=True)
class Checked:
    """A caption that a rule has something to say of."""

    caption: Caption
    hints: list[Hint]


def of(caption: Caption, rules: list[RuleVersion] | None = None) -> list[Hint]:
    """The hints on one caption. Rules for certain countries wait for the person who shares it."""
    networks = [caption.network] if caption.network else []
    return checks.check(caption.text, language=caption.language, networks=networks, rules=rules)


def checked(item: Item) -> list[Checked]:
    """The captions of an item with hints, in their order, and none without, by the rules of the day it goes live. One
    query beside the captions."""
    now = timezone.now()
    rules, captions = checks.in_force(max(item.live_from or now, now)), list(item.captions.all())
    found = [Checked(caption, of(caption, rules)) for caption in captions] if rules else []
    return [one for one in found if one.hints]


def stopped(item: Item) -> list[str]:
    """What a must-rule finds in the captions, as sentences: such an item is not approved."""
    found = []
    for one in checked(item):
        for hint in checks.stopping(one.hints):
            place = {"words": one.caption.text[:40], "reason": hint.reason}
            found.append(_("Words “%(words)s…”: %(reason)s") % place)
    return list(dict.fromkeys(found))

"""What the guidelines' rules say of a share's words, and whether they stop it; colleagues' wording (C3, L1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.content.models import Caption, Item
from kaja.guidelines import checks
from kaja.guidelines.checks import Hint
from kaja.guidelines.models import RuleVersion
from kaja.guidelines.reading import LONGEST
from kaja.memory import Kept
from kaja.people import company
from kaja.people.models import Person
from kaja.sharing import eyes, onhold, wording
from kaja.sharing.models import Share
from kaja.sharing.wording import Heard


@dataclass(frozen=True)
class Said:
    """The list under the words being written."""

    hints: list[Hint]
    heard: Heard
    # Whether a colleague looks at the words before they go out.
    asks: bool = False
    # What a crisis about certain words says of them; empty as a rule.
    crisis: str = ""

    @property
    def stops(self) -> int:
        """How many things have to be mended before it can be shared."""
        return len(checks.stopping(self.hints)) + bool(self.crisis)

    @property
    def sentence(self) -> str:
        """The list in one sentence, for those who hear the page."""
        advice = len(self.hints) - len(checks.stopping(self.hints)) + bool(self.heard.colleagues)
        parts = []
        if self.stops:
            parts.append(ngettext("%d thing to fix.", "%d things to fix.", self.stops) % self.stops)
        if self.asks:
            parts.append(_("A colleague looks at it first."))
        if advice:
            parts.append(ngettext("%d hint.", "%d hints.", advice) % advice)
        return " ".join(parts) or _("No hints.")


def of(
    *,
    person: Person,
    text: str,
    networks: Collection[str],
    caption: Caption | None = None,
    at: datetime | None = None,
    rules: Iterable[RuleVersion] | None = None,
) -> list[Hint]:
    """The hints on words that `person` would share. The language is known of suggested words only: own ones may be in
    any, so rules of every language look at them. `rules`: those in force at `at`, when they are known already."""
    suggested = caption is not None and caption.text.strip() == text.strip()
    language = caption.language if caption is not None and suggested else ""
    return checks.check(text, language=language, networks=networks, country=person.country, at=at, rules=rules)


def said(
    *, person: Person, item: Item, text: str, networks: Collection[str], caption: Caption | None, at: datetime | None
) -> Said:
    """What the composer shows. Two queries."""
    found = of(person=person, text=text, networks=networks, caption=caption, at=at)
    asks = bool(eyes.wanted(person=person, item=item, text=text, caption=caption, found=found))
    return Said(found, wording.heard(person=person, item=item, text=text), asks, onhold.said(item, text))


def stop(*, person: Person, text: str, network: str, caption: Caption | None, at: datetime | None) -> list[Hint]:
    """The hints, when nothing stops the words. Raises ValidationError (code "rule") with the reason of every rule
    marked must that they break."""
    if len(text) > LONGEST:  # What nobody has read to its end is not let out.
        raise ValidationError(_("This is longer than any network takes. Make it shorter."), code="too-long")
    found = of(person=person, text=text, networks=[network], caption=caption, at=at)
    if stopped := checks.stopping(found):
        raise ValidationError(" ".join(dict.fromkeys(hint.reason for hint in stopped)), code="rule")
    return found


_rules = Kept(checks.in_force, about="rules", seconds=2.0)


def on(share: Share, words: str) -> list[Hint]:
    """The hints on a share's words, or others for it, in its person's language, by rules at most two seconds old."""
    with translation.override(share.person.language or company.current().language):
        return of(person=share.person, text=words, networks=[share.network], caption=share.caption, rules=_rules.get())


def sentence(found: list[Hint]) -> str:
    """Why words may not go out, of the hints on them; empty when nothing stops them."""
    return " ".join(dict.fromkeys(hint.reason for hint in checks.stopping(found)))[:500]


def held(share: Share, words: str) -> str:
    """Why a share may not go out now: a rule may have begun since it was planned. Empty when nothing stops it."""
    return sentence(on(share, words))

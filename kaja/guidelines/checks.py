"""Checks while writing (C3): one function for the composer, captions, the API, and a share at the moment it goes out.

Each hint says what, why and which rule. Only rules marked *must* stop anything; those that ask for a second pair of
eyes let it wait for a colleague.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaja.guidelines import kinds
from kaja.guidelines.kinds import Place
from kaja.guidelines.models import RuleVersion
from kaja.guidelines.reading import Reading, read

MUST, EYES, SHOULD, HINT = (
    RuleVersion.Level.MUST, RuleVersion.Level.EYES, RuleVersion.Level.SHOULD, RuleVersion.Level.HINT,
)  # fmt: skip
ORDER = {MUST: 0, EYES: 1, SHOULD: 2, HINT: 3}
MOST = 100


@dataclass(frozen=True)
class Hint:
    """A place where a text breaks a rule: `start` to `end` in code points (both the text's length for what is missing).

    `fix` is what to put in the place of `fix_start` to `fix_end`; None when only a person can mend it.
    """

    rule: int
    version: int
    kind: str
    level: str
    start: int
    end: int
    words: str
    reason: str
    fix: str | None
    fix_start: int
    fix_end: int
    piece: str
    icon: str

    @property
    def stops(self) -> bool:
        return self.level == MUST

    @property
    def asks(self) -> bool:
        """Whether somebody else looks at the words before they go out."""
        return self.level == EYES

    @property
    def does(self) -> str:
        """What the button of the fix says."""
        if self.fix == "":
            return _("Remove")
        return _("Add") if self.kind in kinds.MISSING else _("Fix")


def in_force(at: datetime | None = None) -> list[RuleVersion]:
    """What each rule says at `at` (now). One query."""
    at = at or timezone.now()
    last = {version.rule_id: version for version in RuleVersion.objects.begun(at)}
    return [version for version in last.values() if not kinds.over(version.form, at)]


def check(
    text: str,
    *,
    language: str = "",
    networks: Collection[str] = (),
    country: str = "",
    at: datetime | None = None,
    rules: Iterable[RuleVersion] | None = None,
) -> list[Hint]:
    """What the rules say of a text, what stops it first, then in the order of the text.

    `language`, `networks`, `country`: of the text, where it goes, and of its writer; unknown ones are empty. A rule for
    certain languages or networks holds also where these are not known; one for certain countries does not.
    `at`: the moment the text will go out (now). `rules` other than those in force: how a rule is tried.
    """
    if at is not None and timezone.is_naive(at):
        at = timezone.make_aware(at)
    here = [
        version for version in (in_force(at) if rules is None else rules)
        if holds(version, language=language, networks=networks, country=country)
    ]  # fmt: skip
    reading = read(text) if here else None
    found = [hint for version in here for hint in hints(version, reading)] if reading else []
    return sorted(found, key=lambda hint: (ORDER[RuleVersion.Level(hint.level)], hint.start, hint.rule))[:MOST]


def holds(version: RuleVersion, *, language: str, networks: Collection[str], country: str) -> bool:
    """Whether a rule is for texts like this."""
    if version.languages and language and language not in version.languages:
        return False
    if version.networks and networks and not set(networks) & set(version.networks):
        return False
    return not version.countries or country in version.countries


def hints(version: RuleVersion, reading: Reading) -> list[Hint]:
    """The hints of one rule."""
    strict = version.level == MUST
    return [
        _hint(version, place, reading) for place in kinds.places(version.kind, version.form, reading, strict=strict)
    ]


def _hint(version: RuleVersion, place: Place, reading: Reading) -> Hint:
    words = reading.text[place.start : place.end]
    return Hint(
        rule=version.rule_id, version=version.number, kind=version.kind, level=version.level,
        start=place.start, end=place.end, words=words, reason=reason(version, words),
        fix=place.fix, fix_start=place.fix_start, fix_end=place.fix_end,
        piece=version.piece, icon=kinds.KINDS[version.kind].icon,
    )  # fmt: skip


def said(by_language: dict[str, Any]) -> str:
    """The words in the reader's language, else in another."""
    wanted = (get_language() or "en")[:2]
    return str(by_language.get(wanted) or next((text for text in by_language.values() if text), ""))


def reason(version: RuleVersion, words: str = "") -> str:
    """Why, in the reader's language: the rule's own words, else those of its kind; and from when it is allowed."""
    form = version.form
    given = {
        "words": " ".join(words.split())[:80],
        "right": form.get("right", ""),
        "first": (form.get("words") or [""])[0],
    }
    sentence = said(version.reasons)
    for name, value in given.items():
        sentence = sentence.replace("{" + name + "}", value)
    sentence = sentence or str(kinds.KINDS[version.kind].reason) % given
    if form.get("until"):
        day = date_format(timezone.localtime(datetime.fromisoformat(form["until"])), "MONTH_DAY_FORMAT").replace(
            " ", "\u00a0"
        )
        sentence += " " + _("You can mention it from %s.") % day
    return sentence


def stopping(found: Iterable[Hint]) -> list[Hint]:
    """The hints of rules marked must."""
    return [hint for hint in found if hint.stops]


def asking(found: Iterable[Hint]) -> list[Hint]:
    """The hints of rules that ask for a second pair of eyes."""
    return [hint for hint in found if hint.asks]


def fixed(text: str, hint: Hint) -> str:
    """The text with this one hint mended; as it is when only a person can."""
    if hint.fix is None or text[hint.start : hint.end] != hint.words:
        return text
    return text[: hint.fix_start] + hint.fix + text[hint.fix_end :]

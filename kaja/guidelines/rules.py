"""Verbs on rules: write a draft, start it, call it back, end it, make rules of the words in the guidelines (C3, L9).

What has begun never changes: a change is the next version, from its day on. A rule that is no longer wanted ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja import memory
from kaja.audit import lines
from kaja.guidelines import checks, documents, kinds
from kaja.guidelines.kinds import Kind
from kaja.guidelines.models import Rule, RuleVersion
from kaja.guidelines.pieces import LANGUAGES, Piece, plain
from kaja.people.models import Person, Team
from kaja.people.roles import require

LONGEST_NAME, LONGEST_REASON = 80, 400
MOST = 500
# A look is asked of everybody who reviews after so many hours; a week at most.
HOURS, MOST_HOURS = 4, 168
DRAFT, WAITING, IN_FORCE, ENDED = "draft", "waiting", "in_force", "ended"


@dataclass
class History:
    """A rule with its versions, the oldest first, as it stands at a moment."""

    rule: Rule
    versions: list[RuleVersion] = field(default_factory=list)
    at: datetime = field(default_factory=timezone.now)

    @property
    def draft(self) -> RuleVersion | None:
        return next((one for one in self.versions if not one.started), None)

    @property
    def now(self) -> RuleVersion | None:
        """The version in force, if any."""
        begun = [one for one in self.versions if one.started and one.in_force_from and one.in_force_from <= self.at]
        return begun[-1] if begun and not self.ended else None

    @property
    def waiting(self) -> RuleVersion | None:
        """A version that is to begin."""
        last = self.versions[-1] if self.versions else None
        later = last if last is not None and last.started else None
        return later if later and later.in_force_from and later.in_force_from > self.at and not self.ended else None

    @property
    def name(self) -> str:
        return checks.said(self.shown.names)

    @property
    def kind(self) -> Kind:
        return kinds.KINDS[self.shown.kind]

    @property
    def looks_for(self) -> str:
        return self.shown.looks_for

    @property
    def reason(self) -> str:
        return checks.reason(self.shown, (self.shown.form.get("words") or [""])[0])

    @property
    def ended(self) -> bool:
        return self.rule.ends_at is not None and self.rule.ends_at <= self.at

    @property
    def last(self) -> RuleVersion:
        return self.versions[-1]

    @property
    def shown(self) -> RuleVersion:
        """What a list shows: what is in force, else what was written last."""
        return self.now or self.last

    @property
    def state(self) -> str:
        if self.ended:
            return ENDED
        if self.now:
            return IN_FORCE
        return WAITING if self.waiting else DRAFT


def histories() -> list[History]:
    """Every rule with its versions: those in force first, what stops before what advises, then drafts, then ended
    ones. Two queries."""
    by_rule: dict[int, list[RuleVersion]] = defaultdict(list)
    for version in RuleVersion.objects.select_related("written_by").order_by("number"):
        by_rule[version.rule_id].append(version)
    found = [History(rule, by_rule[rule.pk]) for rule in Rule.objects.order_by("pk") if by_rule[rule.pk]]
    order = {IN_FORCE: 0, WAITING: 1, DRAFT: 2, ENDED: 3}
    return sorted(
        found, key=lambda one: (order[one.state], checks.ORDER[RuleVersion.Level(one.shown.level)], one.rule.pk)
    )


def history(number: int) -> History:
    """One rule. Raises Http404."""
    rule = Rule.objects.filter(pk=number).first() if 0 < number < 2**63 else None
    versions = list(rule.versions.select_related("written_by").order_by("number")) if rule else []
    if rule is None or not versions:
        raise Http404
    return History(rule, versions)


def by_piece() -> dict[str, list[History]]:
    """Rules that have not ended, by the piece of the guidelines they come from."""
    found: dict[str, list[History]] = defaultdict(list)
    for one in histories():
        if one.shown.piece and not one.ended:
            found[one.shown.piece].append(one)
    return dict(found)


# --- what is written ------------------------------------------------------------------------------------------------
def _texts(given: Any, most: int, name: str) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise ValidationError(_("The words of a rule must be given by language."))
    return {language: plain(given.get(language, ""), most, name) for language in LANGUAGES}


def _codes(given: Any, form: str, sentence: str) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) and re.fullmatch(form, one) for one in given[:300]):
        raise ValidationError(sentence)
    return sorted(set(given[:300]))


def cleaned(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a version. Raises ValidationError with a sentence for what cannot be kept."""
    names = _texts(given.get("names", {}), LONGEST_NAME, "names")
    if not any(names.values()):
        raise ValidationError(_("Give the rule a name."))
    level, begins = given.get("level", "should"), given.get("begins")
    if level not in RuleVersion.Level.values:
        raise ValidationError(_("A rule is a must, asks for a second look, advises or mentions."))
    if isinstance(begins, datetime) and timezone.is_naive(begins):
        begins = timezone.make_aware(begins)
    languages = _codes(given.get("languages", []), "|".join(dict(settings.LANGUAGES)), _("Choose languages of Kaja."))
    piece = given.get("piece", "")
    return {
        "kind": kind,
        "level": level,
        "form": kinds.clean(kind, given.get("form", {})),
        "names": names,
        "reasons": _texts(given.get("reasons", {}), LONGEST_REASON, "reasons"),
        "languages": languages,
        "networks": _codes(given.get("networks", []), r"[a-z0-9_-]{1,20}", _("Choose networks from the list.")),
        "countries": _codes(given.get("countries", []), "[A-Z]{2}", _("A country is two capital letters: EE, LV, DE.")),
        **_eyes(given),
        "piece": piece if isinstance(piece, str) and re.fullmatch(r"[0-9a-f]{8}", piece) else "",
        "in_force_from": begins if isinstance(begins, datetime) else None,
    }


def _eyes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Whose reviewers look first, and within how many hours."""
    team, hours = given.get("team") or None, str(given.get("hours") or HOURS).strip()
    if not (hours.isascii() and hours.isdigit() and 1 <= int(hours[:6]) <= MOST_HOURS):
        raise ValidationError(_("A look takes from 1 to %d hours.") % MOST_HOURS)
    known = str(team).isascii() and str(team).isdigit() and len(str(team)) <= 15
    if team is not None and not (known and Team.objects.filter(pk=int(team)).exists()):
        raise ValidationError(_("This team is gone. Choose another one."))
    return {"team_id": int(team) if team is not None else None, "hours": int(hours)}


@transaction.atomic
def write(*, person: Person, given: Mapping[str, Any], rule: Rule | None = None) -> RuleVersion:
    """Save the draft of a rule, of a new one when `rule` is None; of a rule that has begun it is the next version.

    `given`: kind, level, form, names, reasons, languages, networks, countries, piece, begins. Raises ValidationError.
    """
    require(documents.may_write(person))
    if rule is None:
        if Rule.objects.count() >= MOST:
            raise ValidationError(_("There are %d rules. Nobody writes under more: end some.") % MOST)
        fields = cleaned(str(given.get("kind", "")), given)
        rule = Rule.objects.create(made_by=person)
        made = RuleVersion.objects.create(rule=rule, number=1, written_by=person, **fields)
        lines.write(actor=person, verb="rule.written", on=rule, number=1, kind=made.kind)
        return made
    past = _locked(rule)
    if past.waiting:
        raise ValidationError(_("Its next version is waiting for its day. Call it back to change it."))
    draft = past.draft or RuleVersion(rule=rule, number=past.last.number + 1)
    for name, value in cleaned(past.last.kind, given).items():
        setattr(draft, name, value)
    draft.written_by, draft.written_at = person, timezone.now()
    draft.save()
    lines.write(actor=person, verb="rule.written", on=rule, number=draft.number, kind=draft.kind)
    return draft


def _locked(rule: Rule) -> History:
    """The rule as it stands, held until the end of the transaction. Raises ValidationError when it has ended."""
    row = Rule.objects.select_for_update().get(pk=rule.pk)
    past = History(row, list(row.versions.order_by("number")))
    if past.ended:
        raise ValidationError(_("This rule has ended. Make a new one."))
    return past


@transaction.atomic
def start(*, person: Person, rule: Rule) -> RuleVersion:
    """Let the draft begin on its day, or now. Older texts are never judged by it."""
    require(documents.may_write(person))
    past, now = _locked(rule), timezone.now()
    draft = past.draft
    if draft is None:
        raise ValidationError(_("There is no draft to start: somebody has started it or thrown it away."))
    begins = draft.in_force_from
    if begins is not None and begins > now + timedelta(days=366):
        raise ValidationError(_("This begins more than a year from now. Check the year."))
    draft.in_force_from, draft.started = max(begins or now, now), True
    if past.rule.ends_at and draft.in_force_from >= past.rule.ends_at:
        raise ValidationError(_("The rule ends before this version begins."))
    draft.save()
    memory.forget("rules")
    lines.write(actor=person, verb="rule.started", on=rule, number=draft.number, begins=draft.in_force_from.isoformat())
    return draft


@transaction.atomic
def call_back(*, person: Person, rule: Rule) -> RuleVersion:
    """Make a draft again of a version that waits for its day: nobody was judged by it yet."""
    require(documents.may_write(person))
    waiting = _locked(rule).waiting
    if waiting is None:
        raise ValidationError(_("It has begun, so it stays as it is. Write the next version, or end it."))
    waiting.started = False
    waiting.save(update_fields=["started"])
    memory.forget("rules")
    lines.write(actor=person, verb="rule.called_back", on=rule, number=waiting.number)
    return waiting


@transaction.atomic
def discard(*, person: Person, rule: Rule) -> bool:
    """Throw the draft away; a rule that never began goes with it. True when the rule is still there."""
    require(documents.may_write(person))
    past = _locked(rule)
    if past.draft is None:
        raise ValidationError(_("There is no draft to throw away."))
    lines.write(actor=person, verb="rule.discarded", on=rule, number=past.draft.number)
    if len(past.versions) == 1:
        past.rule.delete()
        return False
    past.draft.delete()
    return True


@transaction.atomic
def end(*, person: Person, rule: Rule, at: datetime | None = None) -> None:
    """Let a rule end at `at` (now). It stays in the list with its versions."""
    require(documents.may_write(person))
    past, now = _locked(rule), timezone.now()
    if not any(version.started for version in past.versions):
        raise ValidationError(_("It has not begun, so there is nothing to end. Throw the draft away."))
    past.versions[-1].delete() if past.draft else None
    if at is not None and timezone.is_naive(at):
        at = timezone.make_aware(at)
    past.rule.ends_at = max(at or now, now)
    past.rule.save(update_fields=["ends_at"])
    memory.forget("rules")
    lines.write(actor=person, verb="rule.ended", on=rule, at=past.rule.ends_at.isoformat())


# --- from the guidelines --------------------------------------------------------------------------------------------
@transaction.atomic
def from_piece(*, person: Person, piece: str) -> list[RuleVersion]:
    """Drafts of rules from the terms or hashtags of a piece; lines that have their rule already are left out.

    Raises ValidationError when the piece is gone or is no list of words.
    """
    require(documents.may_write(person))
    edition = documents.draft() or documents.current()
    if edition is None:
        raise ValidationError(_("This piece is gone: somebody has removed it meanwhile."))
    document, place = documents.find(edition.content, piece)
    known = {_mark(one.shown) for one in by_piece().get(piece, [])}
    made = []
    for given in _drafts(edition.content[document][place]):
        if _mark(RuleVersion(kind=given["kind"], form=kinds.clean(given["kind"], given["form"]))) not in known:
            made.append(write(person=person, given={**given, "piece": piece}))
    return made


def _mark(version: RuleVersion) -> tuple[str, str]:
    return version.kind, version.form.get("right") or ", ".join(version.form.get("words", []))


def _drafts(piece: Piece) -> Iterable[dict[str, Any]]:
    if piece["kind"] not in ("terms", "hashtags"):
        raise ValidationError(_("Only words and hashtags can be made into rules."))
    rows = [(language, row) for language in LANGUAGES for row in piece["words"][language].get("rows", [])]
    first_cells: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for language, (first, second) in rows:
        if first.strip():
            first_cells[first.strip()].append((language, second))
    for first, told in first_cells.items():
        spoken = [language for language, _second in told]
        if piece["kind"] == "terms":
            wrong = list(
                dict.fromkeys(one.strip() for _language, text in told for one in text.split(",") if one.strip())
            )
            kind = "spelling" if "," not in first else "avoid"
            form: dict[str, Any] = {"right": first, "words": wrong}
            reasons = {language: _written(language, first) for language in spoken if kind == "avoid"}
            if kind == "avoid" and not wrong:  # A list of good words forbids none.
                continue
        else:
            kind, form = "hashtag", {"words": [first if first.startswith("#") else f"#{first}"]}
            reasons = {language: text[:LONGEST_REASON] for language, text in told}
        yield {
            "kind": kind,
            "form": form,
            "names": dict.fromkeys(LANGUAGES, first[:LONGEST_NAME]),
            "reasons": reasons,
            # Written the same in every language, it holds in every language.
            "languages": [] if len(set(spoken)) == len(LANGUAGES) else spoken,
        }


def _written(language: str, right: str) -> str:
    with translation.override(language):
        return str(kinds.KINDS["spelling"].reason) % {"right": right[:200]}

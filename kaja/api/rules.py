"""Checks while writing by REST: look at a text, and for editors the rules, their versions, and a trial."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import SignedRequest, one
from kaja.content.models import Item
from kaja.guidelines import checks, documents, rules
from kaja.guidelines.checks import Hint
from kaja.guidelines.models import RuleVersion
from kaja.guidelines.rules import History
from kaja.people.roles import require
from kaja.sharing import trying, wording

router = Router(tags=["guidelines"])


class Text(Schema):
    """`network` is a network's key, `language` a code; `item` tells of colleagues' wording too."""

    text: str
    network: str = ""
    language: str = ""
    item: int | None = None
    at: datetime | None = None


class Version(Schema):
    """See docs/guidelines.md for what `form` holds; `names` and `reasons` are by language. `level`: must, eyes, should,
    hint; for eyes the `team` whose reviewers look first, and the `hours` after which all are asked."""

    level: str
    form: dict[str, Any]
    names: dict[str, str]
    reasons: dict[str, str] = {}
    languages: list[str] = []
    networks: list[str] = []
    countries: list[str] = []
    piece: str = ""
    team: int | None = None
    hours: int = rules.HOURS
    begins: datetime | None = None


class NewRule(Version):
    kind: str


class Ending(Schema):
    at: datetime | None = None


def hint(found: Hint) -> dict[str, Any]:
    """`fix` replaces what stands from `fix_start` to `fix_end`; null when only a person can mend it."""
    return {
        "rule": found.rule,
        "version": found.version,
        "kind": found.kind,
        "level": found.level,
        "start": found.start,
        "end": found.end,
        "words": found.words,
        "reason": found.reason,
        "fix": found.fix,
        "fix_start": found.fix_start if found.fix is not None else None,
        "fix_end": found.fix_end if found.fix is not None else None,
        "piece": found.piece or None,
    }


@router.post("/guidelines/check")
def check(request: SignedRequest, data: Text) -> dict[str, Any]:
    """The hints on a text, as its writer would see them. Places are counted in code points."""
    found = checks.check(
        data.text, language=data.language, networks=[data.network] if data.network else [],
        country=request.user.country, at=data.at,
    )  # fmt: skip
    answer: dict[str, Any] = {"hints": [hint(each) for each in found]}
    if data.item is not None:
        item = one(Item.objects.live().for_person(request.user), data.item)
        answer["colleagues"] = wording.heard(person=request.user, item=item, text=data.text).colleagues
    return answer


def _version(row: RuleVersion) -> dict[str, Any]:
    return {
        "number": row.number,
        "started": row.started,
        "in_force_from": shapes.moment(row.in_force_from),
        "level": row.level,
        "form": row.form,
        "names": row.names,
        "reasons": row.reasons,
        "languages": row.languages,
        "networks": row.networks,
        "countries": row.countries,
        "piece": row.piece or None,
        "team": row.team_id,
        "hours": row.hours,
    }


def _shape(past: History) -> dict[str, Any]:
    return {
        "id": past.rule.pk,
        "kind": past.last.kind,
        "state": past.state,
        "ends_at": shapes.moment(past.rule.ends_at),
        "versions": [_version(row) for row in past.versions],
    }


def _one(request: SignedRequest, number: int) -> History:
    require(documents.may_write(request.user))
    return rules.history(number)


@router.get("/guidelines/rules")
def index(request: SignedRequest) -> list[dict[str, Any]]:
    """Every rule with its versions; there are at most 500."""
    require(documents.may_write(request.user))
    return [_shape(past) for past in rules.histories()]


@router.post("/guidelines/rules", response={201: dict})
def create(request: SignedRequest, data: NewRule) -> Status[Any]:
    """A new rule, as a draft."""
    made = rules.write(person=request.user, given=data.dict())
    return Status(201, _shape(rules.history(made.rule_id)))


@router.get("/guidelines/rules/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    return _shape(_one(request, number))


@router.put("/guidelines/rules/{number}/draft")
def write(request: SignedRequest, number: int, data: Version) -> dict[str, Any]:
    """The draft of the rule, or of its next version, whole."""
    past = _one(request, number)
    rules.write(person=request.user, rule=past.rule, given=data.dict())
    return show(request, number)


@router.delete("/guidelines/rules/{number}/draft", response={204: None})
def discard(request: SignedRequest, number: int) -> Status[Any]:
    rules.discard(person=request.user, rule=_one(request, number).rule)
    return Status(204, None)


@router.post("/guidelines/rules/{number}/start")
def start(request: SignedRequest, number: int) -> dict[str, Any]:
    """Let the draft begin on its day, or now."""
    rules.start(person=request.user, rule=_one(request, number).rule)
    return show(request, number)


@router.post("/guidelines/rules/{number}/call-back")
def call_back(request: SignedRequest, number: int) -> dict[str, Any]:
    rules.call_back(person=request.user, rule=_one(request, number).rule)
    return show(request, number)


@router.post("/guidelines/rules/{number}/end")
def end(request: SignedRequest, number: int, data: Ending) -> dict[str, Any]:
    rules.end(person=request.user, rule=_one(request, number).rule, at=data.at)
    return show(request, number)


@router.post("/guidelines/rules/{number}/try")
def try_(request: SignedRequest, number: int) -> dict[str, Any]:
    """What the version written last would have said of the last quarter: captions by number, shares only counted."""
    found = trying.tried(_one(request, number).last)
    return {
        "since": shapes.moment(found.since),
        "captions": {"read": found.captions, "found": found.captions_found},
        "shares": {"read": found.shares, "found": found.shares_found},
        "shown": [{"caption": words.caption.pk, "item": words.caption.item_id} for words in found.shown],
    }


@router.post("/guidelines/rules/from/{piece}", response={201: list})
def from_piece(request: SignedRequest, piece: str) -> Status[Any]:
    """Drafts of rules from the words or hashtags of a piece of the guidelines."""
    made = rules.from_piece(person=request.user, piece=piece)
    return Status(201, [_shape(rules.history(version.rule_id)) for version in made])

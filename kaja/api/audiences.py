"""Audiences: those that are kept, and who is in them."""

from __future__ import annotations

from typing import Any

from ninja import Router, Schema, Status
from pydantic import AwareDatetime

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content import audiences_shown
from kaja.people import audiences as verbs
from kaja.people import rules
from kaja.people.models import Audience, AudienceVersion
from kaja.people.roles import Permission, require

router = Router(tags=["audiences"])


class NewAudience(Schema):
    """`rule` reads {"any": [{"all": [{"field": "team", "is": true, "values": ["3"]}]}]}."""

    name: str
    rule: dict[str, Any]


class NewRule(Schema):
    """A rule that holds from `begins_at` (now when it is not sent)."""

    rule: dict[str, Any]
    name: str = ""
    begins_at: AwareDatetime | None = None


class Question(Schema):
    rule: dict[str, Any]


def _may(request: SignedRequest) -> None:
    require(request.user.may(Permission.READ_LIBRARY) or request.user.may(Permission.SEE_PEOPLE))


def _kept() -> Any:
    return Audience.objects.exclude(name="")


def _shape(audience: Audience) -> dict[str, Any]:
    return {"id": audience.pk, "name": audience.name, "rule": rules.dump(verbs.rule_of(audience))}


def _version(row: AudienceVersion) -> dict[str, Any]:
    return {"number": row.number, "rule": row.rule, "begins_at": shapes.moment(row.begins_at)}


def _count(request: SignedRequest, rule: rules.Rule) -> dict[str, Any]:
    """Numbers as the caller may know them: null where there are some, but fewer than five."""
    found = audiences_shown.reach(rule, audiences_shown.names(), request.user)
    told = {"people": found.people, "joined": found.joined}
    steps = [[{"words": step.words, "people": _plain(step.number)} for step in group] for group in found.groups]
    return {name: _plain(number) for name, number in told.items()} | {"everyone": found.everyone, "narrows": steps}


def _plain(number: audiences_shown.Number) -> int | None:
    return None if number.few else number.value


@router.get("/audiences", response=Page)
def index(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    _may(request)
    return page(_kept(), cursor, limit, lambda some: [_shape(row) for row in some])


@router.post("/audiences", response={201: dict})
def create(request: SignedRequest, data: NewAudience) -> Status[Any]:
    made = verbs.create(person=request.user, name=data.name, rule=rules.parse(data.rule))
    return Status(201, _shape(made))


@router.post("/audiences/size")
def size(request: SignedRequest, data: Question) -> dict[str, Any]:
    """How many a rule means, before anything is kept."""
    _may(request)
    return _count(request, rules.parse(data.rule))


@router.get("/audiences/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    _may(request)
    audience = one(_kept(), number)
    history = [_version(row) for row in audience.versions.order_by("number")]
    return {**_shape(audience), **_count(request, verbs.rule_of(audience)), "versions": history}


@router.post("/audiences/{number}/versions", response={201: dict})
def change(request: SignedRequest, number: int, data: NewRule) -> Status[Any]:
    made = verbs.change(
        person=request.user, audience=one(_kept(), number), rule=rules.parse(data.rule), name=data.name,
        begins_at=data.begins_at,
    )  # fmt: skip
    return Status(201, _version(made))


@router.get("/audiences/{number}/people", response=Page)
def people(
    request: SignedRequest, number: int, at: AwareDatetime | None = None, cursor: str = "", limit: int = 50
) -> dict[str, Any]:
    """Who is in it; `at` by the rule of another time, with people as they are today."""
    require(request.user.may(Permission.SEE_PEOPLE))
    found = verbs.people(verbs.rule_of(one(_kept(), number), at)).select_related("team").prefetch_related("grants")
    return page(found, cursor, limit, lambda some: [shapes.person(row) for row in some])


@router.delete("/audiences/{number}", response={204: None})
def remove(request: SignedRequest, number: int) -> Status[Any]:
    verbs.remove(person=request.user, audience=one(_kept(), number))
    return Status(204, None)

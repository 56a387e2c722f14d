"""Me, people, teams, connected accounts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person, Team
from kaja.people.roles import Permission, require

router = Router(tags=["people"])


class NewAccount(Schema):
    """The sandbox needs nothing more; Bluesky a `handle` and an app password."""

    network: str
    handle: str = ""
    password: str = ""


@router.get("/me")
def me(request: SignedRequest) -> dict[str, Any]:
    person = request.user
    own = {"language": person.language, "time_zone": person.time_zone, "languages": person.languages}
    return {**shapes.person(person), **own, "permissions": sorted(may.name.lower() for may in person.permissions)}


@router.get("/people", response=Page)
def people(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    require(request.user.may(Permission.SEE_PEOPLE))
    rows = Person.objects.get_queryset().select_related("team").prefetch_related("grants")
    return page(rows, cursor, limit, lambda some: [shapes.person(row) for row in some])


@router.get("/teams", response=Page)
def teams(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    require(request.user.may(Permission.SEE_PEOPLE) or request.user.may(Permission.READ_LIBRARY))
    return page(
        Team.objects.all(), cursor, limit,
        lambda some: [{"id": row.pk, "name": row.name, "department": row.department} for row in some],
    )  # fmt: skip


@router.get("/accounts", response=Page)
def accounts(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """The caller's own accounts."""
    rows = connecting.accounts(request.user)
    return page(rows, cursor, limit, lambda some: [shapes.account(row) for row in some])


@router.post("/accounts", response={201: dict})
def connect(request: SignedRequest, data: NewAccount) -> Status[Any]:
    network = BY_KEY.get(data.network)
    if network is None or not network.connect:
        raise PermissionDenied
    if data.password:
        made = connecting.connect_with_password(
            person=request.user, network=network, handle=data.handle, password=data.password
        )
    else:
        made = connecting.connect_instantly(person=request.user, network=network)
    return Status(201, shapes.account(made))


@router.delete("/accounts/{number}", response={204: None})
def disconnect(request: SignedRequest, number: int) -> Status[Any]:
    connecting.disconnect(person=request.user, account=one(connecting.accounts(request.user), number))
    return Status(204, None)

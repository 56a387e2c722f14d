"""Delegates: who may prepare for whom, what was prepared, and the decision about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.params import functions as params

from kaja.api import shapes, wishes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content.models import Item
from kaja.networks import connecting
from kaja.people import delegations
from kaja.people.models import Delegation
from kaja.sharing import delegates as verbs
from kaja.sharing.models import Preparation
from kaja.sharing.prepared import Prepared

router = Router(tags=["delegates"])


class NewDelegation(Schema):
    """The delegate by e-mail address or whole name; without `last_day` until it is ended."""

    delegate: str
    last_day: date | None = None


class NewPreparation(Schema):
    """A post in the name of `person`, on some of their `accounts`.

    It goes out as soon as it is approved, `at` a time, or `when`: "queue" (the next free slot), "best" (the best time).
    """

    person: int
    item: int
    accounts: list[int]
    text: str
    at: datetime | None = None
    when: Literal["now", "queue", "best"] | None = None
    caption: int | None = None
    note: str = ""


class Approval(Schema):
    """As it was prepared; in other words with `text`; now, or `at` another time; `without` some of its accounts."""

    text: str | None = None
    at: datetime | None = None
    now: bool = False
    without: list[int] = []


class Reason(Schema):
    reason: str


def _delegation(row: Delegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "person": {"id": row.person_id, "name": row.person.name},
        "delegate": {"id": row.delegate_id, "name": row.delegate.name},
        "begun_at": shapes.moment(row.begun_at),
        "last_day": row.last_day.isoformat() if row.last_day else None,
    }


def _preparation(row: Preparation) -> dict[str, Any]:
    """What both may read: words, where and when, how it stands; no links, no figures, no troubles of the account."""
    shown = Prepared(row)
    return {
        "id": row.pk,
        "person": {"id": row.person_id, "name": row.person.name},
        "by": {"id": row.by_id, "name": row.by.name} if row.by else None,
        "item": row.item_id,
        "text": row.text,
        "note": row.note,
        "when": row.when,
        "not_before": shapes.moment(shown.when),
        "networks": [network.key for network in shown.networks],
        "state": row.state,
        "changed": row.changed,
        "reason": row.reason or None,
        "accounts": [share.account_id for share in verbs.going(row)],
        "left_out": [network.key for network in shown.left_out],
        "posts": [
            {"network": place.network.key, "state": place.state}
            for place in shown.places
            if not shown.waits and not place.left_out
        ],
        "made_at": shapes.moment(row.made_at),
        "decided_at": shapes.moment(row.decided_at),
    }


def _many(rows: Iterable[Preparation]) -> list[dict[str, Any]]:
    return [_preparation(row) for row in rows]


# --- who may prepare ------------------------------------------------------------------------------------------------
@router.get("/delegations", response=Page)
def index(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """Those that the caller has given, and those that the caller holds."""
    mine = Q(person=request.user) | Q(delegate=request.user)
    rows = delegations.standing().filter(mine).select_related("person", "delegate")
    return page(rows, cursor, limit, lambda some: [_delegation(row) for row in some])


@router.post("/delegations", response={201: dict})
def name(request: SignedRequest, data: NewDelegation) -> Status[Any]:
    """Let a colleague prepare posts for the caller; nobody can name anybody for somebody else."""
    made = delegations.name(person=request.user, delegate=delegations.find(data.delegate), last_day=data.last_day)
    return Status(201, _delegation(made))


@router.delete("/delegations/{number}", response={204: None})
def end(request: SignedRequest, number: int) -> Status[Any]:
    rows = Delegation.objects.filter(Q(person=request.user) | Q(delegate=request.user), ended_at__isnull=True)
    delegations.end(person=request.user, delegation=one(rows, number))
    return Status(204, None)


@router.get("/delegations/{number}/accounts")
def accounts(request: SignedRequest, number: int) -> list[dict[str, Any]]:
    """The names of the accounts that the delegate can choose among, and whether they work."""
    row = one(delegations.held_by(request.user), number)
    executive = verbs.executive(delegate=request.user, number=row.person_id)
    return [
        {"id": account.pk, "network": account.network, "handle": account.handle, "works": account.state == "works"}
        for account in connecting.accounts(executive)
    ]


@router.get("/delegations/{number}/items", response=Page)
def items(request: SignedRequest, number: int, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """What can be prepared: live, shareable and meant for the person, or written in their name by the caller."""
    row = one(delegations.held_by(request.user), number)
    executive = verbs.executive(delegate=request.user, number=row.person_id)
    return page(
        verbs.items(executive, by=request.user), cursor, limit,
        lambda some: [{"id": row.pk, "title": row.title, "url": row.url, "language": row.language} for row in some],
    )  # fmt: skip


# --- prepare and decide ---------------------------------------------------------------------------------------------
@router.get("/preparations", response=Page)
def preparations(
    request: SignedRequest,
    side: Literal["mine", "prepared"] = "mine",
    state: str = "",
    cursor: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    """`side` mine: what was prepared for the caller; prepared: what the caller prepared for others."""
    rows = verbs.for_approval(request.user) if side == "mine" else verbs.prepared_by(request.user)
    if state:
        if state not in Preparation.State.values:
            raise ValidationError({"state": _("Choose one of: %s.") % ", ".join(Preparation.State.values)})
        rows = rows.filter(state=state)
    return page(rows, cursor, limit, _many)


def _seen(request: SignedRequest, number: int) -> Preparation:
    """One that was prepared for the caller, or by the caller for somebody who still lets them."""
    mine = verbs.for_approval(request.user).filter(pk=number).first() if 0 < number < 2**63 else None
    return mine or one(verbs.prepared_by(request.user), number)


@router.post("/preparations", response={201: dict, 200: dict})
def prepare(
    request: SignedRequest, data: NewPreparation, idempotency_key: str = params.Header("", alias="Idempotency-Key")
) -> Status[Any]:
    """Send a post for approval. The same `Idempotency-Key` and body again answers with the same one (200)."""
    executive = verbs.executive(delegate=request.user, number=data.person)
    if data.at and data.when:
        raise ValidationError(_("Give either a time or when, not both."))
    wish = wishes.of(idempotency_key, data, Preparation.objects.filter(by=request.user))
    if wish and (known := Preparation.objects.filter(by=request.user, wish=wish).first()):
        return Status(200, _preparation(_seen(request, known.pk)))
    item: Item = one(verbs.items(executive, by=request.user), data.item)
    chosen = [one(connecting.accounts(executive), number) for number in dict.fromkeys(data.accounts)]
    made = verbs.prepare(
        person=request.user, executive=executive, item=item, accounts=chosen, text=data.text, note=data.note, wish=wish,
        when="at" if data.at else data.when or "now", at=data.at,
        caption=item.captions.filter(pk=data.caption).first() if data.caption else None,
    )  # fmt: skip
    return Status(201, _preparation(_seen(request, made.pk)))


@router.get("/preparations/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    return _preparation(_seen(request, number))


@router.post("/preparations/{number}/approve")
def approve(request: SignedRequest, number: int, data: Approval) -> dict[str, Any]:
    """Let it go out. A time that has passed is refused (422) until `at` or `now` says when."""
    at = timezone.now() if data.now else data.at
    row = one(verbs.for_approval(request.user), number)
    if data.text is not None and not data.text.strip():
        raise ValidationError({"text": _("Write a few words first. Your own are best.")})
    without = [_post(row, account) for account in data.without]
    verbs.approve(person=request.user, preparation=row, text=data.text, at=at, without=without, door="api")
    return show(request, number)


def _post(row: Preparation, account: int) -> int:
    """The number of the post that goes by this account. Raises ValidationError when none does."""
    found = next((share.pk for share in verbs.going(row) if share.account_id == account), None)
    if found is None:
        raise ValidationError({"without": _("There is no account %d among its accounts.") % account})
    return found


@router.post("/preparations/{number}/decline")
def decline(request: SignedRequest, number: int, data: Reason) -> dict[str, Any]:
    row = one(verbs.for_approval(request.user), number)
    verbs.decline(person=request.user, preparation=row, reason=data.reason, door="api")
    return show(request, number)


@router.delete("/preparations/{number}/accounts/{account}")
def take_out(request: SignedRequest, number: int, account: int) -> dict[str, Any]:
    """Take one network out of what the caller prepared, until it is decided."""
    row = one(verbs.prepared_by(request.user), number)
    verbs.take_out(person=request.user, preparation=row, share=_post(row, account))
    return show(request, number)


@router.post("/preparations/{number}/withdraw")
def withdraw(request: SignedRequest, number: int) -> dict[str, Any]:
    verbs.withdraw(person=request.user, preparation=one(verbs.prepared_by(request.user), number))
    return show(request, number)

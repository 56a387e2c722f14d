"""Shares: plan, post, confirm, change, drop."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.params import functions as params

from kaja.api import shapes, wishes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content.models import Item
from kaja.links.models import ShortLink
from kaja.measurement import own
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.people.roles import Permission, require
from kaja.sharing import corrections, crisis, reasons, timing
from kaja.sharing import shares as verbs
from kaja.sharing.models import Share
from kaja.sharing.states import State

router = Router(tags=["shares"])


class NewShare(Schema):
    """With an `account` Kaja posts, with a `dialog` (a network's key) the person does.

    Kaja posts now, `at` a time, or `when`: "queue" (the next free slot), "best" (the best time), "at_once" (now, even
    beside colleagues who share the same item).
    """

    item: int
    text: str
    account: int | None = None
    dialog: str | None = None
    caption: int | None = None
    at: datetime | None = None
    when: Literal["now", "queue", "best", "at_once"] | None = None


class Change(Schema):
    """`account`: another of one's own on the same network, for a plan."""

    text: str | None = None
    at: datetime | None = None
    account: int | None = None


class Told(Schema):
    post_url: str = ""


def _shown(share: Share) -> dict[str, Any]:
    told = corrections.standing(share)
    under_way = {"state": told.state, "text": told.text, "says": told.sentence} if told else None
    return shapes.share(share, own.of_share(share)) | {"correction": under_way}


def _mine(request: SignedRequest, number: int) -> Share:
    require(request.user.may(Permission.SHARE))
    return one(verbs.own(request.user), number)


@router.get("/shares", response=Page)
def index(request: SignedRequest, state: str = "", cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """The caller's own shares."""
    rows = verbs.own(request.user)
    if state:
        if state not in State.values:
            raise ValidationError({"state": _("Choose one of: %s.") % ", ".join(State.values)})
        rows = rows.filter(state=state)
    return page(rows, cursor, limit, shapes.many_shares)


@router.post("/shares", response={201: dict, 200: dict})
def create(
    request: SignedRequest, data: NewShare, idempotency_key: str = params.Header("", alias="Idempotency-Key")
) -> Status[Any]:
    """The same `Idempotency-Key` again answers with the same share (200); another body under it is refused."""
    if (data.account is None) == (data.dialog is None):
        raise ValidationError(_("Give either an account or a dialog."))
    wish = wishes.of(idempotency_key, data, Share.objects.filter(person=request.user))
    if wish and (known := Share.objects.filter(person=request.user, wish=wish).first()):
        return Status(200, _shown(known))
    item = one(Item.objects.live().for_person(request.user).select_related("category"), data.item)
    caption = item.captions.filter(pk=data.caption).first() if data.caption else None
    common: dict[str, Any] = {
        "person": request.user, "item": item, "text": data.text, "caption": caption, "wish": wish
    }  # fmt: skip
    if data.dialog is not None:
        network = BY_KEY.get(data.dialog)
        if network is None:
            raise ValidationError({"dialog": _("There is no network “%s”.") % data.dialog[:40]})
        share = verbs.open_dialog(network=network, **common)
    else:
        account = one(connecting.accounts(request.user), data.account or 0)
        if data.at and data.when:
            raise ValidationError(_("Give either a time or when, not both."))
        when = "at" if data.at else data.when or "now"
        share = timing.share(account=account, when=when, at=data.at, **common)
    return Status(201, _shown(verbs.own(request.user).get(pk=share.pk)))


@router.get("/shares/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    """The share with its way so far: `why` says in the caller's language why each attempt ended as it did."""
    share = _mine(request, number)
    tries = [shapes.attempt(one, reasons.of_attempt(one.reason, one.outcome)) for one in share.tries.all()]
    return {**_shown(share), "sentence": reasons.sentence(share) or None, "tries": tries}


@router.patch("/shares/{number}")
def change(request: SignedRequest, number: int, data: Change) -> dict[str, Any]:
    """Other words or another time for a plan; for a post that is out, other words on the network, if it allows that.

    The network is spoken to afterwards: `correction` says how that stands, `text` is what the post says now.
    """
    share = _mine(request, number)
    if share.state == State.PUBLISHED:
        if data.at is not None or data.account is not None:
            raise ValidationError({"at": _("It is out already: only its words can be changed.")})
        if data.text is not None:
            corrections.ask(person=request.user, share=share, text=data.text)
        return show(request, number)
    text = data.text if data.text is not None else verbs.typed(share)
    account = one(connecting.accounts(request.user), data.account) if data.account else None
    verbs.edit(person=request.user, share=share, text=text, at=data.at, account=account)
    return show(request, number)


@router.delete("/shares/{number}")
def drop(request: SignedRequest, number: int, by_hand: bool = False) -> dict[str, Any]:
    """Drop a plan, or remove what went out, on the network too where Kaja posted it; `by_hand`: its person has deleted
    it there."""
    share = _mine(request, number)
    if share.state == State.PUBLISHED:
        verbs.remove(person=request.user, share=share, by_hand=by_hand)
    else:
        verbs.cancel(person=request.user, share=share)
    return show(request, number)


@router.get("/shares/{number}/words")
def words(request: SignedRequest, number: int) -> dict[str, Any]:
    """What a post says now, what it said before (the newest first), and why Kaja cannot change it there (`no_edit`)."""
    share = _mine(request, number)
    before = [
        {"text": one.text, "since": shapes.moment(one.since) if one.since else None}
        for one in corrections.versions(share)
    ]
    why = corrections.hindrance(share) if share.state == State.PUBLISHED else ""
    return {"text": share.text, "edited_at": shapes.moment(share.edited_at), "before": before, "no_edit": why or None}


@router.post("/shares/{number}/confirm")
def confirm(request: SignedRequest, number: int, data: Told) -> dict[str, Any]:
    verbs.confirm(person=request.user, share=_mine(request, number), post_url=data.post_url)
    return show(request, number)


@router.post("/shares/{number}/deny")
def deny(request: SignedRequest, number: int) -> dict[str, Any]:
    verbs.deny(person=request.user, share=_mine(request, number))
    return show(request, number)


@router.post("/shares/{number}/retry")
def retry(request: SignedRequest, number: int) -> dict[str, Any]:
    verbs.retry(person=request.user, share=_mine(request, number))
    return show(request, number)


@router.post("/shares/{number}/by-hand", response={201: dict})
def by_hand(request: SignedRequest, number: int) -> Status[Any]:
    """Post it by the network's own window instead: answers with the new share, its `dialog_url` opens that window."""
    made = verbs.by_hand(person=request.user, share=_mine(request, number))
    return Status(201, _shown(verbs.own(request.user).get(pk=made.pk)))


@router.post("/shares/{number}/go")
def go_on(request: SignedRequest, number: int) -> dict[str, Any]:
    """Let a post of one's own go out that crisis mode had held, once sharing is open again."""
    crisis.go_on(person=request.user, share=_mine(request, number))
    return show(request, number)


@router.get("/links/{slug}")
def link(request: SignedRequest, slug: str) -> dict[str, Any]:
    """A short link of one's own."""
    row = ShortLink.objects.filter(slug=slug[:32], owner=request.user).first() if slug.isprintable() else None
    if row is None:
        raise PermissionDenied
    return {"slug": row.slug, "target": row.target, "network": row.network, "created_at": shapes.moment(row.created_at)}

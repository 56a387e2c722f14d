"""Crisis mode: everything that would go out stops at once; later each post is decided about (C5).

What was planned, waits for an account, or was claimed and not yet called, is held in the same transaction in which the
crisis begins. A call that is under way cannot be taken back: it is awaited, counted, and told as it ends. Whatever
becomes due while the crisis lasts is held at the moment of sending (`delivery.prepare`), so nothing depends on timing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import memory
from kaja.audit import lines
from kaja.content import items
from kaja.content.models import Item
from kaja.jobs import facts
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import onhold, shares, stops
from kaja.sharing.models import Attempt, Crisis, Share
from kaja.sharing.states import State

GO, ASK, DROP = "go", "ask", "drop"
DECISIONS = (GO, ASK, DROP)
# Posts whose time has passed go out one after another, not all in the same second.
APART = timedelta(minutes=1)
LONGEST_NOTICE, LONGEST_STATEMENT, LONGEST_WHY = 300, 5000, 500
MOST_SHOWN = 500

_OPEN_TRY = Exists(Attempt.objects.filter(share=OuterRef("pk"), finished_at=None))
# What a crisis stops: plans, and what waits for an account; not what waits for its person's other words.
_WAITS = Q(state=State.PLANNED) | Q(state=State.HELD, reason="account")
_HELD = Q(state=State.HELD, reason=onhold.REASON)


# --- verbs ----------------------------------------------------------------------------------------------------------
def begin(
    *,
    person: Person,
    why: str,
    notice: Mapping[str, str],
    statement: Mapping[str, str] | None = None,
    approved_by: str = "",
    link: str = "",
    withdraw: Collection[int] = (),
) -> Crisis:
    """Hold everything now and tell everybody. `why` is for the audit trail; `notice` and `statement` are read by
    everybody, by language ("en", "et"); `withdraw` are numbers of items that leave every feed at once.

    Raises ValidationError by field, or (code "state") when sharing is on hold already.
    """
    require(person.may(Permission.RUN_CRISIS))
    fields = _words(notice, statement or {}, approved_by, link)
    if not why.strip():
        raise ValidationError({"why": _("Say in a few words why. It stands in the audit trail only.")})
    try:
        with transaction.atomic():
            crisis = Crisis.objects.create(begun_by=person, why=why.strip()[:LONGEST_WHY], **fields)
            crisis.held, crisis.under_way = _hold(), _under_way().count()
            crisis.save(update_fields=["held", "under_way"])
            _withdraw(person, crisis, withdraw)
            lines.write(
                actor=person, verb="crisis.begun", on=crisis, reason=crisis.why, held=crisis.held,
                under_way=crisis.under_way, withdrawn=sorted(crisis.withdrawn.values_list("pk", flat=True)),
            )  # fmt: skip
            facts.record("crisis.begun", crisis=crisis.pk)
    except IntegrityError as error:
        raise ValidationError(_("Sharing is on hold already."), code="state") from error
    memory.forget("crisis")
    return crisis


@transaction.atomic
def change(
    *,
    person: Person,
    notice: Mapping[str, str],
    statement: Mapping[str, str] | None = None,
    approved_by: str = "",
    link: str = "",
    withdraw: Collection[int] = (),
) -> Crisis:
    """Other words while it lasts, and more items withdrawn. Raises ValidationError (code "state") when none lasts."""
    require(person.may(Permission.RUN_CRISIS))
    fields = _words(notice, statement or {}, approved_by, link)
    crisis = _lasting()
    for name, value in fields.items():
        setattr(crisis, name, value)
    crisis.save(update_fields=list(fields))
    _withdraw(person, crisis, withdraw)
    lines.write(actor=person, verb="crisis.changed", on=crisis, fields=sorted(fields), withdrawn=sorted(withdraw))
    _read_anew()
    return crisis


@transaction.atomic
def end(
    *, person: Person, decisions: Mapping[int, str] | None = None, farewell: Mapping[str, str] | None = None
) -> Crisis:
    """Open sharing again. `decisions` says by item what its held posts do: "go" (at their time, or now when it has
    passed), "drop", or "ask" their person, which is also what happens to all others. `farewell` is a word to everybody.

    Raises ValidationError (code "state") when none lasts, or for a decision that is none.
    """
    require(person.may(Permission.RUN_CRISIS))
    chosen = decisions or {}
    if not set(chosen.values()) <= set(DECISIONS):
        raise ValidationError({"decisions": _("Choose one of: %s.") % ", ".join(DECISIONS)})
    crisis = _lasting()
    _hold()  # What came back from a network meanwhile waits for a decision too.
    number = {decision: sum(_decide(chosen, decision)) for decision in (GO, DROP)}
    crisis.lasting, crisis.ended_by, crisis.ended_at = None, person, timezone.now()
    crisis.farewell = _by_language("farewell", farewell or {}, LONGEST_STATEMENT)
    crisis.save(update_fields=["lasting", "ended_by", "ended_at", "farewell"])
    asked = Share.objects.filter(_HELD).count()
    lines.write(actor=person, verb="crisis.ended", on=crisis, gone=number[GO], dropped=number[DROP], asked=asked)
    facts.record("crisis.ended", crisis=crisis.pk)
    _read_anew()
    return crisis


def _decide(chosen: Mapping[int, str], decision: str) -> list[int]:
    """Carry a decision out on the held posts of its items; for each of them one or nothing was changed."""
    wanted = [item for item, one in chosen.items() if one == decision]
    now, told = timezone.now(), []
    for place, share in enumerate(Share.objects.filter(_HELD, item__in=wanted).order_by("not_before", "pk")):
        if decision == GO:
            at = max(share.not_before, now + APART * place) if share.not_before <= now else share.not_before
            fields: dict[str, Any] = {"reason": "", "detail": "", "not_before": at}
            told.append(int(shares.step(share, State.PLANNED, since={State.HELD}, **fields)))
        else:
            told.append(int(shares.step(share, State.CANCELLED, since={State.HELD}, reason="crisis-dropped")))
    return told


@transaction.atomic
def go_on(*, person: Person, share: Share) -> None:
    """ "Let it go out": the person decides about their own post after the hold. It goes at its time, or now."""
    require(share.person_id == person.pk)
    onhold.stop()
    if stops.over(share.item):
        raise ValidationError(_("This story is over, so it does not go out any more. You can drop it."), code="over")
    at = max(share.not_before, timezone.now())
    if not shares.step(
        share, State.PLANNED, since={State.HELD}, only=_HELD, reason="", detail="", not_before=at, attempts=0
    ):
        raise ValidationError(_("There is nothing to decide any more."), code="state")
    lines.write(actor=person, verb="share.let-go", on=share)


def catch_up(crisis: int) -> None:
    """Consequence of its beginning: holds what was being written while it began. Safe to run twice."""
    with transaction.atomic():
        if Crisis.objects.filter(pk=crisis, lasting=True).exists():
            caught = _hold()
            Crisis.objects.filter(pk=crisis).update(held=F("held") + caught)


# --- inside ---------------------------------------------------------------------------------------------------------
def _lasting() -> Crisis:
    crisis = Crisis.objects.select_for_update().filter(lasting=True).first()
    if crisis is None:
        raise ValidationError(_("Sharing is not on hold."), code="state")
    return crisis


def _read_anew() -> None:
    """This process shows the new state at once; the others within two seconds."""
    memory.forget("crisis")
    transaction.on_commit(partial(memory.forget, "crisis"))


def _hold() -> int:
    """Hold every plan, and every claim whose call has not begun. How many.

    First the rows are locked: a worker about to write its attempt has either written it, which is then seen below, or
    finds its claim gone.
    """
    fields: dict[str, Any] = {
        "state": State.HELD, "reason": onhold.REASON, "detail": "", "lease_until": None, "updated_at": timezone.now()
    }  # fmt: skip
    sending = Share.objects.filter(state=State.SENDING)
    list(sending.select_for_update().order_by("pk").values_list("pk", flat=True))
    claimed = sending.filter(~_OPEN_TRY).update(**fields)
    return claimed + Share.objects.filter(_WAITS).update(**fields)


def _under_way() -> QuerySet[Share]:
    return Share.objects.filter(_OPEN_TRY, state=State.SENDING)


def _withdraw(person: Person, crisis: Crisis, numbers: Collection[int]) -> None:
    """Take items out of every feed; plans of them are dropped in the same moment, not by a job."""
    for item in Item.objects.filter(pk__in=numbers, state=Item.State.APPROVED):
        items.withdraw(person=person, item=item, reason=_("Withdrawn in crisis mode."))
        shares.cancel_planned(item=item.pk)
        crisis.withdrawn.add(item)


def _by_language(name: str, words: Mapping[str, str], most: int) -> dict[str, str]:
    known = dict(settings.LANGUAGES)
    kept = {code: text.strip() for code, text in words.items() if code in known and text.strip()}
    if any(len(text) > most for text in kept.values()):
        raise ValidationError({name: _("Make it shorter: at most %d characters.") % most})
    return kept


def _words(notice: Mapping[str, str], statement: Mapping[str, str], approved_by: str, link: str) -> dict[str, Any]:
    kept = _by_language("notice", notice, LONGEST_NOTICE)
    if not kept:
        raise ValidationError({"notice": _("Tell people in one language at least what they read in the red bar.")})
    if link and not (link.startswith("https://") and len(link) <= 500):
        raise ValidationError({"link": _("A link begins with https://.")})
    said = _by_language("statement", statement, LONGEST_STATEMENT)
    return {"notice": kept, "statement": said, "approved_by": approved_by.strip()[:120], "link": link}


# --- questions ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Group:
    """The posts of one item that would be held, or are."""

    item: Item
    networks: list[Network]
    first: datetime
    last: datetime
    posts: int
    people: int
    # The newest ones, with their person, for the list under it.
    shares: list[Share]
    # The item has ended or was withdrawn meanwhile.
    over: bool


@dataclass(frozen=True)
class Look:
    """How many posts of how many people, by item; `soon` go out within the hour."""

    posts: int
    people: int
    soon: int
    next: datetime | None
    groups: list[Group]


def look(*, held: bool) -> Look:
    """What would be held (`held` false), or is held. A constant number of queries."""
    wanted, now = _HELD if held else _WAITS, timezone.now()
    rows = Share.objects.filter(wanted)
    counted = rows.aggregate(
        n=Count("pk"), people=Count("person", distinct=True), next=Min("not_before"),
        soon=Count("pk", filter=Q(not_before__lte=now + timedelta(hours=1), state=State.PLANNED)),
    )  # fmt: skip
    some: dict[int, list[Share]] = {}
    for share in rows.select_related("person").order_by("not_before", "pk")[:MOST_SHOWN]:
        some.setdefault(share.item_id, []).append(share)
    networks: dict[int, list[Network]] = {}
    for item, key in rows.order_by("item", "network").values_list("item", "network").distinct():
        networks.setdefault(item, []).append(BY_KEY[key])
    grouped = list(
        rows.order_by()
        .values("item")
        .annotate(first=Min("not_before"), last=Max("not_before"), n=Count("pk"), who=Count("person", distinct=True))
        .order_by("first", "item")
    )
    found = Item.objects.select_related("image").in_bulk([one["item"] for one in grouped])
    groups = [
        Group(
            item=found[one["item"]], networks=networks[one["item"]], first=one["first"], last=one["last"],
            posts=one["n"], people=one["who"], shares=some.get(one["item"], []),
            over=bool(stops.over(found[one["item"]])),
        )
        for one in grouped if one["item"] in found
    ]  # fmt: skip
    return Look(counted["n"], counted["people"], counted["soon"], counted["next"], groups)


def under_way(crisis: Crisis) -> list[Share]:
    """The posts whose call had begun when the crisis began, as they stand now."""
    calls = Attempt.objects.filter(share=OuterRef("pk"), started_at__lte=crisis.begun_at)
    calls = calls.filter(Q(finished_at=None) | Q(finished_at__gt=crisis.begun_at))
    return list(Share.objects.filter(Exists(calls)).select_related("person", "item").order_by("pk")[:50])


def last() -> Crisis | None:
    """The crisis that ended last."""
    return Crisis.objects.filter(lasting=None).select_related("begun_by", "ended_by").order_by("-begun_at").first()

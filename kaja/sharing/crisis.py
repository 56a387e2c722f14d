"""Crisis mode: everything that would go out, or what is about one topic, one campaign or certain words, stops at once;
later each post is decided about (C5).

What was planned, waits for an account, or was claimed and not yet called, is held in the same transaction in which the
crisis begins; what certain words stand in, right after it (holding.py). A call that is under way cannot be taken back:
it is awaited, counted, and told as it ends. Whatever becomes due while the crisis lasts is held at the moment of
sending (`delivery.prepare`), so nothing depends on timing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeGuard

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import memory
from kaja.audit import lines
from kaja.content import items
from kaja.content.models import Campaign, Item, Topic
from kaja.jobs import facts, queue
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import holding, naming, onhold, shares, stops
from kaja.sharing.models import Attempt, Crisis, CrisisPlan, Share
from kaja.sharing.states import State

GO, ASK, DROP = "go", "ask", "drop"
DECISIONS = (GO, ASK, DROP)
# Posts whose time has passed go out one after another, not all in the same second.
APART = timedelta(minutes=1)
# From a new time on they go out with more room: nobody waits for them.
SPREAD = timedelta(minutes=10)
LONGEST_NOTICE, LONGEST_STATEMENT, LONGEST_FRIEND, LONGEST_WHY = 300, 5000, 500, 500
MOST_SHOWN = 500


# --- verbs ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Words:
    """What people read, by language ("en", "et") where it is a mapping. `speaks` answers journalists and is reached by
    `reach`; `friend` is what employees may say to others who ask."""

    notice: Mapping[str, str]
    statement: Mapping[str, str] = field(default_factory=dict)
    approved_by: str = ""
    link: str = ""
    speaks: str = ""
    reach: str = ""
    friend: Mapping[str, str] = field(default_factory=dict)


def begin(
    *,
    person: Person,
    why: str,
    words: Words,
    withdraw: Collection[int] = (),
    only: Topic | Campaign | Sequence[str] | None = None,
) -> Crisis:
    """Hold everything now, or what is about `only` (a topic, a campaign, or phrases that stand in a post or in the
    title of its story), and tell everybody. `why` is for the audit trail; `withdraw` are numbers of items that leave
    every feed at once.

    Raises ValidationError by field, or (code "state") when sharing is on hold already.
    """
    require(person.may(Permission.RUN_CRISIS))
    fields = {**_fields(words), **_part(only), "why": _reason(why)}
    try:
        with transaction.atomic():
            crisis = Crisis.objects.create(begun_by=person, **fields)
            holding.at_once(crisis)
            _withdraw(person, crisis, withdraw)
            lines.write(
                actor=person, verb="crisis.begun", on=crisis, reason=crisis.why, held=crisis.held,
                under_way=crisis.under_way, withdrawn=sorted(crisis.withdrawn.values_list("pk", flat=True)),
                about=crisis.about,
            )  # fmt: skip
            facts.record("crisis.begun", crisis=crisis.pk)
    except IntegrityError as error:
        raise ValidationError(_("Sharing is on hold already."), code="state") from error
    memory.forget("crisis")
    holding.look_on(crisis, seconds=holding.FIRST)
    return crisis


def rehearse(*, person: Person, why: str, words: Words, only: Topic | Campaign | Sequence[str] | None = None) -> Crisis:
    """An exercise: what would be held is counted and nothing is; those who may run a crisis are told by e-mail, marked
    as an exercise, and nobody else. Raises ValidationError by field."""
    require(person.may(Permission.RUN_CRISIS))
    fields = {**_fields(words), **_part(only), "why": _reason(why), "lasting": None, "practice": True}
    with transaction.atomic():
        crisis = Crisis.objects.create(begun_by=person, ended_by=person, ended_at=timezone.now(), **fields)
        holding.at_once(crisis)
        lines.write(actor=person, verb="crisis.rehearsed", on=crisis, reason=crisis.why, held=crisis.held)
        facts.record("crisis.rehearsed", crisis=crisis.pk)
    holding.look_on(crisis, seconds=holding.FIRST)
    return crisis


@transaction.atomic
def plan(*, person: Person, words: Words) -> CrisisPlan:
    """Write the words before anything happens; a crisis and an exercise begin with them. Raises ValidationError."""
    require(person.may(Permission.RUN_CRISIS))
    fields = _fields(words, notice_needed=False)
    row = CrisisPlan.objects.select_for_update().first() or CrisisPlan()
    for name, value in fields.items():
        setattr(row, name, value)
    row.changed_by = person
    row.save()
    lines.write(actor=person, verb="crisis.planned", on=row)
    return row


@transaction.atomic
def change(*, person: Person, words: Words, withdraw: Collection[int] = ()) -> Crisis:
    """Other words while it lasts, and more items withdrawn. Raises ValidationError (code "state") when none lasts."""
    require(person.may(Permission.RUN_CRISIS))
    fields = _fields(words)
    crisis = _lasting()
    for name, value in fields.items():
        setattr(crisis, name, value)
    crisis.save(update_fields=list(fields))
    _withdraw(person, crisis, withdraw)
    lines.write(actor=person, verb="crisis.changed", on=crisis, fields=sorted(fields), withdrawn=sorted(withdraw))
    _read_anew()
    return crisis


def end(
    *,
    person: Person,
    decisions: Mapping[int, str | datetime] | None = None,
    farewell: Mapping[str, str] | None = None,
) -> Crisis:
    """Open sharing again. `decisions` says by item what its held posts do: "go" (at their time, or now when it has
    passed), a moment (from then on, one after another), "drop", or "ask" their person, which is also what happens to
    all others. `farewell` is a word to everybody.

    Raises ValidationError (code "state") when none lasts, or for a decision that is none or lies in the past; (code
    "searching") while posts are left in which nobody has looked for the words: asked again, it has come further.
    """
    require(person.may(Permission.RUN_CRISIS))
    chosen = decisions or {}
    _decidable(chosen)
    lasting = Crisis.objects.filter(lasting=True).first()
    if lasting is not None and not holding.look_on(lasting, seconds=holding.LAST):
        raise ValidationError(
            _(
                "Kaja still looks for these words: %(n)d of %(all)d posts so far. None of them goes out. Press again in"
                " a moment."
            )
            % {"n": lasting.looked, "all": max(lasting.looked, lasting.to_look)},
            code="searching",
        )
    return _end(person, chosen, farewell or {})


@transaction.atomic
def _end(person: Person, chosen: Mapping[int, str | datetime], farewell: Mapping[str, str]) -> Crisis:
    crisis = _lasting()
    holding.hold(crisis)  # What came back from a network meanwhile waits for a decision too.
    crisis.gone = sum(_let_go(crisis, item, one) for item, one in chosen.items() if one == GO or _is_time(one))
    crisis.dropped = sum(_drop(crisis, item) for item, one in chosen.items() if one == DROP)
    crisis.lasting, crisis.ended_by, crisis.ended_at = None, person, timezone.now()
    crisis.farewell = _by_language("farewell", farewell, LONGEST_STATEMENT)
    crisis.asked = Share.objects.filter(holding.HELD, crisis.items).count()
    crisis.save(update_fields=["lasting", "ended_by", "ended_at", "farewell", "gone", "dropped", "asked"])
    lines.write(
        actor=person, verb="crisis.ended", on=crisis, gone=crisis.gone, dropped=crisis.dropped, asked=crisis.asked
    )
    facts.record("crisis.ended", crisis=crisis.pk)
    _read_anew()
    return crisis


def _is_time(decision: str | datetime) -> TypeGuard[datetime]:
    return isinstance(decision, datetime)


def _decidable(chosen: Mapping[int, str | datetime]) -> None:
    now = timezone.now()
    for one in chosen.values():
        if _is_time(one):
            if timezone.is_naive(one) or one < now - timedelta(minutes=5) or one > now + shares.FARTHEST:
                raise ValidationError({"decisions": _("Choose a time that is still to come, within a year.")})
        elif one not in DECISIONS:
            raise ValidationError({"decisions": _("Choose one of: %s.") % ", ".join(DECISIONS)})


def _held_of(crisis: Crisis, item: int) -> QuerySet[Share]:
    return Share.objects.filter(holding.HELD, crisis.items, item=item).order_by("not_before", "pk")


def _let_go(crisis: Crisis, item: int, when: str | datetime) -> int:
    """The held posts of an item go out: at their time or now, or from a new time on one after another. How many."""
    now, rows = timezone.now(), _held_of(crisis, item)
    fields: dict[str, Any] = {"reason": "", "detail": ""}
    gone = 0
    if not _is_time(when):  # Those whose time is to come keep it, all in one statement.
        gone = rows.filter(not_before__gt=now).order_by().update(state=State.PLANNED, updated_at=now, **fields)
    for place, share in enumerate(rows):
        at = max(when, now) + SPREAD * place if _is_time(when) else max(share.not_before, now + APART * place)
        gone += shares.step(share, State.PLANNED, since={State.HELD}, anew=False, not_before=at, **fields)
    return gone


def _drop(crisis: Crisis, item: int) -> int:
    rows = _held_of(crisis, item).order_by()
    return rows.update(state=State.CANCELLED, reason="crisis-dropped", updated_at=timezone.now())


@transaction.atomic
def go_on(*, person: Person, share: Share) -> None:
    """ "Let it go out": the person decides about their own post after the hold. It goes at its time, or now."""
    require(share.person_id == person.pk)
    onhold.stop(share.item, shares.words_of(share))
    if stops.over(share.item):
        raise ValidationError(_("This story is over, so it does not go out any more. You can drop it."), code="over")
    at = max(share.not_before, timezone.now())
    if not shares.step(
        share, State.PLANNED, since={State.HELD}, only=holding.HELD, reason="", detail="", not_before=at, attempts=0
    ):
        raise ValidationError(_("There is nothing to decide any more."), code="state")
    lines.write(actor=person, verb="share.let-go", on=share)


def catch_up(crisis: int) -> None:
    """Consequence of its beginning: holds what was being written while it began; of a crisis or an exercise about words
    searches on, a little at a time, so that other jobs need not wait. Safe to run twice."""
    row = Crisis.objects.filter(Q(lasting=True) | Q(practice=True), pk=crisis).first()
    if row is None:
        return
    if row.only == Crisis.Only.WORDS:
        if not holding.look_on(row, seconds=holding.TURN):
            queue.enqueue("kaja.sharing.crisis.catch_up", crisis=crisis)
    elif row.lasting:
        with transaction.atomic():
            caught = holding.hold(row)
            Crisis.objects.filter(pk=crisis, lasting=True).update(held=F("held") + caught)


def keep_up() -> None:
    """Scheduled, for a crisis about words: a story that got another title meanwhile, or a post that came back from a
    network. Others need no search, and delivery finds what is about them."""
    for row in Crisis.objects.filter(lasting=True, only=Crisis.Only.WORDS):
        holding.look_on(row, seconds=holding.TURN)


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


def _reason(why: str) -> str:
    if not why.strip():
        raise ValidationError({"why": _("Say in a few words why. It stands in the audit trail only.")})
    return why.strip()[:LONGEST_WHY]


def _part(only: Topic | Campaign | Sequence[str] | None) -> dict[str, Any]:
    """The fields that say what a crisis is about. Raises ValidationError for phrases that will not do."""
    if only is None:
        return {}
    if isinstance(only, Topic):
        return {"only": Crisis.Only.TOPIC, "topic": only}
    if isinstance(only, Campaign):
        return {"only": Crisis.Only.CAMPAIGN, "campaign": only}
    return {"only": Crisis.Only.WORDS, "phrases": naming.cleaned(only)}


def _fields(words: Words, *, notice_needed: bool = True) -> dict[str, Any]:
    """The words as they are stored. Raises ValidationError by field."""
    kept = _by_language("notice", words.notice, LONGEST_NOTICE)
    if not kept and notice_needed:
        raise ValidationError({"notice": _("Tell people in one language at least what they read in the red bar.")})
    if words.link and not (words.link.startswith("https://") and len(words.link) <= 500):
        raise ValidationError({"link": _("A link begins with https://.")})
    if words.reach.strip() and not words.speaks.strip():
        raise ValidationError({"speaks": _("Say whose number or address this is.")})
    return {
        "notice": kept,
        "statement": _by_language("statement", words.statement, LONGEST_STATEMENT),
        "friend": _by_language("friend", words.friend, LONGEST_FRIEND),
        "approved_by": words.approved_by.strip()[:120],
        "link": words.link,
        "speaks": words.speaks.strip()[:120],
        "reach": words.reach.strip()[:120],
    }


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


def look(crisis: Crisis | None = None, *, held: bool) -> Look:
    """What would be held (`held` false), or is held; of `crisis` only what it is about. A constant number of
    queries."""
    wanted, now = holding.HELD if held else holding.WAITS, timezone.now()
    if crisis is not None:
        wanted &= crisis.items
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
    return list(Share.objects.filter(Exists(calls), crisis.items).select_related("person", "item").order_by("pk")[:50])


def last() -> Crisis | None:
    """The crisis that ended last; exercises are none."""
    return (
        Crisis.objects.filter(lasting=None, practice=False)
        .select_related("begun_by", "ended_by")
        .order_by("-begun_at")
        .first()
    )


@dataclass(frozen=True)
class Part:
    """A topic or campaign that could be held alone, and how many posts that would be."""

    row: Topic | Campaign
    posts: int


def parts() -> tuple[list[Part], list[Part]]:
    """The topics, and the campaigns that were started and are not over, with what would be held. Four queries."""
    waiting = Share.objects.filter(holding.WAITS).order_by()
    by_topic = dict(waiting.exclude(item__topics=None).values_list("item__topics").annotate(n=Count("pk")))
    by_campaign = dict(waiting.exclude(item__campaign=None).values_list("item__campaign").annotate(n=Count("pk")))
    campaigns = Campaign.objects.started().filter(ended_at=None)
    campaigns = campaigns.filter(Q(ends_on__gte=timezone.localdate()) | Q(pk__in=list(by_campaign)))
    topics = [Part(row, by_topic.get(row.pk, 0)) for row in Topic.objects.all()]
    return (
        sorted(topics, key=lambda part: (-part.posts, str(part.row))),
        sorted((Part(row, by_campaign.get(row.pk, 0)) for row in campaigns), key=lambda part: -part.posts),
    )


def planned() -> CrisisPlan | None:
    """The words that were written before anything happened."""
    return CrisisPlan.objects.select_related("changed_by").first()


def rehearsers() -> list[Person]:
    """Who is told of an exercise: everybody who may put sharing on hold."""
    return [one for one in Person.objects.joined().order_by("pk") if one.may(Permission.RUN_CRISIS)]


def readers() -> list[tuple[str, int]]:
    """Who would be told, by the language of their letter: [("et", 12), ("en", 30)]; those without address left out."""
    usual = company.current().language
    told: dict[str, int] = {}
    counted = Person.objects.joined().exclude(email="").order_by().values_list("language").annotate(n=Count("pk"))
    for language, number in counted:
        told[language or usual] = told.get(language or usual, 0) + number
    return sorted(told.items(), key=lambda pair: -pair[1])

"""Posts that a delegate prepares for somebody, and that somebody's decision (D8). Nothing goes out in silence.

A preparation is one text for some of the person's accounts: a share for each, in the state `waiting`, which delivery
cannot pick up. The person approves (as it is, or with other words, another time or without a network) or declines; the
delegate may take it, or one of its networks, back until then. The decision is taken by compare-and-set on the
preparation: the first of two at once is the one.

The delegate learns the names of the person's accounts, the items meant for them, and what became of what they prepared:
no tokens, no figures, no reactions, no posts of the person's own (docs/decisions/delegates.md).

Raises PermissionDenied for what a person may not, ValidationError with a sentence for what they can mend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.audit import lines
from kaja.content import own_posts
from kaja.content.models import Caption, Item
from kaja.jobs import facts
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people import delegations
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import shares, stops, timing
from kaja.sharing.models import ApprovalLink, Preparation, Share
from kaja.sharing.states import State

WAITING = Preparation.State.WAITING
When = Preparation.When
# So many wait for one person at a time: whoever is asked for more reads none of it.
MOST = 30
LONGEST_NOTE = LONGEST_REASON = 500
# Why one network of a preparation does not go out with the others: the person left it out, the delegate took it out.
LEFT_OUT, TAKEN_OUT = "left-out", "taken-out"


# --- questions ------------------------------------------------------------------------------------------------------
def executive(*, delegate: Person, number: int) -> Person:
    """The person of this number, for whom `delegate` may prepare. Raises PermissionDenied for anybody else."""
    row = delegations.held_by(delegate).filter(person=number).first() if 0 < number < 2**63 else None
    if row is None or not row.person.may(Permission.SHARE):
        raise PermissionDenied
    return row.person


def items(person: Person, *, by: Person | None = None) -> QuerySet[Item]:
    """What can be prepared for a person: live, shareable, meant for them, and the posts without a story that `by` wrote
    in their name; not those they write for themselves."""
    theirs = Q(original=False)
    if by is not None:
        theirs |= Q(pk__in=own_posts.written_for(person=person, by=by).order_by().values("pk"))
    return Item.objects.live().for_person(person).filter(theirs, category__shareable=True)


def _whole(rows: QuerySet[Preparation]) -> QuerySet[Preparation]:
    some = Share.objects.select_related("account", "link", "slot", "item", "caption").order_by("pk")
    return rows.select_related("person", "by", "item", "item__image", "item__category").prefetch_related(
        Prefetch("shares", queryset=some)
    )


def for_approval(person: Person) -> QuerySet[Preparation]:
    """What was prepared for a person, decided or not, the newest first."""
    return _whole(Preparation.objects.filter(person=person)).order_by("-pk")


def waiting_for(person: Person) -> QuerySet[Preparation]:
    """What waits for the person's decision, the oldest first."""
    return for_approval(person).filter(state=WAITING).order_by("pk")


def prepared_by(delegate: Person) -> QuerySet[Preparation]:
    """What somebody prepared for those who still let them, the newest first."""
    still = delegations.standing().filter(delegate=delegate, person=OuterRef("person"))
    return _whole(Preparation.objects.filter(Exists(still), by=delegate)).order_by("-pk")


def going(preparation: Preparation) -> list[Share]:
    """Its posts without the networks that were left out or taken out."""
    return [share for share in preparation.shares.all() if share.reason not in (LEFT_OUT, TAKEN_OUT)]


def passed(preparation: Preparation) -> bool:
    """Whether the time it was prepared for is over, so that the person has to say when."""
    if preparation.when == When.NOW:
        return False
    now = timezone.now()
    return any(share.not_before < now for share in going(preparation))


def new_time(preparation: Preparation) -> datetime | None:
    """What to offer when its time has passed: the next place in the person's queue, else the best time; None when the
    item ends before."""
    networks = list(dict.fromkeys(share.network for share in going(preparation)))
    found = timing.offers(preparation.person, preparation.item, networks)
    places = [one.place.at for one in found if one.place] or [one.best.at for one in found if one.best]
    return min(places, default=None)


# --- prepare --------------------------------------------------------------------------------------------------------
def prepare(
    *,
    person: Person,
    executive: Person,
    item: Item,
    accounts: Sequence[ConnectedAccount],
    text: str,
    when: str = When.NOW,
    at: datetime | None = None,
    caption: Caption | None = None,
    note: str = "",
    wish: str = "",
) -> Preparation:
    """A post in the name of `executive`, on each of these `accounts`, sent to them for approval by `person`.

    `when` is now (as soon as it is approved), at (`at`), queue or best.

    Rules, caps, the audience and a crisis hold as for the executive. The same wish twice is one preparation.
    """
    require(delegations.allows(delegate=person, person=executive) and executive.may(Permission.SHARE))
    require(items(executive, by=person).filter(pk=item.pk).exists())
    if wish and (same := Preparation.objects.filter(by=person, wish=wish).first()):
        return same
    _check(executive, accounts, when, note)
    try:
        with transaction.atomic():
            made = Preparation.objects.create(
                person=executive, by=person, item=item, text=text.replace("\r\n", "\n").strip(), when=when,
                caption=caption if caption and caption.item_id == item.pk else None, note=note.strip(), wish=wish,
            )  # fmt: skip
            for account in accounts:
                timing.share(
                    person=executive, item=item, account=account, text=made.text, when=when, at=at,
                    caption=made.caption, preparation=made,
                )  # fmt: skip
            lines.write(
                actor=person, verb="preparation.made", on=made, person=executive.pk, item=item.pk,
                networks=sorted(account.network for account in accounts),
            )  # fmt: skip
            facts.record("preparation.made", preparation=made.pk)
    except IntegrityError:
        # The same wish came in twice at the same moment.
        if wish and (same := Preparation.objects.filter(by=person, wish=wish).first()):
            return same
        raise
    return made


def _check(executive: Person, accounts: Sequence[ConnectedAccount], when: str, note: str) -> None:
    name = executive.name
    require(all(account.person_id == executive.pk for account in accounts))
    if not accounts:
        raise ValidationError(_("Choose where to share it."), code="to")
    if when not in When.values:
        raise ValidationError(_("Choose when it goes out."), code="time")
    if len(note.strip()) > LONGEST_NOTE:
        raise ValidationError(_("Write at most %d characters.") % LONGEST_NOTE, code="note")
    for account in accounts:
        network = BY_KEY[account.network].name
        if account.state != ConnectedAccount.State.WORKS:
            raise ValidationError(
                _("%(name)s has to sign in to %(network)s again first.") % {"name": name, "network": network}, code="to"
            )
    if when == When.QUEUE:
        _check_queue(executive, accounts)
    waiting = Preparation.objects.filter(person=executive, state=WAITING).count()
    if waiting >= MOST:
        raise ValidationError(
            ngettext(
                "%(n)d post waits for %(name)s already. Let it be decided first.",
                "%(n)d posts wait for %(name)s already. Let them be decided first.",
                waiting,
            )
            % {"n": waiting, "name": name},
            code="many",
        )


def _check_queue(executive: Person, accounts: Iterable[ConnectedAccount]) -> None:
    mine = list(timing.slots(executive))
    have = {slot.network for slot in mine}
    lacks = next((one for one in accounts if not have & {"", one.network}), None)
    if lacks is not None or timing.is_paused(mine):
        raise ValidationError(
            _("The queue of %s has no place for it. Pick a time instead.") % executive.name, code="time"
        )


# --- decide ---------------------------------------------------------------------------------------------------------
def sentence(preparation: Preparation) -> str:
    """How a decided preparation stands, in one sentence for the person it was prepared for."""
    return {
        Preparation.State.APPROVED: _("You have approved it already. Nothing is sent twice."),
        Preparation.State.DECLINED: _("You have declined it, so nothing goes out."),
        Preparation.State.WITHDRAWN: _("It was taken back by the one who prepared it, so nothing goes out."),
        Preparation.State.LAPSED: _("This story can no longer be shared: it was taken back, or its time is over."),
    }.get(Preparation.State(preparation.state), "")


def _decide(preparation: Preparation, after: Preparation.State, **fields: object) -> None:
    """Take the decision by compare-and-set. Raises ValidationError (code "decided") when it was taken before.

    The first thing in each verb's transaction: whoever comes second waits here for the first, and then reads theirs.
    """
    changed = Preparation.objects.filter(pk=preparation.pk, state=WAITING).update(
        state=after, decided_at=timezone.now(), **fields
    )
    preparation.refresh_from_db()
    if not changed:
        raise ValidationError(sentence(preparation) or _("This has been decided already."), code="decided")
    ApprovalLink.objects.filter(preparation=preparation, used_at__isnull=True).update(used_at=timezone.now())


@transaction.atomic
def approve(
    *,
    person: Person,
    preparation: Preparation,
    text: str | None = None,
    at: datetime | None = None,
    without: Collection[int] = (),
    door: str = "page",
) -> Preparation:
    """Let it go out, in one decision: at its time, or at `at`; in its words, or as `text`; on all its networks but the
    posts `without` (numbers of its shares), which are dropped and stop nothing.

    `door` says for the audit trail how the person came: page, link, api. Everything is as before when it is refused:
    "to" when nothing would be left, and see `shares.approve` for the other codes.
    """
    require(preparation.person_id == person.pk and person.is_active and person.may(Permission.SHARE))
    typed = preparation.text if text is None else text.replace("\r\n", "\n").strip()
    changed = typed != preparation.text or at is not None
    _decide(preparation, Preparation.State.APPROVED, text=typed, changed=changed)
    if at is None and preparation.when == When.NOW:
        at = timezone.now()
    kept, left = _parted(preparation, without)
    for share in left:
        shares.step(share, State.CANCELLED, since={State.WAITING}, reason=LEFT_OUT)
        lines.write(actor=person, verb="share.left_out", on=share, prepared_by=preparation.by_id)
    for share in kept:
        shares.approve(person=person, share=share, text=typed, at=at)
        lines.write(actor=person, verb="share.approved", on=share, prepared_by=preparation.by_id)
    lines.write(
        actor=person, verb="preparation.approved", on=preparation, prepared_by=preparation.by_id,
        approved_by=person.pk, door=door, changed=changed, networks=sorted(share.network for share in kept),
        left_out=sorted(share.network for share in left),
    )  # fmt: skip
    facts.record("preparation.decided", preparation=preparation.pk)
    return preparation


def _parted(preparation: Preparation, without: Collection[int]) -> tuple[list[Share], list[Share]]:
    """The posts that go out, and those that are left out. Raises ValidationError (code "to") when none would go."""
    rows = preparation.shares.select_related("item", "item__category", "account", "slot", "caption", "link")
    waiting = list(rows.filter(state=State.WAITING).order_by("pk"))
    left = [share for share in waiting if share.pk in without]
    if left and len(left) == len(waiting):
        raise ValidationError(_("Leave at least one network in, or decline it."), code="to")
    return [share for share in waiting if share not in left], left


@transaction.atomic
def decline(*, person: Person, preparation: Preparation, reason: str, door: str = "page") -> None:
    """Say no, with a few words for the delegate."""
    require(preparation.person_id == person.pk and person.is_active)
    said = reason.strip()
    if not said:
        raise ValidationError(_("Say in a few words why: whoever prepared it reads them."), code="reason")
    if len(said) > LONGEST_REASON:
        raise ValidationError(_("Write at most %d characters.") % LONGEST_REASON, code="reason")
    _decide(preparation, Preparation.State.DECLINED, reason=said)
    _drop(preparation, "declined")
    lines.write(
        actor=person, verb="preparation.declined", on=preparation, prepared_by=preparation.by_id, declined_by=person.pk,
        door=door,
    )  # fmt: skip
    facts.record("preparation.decided", preparation=preparation.pk)


@transaction.atomic
def withdraw(*, person: Person, preparation: Preparation) -> None:
    """Take back what one prepared, as long as it is not decided and one still may prepare for its person."""
    _theirs(person, preparation)
    _decide(preparation, Preparation.State.WITHDRAWN)
    _drop(preparation, "taken-back")
    lines.write(actor=person, verb="preparation.withdrawn", on=preparation, person=preparation.person_id)


@transaction.atomic
def take_out(*, person: Person, preparation: Preparation, share: int) -> None:
    """Take one network (the number of its post) out of what one prepared, until it is decided: the others still wait.

    Raises ValidationError: "last" for the only one left, "decided" when it is too late. Taken out twice is once.
    """
    _theirs(person, preparation)
    # Held, so that a decision at the same moment comes wholly before or after, and two networks do not both go as last.
    if not Preparation.objects.filter(pk=preparation.pk, state=WAITING).update(state=WAITING):
        preparation.refresh_from_db()
        raise ValidationError(sentence(preparation) or _("This has been decided already."), code="decided")
    rows = {one.pk: one for one in Share.objects.filter(preparation=preparation)}
    require(share in rows)
    row = rows[share]
    if row.reason == TAKEN_OUT:
        return
    if sum(one.state == State.WAITING for one in rows.values()) == 1:
        raise ValidationError(_("It is the only network left. Take the whole post back instead."), code="last")
    if shares.step(row, State.CANCELLED, since={State.WAITING}, reason=TAKEN_OUT):
        lines.write(actor=person, verb="share.taken_out", on=row, person=preparation.person_id, network=row.network)


def _theirs(person: Person, preparation: Preparation) -> None:
    """Raise PermissionDenied unless `person` prepared it and still may prepare for its person."""
    still = delegations.standing().filter(delegate=person, person=preparation.person_id)
    require(preparation.by_id == person.pk and still.exists())


def _drop(preparation: Preparation, reason: str) -> None:
    for share in preparation.shares.filter(state=State.WAITING):
        shares.step(share, State.CANCELLED, since={State.WAITING}, reason=reason)


# --- what happens meanwhile -----------------------------------------------------------------------------------------
def _lapse(rows: QuerySet[Preparation], why: str) -> None:
    """Nothing can come of these any more: nothing of them goes out, and the delegates are told. Safe to run twice."""
    for preparation in rows.filter(state=WAITING):
        with transaction.atomic():
            try:
                _decide(preparation, Preparation.State.LAPSED, reason=why)
            except ValidationError:  # decided in this very moment
                continue
            _drop(preparation, why)
            lines.write(actor=None, verb="preparation.lapsed", on=preparation, reason=why)
            facts.record("preparation.decided", preparation=preparation.pk)


def item_withdrawn(item: int) -> None:
    """Consequence of a withdrawn item."""
    _lapse(Preparation.objects.filter(item=item), "withdrawn")


def left(person: int) -> None:
    """Consequence of a closed account: nothing goes out in the name of somebody who has left."""
    _lapse(Preparation.objects.filter(person=person, person__is_active=False), "left")


def lapse_over() -> None:
    """Scheduled: what was prepared of an item that is over meanwhile waits for nothing any more."""
    over = Preparation.objects.filter(state=WAITING).select_related("item")
    gone = [(one.pk, stops.over(one.item)) for one in over]
    for why in {why for _pk, why in gone if why}:
        _lapse(Preparation.objects.filter(pk__in=[pk for pk, reason in gone if reason == why]), why)
    _lapse(Preparation.objects.filter(person__is_active=False), "left")

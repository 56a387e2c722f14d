"""A second pair of eyes: what waits for whom, passing it, sending it back, asking everybody when it takes too long.

Nothing is passed by time: what nobody looks at goes on waiting, and more people are asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.audit import lines
from kaja.guidelines import checks
from kaja.guidelines.models import RuleVersion
from kaja.guidelines.reading import read
from kaja.jobs import facts
from kaja.networks.catalogue import BY_KEY
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import eyes, hints, shares, stops
from kaja.sharing.models import SecondLook, Share
from kaja.sharing.states import State
from kaja.sharing.trying import Part

LONGEST = 1000
MOST_DECIDED = 20
Verdict = SecondLook.Verdict


@dataclass(frozen=True)
class Shown:
    """One look in the list: its words with what was found marked, and why."""

    look: SecondLook
    parts: list[Part]
    reasons: list[str]
    mine: bool

    @property
    def network(self) -> str:
        return BY_KEY[self.look.share.network].name

    @property
    def late(self) -> bool:
        return eyes.overdue(self.look)


@dataclass(frozen=True)
class Queue:
    mine: list[Shown]
    others: list[Shown]
    decided: list[SecondLook]


# --- questions ------------------------------------------------------------------------------------------------------
def queue(person: Person) -> Queue:
    """What waits for this person, for others, and what they decided last. As many queries for ten as for a thousand."""
    require(person.may(Permission.REVIEW_CONTENT))
    rows, reviewing = eyes.waiting(), eyes.reviewers()
    wanted = {(rule, number) for row in rows for rule, number in row.rules}
    known = {}
    for version in RuleVersion.objects.filter(rule__in={rule for rule, _number in wanted}):
        if (version.rule_id, version.number) in wanted:
            known[version.rule_id, version.number] = version
    shown = [
        _shown(row, person, reviewing, [known[rule, n] for rule, n in row.rules if (rule, n) in known]) for row in rows
    ]
    decided = SecondLook.objects.filter(decided_by=person).order_by("-decided_at")
    return Queue(
        [one for one in shown if one.mine],
        [one for one in shown if not one.mine],
        list(decided.select_related("share__person", "share__item")[:MOST_DECIDED]),
    )


def _shown(row: SecondLook, person: Person, reviewing: dict[int, int | None], versions: Iterable[RuleVersion]) -> Shown:
    reading, places, reasons = read(row.text), set[tuple[int, int]](), []
    for version in versions:
        found = checks.hints(version, reading)
        places |= {(hint.start, hint.end) for hint in found}
        reasons += [checks.reason(version, found[0].words if found else "")]
    parts, at = [], 0
    for start, end in sorted(places):
        if start < at or start == end:
            continue
        parts += [Part(row.text[at:start], False), Part(row.text[start:end], True)]
        at = end
    parts.append(Part(row.text[at:], False))
    mine = person.pk in eyes.lookers(row, reviewing)
    return Shown(row, [one for one in parts if one.text], list(dict.fromkeys(reasons)), mine)


def count(person: Person) -> int:
    """How many looks wait for this person."""
    if not person.is_authenticated or not person.may(Permission.REVIEW_CONTENT):
        return 0
    rows = eyes.waiting()
    reviewing = eyes.reviewers() if rows else {}
    return sum(person.pk in eyes.lookers(row, reviewing) for row in rows)


def context(request: HttpRequest) -> dict[str, object]:
    """For every template, asked only where it is shown: how many looks wait for the reader."""
    return {"looks_waiting": SimpleLazyObject(lambda: count(request.user))}  # type: ignore[arg-type]


# --- decisions ------------------------------------------------------------------------------------------------------
def _decided(person: Person, number: int, verdict: Verdict, words: str = "") -> SecondLook:
    """The look, closed by this person. Raises PermissionDenied, and ValidationError when it waits no more."""
    require(person.may(Permission.REVIEW_CONTENT))
    row = SecondLook.objects.select_related("share__person").select_for_update(of=("self",)).filter(pk=number).first()
    require(row is not None and person.pk != row.share.person_id)
    assert row is not None
    share = row.share
    waits = share.state == State.HELD and share.reason == eyes.REASON and row.text == shares.words_of(share)
    if row.decided_at is not None or not waits:
        raise ValidationError(
            _("It does not wait any more: its words were changed, or somebody has decided."), code="gone"
        )
    require(person.pk in eyes.lookers(row))
    row.decided_at, row.decided_by, row.verdict, row.words = timezone.now(), person, verdict, words
    row.save()
    return row


@transaction.atomic
def pass_(*, person: Person, number: int) -> Share:
    """ "It may go out": the share goes on as it was planned, or its person opens the network's window now.

    Whatever else can stop a share (a crisis, a must, the end of its story) is asked again when it is due.
    """
    row = _decided(person, number, Verdict.PASSED)
    share = row.share
    over = stops.over(share.item) if share.way == Share.Way.DIALOG else ""
    if over:  # Nobody asks again once its person has the window open.
        shares.step(share, State.CANCELLED, since={State.HELD}, reason=over, detail="")
    elif not shares.let_go(share):
        raise ValidationError(_("It does not wait any more: its words were changed, or somebody has decided."))
    lines.write(actor=person, verb="look.passed", on=row, share=share.pk)
    facts.record("look.decided", look=row.pk)
    return share


@transaction.atomic
def give_back(*, person: Person, number: int, words: str) -> Share:
    """Send it back with a reason: it stays on hold until its person has changed or dropped it."""
    require(person.may(Permission.REVIEW_CONTENT) and SecondLook.objects.filter(pk=number).exists())
    said = words.strip()
    if not said:
        raise ValidationError({"words": _("Say what should be different: a sentence is enough.")})
    if len(said) > LONGEST:
        raise ValidationError({"words": _("This is too long. %d characters are enough.") % LONGEST})
    row = _decided(person, number, Verdict.RETURNED, said)
    share = row.share
    detail = f"{person.name}: {said}"[:500]
    Share.objects.filter(pk=share.pk, state=State.HELD, reason=eyes.REASON).update(
        reason=eyes.RETURNED, detail=detail, updated_at=timezone.now()
    )
    share.refresh_from_db()
    lines.write(actor=person, verb="look.returned", on=row, share=share.pk)
    facts.record("look.decided", look=row.pk)
    return share


# --- time -----------------------------------------------------------------------------------------------------------
def catch_up(share: int) -> None:
    """Consequence: delivery held a share, perhaps because a rule that asks began since. Its look is opened. Safe to run
    twice."""
    with transaction.atomic():
        row = Share.objects.select_related("person", "item", "caption", "link").select_for_update(of=("self",))
        held = row.filter(pk=share, state=State.HELD, reason=eyes.REASON).first()
        if held is None:
            return
        words = shares.words_of(held)
        found = hints.of(person=held.person, text=words, networks=[held.network], caption=held.caption)
        asking = eyes.wanted(person=held.person, item=held.item, text=words, caption=held.caption, found=found)
        if left := eyes.left(held, words, asking):
            eyes.ask(share=held, words=words, asking=left)
        else:  # The rule ended meanwhile.
            shares.let_go(held)


def escalate_due(at: datetime | None = None) -> None:
    """Schedule: looks whose time is over are asked of everybody who reviews; a held share without a look gets one."""
    now = at or timezone.now()
    for row in eyes.waiting():
        if row.escalated_at is None and row.due_at <= now:
            _escalate(row, now)
    open_ = Exists(SecondLook.objects.filter(share=OuterRef("pk"), decided_at=None))
    lost = Share.objects.filter(~open_, state=State.HELD, reason=eyes.REASON)
    for share in lost.values_list("pk", flat=True)[:100]:
        catch_up(share)


@transaction.atomic
def _escalate(row: SecondLook, now: datetime) -> None:
    changed = SecondLook.objects.filter(pk=row.pk, decided_at=None, escalated_at=None).update(escalated_at=now)
    if changed:
        row.refresh_from_db()
        Share.objects.filter(pk=row.share_id).update(detail=eyes.told(row, row.share.person))
        lines.write(actor=None, verb="look.escalated", on=row, share=row.share_id)
        facts.record("look.asked", look=row.pk)


# --- telling --------------------------------------------------------------------------------------------------------
def tell_asked(look: int) -> None:
    """Consequence: those who are asked get a letter, but for those who want none of what waits for their review."""
    row = SecondLook.objects.select_related("share__person", "share__item").filter(pk=look, decided_at=None).first()
    if row is None:
        return
    wanted = Person.objects.joined().filter(pk__in=eyes.lookers(row), remind_me=True).exclude(email="")
    for person in wanted.order_by("pk"):
        _send(person, row, address=reverse("second-looks"))


def tell_decided(look: int) -> None:
    """Consequence: whoever shares it is told what came of it."""
    row = SecondLook.objects.select_related("share__person", "share__item", "decided_by").filter(pk=look).first()
    if row is None or row.verdict not in (Verdict.PASSED, Verdict.RETURNED):
        return
    if row.share.person.is_active and row.share.person.email:
        _send(row.share.person, row, address=reverse("share", args=[row.share_id]))


def _send(reader: Person, row: SecondLook, *, address: str) -> None:
    with translation.override(reader.language or company.current().language):
        asked = row.decided_at is None
        if asked:
            subject = _("Late: a post waits for your look") if row.escalated_at else _("A post waits for your look")
        else:
            subject = _("Your post was passed") if row.verdict == Verdict.PASSED else _("Your post came back")
        context = {
            "reader": reader, "look": row, "asked": asked, "passed": row.verdict == Verdict.PASSED,
            "by_hand": row.share.way == Share.Way.DIALOG, "company": company.current(),
            "address": f"{settings.BASE_URL}{address}", "own": f"{settings.BASE_URL}{reverse('own-settings')}",
        }  # fmt: skip
        letter = EmailMultiAlternatives(subject, render_to_string("sharing/mail/look.txt", context), to=[reader.email])
        letter.attach_alternative(render_to_string("sharing/mail/look.html", context), "text/html")
    letter.send()


def summary(found: Collection[Shown]) -> str:
    """ "2 posts wait for you", or that nothing does."""
    if not found:
        return _("Nothing waits for you.")
    return ngettext("%d post waits for your look.", "%d posts wait for your look.", len(found)) % len(found)

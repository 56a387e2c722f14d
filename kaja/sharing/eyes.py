"""Which words want a second pair of eyes, whom it is asked of, and whether they had it (screen 19b, L11).

Asked here, decided in looks.py. What waits is `held` with the reason "eyes", so that delivery, which claims what is
planned, never meets it; and whatever is planned is asked once more when it is due (stops.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.audit import lines
from kaja.content import steps
from kaja.content.models import Caption, Item, ReviewStep
from kaja.guidelines import checks
from kaja.guidelines.checks import Hint
from kaja.guidelines.models import RuleVersion
from kaja.jobs import facts
from kaja.people import company
from kaja.people.models import Person, Team
from kaja.sharing.models import SecondLook, Share
from kaja.sharing.states import State

# Why a share waits, and why it came back.
REASON, RETURNED = "eyes", "eyes-returned"
REASONS = (REASON, RETURNED)
# How long looks take is told from so many of them, of so many days.
ENOUGH, SINCE = 5, timedelta(days=90)


def wanted(*, person: Person, item: Item, text: str, caption: Caption | None, found: Iterable[Hint]) -> list[Hint]:
    """The hints that ask for a second look at these words of `person`'s. Suggested words that somebody else approved
    with the item have had theirs."""
    asking = checks.asking(found)
    if asking and caption is not None and caption.item_id == item.pk and caption.text.strip() == text.strip():
        approved = ReviewStep.objects.filter(item=item, what=ReviewStep.What.APPROVED).exclude(person=person)
        if approved.exclude(person=None).exists():
            return []
    return asking


def left(share: Share, words: str, asking: Collection[Hint]) -> list[Hint]:
    """Those of the hints whose rule nobody has passed for exactly these words of this share."""
    if not asking:
        return []
    passed = SecondLook.objects.filter(share=share, verdict=SecondLook.Verdict.PASSED, text=words)
    rules = {rule for one in passed for rule, _version in one.rules}
    return [hint for hint in asking if hint.rule not in rules]


def ask(*, share: Share, words: str, asking: Collection[Hint]) -> SecondLook:
    """Open the look at these words; one that is open for the same words stays, one for other words is dropped. Call it
    in the transaction that holds the share."""
    open_ = SecondLook.objects.filter(share=share, decided_at=None).first()
    if open_ is not None and open_.text == words:
        row = open_
    else:
        drop(share)
        row = _opened(share, words, asking)
    Share.objects.filter(pk=share.pk).update(detail=told(row, share.person))
    share.refresh_from_db()
    return row


def _opened(share: Share, words: str, asking: Collection[Hint]) -> SecondLook:
    rules = list(dict.fromkeys((hint.rule, hint.version) for hint in asking))
    versions = _versions(rules)
    teams = sorted({one.team_id for one in versions if one.team_id})
    hours = min((one.hours for one in versions), default=4)
    row = SecondLook.objects.create(
        share=share, text=words, rules=[list(one) for one in rules], due_at=timezone.now() + timedelta(hours=hours),
        # A rule that asks everybody asks everybody, whatever another one says.
        teams=teams if all(one.team_id for one in versions) else [],
    )  # fmt: skip
    lines.write(actor=share.person, verb="look.asked", on=row, share=share.pk, rules=[rule for rule, _number in rules])
    facts.record("look.asked", look=row.pk)
    return row


def drop(share: Share) -> None:
    """Close the open look of a share whose words are others now, or which goes out no more."""
    SecondLook.objects.filter(share=share, decided_at=None).update(
        decided_at=timezone.now(), verdict=SecondLook.Verdict.DROPPED
    )


def _versions(rules: Iterable[Collection[int]]) -> list[RuleVersion]:
    wish = Q(pk__in=[])
    for rule, number in rules:
        wish |= Q(rule=rule, number=number)
    return list(RuleVersion.objects.filter(wish).select_related("team"))


def versions(look: SecondLook) -> list[RuleVersion]:
    """The rules that ask, as they stood."""
    return _versions(look.rules)


# --- who looks ------------------------------------------------------------------------------------------------------
def reviewers() -> dict[int, int | None]:
    """Everybody who may review, with their team. One query."""
    found = Person.objects.joined().filter(grants__role__in=steps.REVIEWING)
    return dict(found.values_list("pk", "team"))


def lookers(look: SecondLook, reviewing: dict[int, int | None] | None = None) -> set[int]:
    """Who may look: the reviewers of the rule's teams, everybody who reviews once its time is over or where the teams
    have none; never whoever shares it."""
    everybody = reviewers() if reviewing is None else reviewing
    others = set(everybody) - {look.share.person_id}
    named = {pk for pk in others if everybody[pk] in look.teams}
    return others if look.escalated_at or not named else named


def waiting() -> list[SecondLook]:
    """Every look that is open, the oldest first; what was withdrawn or dropped meanwhile waits no more."""
    rows = SecondLook.objects.filter(decided_at=None, share__state=State.HELD, share__reason=REASON)
    return list(rows.select_related("share__person", "share__item", "share__link").order_by("asked_at", "pk"))


def told(look: SecondLook, reader: Person) -> str:
    """Who looks and until when, in the reader's language and on their clock: "Legal looks at it, by 14:30 …"."""
    with translation.override(reader.language or company.current().language):
        if not (may := lookers(look)):
            return _("Nobody else may review here yet: ask an administrator to give somebody that role.")
        names = list(Person.objects.filter(pk__in=may).order_by("first_name").values_list("first_name", flat=True)[:4])
        teams = list(Team.objects.filter(pk__in=look.teams).values_list("name", flat=True))
        who = ", ".join(names) if len(names) <= 3 else ngettext("%d colleague", "%d colleagues", len(may)) % len(may)
        if teams and not look.escalated_at:
            who = f"{', '.join(teams)} ({who})"
        if look.escalated_at:
            return _("It took longer than it should, so everybody who reviews was asked: %s.") % who
        until = date_format(reader.local(look.due_at), "SHORT_DATETIME_FORMAT")
        return _("Asked: %(who)s. If nobody has looked by %(until)s, everybody who reviews is asked.") % {
            "who": who, "until": until,
        }  # fmt: skip


def teams() -> list[Team]:
    """Teams with somebody who may review: those that a rule can ask."""
    return list(Team.objects.filter(pk__in={pk for pk in reviewers().values() if pk}))


def usual() -> str:
    """How long a look takes as a rule, in words; empty while there are too few to tell."""
    decided = SecondLook.objects.filter(verdict__in=("passed", "returned"), decided_at__gte=timezone.now() - SINCE)
    times = decided.values_list("asked_at", "decided_at")[:500]
    took = [(end - begin).total_seconds() for begin, end in times if end]
    return _span(median(took)) if len(took) >= ENOUGH else ""


def _span(seconds: float) -> str:
    minutes = max(round(seconds / 60), 1)
    if minutes < 50:
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    hours = max(round(minutes / 60), 1)
    return ngettext("%d hour", "%d hours", hours) % hours


def overdue(look: SecondLook, at: datetime | None = None) -> bool:
    """Whether its time is over."""
    return look.due_at <= (at or timezone.now())

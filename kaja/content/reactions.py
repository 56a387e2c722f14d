"""What readers say of an item: interesting, not for me (and why), saved for later (A7).

A reaction belongs to its person. Editors read numbers, colleagues read numbers of at least five, nobody reads names.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.content import ranking
from kaja.content.models import Item, Reaction
from kaja.people.models import Person
from kaja.people.roles import require

Verdict, Why = Reaction.Verdict, Reaction.Why
# Fewer answers than this tell who said what.
ENOUGH = 5


@transaction.atomic
def react(
    *, person: Person, item: Item, verdict: str | None = None, why: str | None = None, saved: bool | None = None
) -> Reaction:
    """Say something of a live item that is meant for the person; None leaves as it is. A reason belongs to "not for
    me" and goes with it. Raises ValidationError for words that are none of ours."""
    require(Item.objects.live().for_person(person).filter(pk=item.pk).exists())
    if (verdict is not None and verdict not in Verdict.values) or (why is not None and why not in Why.values):
        raise ValidationError(_("Choose one of the answers that are offered."))
    row, _made = Reaction.objects.get_or_create(item=item, person=person)
    before = row.verdict
    row.verdict = row.verdict if verdict is None else verdict
    row.why = row.why if why is None else why
    if row.verdict != Verdict.NOT_FOR_ME:
        row.why = ""
    row.saved = row.saved if saved is None else saved
    row.at = timezone.now()
    row.save()
    if row.verdict != before:
        ranking.count(item)
    return row


def of(person: Person, item: Item) -> Reaction:
    """What this person has said of the item; an empty row that is not kept when nothing."""
    return Reaction.objects.filter(item=item, person=person).first() or Reaction(item=item, person=person)


@dataclass(frozen=True)
class Told:
    """What editors read: numbers, and reasons from five "not for me" on, the most frequent first."""

    interested: int
    uninterested: int
    saved: int
    reasons: list[tuple[str, int]]
    days: float

    @property
    def answers(self) -> int:
        return self.interested + self.uninterested

    @property
    def hours(self) -> int:
        """By how many hours the answers move it: above 0 up, below 0 down."""
        return round(self.days * 24)

    @property
    def sunk(self) -> int:
        return -self.hours


def told(item: Item) -> Told:
    """Two queries."""
    rows = Reaction.objects.filter(item=item)
    reasons: list[tuple[str, int]] = []
    if item.uninterested >= ENOUGH:
        given = rows.filter(verdict=Verdict.NOT_FOR_ME).exclude(why="").order_by().values("why")
        reasons = [
            (str(Why(row["why"]).label), row["n"]) for row in given.annotate(n=Count("pk")).order_by("-n", "why")
        ]
    days = ranking.lift(item.interested, item.uninterested).total_seconds() / 86400
    return Told(item.interested, item.uninterested, rows.filter(saved=True).count(), reasons, days)

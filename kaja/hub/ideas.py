"""The ideas board as it is read: filtered, sorted, paged, with what each idea became (B2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.content import ideas
from kaja.content.models import Idea, IdeaVote
from kaja.measurement import periods
from kaja.measurement.models import ItemDay
from kaja.measurement.periods import Period
from kaja.people.models import Person

PAGE = 20
FRESH = timedelta(days=3)
POPULAR, NEW, WAITING = "popular", "new", "waiting"
SORTS = (POPULAR, NEW, WAITING)


@dataclass(frozen=True)
class Filter:
    """What the address says; nonsense finds nothing and breaks nothing."""

    sort: str = POPULAR
    kind: str = ""
    status: str = ""
    words: str = ""


def board(wish: Filter) -> QuerySet[Idea]:
    """Ideas of the board. Merged ones live on in others and stand only under their own status."""
    found = Idea.objects.select_related("person", "picture", "item")
    if wish.kind:
        found = found.filter(kind=wish.kind)
    found = found.filter(status=wish.status) if wish.status else found.exclude(status=Idea.Status.MERGED)
    for word in wish.words.split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(text__icontains=word))
    if wish.sort == WAITING:
        # What an answer is owed to first, then the other open ones by their votes.
        return found.filter(status=Idea.Status.OPEN).order_by(F("due_at").asc(nulls_last=True), "-votes", "-id")
    return found.order_by("-created_at", "-id") if wish.sort == NEW else found.order_by("-votes", "-id")


@dataclass(frozen=True)
class Row:
    """An idea with what this reader needs to know of it; `clicks` of the post it became (measured)."""

    idea: Idea
    voted: bool
    own: bool
    clicks: int | None

    @property
    def fresh(self) -> bool:
        return self.idea.status == Idea.Status.OPEN and timezone.now() - self.idea.created_at < FRESH

    @property
    def overdue(self) -> bool:
        due = self.idea.due_at
        return self.idea.status == Idea.Status.OPEN and due is not None and due < timezone.now()

    @property
    def author(self) -> Person | None:
        """Ideas are signed: whoever has left is "a colleague"."""
        return self.idea.person if self.idea.person and self.idea.person.is_active else None


def rows(found: Sequence[Idea], person: Person) -> list[Row]:
    """Two queries for any number of ideas."""
    voted = set(IdeaVote.objects.filter(person=person, idea__in=found).values_list("idea", flat=True))
    published = [one.item_id for one in found if one.status == Idea.Status.PUBLISHED and one.item_id]
    clicks = dict(ItemDay.objects.filter(item__in=published).order_by().values_list("item").annotate(n=Sum("clicks")))
    return [
        Row(
            one,
            one.pk in voted,
            one.person_id == person.pk,
            clicks.get(one.item_id, 0) if one.status == Idea.Status.PUBLISHED and one.item_id else None,
        )
        for one in found
    ]


def page(wish: Filter, number: str | None) -> Page[Idea]:
    return Paginator(board(wish), PAGE).get_page(number)


def kinds() -> list[tuple[str, str, str]]:
    """Each kind with its name and icon."""
    looks = {
        "idea": Look(icon="bulb"), "question": Look(icon="help-circle"), "link": Look(icon="link"),
        "photo": Look(icon="photo"), "wish": Look(icon="books"),
    }  # fmt: skip
    return [(value, str(label), looks[value].icon) for value, label in Idea.Kind.choices]


def statuses() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in Idea.Status.choices]


@dataclass(frozen=True)
class Look:
    icon: str


@dataclass(frozen=True)
class Quarter:
    """What ideas became since the quarter began. Counts are ours; clicks are measured."""

    period: Period
    published: int
    clicks: int
    all_clicks: int

    @property
    def percent(self) -> int | None:
        """The share of all clicks by people that posts from ideas brought; None without clicks."""
        return round(self.clicks / self.all_clicks * 100) if self.all_clicks else None


def quarter() -> Quarter:
    """Three queries."""
    period = periods.asked(period="quarter")
    begun = Q(answered_at__date__gte=period.first, answered_at__date__lte=period.last)
    published = Idea.objects.filter(begun, status=Idea.Status.PUBLISHED).count()
    days = ItemDay.objects.filter(day__gte=period.first, day__lte=period.last)
    sums = days.aggregate(n=Sum("clicks"))["n"] or 0
    of_ideas = days.filter(item__idea__isnull=False).aggregate(n=Sum("clicks"))["n"] or 0
    return Quarter(period, published, of_ideas, sums)


def heading(wish: Filter) -> str:
    """What the list shows, for those who cannot see which chip is pressed."""
    if wish.sort == WAITING:
        return _("Waiting for an answer")
    return _("The newest ideas") if wish.sort == NEW else _("The most wanted ideas")


def like(idea: Idea) -> list[Idea]:
    """What an idea could be merged into: the most alike first, then the most wanted."""
    alike = [one for one in ideas.similar(idea.title, most=9) if one.pk != idea.pk]
    known = {idea.pk, *(one.pk for one in alike)}
    others = Idea.objects.exclude(status=Idea.Status.MERGED).exclude(pk__in=known).order_by("-votes", "-id")[:20]
    return [*alike, *others]

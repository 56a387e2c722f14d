"""The library: every item by status, category, language and words, page by page (A2 first form)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.content.models import Item, ItemQuerySet

PAGE = 25
State = Item.State
STATUSES = ("draft", "in_review", "approved", "live", "expired", "withdrawn")


def names() -> dict[str, str]:
    """The statuses in words."""
    return {
        "draft": _("Draft"),
        "in_review": _("In review"),
        "approved": _("Approved"),
        "live": _("Live"),
        "expired": _("Expired"),
        "withdrawn": _("Withdrawn"),
    }


@dataclass(frozen=True)
class Filter:
    """What the address says: status, category (slug), language, words. Nonsense finds nothing and breaks nothing."""

    status: str = ""
    category: str = ""
    language: str = ""
    words: str = ""


def by_status(status: str) -> Q:
    """The rows that read as this status now (see Item.status)."""
    now = timezone.now()
    over, begun = Q(live_until__lte=now), Q(live_from__lte=now)
    approved = Q(state=State.APPROVED)
    return {
        "live": approved & begun & ~over,
        "expired": approved & over,
        "approved": approved & ~over & (Q(live_from__gt=now) | Q(live_from__isnull=True)),
    }.get(status, Q(state=status))


def items(wish: Filter) -> QuerySet[Item]:
    """Items of the library, the last changed first."""
    found = Item.objects.select_related("category", "audience", "image", "credit").order_by("-updated_at", "-id")
    if wish.status in STATUSES:
        found = found.filter(by_status(wish.status))
    return narrowed(found, wish)


def narrowed(found: QuerySet[Item], wish: Filter) -> QuerySet[Item]:
    """Rows of this category and language whose title, summary or address hold every word."""
    if wish.category:
        found = found.filter(category__slug=wish.category)
    if wish.language:
        found = found.filter(language=wish.language)
    for word in wish.words.split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(summary__icontains=word) | Q(url__icontains=word))
    return found


def resources() -> ItemQuerySet:
    """What editors marked for the resources hub and is live now; what is expired or withdrawn is not there."""
    return Item.objects.live().filter(resource=True)


def counts() -> dict[str, int]:
    """How many items there are of each status, in one query."""
    cases = [When(by_status(status), then=Value(place)) for place, status in enumerate(STATUSES)]
    rows = (
        Item.objects.annotate(place=Case(*cases, default=Value(0), output_field=IntegerField()))
        .values("place")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return {STATUSES[row["place"]]: row["n"] for row in rows}

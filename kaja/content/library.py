"""The library: which items match what the address asks for, in which order, and how many there are (A2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.content import searching
from kaja.content.models import Caption, Item, ItemQuerySet

PAGE = 25
LONGEST_PART = 100
State = Item.State
STATUSES = ("draft", "in_review", "approved", "live", "expired", "withdrawn")
SOON = timedelta(days=7)
# Orders that items know by themselves; the library page adds those by figures.
ORDERS = {
    "newest": ("-updated_at", "-id"),
    "ends": (F("live_until").asc(nulls_last=True), "-id"),
    "title": ("title", "id"),
}


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


def validities() -> dict[str, str]:
    """What can be asked about how long items hold, in words."""
    return {
        "soon": _("Ends within a week"),
        "open": _("Has no end"),
        "evergreen": _("Evergreen"),
        "due": _("Due for a refresh"),
    }


@dataclass(frozen=True)
class Filter:
    """What the address says. Category, topic and campaign are slugs; audience (or "everyone"), author and feed numbers.

    Nonsense finds nothing and breaks nothing.
    """

    status: str = ""
    words: str = ""
    category: str = ""
    audience: str = ""
    language: str = ""
    topic: str = ""
    campaign: str = ""
    validity: str = ""
    kind: str = ""
    author: str = ""
    feed: str = ""
    sort: str = ""
    look: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Filter:
        """The filter in the parts of an address, each cut to 100 characters."""
        return cls(**{part.name: str(given.get(part.name) or "")[:LONGEST_PART].strip() for part in fields(cls)})

    def but(self, **changes: str) -> str:
        """The rest of an address with these parts changed: "words=robot&sort=ends"."""
        return urlencode({name: value for name, value in asdict(replace(self, **changes)).items() if value})

    @property
    def address(self) -> str:
        return self.but()

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Each part that says something, as the fields of a form."""
        return [(name, value) for name, value in asdict(self).items() if value]

    @property
    def narrowing(self) -> dict[str, str]:
        """The parts that leave items out, but for the status, which has tabs of its own."""
        return {n: v for n, v in asdict(self).items() if v and n not in ("status", "sort", "look")}


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


def due() -> Q:
    """Evergreen items whose day to be looked at again has come; a change of one is not another."""
    return Q(evergreen=True, refresh_on__lte=timezone.localdate(), replaces=None) & ~Q(state=State.WITHDRAWN)


def ends_within(span: timedelta) -> Q:
    """Live items that end within this time."""
    return by_status("live") & Q(live_until__lte=timezone.now() + span)


def items(wish: Filter) -> QuerySet[Item]:
    """Items of the library; when words are looked for the best fit first, else the last changed first."""
    found = narrowed(Item.objects.select_related("category", "audience", "image", "author", "credit"), wish)
    if wish.status:
        found = found.filter(by_status(wish.status))
    order = ("relevance", "-updated_at", "-id") if wish.words else ORDERS["newest"]
    return found.order_by(*ORDERS.get(wish.sort, order))


def narrowed(found: QuerySet[Item], wish: Filter) -> QuerySet[Item]:
    """Those of `found` that fit every part of the wish but its status. Own posts are their authors', not the
    library's."""
    parts = (_part(name, value) for name, value in wish.narrowing.items() if name != "words")
    found = found.filter(*parts, original=False)
    return searching.find(found, wish.words) if wish.words else found


def resources() -> ItemQuerySet:
    """What editors marked for the resources hub and is live now; what is expired or withdrawn is not there."""
    return Item.objects.live().filter(resource=True)


def _part(name: str, value: str) -> Q:
    if name in ("audience", "author", "feed"):
        if name == "audience" and value == "everyone":
            return Q(audience__isnull=True)
        known = value.isascii() and value.isdigit() and len(value) <= 18
        return Q(**{name: int(value)}) if known else Q(pk__in=[])
    if name == "language":
        return Q(language=value) | Q(Exists(Caption.objects.filter(item=OuterRef("pk"), language=value)))
    if name == "validity":
        asked = {
            "soon": ends_within(SOON),
            "open": Q(live_until__isnull=True),
            "evergreen": Q(evergreen=True),
            "due": due(),
        }
        return asked.get(value, Q(pk__in=[]))
    if name == "topic":
        return Q(Exists(Item.topics.through.objects.filter(item=OuterRef("pk"), topic__slug=value)))
    return Q(**{{"kind": "kind"}.get(name, f"{name}__slug"): value})


@dataclass(frozen=True)
class Counts:
    """How many items fit, by status; how many of them end by tomorrow, and how many are due for a refresh."""

    by_status: dict[str, int]
    ending: int
    due: int

    @property
    def all(self) -> int:
        return sum(self.by_status.values())


def counts(wish: Filter | None = None) -> Counts:
    """Everything that fits the wish, whatever its status, counted in one query."""
    asked = {status: Count("pk", filter=by_status(status)) for status in STATUSES}
    found = narrowed(Item.objects.all(), wish or Filter()).order_by()
    n = found.aggregate(
        **asked,
        ending=Count("pk", filter=ends_within(timedelta(days=1))),
        refresh=Count("pk", filter=due()),
    )
    return Counts({status: n[status] for status in STATUSES if n[status]}, ending=n["ending"], due=n["refresh"])

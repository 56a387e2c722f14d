"""The resources hub: the guidelines, and what editors marked as a resource: guides, one-pagers, videos, training (A6).

Shown is what is live and meant for the person. New is what went live since their visit before this one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaja.content import library
from kaja.content.models import Item, Media
from kaja.guidelines import acknowledgement, documents
from kaja.guidelines.models import Edition
from kaja.people.models import Person

MOST = 200
# Looking twice within an hour is one visit; without an earlier one, two weeks are new.
VISIT, FIRST = timedelta(hours=1), timedelta(days=14)
# Shelf by kind of item, in the order of the page; every other kind is a guide.
SHELVES: dict[str, Promise] = {
    "guide": _("Guides"),
    "document": _("One-pagers and documents"),
    "video": _("Short videos"),
    "event": _("Training"),
}


@dataclass(frozen=True)
class Resource:
    item: Item
    new: bool
    # Its film or document, if it has one of its own.
    file: Media | None

    @property
    def picture(self) -> Media | None:
        return self.item.image or (self.file if self.file and self.file.small_path else None)


@dataclass(frozen=True)
class Shelf:
    kind: str
    name: str
    resources: list[Resource]


@dataclass(frozen=True)
class Hub:
    """`guidelines` in force, if any, and when this person confirmed them; `news` is how many resources are new."""

    guidelines: Edition | None
    confirmed_at: datetime | None
    shelves: list[Shelf]
    news: int


def visit(person: Person) -> datetime:
    """Write down that the person is looking; since when things are new to them."""
    now = timezone.now()
    if person.resources_seen_at is None or person.resources_seen_at < now - VISIT:
        before = person.resources_seen_at or now - FIRST
        person.resources_seen_before, person.resources_seen_at = before, now
        person.save(update_fields=["resources_seen_at", "resources_seen_before"])
    return person.resources_seen_before or now - FIRST


def read(person: Person, *, words: str = "", kind: str = "", since: datetime) -> Hub:
    """The hub for a person, narrowed by words and shelf; of a shelf first the page's language, then the newest."""
    rows = library.resources().for_person(person).select_related("category", "image", "audience")
    for word in words.split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(summary__icontains=word))
    found = list(rows.prefetch_related("attachments__media").order_by("-live_from", "-id")[:MOST])
    by_shelf: dict[str, list[Resource]] = defaultdict(list)
    # What the person reads right now comes first, then the newest.
    for item in sorted(found, key=lambda item: item.language != get_language()):
        by_shelf[item.kind if item.kind in SHELVES else "guide"].append(_resource(item, since))
    shelves = [Shelf(key, str(name), by_shelf[key]) for key, name in SHELVES.items() if by_shelf[key]]
    edition = documents.current()
    return Hub(
        guidelines=edition,
        confirmed_at=acknowledgement.confirmed_at(person, edition) if edition else None,
        shelves=[shelf for shelf in shelves if not kind or shelf.kind == kind],
        news=sum(one.new for shelf in shelves for one in shelf.resources),
    )


def _resource(item: Item, since: datetime) -> Resource:
    files = [one.media for one in item.attachments.all() if one.media.kind != Media.Kind.PICTURE]
    return Resource(item, item.live_from is not None and item.live_from > since, files[0] if files else None)

"""The media of the library: by kind, by words, without alt text; and which items use them (B5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from kaja.content.models import Attachment, Item, Media

PAGE = 24


@dataclass(frozen=True)
class Filter:
    """What the address says: kind, words, `alt` "missing". Nonsense finds everything or nothing and breaks nothing."""

    kind: str = ""
    words: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Tile:
    """One file, and the items that show it."""

    media: Media
    items: list[Item]


def media(wish: Filter) -> QuerySet[Media]:
    """The newest first; each word must be in the name or in what it shows."""
    found = Media.objects.order_by("-id")
    if wish.kind in Media.Kind.values:
        found = found.filter(kind=wish.kind)
    if wish.alt == "missing":
        found = found.filter(alt="")
    for word in wish.words.split()[:8]:
        found = found.filter(Q(name__icontains=word) | Q(alt__icontains=word))
    return found


@dataclass(frozen=True)
class Counts:
    """How many there are in all, of each kind, and without alt text."""

    all: int
    kinds: list[tuple[str, str, int]]
    silent: int


def counts() -> Counts:
    """One query."""
    silent = Count("pk", filter=Q(alt=""))
    rows = list(Media.objects.values("kind").annotate(n=Count("pk"), silent=silent).order_by())
    by_kind = {row["kind"]: row["n"] for row in rows}
    kinds = [(kind.value, _plural(kind), by_kind.get(kind.value, 0)) for kind in Media.Kind]
    return Counts(sum(by_kind.values()), kinds, sum(row["silent"] for row in rows))


def _plural(kind: Media.Kind) -> str:
    return {"picture": _("Pictures"), "video": _("Videos"), "document": _("Documents")}[kind.value]


def tiles(some: Iterable[Media]) -> list[Tile]:
    """With the items that show them, in two queries however many there are."""
    rows = list(some)
    used: dict[int, dict[int, Item]] = defaultdict(dict)
    numbers = [row.pk for row in rows]
    shown = ("title", "replaces__title")
    for item in Item.objects.filter(image__in=numbers).select_related("replaces").only(*shown, "image_id"):
        used[item.image_id or 0][item.root.pk] = item.root
    attached = Attachment.objects.filter(media__in=numbers).select_related("item__replaces")
    for one in attached.only("media_id", *(f"item__{name}" for name in shown)):
        used[one.media_id][one.item.root.pk] = one.item.root
    return [Tile(row, list(used[row.pk].values())) for row in rows]

"""Versions of an item: everything that is reviewed, kept as JSON after every change, numbered from 1 (B1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kaja.content.models import Attachment, Caption, Item, ItemVersion, LinkPreview, Media, Topic
from kaja.people.models import Person

Content = dict[str, Any]
PLAIN = ("kind", "title", "summary", "body", "url", "language", "details")
ROWS = ("category", "audience", "image")
TIMES = ("live_from", "live_until")
# What a reviewer approves. The rest (pinned, evergreen, who gets the credit, the campaign) needs no second look.
REVIEWED = frozenset({*PLAIN, *ROWS, *TIMES, "topics", "attachments"})


def content(item: Item) -> Content:
    """What an item says now: plain fields, numbers of rows, times in ISO, words with the number they keep for life."""
    found: Content = {name: getattr(item, name) for name in PLAIN}
    found |= {name: getattr(item, f"{name}_id") for name in ROWS}
    found |= {name: moment.isoformat() if (moment := getattr(item, name)) else None for name in TIMES}
    found["topics"] = sorted(item.topics.values_list("pk", flat=True))
    found["attachments"] = list(item.attachments.values_list("media", flat=True))
    found["previews"] = [
        {"network": one.network, "title": one.title, "text": one.text, "image": one.image_id}
        for one in LinkPreview.objects.filter(item=item).order_by("network")
    ]
    found["captions"] = [
        {
            "id": one.origin_id or one.pk, "language": one.language, "network": one.network, "voice": one.voice,
            "text": one.text,
        }
        for one in Caption.objects.filter(item=item)
    ]  # fmt: skip
    return found


def of(item: Item) -> list[ItemVersion]:
    """Every version, the newest first."""
    return list(item.root.versions.select_related("person").order_by("-number"))


def latest(item: Item) -> ItemVersion | None:
    return item.root.versions.order_by("-number").first()


def first(item: Item) -> ItemVersion:
    """What an item that was made without a version (from a feed or a file) says, not saved yet."""
    return ItemVersion(
        item=item, number=1, content=content(item), person=item.author, at=item.created_at,
        approved_at=item.approved_at if item.state == Item.State.APPROVED else None,
    )  # fmt: skip


def begin(item: Item) -> None:
    """Keep what an item says before its first change, where it was made without a version."""
    if item.replaces_id is None and not item.versions.exists():
        first(item).save()


@transaction.atomic
def keep(item: Item, *, person: Person | None, restores: int | None = None) -> ItemVersion:
    """Write down what `item` (or a change of it) says now; the newest version again when nothing is different."""
    root = Item.objects.select_for_update(of=("self",)).get(pk=item.root.pk)
    # As it is stored, not as the caller may have read it a while ago.
    now, last = content(Item.objects.get(pk=item.pk)), latest(root)
    if last is not None and last.content == now and restores is None:
        return last
    return ItemVersion.objects.create(
        item=root, number=last.number + 1 if last else 1, content=now, person=person, restores=restores
    )


def writers(roots: Iterable[int]) -> dict[int, set[int]]:
    """Who wrote something of what is not approved yet, by item. One query."""
    found: dict[int, set[int]] = {}
    rows = ItemVersion.objects.filter(item__in=roots).order_by("item", "number")
    for item, person, live in rows.values_list("item", "person", "approved_at"):
        found.setdefault(item, set())
        if live is not None:
            found[item] = set()
        elif person is not None:
            found[item].add(person)
    return found


def put(row: Item, said: Content) -> None:
    """Make `row` (a draft or a change) say this content. Rows that are gone meanwhile are left as they are now."""
    for name in PLAIN:
        setattr(row, name, said.get(name, getattr(row, name)))
    for name in ROWS:
        model = Item._meta.get_field(name).related_model
        number = said.get(name)
        if number is None and name != "category":
            setattr(row, f"{name}_id", None)
        elif number is not None and model._default_manager.filter(pk=number).exists():  # type: ignore[union-attr]
            setattr(row, f"{name}_id", number)
    for name in TIMES:
        setattr(row, name, _moment(said.get(name)))
    row.save()
    row.topics.set(Topic.objects.filter(pk__in=said["topics"]))
    attach(row, said["attachments"])
    show(row, said.get("previews", []))
    _speak(row, said["captions"])


def _moment(written: str | None) -> datetime | None:
    return parse_datetime(written) if written else None


def attach(row: Item, media: list[int]) -> None:
    """The item's pictures and files are these, in this order."""
    row.attachments.exclude(media__in=media).delete()
    for position, number in enumerate(media):
        if not Attachment.objects.filter(item=row, media=number).update(position=position):
            Attachment.objects.create(item=row, media_id=number, position=position)


def show(row: Item, previews: list[dict[str, Any]]) -> None:
    """The link of `row` looks like this, per network."""
    row.previews.all().delete()
    images = [one["image"] for one in previews if one["image"]]
    known = set(Media.objects.filter(pk__in=images).values_list("pk", flat=True))
    LinkPreview.objects.bulk_create(
        LinkPreview(
            item=row, network=one["network"], title=one["title"], text=one["text"],
            image_id=one["image"] if one["image"] in known else None,
        )
        for one in previews
    )  # fmt: skip


def _speak(row: Item, words: list[dict[str, Any]]) -> None:
    """The words of `row` are these; those that are there already keep their number."""
    here = {one.origin_id or one.pk: one for one in Caption.objects.filter(item=row)}
    live = set()
    if row.replaces_id:
        live = set(Caption.objects.filter(item=row.replaces_id).values_list("pk", flat=True))
    for position, one in enumerate(words):
        caption = here.pop(one["id"], None) or Caption(item=row, origin_id=one["id"] if one["id"] in live else None)
        for name in ("language", "network", "voice", "text"):
            setattr(caption, name, one[name])
        caption.position = position
        caption.save()
    Caption.objects.filter(Q(pk__in=[one.pk for one in here.values()])).delete()


def mark_approved(item: Item, *, person: Person) -> ItemVersion:
    """The content of `item` is what was approved now."""
    version = keep(item, person=item.author or person)
    version.approved_at = timezone.now()
    version.save(update_fields=["approved_at"])
    return version

"""How the link of an item looks where it is posted: title, text and picture, per network (E4).

What is looked for on the network itself, then for all networks, then it is the item's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import attaching, changes, review, versions
from kaja.content.models import Item, LinkPreview, Media
from kaja.jobs import facts
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.people.roles import Permission, require

LONGEST_TITLE, LONGEST_TEXT = 200, 500


@dataclass(frozen=True)
class Preview:
    """The card of a link; `chosen` when an editor wrote any of it for the link."""

    title: str
    text: str
    image: Media | None
    chosen: bool = False

    @property
    def as_data(self) -> dict[str, str]:
        """What the link server is to tell. Empty when the page behind the link says more than we could: nothing was
        chosen, and there is no picture."""
        if not self.chosen and self.image is None:
            return {}
        told = {"title": self.title, "text": self.text, "image": picture_address(self.image) if self.image else ""}
        return {name: value for name, value in told.items() if value}


def picture_address(media: Media) -> str:
    """The picture as JPEG, which every network takes (some refuse WebP)."""
    return f"{settings.BASE_URL}{media.jpeg_path}"


def resolve(item: Item, network: str = "", written: Iterable[LinkPreview] | None = None) -> Preview:
    """The preview of an item's link on a network (empty: on all). `written` saves the question for its rows."""
    rows = item.previews.select_related("image") if written is None else written
    by_network = {row.network: row for row in rows}
    layers = [by_network[key] for key in dict.fromkeys((network, "")) if key in by_network]
    title = next((row.title for row in layers if row.title), "")
    text = next((row.text for row in layers if row.text), "")
    image = next((row.image for row in layers if row.image), None)
    return Preview(
        title=title or item.title[:LONGEST_TITLE],
        text=text or item.summary[:LONGEST_TEXT],
        image=image or item.image or _first_picture(item),
        chosen=bool(title or text or image),
    )


def _first_picture(item: Item) -> Media | None:
    return next((one.media for one in attaching.of(item) if one.media.kind == Media.Kind.PICTURE), None)


@transaction.atomic
def write(
    *, person: Person, item: Item, network: str = "", title: str = "", text: str = "", image: Media | None = None
) -> Item:
    """Say how the link looks on a network (empty: on all); nothing at all means as the item is. Raises
    ValidationError. Answers the row that has it: of what is approved, its change. Once it is approved, links that are
    out already show it too."""
    require(person.may(Permission.EDIT_CONTENT))
    title, text = title.strip(), " ".join(text.split())
    if network and network not in BY_KEY:
        raise ValidationError({"network": _("There is no network “%s”.") % network[:40]})
    for name, words, most in (("title", title, LONGEST_TITLE), ("text", text, LONGEST_TEXT)):
        if len(words) > most:
            raise ValidationError({name: _("This is longer than %d characters.") % most})
    stored = changes.row(item, person=person)
    if title or text or image:
        stored.previews.update_or_create(network=network, defaults={"title": title, "text": text, "image": image})
    else:
        stored.previews.filter(network=network).delete()
    versions.keep(stored, person=person)
    review.changed(person=person, item=stored)
    if stored.replaces_id is None:
        facts.record("item.preview_changed", item=stored.pk)
    lines.write(actor=person, verb="item.preview_written", on=stored.root, network=network)
    return stored

"""What cards and pages show of an item beside title and picture, as one value: date and place of an event, last day of
a job ad, pictures, a video, a document, the hashtag of an invitation. Written in the language and on the clock of this
moment, so that equal values are equal pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.template.defaultfilters import filesizeformat
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from kaja.content import attaching, kinds
from kaja.content.models import Item, Media


@dataclass(frozen=True)
class Fact:
    """One short line; `address` where it leads somewhere."""

    icon: str
    text: str
    address: str = ""


@dataclass(frozen=True)
class File:
    """Something to see or to download; width and height in pixels, 0 for a document."""

    number: int
    path: str
    small: str
    jpeg: str
    name: str
    about: str
    alt: str
    mime: str
    width: int
    height: int


@dataclass(frozen=True)
class Leaf:
    """The date of an event as on a leaf of a calendar."""

    weekday: str
    day: str
    month: str
    iso: str


@dataclass(frozen=True)
class Particulars:
    key: str
    icon: str
    label: str
    leaf: Leaf | None = None
    facts: tuple[Fact, ...] = ()
    pictures: tuple[File, ...] = ()
    video: File | None = None
    document: File | None = None
    poster: str = ""
    hashtag: str = ""

    @property
    def more(self) -> int:
        """How many pictures stand behind the first three."""
        return max(len(self.pictures) - 3, 0)


def of(item: Item) -> Particulars:
    """The particulars of an item; ask for it `with_attachments()` and its image."""
    kind, details = kinds.of(item), item.details
    files = [_file(one.media) for one in attaching.of(item)]
    still = next((one.media.still_path for one in attaching.of(item) if one.media.still), "")
    begins = kinds.moment(item, "begins")
    return Particulars(
        key=kind.key,
        icon=kind.icon,
        label=kind.label,
        leaf=_leaf(begins) if begins else None,
        facts=tuple(_event(item, begins) if begins else _facts(kind, item)),
        pictures=tuple(files) if kind.posts_pictures else (),
        video=files[0] if files and kind.attaches == Media.Kind.VIDEO else None,
        document=files[0] if files and kind.attaches == Media.Kind.DOCUMENT else None,
        poster=item.image.path if item.image else still,
        hashtag=str(details.get("hashtag", "")) if kind.detail("hashtag") else "",
    )


def _file(media: Media) -> File:
    about = ", ".join(filter(None, (media.name.rpartition(".")[2].upper() if "." in media.name else "",
                                    filesizeformat(media.size) if media.size else "")))  # fmt: skip
    small = media.small_path or media.path
    return File(
        media.pk,
        media.path,
        small,
        media.jpeg_path,
        media.name,
        about,
        media.alt,
        media.mime,
        media.width,
        media.height,
    )


def _leaf(begins: datetime) -> Leaf:
    return Leaf(
        formats.date_format(begins, "D"), formats.date_format(begins, "j"), formats.date_format(begins, "M"),
        begins.isoformat(),
    )  # fmt: skip


def _event(item: Item, begins: datetime) -> list[Fact]:
    ends, details = kinds.moment(item, "ends"), item.details
    facts = [Fact(icon="clock", text=_when(begins, ends))]
    if details.get("place"):
        facts.append(Fact(icon="map-pin", text=details["place"]))
    if details.get("online"):
        facts.append(Fact(icon="video", text=_("Online"), address=details["online"]))
    return facts


def _when(begins: datetime, ends: datetime | None) -> str:
    """From when to when, on the event's own clock; what that is on the viewer's, where it is another."""
    said = formats.date_format(begins, "TIME_FORMAT")
    if ends is not None:
        until = formats.date_format(ends, "TIME_FORMAT")
        said = f"{said}–{until}" if ends.date() == begins.date() else f"{said} – {_day(ends.date())} {until}"
    local = timezone.localtime(begins)
    if local.utcoffset() == begins.utcoffset():
        return said
    place = begins.tzname() if begins.tzinfo is None else str(begins.tzinfo).rpartition("/")[2].replace("_", " ")
    yours = formats.date_format(local, "TIME_FORMAT")
    return _("%(when)s in %(place)s, %(yours)s your time") % {"when": said, "place": place, "yours": yours}


def _day(day: date) -> str:
    return formats.date_format(day, "MONTH_DAY_FORMAT")


def _facts(kind: kinds.Kind, item: Item) -> list[Fact]:
    facts = []
    for detail in kind.details:
        value = item.details.get(detail.name)
        if not value or not detail.icon:
            continue
        text = str(dict(detail.choices).get(value, value))
        if detail.type == kinds.Type.DAY:
            text = _("Apply by %s") % _day(date.fromisoformat(value))
        facts.append(Fact(detail.icon, text))
    return facts

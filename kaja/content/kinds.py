"""What each kind of item needs and allows, as data: editor, checks, API, cards and importers read it (A3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja import addresses
from kaja.content.models import Item, Media
from kaja.people import company

K = Item.Kind
HASHTAG = re.compile(r"[^\W_][\w]{0,59}")
# What turns the direction of writing, and what no database takes.
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
PREFIX = "detail_"


class Address(Enum):
    """Where the link of a kind leads."""

    REQUIRED = "required"  # to a page elsewhere
    OURS = "ours"  # to the page that Kaja hosts
    EITHER = "either"  # to a page elsewhere, else to one that Kaja hosts
    OPTIONAL = "optional"  # to a page elsewhere, else the post has no link
    NONE = "none"  # nowhere


class Type(Enum):
    """How a detail is typed and stored; all are JSON."""

    TEXT = "text"
    MOMENT = "moment"  # "2026-12-01T18:00", on the clock of the detail `zone`
    DAY = "day"  # "2026-12-01"
    ZONE = "zone"  # an IANA name
    CHOICE = "choice"
    YES = "yes"  # true, or not there
    ADDRESS = "address"
    HASHTAG = "hashtag"  # without its #


@dataclass(frozen=True)
class Detail:
    """One field that only some kinds have; it stands in `Item.details` under `name`."""

    name: str
    label: Promise
    type: Type = Type.TEXT
    required: bool = False
    longest: int = 200
    choices: tuple[tuple[str, Promise], ...] = ()
    hint: Promise | str = ""
    # Before its value on cards; without one it is not shown there.
    icon: str = ""

    @property
    def field(self) -> str:
        """Its name in forms and in the errors of `check`."""
        return PREFIX + self.name


@dataclass(frozen=True)
class Kind:
    """`attaches` is the kind of media that belongs to it, at most `most` of them."""

    key: str
    icon: str
    about: Promise
    address: Address
    body: bool = False
    attaches: str = ""
    most: int = 0
    # Its pictures are what is posted, instead of a card with the link.
    posts_pictures: bool = False
    # People are given words to start from.
    words: bool = True
    details: tuple[Detail, ...] = ()

    @property
    def label(self) -> str:
        return str(K(self.key).label)

    def detail(self, name: str) -> Detail | None:
        return next((one for one in self.details if one.name == name), None)


_HIDDEN = Detail(
    "noindex", gettext_lazy("Search engines should leave this page out"), Type.YES,
    hint=gettext_lazy("It counts where Kaja hosts the page."),
)  # fmt: skip

KINDS: dict[str, Kind] = {
    one.key: one
    for one in (
        Kind(
            K.LINK, icon="link", address=Address.REQUIRED,
            about=gettext_lazy("A page that is on the web already."),
        ),
        Kind(
            K.ARTICLE, icon="article", address=Address.OURS, body=True, attaches=Media.Kind.PICTURE, most=20,
            about=gettext_lazy("A story you write here. Kaja gives it a public page."), details=(_HIDDEN,),
        ),
        Kind(
            K.IMAGES, icon="photo", address=Address.OPTIONAL, attaches=Media.Kind.PICTURE, most=10, posts_pictures=True,
            about=gettext_lazy("One picture or several, posted as pictures."),
        ),
        Kind(
            K.VIDEO, icon="video", address=Address.EITHER, attaches=Media.Kind.VIDEO, most=1,
            about=gettext_lazy("A video, here or somewhere else."), details=(_HIDDEN,),
        ),
        Kind(
            K.DOCUMENT, icon="file-text", address=Address.EITHER, attaches=Media.Kind.DOCUMENT, most=1,
            about=gettext_lazy("A one-page guide, a report, a brochure to download."),
            details=(
                Detail("what", gettext_lazy("What it is"), Type.CHOICE, icon="file-text", choices=(
                    ("guide", gettext_lazy("One-page guide")), ("report", gettext_lazy("Report")),
                    ("brochure", gettext_lazy("Brochure")), ("slides", gettext_lazy("Slides")),
                )),
                _HIDDEN,
            ),
        ),
        Kind(
            K.JOB, icon="briefcase", address=Address.EITHER,
            about=gettext_lazy("An open position, with its place and last day."),
            details=(
                Detail("place", gettext_lazy("Place of work"), longest=120, icon="map-pin"),
                Detail("remote", gettext_lazy("From where"), Type.CHOICE, icon="home", choices=(
                    ("office", gettext_lazy("At the workplace")), ("hybrid", gettext_lazy("Partly from home")),
                    ("remote", gettext_lazy("From anywhere")),
                )),
                Detail("employment", gettext_lazy("Employment"), Type.CHOICE, icon="briefcase", choices=(
                    ("full", gettext_lazy("Full time")), ("part", gettext_lazy("Part time")),
                    ("temporary", gettext_lazy("Temporary")), ("intern", gettext_lazy("Internship")),
                )),
                Detail("last_day", gettext_lazy("Last day to apply"), Type.DAY, icon="calendar-due",
                       hint=gettext_lazy("At the end of this day it leaves the feed.")),
                _HIDDEN,
            ),
        ),
        Kind(
            K.EVENT, icon="calendar-event", address=Address.EITHER,
            about=gettext_lazy("Something with a day, a time and a place."),
            details=(
                Detail("begins", gettext_lazy("Begins"), Type.MOMENT, required=True),
                Detail("ends", gettext_lazy("Ends at"), Type.MOMENT,
                       hint=gettext_lazy("When it ends, it leaves the feed. Without an end, at the end of the day.")),
                Detail("zone", gettext_lazy("On the clock of"), Type.ZONE),
                Detail("place", gettext_lazy("Place"), longest=160),
                Detail("online", gettext_lazy("Online address"), Type.ADDRESS, longest=2000),
                _HIDDEN,
            ),
        ),
        Kind(
            K.TEXT, icon="align-left", address=Address.OPTIONAL,
            about=gettext_lazy("Words alone, with a picture if you like."),
        ),
        Kind(
            K.SAY, icon="microphone", address=Address.NONE, words=False,
            about=gettext_lazy("An invitation to colleagues to post something of their own."),
            details=(
                Detail("hashtag", gettext_lazy("Hashtag"), Type.HASHTAG, longest=60,
                       hint=gettext_lazy("Stands in the empty post, so that what people say is found together.")),
            ),
        ),
    )
}  # fmt: skip


def of(item: Item) -> Kind:
    """The kind of an item."""
    return KINDS[item.kind]


# --- details --------------------------------------------------------------------------------------------------------
def read(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Details as they are stored: those of `kind` checked and tidied, empty ones left out, those of other kinds kept.

    Raises ValidationError, by field (`detail_NAME`).
    """
    if not isinstance(given, Mapping):
        raise ValidationError({"details": _("Details are names with values.")})
    kept = {name: value for name, value in given.items() if name in _NAMES and not kind.detail(name)}
    if unknown := [name for name in given if name not in _NAMES]:
        raise ValidationError({"details": _("There is no detail “%s”.") % str(unknown[0])[:40]})
    wrong: dict[str, Any] = {}
    zone = _zone(str(given.get("zone") or ""))
    for detail in kind.details:
        try:
            value = _read(detail, given.get(detail.name), zone)
        except ValidationError as error:
            wrong[detail.field] = error.messages
            continue
        if value:
            kept[detail.name] = value
    if "ends" in kept and "begins" in kept and kind.detail("ends") and kept["ends"] <= kept["begins"]:
        wrong["detail_ends"] = [_("It would end before it begins. Choose a later end.")]
    if wrong:
        raise ValidationError(wrong)
    return kept


@cache
def zones() -> frozenset[str]:
    """The time zones an event may be in."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix")))


# The address that a kind without one has no use for is kept as `address`, for when the kind changes again.
_NAMES = {"address", *(detail.name for kind in KINDS.values() for detail in kind.details)}


def _read(detail: Detail, value: Any, zone: ZoneInfo) -> Any:
    if value is None or value == "" or value is False:
        return None
    match detail.type:
        case Type.YES:
            return bool(value)
        case Type.MOMENT:
            return _moment(value, zone)
        case Type.DAY:
            return _day(value)
        case Type.ZONE:
            if str(value) not in zones():
                raise ValidationError(_("There is no time zone “%s”.") % str(value)[:40])
            return str(value)
        case Type.CHOICE:
            if value not in dict(detail.choices):
                raise ValidationError(_("Choose one of: %s.") % ", ".join(dict(detail.choices)))
            return value
        case Type.ADDRESS:
            address = addresses.fit(str(value))
            if not address or len(address) > detail.longest:
                raise ValidationError(_("A web address begins with https://."))
            return address
        case Type.HASHTAG:
            tag = str(value).strip().lstrip("#")
            if tag and (not HASHTAG.fullmatch(tag) or tag.isdigit()):
                raise ValidationError(_("A hashtag is one word of letters and numbers, such as NordwindTeam."))
            return tag
    text = UNWRITABLE.sub(" ", str(value)).strip()
    if len(text) > detail.longest:
        raise ValidationError(_("This is longer than %d characters.") % detail.longest)
    return text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or company.current().time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(company.current().time_zone)


def _moment(value: Any, zone: ZoneInfo) -> str:
    """A time on the event's own clock, to the minute. With an offset it is brought to that clock."""
    try:
        read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ValidationError(_("Write the time as 2026-12-01T18:00.")) from error
    if read.tzinfo is not None:
        read = read.astimezone(zone).replace(tzinfo=None)
    if not 2000 <= read.year <= 2100:
        raise ValidationError(_("This is more than five years away. Check the year."))
    if read.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != read:
        raise ValidationError(
            _("Clocks go forward that night, so %(time)s does not exist. Choose another time.")
            % {"time": f"{read:%H:%M}"}
        )
    return read.isoformat(timespec="minutes")


def _day(value: Any) -> str:
    try:
        day = (
            value
            if isinstance(value, date) and not isinstance(value, datetime)
            else date.fromisoformat(str(value).strip())
        )
    except ValueError as error:
        raise ValidationError(_("“%s” is no date. Write it as 2026-12-01.") % str(value)[:40]) from error
    if not 2000 <= day.year <= 2100:
        raise ValidationError(_("This is more than five years away. Check the year."))
    return day.isoformat()


def moment(item: Item, name: str) -> datetime | None:
    """When an event begins or ends (`name`), aware, on the event's own clock."""
    value = item.details.get(name) if of(item).detail(name) else None
    return datetime.fromisoformat(value).replace(tzinfo=_zone(item.details.get("zone", ""))) if value else None


def over_at(item: Item) -> datetime | None:
    """When an item is over by what it tells of: an event at its end, a job ad after its last day; else None."""
    kind = of(item)
    if kind.detail("last_day") and (day := item.details.get("last_day")):
        return _midnight_after(date.fromisoformat(day), _zone(""))
    if kind.detail("ends") and (ends := moment(item, "ends")):
        return ends
    if kind.detail("begins") and (begins := moment(item, "begins")):
        zone = _zone(item.details.get("zone", ""))
        return _midnight_after(begins.date(), zone)
    return None


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


# --- what is needed -------------------------------------------------------------------------------------------------
def lacks(item: Item) -> list[str]:
    """What an item of this kind still lacks before it can go out, as sentences."""
    kind = of(item)
    missing = []
    if kind.address == Address.REQUIRED and item.category.shareable and not item.url:
        missing.append(_("It needs the address of its page."))
    if kind.body and not item.body.strip():
        missing.append(_("The article has no text yet."))
    if kind.key == K.SAY and not item.summary.strip():
        missing.append(_("Say what you invite colleagues to tell."))
    missing += [
        _("“%s” is not filled in yet.") % detail.label
        for detail in kind.details
        if detail.required and not item.details.get(detail.name)
    ]
    needs_file = kind.posts_pictures or (kind.attaches in _ELSE and (not item.url or hosted(item)))
    if needs_file and not (item.pk and item.attachments.filter(media__kind=kind.attaches).exists()):
        missing.append(str(_ELSE.get(kind.attaches, _NO_PICTURE)))
    return missing


_NO_PICTURE = gettext_lazy("It has no pictures yet.")
_ELSE: dict[str, Promise] = {
    Media.Kind.VIDEO: gettext_lazy("It needs a video, or the address of one."),
    Media.Kind.DOCUMENT: gettext_lazy("It needs a document, or the address of one."),
}


def may_be_hosted(item: Item) -> bool:
    """Whether Kaja can give this item a public page. What stays inside the company has none."""
    return of(item).address in (Address.OURS, Address.EITHER) and item.category.shareable


def hosted(item: Item) -> bool:
    """Whether the item's link leads to the page that Kaja hosts."""
    return bool(item.slug) and may_be_hosted(item) and item.url.endswith(f"/stories/{item.slug}/")

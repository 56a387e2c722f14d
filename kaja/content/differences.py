"""What changed between two versions of an item, field by field, word by word (screen 18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from kaja.content import kinds
from kaja.content.models import Category, Item, ItemVersion, Media, ReviewStep, Topic
from kaja.content.versions import Content
from kaja.design.wording import Part, words
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Audience

TEXTS = ("title", "summary", "body", "url")
NOTHING: Content = {"captions": [], "topics": [], "attachments": [], "details": {}, "previews": []}


@dataclass(frozen=True)
class Change:
    """One field that is different. `about` names it for comments ("title", "caption:12"); `short` for a value that
    stands on the line of its label; `what`: added, removed or changed."""

    about: str
    label: str
    parts: list[Part]
    language: str = ""
    tag: str = ""
    short: bool = False
    what: str = "changed"


@dataclass(frozen=True)
class Said:
    """A version as a colleague would read it. `words`: suggested words with their language and network in words."""

    title: str
    summary: str
    body: str
    url: str
    language: str
    category: Category | None
    audience: str
    image: Media | None
    pictures: list[Media]
    words: list[tuple[str, dict[str, Any]]]


@dataclass
class Rows:
    """Rows that versions name by number, found in one question each."""

    category: dict[int, Category] = field(default_factory=dict)
    audience: dict[int, Audience] = field(default_factory=dict)
    image: dict[int, Media] = field(default_factory=dict)
    topic: dict[int, Topic] = field(default_factory=dict)

    @classmethod
    def of(cls, *contents: Content) -> Rows:
        def numbers(name: str) -> set[int]:
            return {one[name] for one in contents if one.get(name)}

        pictures = numbers("image") | {number for one in contents for number in one["attachments"]}
        pictures |= {look["image"] for one in contents for look in one.get("previews", []) if look["image"]}
        return cls(
            Category.objects.in_bulk(numbers("category")),
            Audience.objects.in_bulk(numbers("audience")),
            Media.objects.in_bulk(pictures),
            Topic.objects.in_bulk({number for one in contents for number in one["topics"]}),
        )


def base(item: Item, version: ItemVersion) -> ItemVersion | None:
    """What a version is compared with: the one that is live, else the one that was last sent back; None for a first."""
    earlier = item.root.versions.filter(number__lt=version.number).order_by("-number")
    live = earlier.filter(approved_at__isnull=False).first()
    if live is not None:
        return live
    returned = item.root.steps.filter(what=ReviewStep.What.RETURNED, version__lt=version.number)
    seen = returned.order_by("-version").values_list("version", flat=True).first()
    return earlier.filter(number=seen).first() if seen else None


def between(before: Content | None, after: Content, rows: Rows) -> list[Change]:
    """What is different, in the order of the editor's page. Before None, everything is new."""
    old = before or NOTHING
    return [*_texts(old, after), *_values(old, after, rows), *_looks(old, after, rows), *_words(old, after)]


def _texts(old: Content, new: Content) -> Iterator[Change]:
    labels = {"title": _("Title"), "summary": _("What it is about"), "body": _("Text"), "url": _("Link")}
    for name in TEXTS:
        was, now = old.get(name) or "", new.get(name) or ""
        if was != now:
            language = "" if name == "url" else str(new.get("language", ""))
            parts = words(was, now) if name != "url" else _exchange(was, now)
            yield Change(name, labels[name], parts, language, what=_what(was, now))


def _what(was: object, now: object) -> str:
    return "added" if not was else "changed" if now else "removed"


def _exchange(was: str, now: str) -> list[Part]:
    return [Part(sign, text) for sign, text in (("-", was), ("+", now)) if text]


def _values(old: Content, new: Content, rows: Rows) -> Iterator[Change]:
    first = old is NOTHING
    for name, label in (
        ("kind", _("Kind")), ("language", _("Language of the page")), ("category", _("Category")),
        ("audience", _("Audience")), ("topics", _("Topics")),
        ("live_from", _("Goes live")), ("live_until", _("Ends")), ("image", _("Picture")),
        ("attachments", _("Pictures and files")),
    ):  # fmt: skip
        if old.get(name) != new.get(name):
            was, now = "" if first else value(name, old, rows), value(name, new, rows)
            if was != now or name in ("image", "attachments"):
                yield Change(name, label, _exchange(was, now), short=True, what=_what(was, now))
    for name in sorted({*old["details"], *new["details"]}):
        was, now = (str(one["details"].get(name, "") or "") for one in (old, new))
        if was != now:
            parts = words(was, now)
            yield Change(
                "details", _detail(name, str(new.get("kind", ""))), parts, short=len(now) < 80, what=_what(was, now)
            )


def _detail(name: str, kind: str) -> str:
    """What a detail is called in this kind of item, else in another."""
    found = (one.detail(name) for one in (kinds.KINDS.get(kind), *kinds.KINDS.values()) if one)
    return next((str(detail.label) for detail in found if detail), name)


def _looks(old: Content, new: Content, rows: Rows) -> Iterator[Change]:
    """How the link looks, per network; versions from before that could be written say nothing of it."""
    before, after = ({one["network"]: one for one in said.get("previews", [])} for said in (old, new))
    for network in sorted({*before, *after}):
        was, now = (_look(one.get(network), rows) for one in (before, after))
        if was != now:
            name = BY_KEY[network].name if network in BY_KEY else _("all networks")
            label = _("How the link looks, %s") % name
            yield Change(f"preview:{network}", label, words(was, now), what=_what(was, now))


def _look(one: dict[str, Any] | None, rows: Rows) -> str:
    picture = rows.image.get(one["image"] or 0) if one else None
    return " · ".join(filter(None, (one["title"], one["text"], _picture(picture)))) if one else ""


def value(name: str, said: Content, rows: Rows) -> str:
    """A field's value as people read it."""
    number: Any = said.get(name)
    if name == "kind":
        return str(Item.Kind(number).label) if number in Item.Kind.values else ""
    if name == "language":
        return str(dict(settings.LANGUAGES).get(number, str(number or "").upper()))
    if name in ("live_from", "live_until"):
        moment = parse_datetime(number) if number else None
        return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else ""
    if name == "audience":
        return str(rows.audience.get(number, _("an audience that is gone"))) if number else _("Everyone")
    if name == "topics":
        return ", ".join(sorted(str(rows.topic[one]) for one in said["topics"] if one in rows.topic))
    if name == "attachments":
        return ", ".join(_picture(rows.image.get(one)) for one in said["attachments"])
    if name == "image":
        return _picture(rows.image.get(number)) if number else ""
    found: dict[int, Any] = getattr(rows, name)
    return str(found.get(number, "")) if number else ""


def _picture(media: Media | None) -> str:
    return (media.alt or _("a picture without a description")) if media else ""


def _words(old: Content, new: Content) -> Iterator[Change]:
    before = {one["id"]: one for one in old["captions"]}
    for one in new["captions"]:
        was = before.pop(one["id"], None)
        if was is None or was != one:
            text = was["text"] if was else ""
            tag = (
                one["voice"]
                if not was or was["voice"] == one["voice"]
                else f"{was['voice'] or '–'} → {one['voice'] or '–'}"
            )
            yield Change(
                f"caption:{one['id']}",
                place(one),
                words(text, one["text"]),
                one["language"],
                tag,
                what=_what(text, "x"),
            )
    for one in before.values():
        yield Change(
            f"caption:{one['id']}",
            place(one),
            _exchange(one["text"], ""),
            one["language"],
            one["voice"],
            what="removed",
        )


def place(one: dict[str, Any]) -> str:
    """Where words belong: "English, all networks"."""
    try:
        language = get_language_info(one["language"])["name_translated"].capitalize()
    except KeyError:
        language = one["language"].upper()
    network = BY_KEY[one["network"]].name if one["network"] in BY_KEY else _("all networks")
    return f"{language}, {network}"


def told(said: Content, rows: Rows) -> Said:
    """A version as it will look."""
    return Said(
        title=said["title"],
        summary=said["summary"],
        body=said["body"],
        url=said["url"],
        language=said["language"],
        category=rows.category.get(said["category"]),
        audience=value("audience", said, rows),
        image=rows.image.get(said["image"] or 0),
        pictures=[rows.image[one] for one in said["attachments"] if one in rows.image],
        words=[(place(one), one) for one in said["captions"]],
    )

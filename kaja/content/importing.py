"""Items from a CSV file: what each row will do, then doing it (A5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from kaja import addresses, csvfile
from kaja.content import captions, items, kinds
from kaja.content.models import Category, Item
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require

HEADINGS: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline", "pealkiri"),
    "url": ("url", "link", "address", "aadress"),
    "summary": ("summary", "description", "kokkuvõte", "kirjeldus"),
    "category": ("category", "kategooria"),
    "language": ("language", "lang", "keel"),
    "live_from": ("live from", "from", "start", "begins", "algus", "alates"),
    "live_until": ("live until", "until", "end", "expires", "lõpp", "kuni"),
    "kind": ("kind", "type", "liik"),
    "body": ("article", "text", "artikkel"),
    "place": ("place", "koht"),
    "begins": ("event begins", "algab"),
    "ends": ("event ends", "lõpeb"),
    "last_day": ("last day", "last day to apply", "viimane päev"),
    "hashtag": ("hashtag", "teemaviide"),
}
# Any number of these: "caption", "caption en", "words 2", "sõnad et"; a language at the end is the words' own.
WORDS = ("caption", "words", "sõnad", "sõnastus")


class Fate(Enum):
    NEW = "new"
    KNOWN = "known"
    LEFT_OUT = "left out"


@dataclass
class Planned:
    """One row: the item it would make, its words, and why it is left out."""

    line: int
    fate: Fate
    fields: dict[str, Any] = field(default_factory=dict)
    words: list[tuple[str, str]] = field(default_factory=list)
    why: str = ""

    @property
    def title(self) -> str:
        return str(self.fields.get("title", ""))


@dataclass(frozen=True)
class Plan:
    rows: list[Planned]
    encoding: str
    unused: list[str]

    @property
    def counts(self) -> Counter[Fate]:
        return Counter(row.fate for row in self.rows)


def plan(content: bytes, *, person: Person, category: Category) -> Plan:
    """What a file would do; writes nothing. `category` is for rows that name none. Raises csvfile.Unreadable."""
    require(person.may(Permission.EDIT_CONTENT))
    sheet = csvfile.read(content)
    at = csvfile.columns(sheet.header, HEADINGS)
    if "title" not in at:
        raise csvfile.Unreadable(
            _("The first line must name the columns; a title is needed. Found: %s.")
            % ", ".join(cell for cell in sheet.header if cell)
        )
    words = {place: _language(cell) for place, cell in enumerate(sheet.header) if cell.lower().startswith(WORDS)}
    categories = _categories()
    known = set(Item.objects.exclude(url="").values_list("url", flat=True))
    rows = []
    for row in sheet.rows:
        planned = _row(row, at, words, len(sheet.header), categories, category)
        if planned.fate == Fate.NEW and planned.fields["url"] and planned.fields["url"] in known:
            planned.fate, planned.why = Fate.KNOWN, _("An item with this address is there already.")
        known.add(planned.fields.get("url", ""))
        rows.append(planned)
    used = {*at.values(), *words}
    return Plan(rows, sheet.encoding, [cell for place, cell in enumerate(sheet.header) if cell and place not in used])


def _categories() -> dict[str, Category]:
    found: dict[str, Category] = {}
    for one in Category.objects.all():
        for name in (one.slug, *one.names.values()):
            found[str(name).casefold()] = one
    return found


def _language(heading: str) -> str:
    last = heading.lower().replace("_", " ").split()[-1]
    return last if len(last) == 2 and last.isalpha() else ""


def _row(
    row: csvfile.Row,
    at: dict[str, int],
    words: dict[int, str],
    width: int,
    categories: dict[str, Category],
    category: Category,
) -> Planned:
    planned = Planned(row.line, Fate.NEW)
    cells = {name: row.cells[place] if place < len(row.cells) else "" for name, place in at.items()}
    try:
        if any(row.cells[width:]):
            raise ValidationError(_("It has more cells than the first line."))
        if any(cell.startswith("=") for cell in row.cells):
            raise ValidationError(_("It has a formula in it, not a text."))
        planned.fields = _fields(cells, categories, category)
        language = planned.fields["language"]
        planned.words = [(words[n] or language, row.cells[n]) for n in words if n < len(row.cells) and row.cells[n]]
        items.check(Item(**planned.fields))
        for code, text in planned.words:
            if len(text) > captions.LONGEST:
                raise ValidationError(_("These words are longer than %d characters.") % captions.LONGEST)
            if len([one for one, _text in planned.words if one == code]) > captions.MOST:
                raise ValidationError(_("It has more than %d captions in one language.") % captions.MOST)
    except ValidationError as error:
        planned.fate, planned.why = Fate.LEFT_OUT, " ".join(error.messages)
    return planned


def _fields(cells: dict[str, str], categories: dict[str, Category], category: Category) -> dict[str, Any]:
    url, named = cells.get("url", ""), cells.get("category", "")
    if named and named.casefold() not in categories:
        raise ValidationError(_("There is no category “%s”.") % named[:60])
    if url and ":" not in url:
        url = f"https://{url}"
    kind = cells.get("kind", "").lower()
    if kind and kind not in Item.Kind.values:
        raise ValidationError(_("There is no kind “%s”.") % kind[:60])
    return {
        "title": cells["title"][:300],
        "url": url,
        "summary": cells.get("summary", ""),
        "category": categories[named.casefold()] if named else category,
        "language": cells.get("language", "").lower()[:8] or company.current().language,
        "body": cells.get("body", ""),
        "details": _details(kind, cells),
        "kind": kind or (Item.Kind.LINK if addresses.host(url) else Item.Kind.TEXT),
        "live_from": _moment(cells.get("live_from", "")),
        "live_until": _moment(cells.get("live_until", ""), end=True),
    }


def _details(kind: str, cells: dict[str, str]) -> dict[str, Any]:
    """The cells that only this kind has; those of other kinds are nothing to it."""
    found: dict[str, Any] = {}
    for detail in kinds.KINDS[kind].details if kind else ():
        cell = cells.get(detail.name, "")
        if cell and detail.type == kinds.Type.MOMENT:
            found[detail.name] = _moment(cell)
        elif cell and detail.type == kinds.Type.DAY and (day := _moment(cell)):
            found[detail.name] = day.date()
        elif cell:
            found[detail.name] = cell
    return found


def _moment(cell: str, *, end: bool = False) -> datetime | None:
    """2026-12-01, 2026-12-01 09:00 or 1.12.2026, on the company's clock; a day alone ends at its end."""
    if not cell:
        return None
    parts = cell.split(".")
    if len(parts) == 3 and all(part.strip().isdigit() for part in parts):
        cell = f"{int(parts[2]):04d}-{int(parts[1]):02d}-{int(parts[0]):02d}"
    try:
        day = parse_date(cell)
        moment = datetime(day.year, day.month, day.day, *((23, 59) if end else (0, 0))) if day else parse_datetime(cell)  # noqa: DTZ001
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError(_("“%s” is no date. Write it as 2026-12-01.") % cell[:40])
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=ZoneInfo(company.current().time_zone))


@transaction.atomic
def apply(*, plan: Plan, person: Person) -> Counter[Fate]:
    """Make the new items as drafts with their words, all of them or none."""
    for row in plan.rows:
        if row.fate == Fate.NEW:
            item = items.create(person=person, **row.fields)
            for language, text in dict.fromkeys(row.words):
                captions.add(person=person, item=item, language=language, text=text)
    return plan.counts

"""Items from a CSV file: what each row will do, then doing it (A5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja import addresses, csvfile
from kaja.audit import lines
from kaja.content import captions, items, kinds
from kaja.content.models import Category, Item
from kaja.people import company, imports
from kaja.people.models import Import, Person
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
# So many rows are made in one transaction of an import from the browser.
TOGETHER = 100


class Fate(Enum):
    NEW = "new"
    KNOWN = "known"
    LEFT_OUT = "left out"


@dataclass
class Planned(imports.Planned[Fate]):
    """One row: the item it would make, and its words."""

    words: list[tuple[str, str]] = field(default_factory=list)

    @property
    def title(self) -> str:
        return str(self.fields.get("title", ""))

    name = title

    @property
    def said(self) -> list[str]:
        if self.fate != Fate.NEW:
            return [self.why]
        n = len(dict.fromkeys(self.words))
        return [ngettext("a draft with %d caption", "a draft with %d captions", n) % n if n else _("a draft")]


# A column of captions is of the field "words".
Plan = imports.Plan[Planned]


def plan(content: bytes, *, person: Person, category: Category, said: dict[str, str] | None = None) -> Plan:
    """What a file would do; writes nothing. `category` is for rows that name none, `said` corrects which column (its
    place) is which field. Raises csvfile.Unreadable."""
    require(person.may(Permission.EDIT_CONTENT))
    sheet, said = csvfile.read(content), said or {}
    single = {place: name for place, name in said.items() if name != "words"}
    at = csvfile.placed(sheet.header, HEADINGS, {**single, **_no_words(said)})
    if "title" not in at:
        raise csvfile.Unreadable(
            _("The first line must name the columns; a title is needed. Found: %s.")
            % ", ".join(cell for cell in sheet.header if cell)
        )
    words = {
        place: _language(cell)
        for place, cell in enumerate(sheet.header)
        if said.get(str(place), "words" if cell.lower().startswith(WORDS) else "") == "words"
    }
    categories = _categories()
    known = set(Item.objects.filter(original=False).exclude(url="").values_list("url", flat=True))
    rows = []
    for row in sheet.rows:
        planned = _row(row, at, words, len(sheet.header), categories, category)
        if planned.fate == Fate.NEW and planned.fields["url"] and planned.fields["url"] in known:
            planned.fate, planned.why = Fate.KNOWN, _("An item with this address is there already.")
        known.add(planned.fields.get("url", ""))
        rows.append(planned)
    used = {place: name for name, place in at.items()} | dict.fromkeys(words, "words")
    return Plan(rows, sheet.encoding, sheet.delimiter, sheet.header, used)


def _no_words(said: dict[str, str]) -> dict[str, str]:
    """A column of words is no other field."""
    return {place: "" for place, name in said.items() if name == "words"}


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
    planned.fields = {"title": cells["title"][:300], "url": cells.get("url", "")}
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
    written = cell
    parts = cell.split(".")
    if len(parts) == 3 and all(part.strip().isdigit() for part in parts):
        cell = f"{int(parts[2]):04d}-{int(parts[1]):02d}-{int(parts[0]):02d}"
    try:
        day = parse_date(cell)
        moment = datetime(day.year, day.month, day.day, *((23, 59) if end else (0, 0))) if day else parse_datetime(cell)  # noqa: DTZ001
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError(_("“%s” is no date. Write it as 2026-12-01.") % written[:40])
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=ZoneInfo(company.current().time_zone))


@transaction.atomic
def apply(*, plan: Plan, person: Person) -> Counter[Fate]:
    """Make the new items as drafts with their words, all of them or none (command line)."""
    for row in plan.rows:
        if row.fate == Fate.NEW:
            _make(row, person)
    return plan.counts


def _make(row: Planned, person: Person) -> Item:
    item = items.create(person=person, **row.fields)
    for language, text in dict.fromkeys(row.words):
        captions.add(person=person, item=item, language=language, text=text)
    return item


# --- from the browser: dry run, import, undo ------------------------------------------------------------------------
def plan_of(upload: Import, *, person: Person) -> Plan:
    """What a kept file would do. Raises csvfile.Unreadable."""
    imports.owned(upload, person)
    category = Category.objects.filter(pk=upload.options.get("category", 0)).first() or Category.objects.first()
    if category is None:
        raise csvfile.Unreadable(_("There is no category yet. Make one first."))
    return plan(imports.content_of(upload), person=person, category=category, said=upload.columns)


def begin(*, upload: Import, person: Person) -> None:
    """Import a kept file: every new row becomes a draft. Raises ValidationError when that has begun already, and
    csvfile.Unreadable."""
    require(person.may(Permission.EDIT_CONTENT))
    rows = plan_of(upload, person=person).counts[Fate.NEW]
    imports.start(upload=upload, person=person, run="kaja.content.importing.run", rows=rows)


def run(*, number: int) -> None:
    """Do an import that has begun, some rows at a time; taken up again where it was broken off."""
    upload = Import.objects.select_related("person").filter(pk=number, state=Import.State.RUNNING).first()
    if upload is None:
        return
    try:
        planned = plan_of(upload, person=upload.person)
        while upload.done < len(planned.rows):
            _some(number, planned)
            upload.refresh_from_db()
    except (csvfile.Unreadable, PermissionDenied) as error:
        trouble = str(error) or _("You may not do this any more. Nothing further was imported.")
        imports.finish(upload, state=Import.State.FAILED, trouble=trouble)
        return
    with transaction.atomic():
        imports.finish(upload)
        lines.write(actor=upload.person, verb="items.imported", on=upload, counts=upload.counts)


@transaction.atomic
def _some(number: int, planned: Plan) -> None:
    """The next rows, what was made of them, and how far that is: in one transaction, so that none is made twice."""
    upload = Import.objects.select_for_update().select_related("person").get(pk=number)
    for row in planned.rows[upload.done : upload.done + TOGETHER]:
        fate = row.fate
        if fate == Fate.NEW:
            try:
                with transaction.atomic():
                    item = _make(row, upload.person)
            except ValidationError:
                fate = Fate.LEFT_OUT
            else:
                upload.made.append([item.pk, item.updated_at.isoformat(), item.captions.count()])
        upload.counts[fate.name.lower()] = upload.counts.get(fate.name.lower(), 0) + 1
    upload.done = min(upload.done + TOGETHER, len(planned.rows))
    upload.save(update_fields=["made", "counts", "done"])


@transaction.atomic
def undo(*, upload: Import, person: Person) -> tuple[int, list[str]]:
    """Remove the drafts that an import made and nobody has touched since. Returns how many, and of the others a
    sentence each: title and why it was left. Raises ValidationError when it is too late."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = imports.undoing(upload=upload, person=person)
    made = {int(pk): (at, n) for pk, at, n in stored.made}
    removable, left = [], []
    numbers = list(made)
    for begin in range(0, len(numbers), 500):
        rows = Item.objects.filter(pk__in=numbers[begin : begin + 500]).annotate(n=Count("captions"))
        for item in rows:
            at, n = made[item.pk]
            if item.state != Item.State.DRAFT:
                left.append(_("%s: it has gone further than a draft.") % item.title)
            elif item.updated_at.isoformat() != at or item.n != n:  # type: ignore[attr-defined]
                left.append(_("%s: somebody has changed it since.") % item.title)
            else:
                removable.append(item.pk)
    for begin in range(0, len(removable), 500):
        Item.objects.filter(pk__in=removable[begin : begin + 500]).delete()
    imports.undone(stored, left)
    lines.write(actor=person, verb="items.import_undone", on=stored, removed=len(removable), left=len(left))
    return len(removable), left

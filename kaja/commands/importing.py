"""`kaja import people|items|feed`: reads a file, tells the fate of each row that is not plain, and does it."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from pathlib import Path

from django.core.exceptions import ValidationError

from kaja.content import feeds
from kaja.content import importing as content
from kaja.content.models import Category
from kaja.csvfile import Unreadable
from kaja.outbound import Refused
from kaja.people import importing as persons
from kaja.people.models import Person
from kaja.people.roles import Permission

LARGEST_FEED = 20_000_000


def _read(file: str) -> bytes:
    path = Path(file)
    if not path.is_file():
        raise ValidationError(f"There is no file {file}.")
    return path.read_bytes()


def _said(counts: Counter[Enum], *, done: bool) -> str:
    parts = ", ".join(f"{n} {fate.value}" for fate, n in counts.items())
    return f"{parts or 'No rows'}." + ("" if done else " Nothing is written: this was a dry run.")


def _editor(email: str) -> Person:
    """In whose name content comes in: the named one, else the first person who may edit."""
    people = Person.objects.get_queryset().filter(is_active=True).order_by("pk")
    if email:
        people = people.filter(email=email.lower())
    editor = next((one for one in people.prefetch_related("grants") if one.may(Permission.EDIT_CONTENT)), None)
    if editor is None:
        raise ValidationError(
            f"{email} may not edit content."
            if email
            else "Nobody here may edit content. Make one: kaja user create EMAIL --role editor"
        )
    return editor


def _category(slug: str) -> Category:
    found = Category.objects.filter(slug=slug).first() if slug else Category.objects.first()
    if found is None:
        have = ", ".join(Category.objects.values_list("slug", flat=True))
        raise ValidationError(f"There is no category {slug}. Categories: {have or 'none yet'}.")
    return found


def people(file: str, *, dry: bool) -> str:
    """Bring people in from a CSV file. Raises ValidationError with a sentence."""
    try:
        plan = persons.plan(_read(file))
    except Unreadable as error:
        raise ValidationError(str(error)) from error
    for row in plan.rows:
        remarks = "; ".join(filter(None, [row.why, *row.notes]))
        if remarks:
            print(f"line {row.line}: {row.fate.value}: {row.name}: {remarks}")
    if plan.unused:
        print(f"Columns that are not used: {', '.join(plan.unused)}")
    return _said(Counter(plan.counts), done=not dry) if dry else _said(Counter(persons.apply(plan=plan)), done=True)


def items(file: str, *, email: str, category: str, dry: bool) -> str:
    """Bring items in from a CSV file, as drafts. Raises ValidationError with a sentence."""
    editor = _editor(email)
    try:
        plan = content.plan(_read(file), person=editor, category=_category(category))
    except Unreadable as error:
        raise ValidationError(str(error)) from error
    for row in plan.rows:
        if row.why:
            print(f"line {row.line}: {row.fate.value}: {row.title}: {row.why}")
    if plan.unused:
        print(f"Columns that are not used: {', '.join(plan.unused)}")
    return _said(Counter(plan.counts if dry else content.apply(plan=plan, person=editor)), done=not dry)


def feed(where: str, *, email: str, category: str) -> str:
    """Bring a feed in from an address (read again from then on) or from a file. Raises ValidationError."""
    editor, kind = _editor(email), _category(category)
    try:
        if "://" in where:
            _feed, reading = feeds.add(person=editor, url=where, category=kind)
        else:
            path = Path(where).resolve()
            reading = feeds.bring_in(person=editor, content=_read(where), address=path.as_uri(), category=kind)
    except Refused as error:
        raise ValidationError(error.sentence) from error
    return f"{reading.new} new drafts, {reading.known} known before, {reading.left_out} left out."

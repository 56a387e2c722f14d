"""Files that people bring in the browser: kept between the dry run and the import, worked off, forgotten (A5, J1).

What becomes of a row is said and done by the noun's own module (people/importing.py, content/importing.py); this is
what both share: the shape of a plan, and the way of a file. An import is found by its unguessable key, and only by the
person who brought it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from kaja import csvfile
from kaja.jobs import queue
from kaja.people.models import Import, Person

State = Import.State
KEEP_FILE, KEEP_RECORD = timedelta(days=1), timedelta(days=30)
# So many rows are brought in while the person waits; more is a job, with a page that tells how far it is.
AT_ONCE = 200
F = TypeVar("F", bound=Enum)
R = TypeVar("R", bound="Planned[Any]")


@dataclass
class Planned(Generic[F]):
    """One row: what it says, what becomes of it and why; `notes` say what was put right or looks odd."""

    line: int
    fate: F
    fields: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the row is about, as a person calls it."""
        raise NotImplementedError

    @property
    def said(self) -> list[str]:
        """What becomes of it and why, in words."""
        raise NotImplementedError


@dataclass(frozen=True)
class Plan(Generic[R]):
    """What a file would do. `header` are the headings as written, `used` the field that each place is taken for."""

    rows: list[R]
    encoding: str
    delimiter: str
    header: list[str]
    used: dict[int, str]

    @property
    def counts(self) -> Counter[Any]:
        """How many rows have each fate."""
        return Counter(row.fate for row in self.rows)

    @property
    def columns(self) -> list[str]:
        """The field of each column, "" for none."""
        return [self.used.get(place, "") for place in range(len(self.header))]

    @property
    def unused(self) -> list[str]:
        """The headings of columns that are taken for nothing."""
        return [cell for place, cell in enumerate(self.header) if cell and place not in self.used]


def keep(*, person: Person, kind: str, name: str, content: bytes, options: dict[str, object] | None = None) -> Import:
    """Keep a file for its dry run. Raises csvfile.Unreadable for what is no table."""
    sheet = csvfile.read(content)
    return Import.objects.create(
        key=secrets.token_urlsafe(24),
        person=person,
        kind=kind,
        name=name.rpartition("/")[2][-200:] or "file",
        content=content,
        rows=len(sheet.rows),
        options=options or {},
    )


def of(person: Person, kind: str) -> QuerySet[Import]:
    """The person's imports of this kind, the newest first."""
    return Import.objects.filter(person=person, kind=kind).order_by("-created_at")


def content_of(upload: Import) -> bytes:
    """What the file holds. Raises csvfile.Unreadable when it has been forgotten."""
    found = bytes(upload.content)
    if not found:
        raise csvfile.Unreadable(_("The file is kept for one day only. Bring it again."))
    return found


def correct(*, upload: Import, person: Person, columns: dict[str, str]) -> None:
    """Say which column (its place, counted from 0) means which field; "" for none. Raises ValidationError."""
    owned(upload, person)
    Import.objects.filter(pk=upload.pk, state=State.TRIED).update(columns=columns)


def start(*, upload: Import, person: Person, run: str, rows: int, **options: object) -> None:
    """Begin the import: `run` (dotted name, taking `number`) does it, at once or in a worker. Raises ValidationError
    when it has begun already."""
    owned(upload, person)
    with transaction.atomic():
        options = {**upload.options, **options}
        moved = Import.objects.filter(pk=upload.pk, state=State.TRIED).update(state=State.RUNNING, options=options)
        if not moved:
            raise ValidationError(_("This file has been imported already."), code="moved")
        if rows > AT_ONCE:
            queue.enqueue(run, number=upload.pk)
    if rows <= AT_ONCE:
        try:
            import_string(run)(number=upload.pk)
        finally:
            # Broken off half way: a worker takes it up where it stands.
            if Import.objects.filter(pk=upload.pk, state=State.RUNNING).exists():
                queue.enqueue(run, number=upload.pk)


def finish(upload: Import, *, state: str = State.DONE, trouble: str = "") -> None:
    """Write down that it is over, and forget the file."""
    upload.state, upload.trouble, upload.content, upload.finished_at = state, trouble[:500], b"", timezone.now()
    upload.save()


def owned(upload: Import, person: Person) -> None:
    """Raises ValidationError unless it is the person's own."""
    if upload.person_id != person.pk:
        raise ValidationError(_("This file was brought by somebody else."), code="owner")


def may_undo(upload: Import) -> bool:
    """Whether it is done, and not longer ago than is remembered."""
    return (
        upload.state == State.DONE
        and upload.finished_at is not None
        and upload.finished_at > timezone.now() - KEEP_RECORD
        and bool(upload.made)
    )


def undoing(*, upload: Import, person: Person) -> Import:
    """Lock an import that is to be undone (inside the caller's transaction). Raises ValidationError."""
    owned(upload, person)
    stored = Import.objects.select_for_update().get(pk=upload.pk)
    if not may_undo(stored):
        raise ValidationError(_("This import cannot be undone any more."), code="late")
    return stored


def undone(upload: Import, left: Iterable[str]) -> None:
    """Write down that it is undone, and what was left and why."""
    upload.state, upload.options = State.UNDONE, {**upload.options, "left": list(left)}
    upload.made = []
    upload.save()


def forget_old() -> None:
    """Schedule: forget files after a day, and imports after thirty."""
    now = timezone.now()
    waiting = Import.objects.filter(state=State.TRIED, created_at__lt=now - KEEP_FILE)
    waiting.delete()
    Import.objects.filter(created_at__lt=now - KEEP_RECORD).exclude(state=State.RUNNING).delete()

"""Verbs on the guidelines: begin a draft, write its pieces, publish it as a version, go back to an older one (C1)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.guidelines import pieces, starters
from kaja.guidelines.models import Edition
from kaja.guidelines.pieces import Content, Piece
from kaja.people.models import Person
from kaja.people.roles import Permission, require

LONGEST_NOTICE = timedelta(days=366)


def current() -> Edition | None:
    """The version in force now; none before the first is published."""
    return Edition.objects.in_force().first()


def newest() -> Edition | None:
    """The version published last, also when it begins later."""
    return Edition.objects.filter(state=Edition.State.PUBLISHED).order_by("-number").first()


def draft() -> Edition | None:
    """What the editors are writing; there is one draft at most."""
    return Edition.objects.filter(state=Edition.State.DRAFT).first()


def version(number: int) -> Edition:
    """The published version of this number. Raises Http404."""
    found = Edition.objects.filter(state=Edition.State.PUBLISHED, number=number).first() if number < 2**31 else None
    if found is None:
        raise Http404
    return found


def readable(*, person: Person, number: int) -> Edition:
    """The version of this number, if the person may read it: one that begins later is for editors. Raises Http404."""
    found = version(number)
    if found.in_force_from and found.in_force_from > timezone.now() and not may_write(person):
        raise Http404
    return found


def may_write(person: Person) -> bool:
    return person.may(Permission.EDIT_CONTENT)


@transaction.atomic
def begin(*, person: Person, content: Content | None = None, verb: str = "guidelines.begun", **details: Any) -> Edition:
    """The draft of the next version: of `content`, else of what was published last. An existing draft is kept.

    Raises ValidationError when there is a draft and `content` would overwrite it.
    """
    require(may_write(person))
    last, waiting = newest(), draft()
    if waiting is not None:
        if content is not None:
            raise ValidationError(_("Somebody is writing a draft already. Publish it or throw it away first."))
        return waiting
    number = last.number + 1 if last else 1
    if content is None:
        content = last.content if last else pieces.cleaned({})
    try:
        with transaction.atomic():
            made = Edition.objects.create(number=number, content=content, begun_by=person)
    except IntegrityError:  # Two editors pressed at the same moment: one draft for both.
        return Edition.objects.get(state=Edition.State.DRAFT)
    lines.write(actor=person, verb=verb, on=made, number=number, **details)
    return made


def adopt(*, person: Person, starter: str, answers: starters.Answers) -> Edition:
    """A draft from one of our templates, filled in. Raises ValidationError for an unknown one or missing answers."""
    return begin(person=person, content=starters.filled(starter, answers), verb="guidelines.adopted", starter=starter)


def restore(*, person: Person, number: int) -> Edition:
    """A draft with the words of an older version; it comes into force when it is published again."""
    return begin(person=person, content=version(number).content, verb="guidelines.restored", of=number)


def _writing(person: Person) -> Edition:
    require(may_write(person))
    row = Edition.objects.select_for_update().filter(state=Edition.State.DRAFT).first()
    if row is None:
        raise ValidationError(_("There is no draft any more: somebody has published it or thrown it away."))
    return row


def find(content: Content, piece: str) -> tuple[str, int]:
    """Document and place of a piece. Raises ValidationError when it is gone."""
    for document in pieces.DOCUMENTS:
        for place, one in enumerate(content[document]):
            if one["id"] == piece:
                return document, place
    raise ValidationError(_("This piece is gone: somebody has removed it meanwhile."))


def stamp(piece: Piece) -> str:
    """Changes when the piece does: how two editors of the same piece notice each other."""
    return hashlib.sha256(json.dumps(piece, sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def add(*, person: Person, document: str, kind: str) -> str:
    """A new empty piece at the end of a document; returns its id."""
    row = _writing(person)
    if document not in pieces.DOCUMENTS:
        raise ValidationError(_("The guidelines have two documents: policy and style."))
    made = pieces.blank(kind)
    row.content[document].append(made)
    _keep(row)
    lines.write(actor=person, verb="guidelines.piece_added", on=row, piece=made["id"], kind=kind)
    return str(made["id"])


@transaction.atomic
def change(*, person: Person, piece: str, given: dict[str, Any], seen: str = "") -> None:
    """New words for a piece. `seen` is the stamp of what the editor's page showed; raises ValidationError when somebody
    else changed it meanwhile, when it is gone, or when the words cannot be kept."""
    row = _writing(person)
    document, place = find(row.content, piece)
    stored = row.content[document][place]
    if seen and stamp(stored) != seen:
        raise ValidationError(
            _("Somebody else changed this meanwhile. Your words are below: compare, then save again.")
        )
    row.content[document][place] = pieces.clean({**stored, **given, "id": piece, "kind": stored["kind"]})
    _keep(row)
    lines.write(actor=person, verb="guidelines.piece_changed", on=row, piece=piece)


@transaction.atomic
def move(*, person: Person, piece: str, to: int) -> None:
    """Put a piece at place `to` of its document, counted from 0; beyond an end means that end."""
    row = _writing(person)
    document, place = find(row.content, piece)
    row.content[document].insert(max(to, 0), row.content[document].pop(place))
    _keep(row)
    lines.write(actor=person, verb="guidelines.piece_moved", on=row, piece=piece, to=to)


@transaction.atomic
def remove(*, person: Person, piece: str) -> None:
    """Take a piece out of the draft; older versions keep it."""
    row = _writing(person)
    document, place = find(row.content, piece)
    gone = row.content[document].pop(place)
    _keep(row)
    lines.write(actor=person, verb="guidelines.piece_removed", on=row, piece=piece, kind=gone["kind"])


@transaction.atomic
def put(*, person: Person, content: Any) -> Edition:
    """Write the whole draft at once (the API's way); begins one when there is none."""
    clean = pieces.cleaned(content)
    begin(person=person)
    row = _writing(person)
    row.content = clean
    _keep(row)
    lines.write(actor=person, verb="guidelines.written", on=row, number=row.number)
    return row


def _keep(row: Edition) -> None:
    row.content = pieces.cleaned(row.content)
    row.save(update_fields=["content"])


@transaction.atomic
def discard(*, person: Person) -> None:
    """Throw the draft away; what is in force stays."""
    row = _writing(person)
    lines.write(actor=person, verb="guidelines.discarded", on=row, number=row.number)
    row.delete()


@transaction.atomic
def publish(*, person: Person, matters: bool, note: str = "", begins: datetime | None = None) -> Edition:
    """Make the draft a version, in force from `begins` (now). `matters`: everybody is asked to confirm it; otherwise
    what people confirmed before stays good. Raises ValidationError for an empty draft, a silent piece, a bad date."""
    row, last, now = _writing(person), newest(), timezone.now()
    _check(row, begins, last, now)
    row.state = Edition.State.PUBLISHED
    row.note = pieces.plain(note, 500, "note")
    row.confirmed_since = last.confirmed_since if last and not matters else row.number
    row.in_force_from = max(begins or now, now)
    row.published_by, row.published_at = person, now
    row.save()
    lines.write(actor=person, verb="guidelines.published", on=row, number=row.number, matters=matters)
    return row


def _check(row: Edition, begins: datetime | None, last: Edition | None, now: datetime) -> None:
    if not any(row.content.values()):
        raise ValidationError(_("The draft is empty. Add a piece, or begin with a template."))
    for piece in (one for document in pieces.DOCUMENTS for one in row.content[document]):
        if all(pieces.silent(piece, language) for language in pieces.LANGUAGES):
            kind = pieces.KINDS[piece["kind"]].label
            raise ValidationError(_("A piece (%s) has no words yet. Write them or remove the piece.") % kind)
    if last is not None and last.content == row.content:
        raise ValidationError(_("Nothing has changed since version %d.") % last.number)
    if begins is not None and begins > now + LONGEST_NOTICE:
        raise ValidationError(_("This begins more than a year from now. Check the year."))
    if last is not None and last.in_force_from and last.in_force_from > max(begins or now, now):
        raise ValidationError(
            _("Version %d begins later than this. A newer version cannot begin before an older one.") % last.number
        )

"""The draft as its editor sees it: a line for each piece, one of them open with its fields in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaja.guidelines import documents, pieces, rules
from kaja.guidelines.models import Edition
from kaja.guidelines.pieces import Kind, Piece
from kaja.guidelines.rules import History

SPARE = 2
LABELS: dict[str, Promise] = {
    "title": _("Title"),
    "text": _("Text"),
    "do": _("Do"),
    "dont": _("Don’t"),
    "alt": _("What the picture shows, for those who cannot see it"),
    "question": _("Question"),
    "answer": _("The answer"),
    "right": _("We write"),
    "wrong": _("Not"),
    "tag": _("Hashtag"),
    "when": _("When"),
    "name": _("Name"),
    "colour": _("Colour, like #0b6b5d"),
}
NAMES = {"en": "English", "et": "Eesti"}


@dataclass(frozen=True)
class Refused:
    """What somebody typed and why it was not kept."""

    piece: str
    given: dict[str, Any]
    sentence: str


@dataclass(frozen=True)
class Field:
    name: str
    label: Promise
    value: str
    long: bool
    most: int


@dataclass(frozen=True)
class Side:
    """The words of one language."""

    language: str
    name: str
    fields: list[Field]
    rows: list[list[Field]]


@dataclass(frozen=True)
class Line:
    """A piece in the list. `before` and `after` are where the menu moves it, None at an end."""

    piece: Piece
    title: str
    rest: str
    place: int
    last: int
    new_in: int
    missing: str
    open: bool
    stamp: str
    sides: list[Side]
    refused: str = ""
    rules: list[History] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        return pieces.KINDS[self.piece["kind"]]

    @property
    def before(self) -> int | None:
        return self.place - 1 if self.place else None

    @property
    def after(self) -> int | None:
        return self.place + 1 if self.place < self.last else None


def lines(
    draft: Edition, last: Edition | None, document: str, language: str, opened: str, refused: Refused | None
) -> list[Line]:
    """One document of the draft. `opened` is the id of the open piece; `refused` opens its piece as it was typed."""
    language = language if language in pieces.LANGUAGES else pieces.LANGUAGES[0]
    known = {piece["id"] for one in pieces.DOCUMENTS for piece in last.content[one]} if last else set()
    listed, from_piece = draft.content[document], rules.by_piece()
    found = [
        _line(draft, piece, place, len(listed) - 1, language, known, opened, refused)
        for place, piece in enumerate(listed)
    ]
    return [replace(line, rules=from_piece.get(line.piece["id"], [])) for line in found]


def _line(
    draft: Edition, piece: Piece, place: int, last: int, language: str, known: set[str], opened: str,
    refused: Refused | None,
) -> Line:  # fmt: skip
    title, rest = pieces.summary(piece, language)
    again = refused if refused and refused.piece == piece["id"] else None
    is_open = again is not None or opened == piece["id"]
    silent = [NAMES[one] for one in pieces.LANGUAGES if pieces.silent(piece, one)]
    typed = {**piece, **again.given} if again else piece
    return Line(
        piece=typed, title=title, rest=rest, place=place, last=last,
        new_in=draft.number if known and piece["id"] not in known else 0, missing=", ".join(silent), open=is_open,
        stamp=documents.stamp(piece), sides=_sides(typed) if is_open else [], refused=again.sentence if again else "",
    )  # fmt: skip


def _sides(piece: Piece) -> list[Side]:
    return [Side(one, NAMES[one], _fields(piece, one), _rows(piece, one)) for one in pieces.LANGUAGES]


def _fields(piece: Piece, language: str) -> list[Field]:
    words = piece["words"][language]
    return [
        Field(
            f"{language}-{name}", LABELS[name], words.get(name, ""), name != "title",
            pieces.LONGEST.get(name, pieces.LONGEST_TEXT),
        )
        for name in pieces.KINDS[piece["kind"]].fields
    ]  # fmt: skip


def _rows(piece: Piece, language: str) -> list[list[Field]]:
    kind = pieces.KINDS[piece["kind"]]
    if not kind.row:
        return []
    rows = [*piece["words"][language].get("rows", []), *([""] * len(kind.row) for _spare in range(SPARE))]
    return [
        [
            Field(f"{language}-{line}-{cell}", LABELS[name], row[cell], name == "answer", pieces.LONGEST_CELL)
            for cell, name in enumerate(kind.row)
        ]
        for line, row in enumerate(rows)
    ]

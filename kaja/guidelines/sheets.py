"""The guidelines as people read them: two sheets in one language, pieces ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaja.guidelines import pieces
from kaja.guidelines.models import Edition
from kaja.guidelines.pieces import Piece
from kaja.people.models import Person

TITLES: dict[str, Promise] = {"policy": _("How we post"), "style": _("How we sound and look")}


@dataclass(frozen=True)
class Drawn:
    """A piece in the language it speaks here, which is another one where it is silent in the page's."""

    piece: Piece
    language: str
    person: Person | None

    @property
    def kind(self) -> str:
        return str(self.piece["kind"])

    @property
    def template(self) -> str:
        return f"guidelines/_{self.kind}.html"

    @property
    def words(self) -> dict[str, Any]:
        words: dict[str, Any] = self.piece["words"][self.language]
        return words

    @property
    def icon(self) -> str:
        return pieces.SIGNS[self.piece["icon"]].icon

    @property
    def email(self) -> str:
        return str(self.piece["email"])

    @property
    def picture(self) -> str:
        return reverse("guide-picture", args=[self.piece["picture"]]) if self.piece["picture"] else ""

    @property
    def swatches(self) -> list[tuple[str, str, str]]:
        """Name, colour, ink that can be read on it."""
        return [(name, colour, pieces.ink(colour)) for name, colour in self.words["rows"]]


@dataclass(frozen=True)
class Sheet:
    document: str
    title: Promise
    pieces: list[Drawn]


def drawn(piece: Piece, language: str, people: dict[str, Person] | None = None) -> Drawn | None:
    """The piece in `language`, else in another; None when it is silent in all."""
    for one in (language, *pieces.LANGUAGES):
        if one in pieces.LANGUAGES and not pieces.silent(piece, one):
            return Drawn(piece, one, (people or {}).get(piece["email"].lower()))
    return None


def sheets(edition: Edition, language: str) -> list[Sheet]:
    """Both documents; one query, for the faces of those to ask."""
    emails = {piece["email"].lower() for one in pieces.DOCUMENTS for piece in edition.content[one] if piece["email"]}
    people = {person.email.lower(): person for person in Person.objects.filter(email__in=emails, is_active=True)}
    return [
        Sheet(document, TITLES[document], [
            one for piece in edition.content[document] if (one := drawn(piece, language, people)) is not None
        ])
        for document in pieces.DOCUMENTS
    ]  # fmt: skip


def authors(edition: Edition) -> list[str]:
    """Who wrote it, by first name: who began it and who published it."""
    return list(dict.fromkeys(one.first_name for one in (edition.begun_by, edition.published_by) if one))

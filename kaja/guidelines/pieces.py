"""What the guidelines are made of: pieces of a few kinds, each with its words by language. Plain text, never markup.

A piece is {"id", "kind", "icon", "picture", "email", "words": {"en": {…}, "et": {…}}}; the words of a language are the
fields of its kind, and "rows" where the kind is a list (terms, questions, hashtags, colours).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LANGUAGES = ("en", "et")
DOCUMENTS = ("policy", "style")
MOST_PIECES, MOST_ROWS = 40, 40
LONGEST = {"title": 120, "alt": 300}
LONGEST_TEXT, LONGEST_CELL = 2000, 1000
# Both documents in both languages, as JSON: some sixty pages of print.
LONGEST_WHOLE = 300_000
# Control characters but line ends and tabs, halves of surrogate pairs, and marks that turn the direction of writing.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
COLOUR = re.compile(r"#[0-9a-f]{6}")
Piece = dict[str, Any]
Content = dict[str, list[Piece]]


@dataclass(frozen=True)
class Kind:
    """`fields` are single texts, `row` the cells of each line of a list."""

    label: Promise
    icon: str
    fields: tuple[str, ...]
    row: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "rule": Kind(gettext_lazy("Rule with do and don’t"), icon="heading", fields=("title", "text", "do", "dont")),
    "text": Kind(gettext_lazy("Text"), icon="align-left", fields=("title", "text")),
    "pair": Kind(gettext_lazy("Do and don’t"), icon="arrows-diff", fields=("title", "do", "dont")),
    "questions": Kind(
        gettext_lazy("Questions people ask"), icon="help-circle", fields=("title",), row=("question", "answer")
    ),
    "terms": Kind(gettext_lazy("Words we use"), icon="abc", fields=("title",), row=("right", "wrong")),
    "hashtags": Kind(gettext_lazy("Hashtags"), icon="hash", fields=("title",), row=("tag", "when")),
    "colours": Kind(gettext_lazy("Colours"), icon="palette", fields=("title",), row=("name", "colour")),
    "picture": Kind(gettext_lazy("Picture"), icon="photo", fields=("title", "text", "alt")),
    "contact": Kind(gettext_lazy("Person to ask"), icon="user-circle", fields=("title", "text")),
}


@dataclass(frozen=True)
class Sign:
    """A drawing that stands beside a rule."""

    label: Promise
    icon: str


SIGNS: dict[str, Sign] = {
    "badge": Sign(gettext_lazy("Badge"), icon="id-badge-2"),
    "words": Sign(gettext_lazy("Words"), icon="message-2"),
    "lock": Sign(gettext_lazy("Lock"), icon="lock"),
    "heart": Sign(gettext_lazy("Heart"), icon="heart-handshake"),
    "people": Sign(gettext_lazy("People"), icon="users"),
    "photo": Sign(gettext_lazy("Photo"), icon="photo"),
    "eye": Sign(gettext_lazy("Eye"), icon="eye"),
    "storm": Sign(gettext_lazy("Storm"), icon="cloud-storm"),
    "copyright": Sign(gettext_lazy("Copyright"), icon="copyright"),
    "scales": Sign(gettext_lazy("Scales"), icon="scale"),
}


def blank(kind: str) -> Piece:
    """A new piece of this kind without words. Raises ValidationError for a kind we do not know."""
    if kind not in KINDS:
        raise ValidationError(_("There is no such kind of piece. Choose one of those below the page."))
    return clean({"id": secrets.token_hex(4), "kind": kind, "icon": "words"})


def plain(value: Any, most: int, name: str = "") -> str:
    """Text without what cannot be written. Raises ValidationError when it is no text or longer than `most`."""
    if not isinstance(value, str):
        raise ValidationError(_("“%s” must be text.") % name)
    text = UNWRITABLE.sub("", value.replace("\r\n", "\n")).strip()
    if len(text) > most:
        raise ValidationError(
            _("A text is too long: %(length)s characters, at most %(most)s. Make two pieces of it.")
            % {"length": len(text), "most": most}
        )
    return text


def clean(piece: Any) -> Piece:
    """The piece with nothing but what its kind has. Raises ValidationError with a sentence."""
    if not isinstance(piece, Mapping) or piece.get("kind") not in list(KINDS):
        raise ValidationError(_("There is no such kind of piece. Choose one of those below the page."))
    number = piece.get("id")
    words = piece.get("words", {})
    if not isinstance(words, Mapping):
        raise ValidationError(_("The words of a piece must be given by language."))
    kind = KINDS[piece["kind"]]
    picture, email = plain(piece.get("picture", ""), 64, "picture"), plain(piece.get("email", ""), 254, "email")
    return {
        "id": number if isinstance(number, str) and re.fullmatch(r"[0-9a-f]{8}", number) else secrets.token_hex(4),
        "kind": piece["kind"],
        "icon": piece.get("icon") if piece.get("icon") in list(SIGNS) else "words",
        "picture": picture if re.fullmatch(r"[0-9a-f]{64}", picture) else "",
        "email": _address(email),
        "words": {language: _words(words.get(language, {}), kind) for language in LANGUAGES},
    }


def _address(email: str) -> str:
    if email and not re.fullmatch(r"[^@\s<>\"?&]+@[^@\s<>\"?&]+\.[^@\s<>\"?&]+", email):
        raise ValidationError(_("“%s” is no e-mail address.") % email[:60])
    return email


def _words(given: Any, kind: Kind) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ValidationError(_("The words of a piece must be given by language."))
    words: dict[str, Any] = {
        name: plain(given.get(name, ""), LONGEST.get(name, LONGEST_TEXT), name) for name in kind.fields
    }
    if kind.row:
        words["rows"] = _rows(given.get("rows", []), kind)
    return words


def _rows(given: Any, kind: Kind) -> list[list[str]]:
    if not isinstance(given, list) or not all(isinstance(row, list) and len(row) == len(kind.row) for row in given):
        raise ValidationError(_("Each line of a list needs %d parts.") % len(kind.row))
    if len(given) > MOST_ROWS:
        raise ValidationError(_("A list has at most %d lines. Make two pieces of it.") % MOST_ROWS)
    rows = [[plain(cell, LONGEST_CELL) for cell in row] for row in given]
    rows = [row for row in rows if any(row)]
    for row in rows if "colour" in kind.row else []:
        row[1] = row[1].lower()
        if not COLOUR.fullmatch(row[1]):
            raise ValidationError(_("“%s” is no colour. Write it like #0b6b5d.") % row[1][:20])
    return rows


def cleaned(content: Any) -> Content:
    """Both documents, each piece clean, every id once. Raises ValidationError with a sentence."""
    if not isinstance(content, Mapping) or not set(content) <= set(DOCUMENTS):
        raise ValidationError(_("The guidelines have two documents: policy and style."))
    found: Content = {}
    taken: set[str] = set()
    for document in DOCUMENTS:
        given = content.get(document, [])
        if not isinstance(given, list) or len(given) > MOST_PIECES:
            raise ValidationError(_("A document has at most %d pieces. Short ones are read.") % MOST_PIECES)
        found[document] = [clean(piece) for piece in given]
        for piece in found[document]:
            if piece["id"] in taken:
                piece["id"] = secrets.token_hex(4)
            taken.add(piece["id"])
    if len(json.dumps(found)) > LONGEST_WHOLE:
        raise ValidationError(_("Both documents together are too long. Two pages are read, sixty are not."))
    return found


def silent(piece: Piece, language: str) -> bool:
    """Whether the piece says nothing in this language. A colour, a picture or an address alone says nothing."""
    words = piece["words"].get(language, {})
    return not any(words.values())


def summary(piece: Piece, language: str) -> tuple[str, str]:
    """Heading and first words of a piece, for its line in the editor."""
    words = piece["words"][language]
    rest = [words[name] for name in KINDS[piece["kind"]].fields if name not in ("title", "alt") and words[name]]
    rest += [" · ".join(cell for cell in row if cell) for row in words.get("rows", [])[:4]]
    return words["title"], "  ".join(rest)


def ink(colour: str) -> str:
    """Dark or white: whichever can be read on this colour (WCAG 2 relative luminance)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # 0.0130 is the luminance of our dark ink, #16211e.
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / (0.0130 + 0.05) else "#16211e"

"""Templates of the guidelines, written by us in both languages (starters.toml): a company adopts one in minutes."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja.guidelines import pieces
from kaja.guidelines.pieces import Content

FILE = Path(__file__).resolve().parent / "starters.toml"


@dataclass(frozen=True)
class Starter:
    label: Promise
    words: Promise


STARTERS = {
    "short": Starter(
        gettext_lazy("Short, for any company"),
        gettext_lazy("Employment said openly, secrets, people’s pictures, copyright, a storm."),
    ),
    "listed": Starter(
        gettext_lazy("For a listed company"), gettext_lazy("The short one, and inside information before a release.")
    ),
    "public": Starter(
        gettext_lazy("For the public sector"), gettext_lazy("The short one, and an office that stays impartial.")
    ),
}


@dataclass(frozen=True)
class Answers:
    """What adoption asks. `contact` is how people call the person to ask, `email` where to write."""

    company: str
    short: str
    hashtag: str
    contact: str
    email: str = ""
    colour: str = "#0b6b5d"

    def in_words(self) -> dict[str, str]:
        hashtag = "".join(letter for letter in self.hashtag if letter.isalnum() or letter == "_")
        return {
            "{company}": self.company.strip(),
            "{short}": self.short.strip() or self.company.strip(),
            "{hashtag}": hashtag,
            "{contact}": self.contact.strip(),
            "{colour}": self.colour,
        }


@cache
def _written() -> list[dict[str, Any]]:
    pieces_: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["piece"]
    return pieces_


def _put(value: Any, given: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in given.items():
            value = value.replace(name, text)
        return value
    if isinstance(value, dict):
        return {name: _put(one, given) for name, one in value.items()}
    return [_put(one, given) for one in value]


def composed(written: list[dict[str, Any]], given: dict[str, str] | None = None, email: str = "") -> Content:
    """Pieces as a TOML file lists them, as content. A piece keeps its id from one reading to the next."""
    content: Content = {document: [] for document in pieces.DOCUMENTS}
    for entry in written:
        content[entry["document"]].append(
            {
                "id": hashlib.sha256(
                    f"{entry['document']} {entry['kind']} {entry['en']['title']}".encode()
                ).hexdigest()[:8],
                "kind": entry["kind"],
                "icon": entry.get("icon", "words"),
                "email": email if entry.get("contact") else entry.get("email", ""),
                "words": _put({language: entry[language] for language in pieces.LANGUAGES}, given or {}),
            }
        )
    return pieces.cleaned(content)


def filled(starter: str, answers: Answers) -> Content:
    """The template with the company's own names. Raises ValidationError, by field, for what is missing."""
    if starter not in STARTERS:
        raise ValidationError(_("There is no such template."))
    given = answers.in_words()
    asked = {
        "company": (given["{company}"], _("Write the company’s name as it is written in public.")),
        "hashtag": (given["{hashtag}"], _("Write the hashtag that shows who works here, without #.")),
        "contact": (given["{contact}"], _("Name the person who answers when somebody is not sure.")),
    }
    missing = {name: sentence for name, (value, sentence) in asked.items() if not value}
    if missing:
        raise ValidationError(missing)
    written = [entry for entry in _written() if starter in entry.get("for", STARTERS)]
    return composed(written, given, answers.email.strip())

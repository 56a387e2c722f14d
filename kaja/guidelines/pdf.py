"""The guidelines as PDF: A4, real text, headings and pictures that a screen reader finds (PDF/UA-1).

Typst draws it. The words go in as data, never as its markup, so nothing that anybody writes is run.
"""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.template.defaultfilters import date
from django.utils import translation
from django.utils.translation import gettext as _

from kaja.guidelines import sheets
from kaja.guidelines.models import Edition, Picture
from kaja.guidelines.sheets import Drawn
from kaja.people import company

SOURCE = Path(__file__).resolve().parent / "guidelines.typ"
FONTS = settings.ROOT / "static" / "kaja" / "vendor"


def made(edition: Edition, language: str, *, public: bool = False) -> bytes:
    """The PDF of a version in a language (en, et); `public`: without e-mail addresses. Kept in memory, for a version
    never changes; drafts are not kept."""
    if edition.state == Edition.State.DRAFT:
        return _drawn(edition, language, public)
    return _kept(edition.pk, language, public, company.current().version)


@lru_cache(maxsize=8)
def _kept(number: int, language: str, public: bool, _look: int) -> bytes:
    return _drawn(Edition.objects.get(pk=number), language, public)


def _drawn(edition: Edition, language: str, public: bool) -> bytes:
    with translation.override(language), tempfile.TemporaryDirectory() as folder:
        data = _data(edition, language, public, Path(folder))
        source = Path(folder) / "guidelines.typ"
        source.write_bytes(SOURCE.read_bytes())
        written: bytes = typst.compile(
            str(source), root=folder, font_paths=[str(FONTS)], ignore_system_fonts=True, format="pdf",
            sys_inputs={"data": json.dumps(data)}, pdf_standards="ua-1",
        )  # fmt: skip
    return written


def _data(edition: Edition, language: str, public: bool, folder: Path) -> dict[str, Any]:
    since = edition.in_force_from or edition.begun_at
    return {
        "language": language,
        "title": _("Guidelines"),
        "company": company.current().name,
        "colour": company.current().colour,
        "version": _("Version %(number)s, %(date)s") % {"number": edition.number, "date": date(since, "DATE_FORMAT")},
        "do": _("Do"),
        "dont": _("Don’t"),
        "we_write": _("We write"),
        "not": _("Not"),
        "hashtag": _("Hashtag"),
        "when": _("When"),
        "sheets": [
            {"title": str(sheet.title), "pieces": [_piece(one, public, folder) for one in sheet.pieces]}
            for sheet in sheets.sheets(edition, language)
        ],
    }


def _piece(one: Drawn, public: bool, folder: Path) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "language": one.language,
        "words": one.words,
        "email": "" if public else one.email,
        "swatches": one.swatches if one.kind == "colours" else [],
        "picture": _picture(one.piece["picture"], folder),
        "alt": one.words.get("alt") or one.words["title"] or _("Picture"),
    }


def _picture(digest: str, folder: Path) -> str:
    """The picture's path in the folder that Typst may read; empty when there is none."""
    row = Picture.objects.filter(sha256=digest).first() if digest else None
    if row is None:
        return ""
    with row.file.open("rb") as file:
        (folder / f"{digest}.jpg").write_bytes(file.read())
    return f"/{digest}.jpg"

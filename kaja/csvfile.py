"""Reads tables as people really send them: CSV of any usual encoding, delimiter and mark at its start; or Excel."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

LARGEST = 20_000_000
MOST_ROWS = 100_000
LONGEST_CELL = 20_000
# A workbook is a zip of XML: a few kilobytes can unfold to gigabytes.
MOST_UNPACKED, MOST_PARTS, MOST_COLUMNS = 200_000_000, 2000, 200
DELIMITERS = ";,\t|"
# Letters that a text shows when UTF-8 was once read as a Western encoding.
_TWICE = re.compile("[ÃÅÄÂ][\u0080-\u00bf\u0152-\u2122]")

# Characters that nobody sees: zero-width spaces and joiners, soft hyphens, marks of direction.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


class Unreadable(Exception):
    """Why a file is not taken: a sentence for the person."""


@dataclass(frozen=True)
class Row:
    """One line of the file that holds anything; `line` counts from 1, with the heading."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    header: list[str]
    rows: list[Row]
    encoding: str
    delimiter: str


def read(content: bytes) -> Sheet:
    """The rows of a CSV file, or of the first sheet of an Excel workbook (encoding "xlsx"): cells trimmed, letters
    composed (NFC), empty lines left out. Raises Unreadable."""
    if len(content) > LARGEST:
        raise too_large()
    if content[:4] == b"PK\x03\x04":
        return _sheet(_workbook(content))
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(_("This is an old or locked spreadsheet. Save it as CSV (UTF-8) or as .xlsx, and take that."))
    text, encoding = _text(content)
    first = next((line for line in text.splitlines() if line.strip(DELIMITERS + " \t")), "")
    if not first or "\x00" in text:
        raise Unreadable(_("There is no table in this file."))
    delimiter = max(DELIMITERS, key=first.count)
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    csv.field_size_limit(LONGEST_CELL)
    try:
        for cells in reader:
            clean = [_UNSEEN.sub("", unicodedata.normalize("NFC", cell)).strip() for cell in cells]
            if any(clean):
                rows.append(Row(reader.line_num, clean))
            if len(rows) > MOST_ROWS:
                raise Unreadable(_("The file has more than 100,000 rows. Split it."))
    except csv.Error as error:
        raise Unreadable(
            _("Line %(line)d cannot be read: %(why)s.") % {"line": reader.line_num, "why": str(error)}
        ) from error
    if not rows:  # nothing but spaces of every kind
        raise Unreadable(_("There is no table in this file."))
    return Sheet(header=rows[0].cells, rows=rows[1:], encoding=encoding, delimiter=delimiter)


def too_large() -> Unreadable:
    """What to raise before a file is even read that is larger than LARGEST."""
    return Unreadable(_("The file is larger than 20 MB. Split it."))


def _sheet(lines: Iterable[list[str]]) -> Sheet:
    rows: list[Row] = []
    for line, cells in enumerate(lines, start=1):
        clean = [_clean(cell) for cell in cells]
        while clean and not clean[-1]:
            clean.pop()
        if clean:
            rows.append(Row(line, clean))
        if len(rows) > MOST_ROWS:
            raise Unreadable(_("The file has more than 100,000 rows. Split it."))
    if not rows:
        raise Unreadable(_("There is no table in this file."))
    # A spreadsheet has no ends of rows: every row is as wide as its heading.
    width = len(rows[0].cells)
    wide = [Row(row.line, row.cells + [""] * (width - len(row.cells))) for row in rows]
    return Sheet(header=wide[0].cells, rows=wide[1:], encoding="xlsx", delimiter="")


def _clean(cell: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFC", cell)).strip()


def _workbook(content: bytes) -> Iterator[list[str]]:
    """The cells of a workbook's first sheet as text; formulas as they are written, so that they can be refused."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = _("This spreadsheet cannot be read. Save it as CSV (UTF-8) and take that.")
    _check_package(content, broken)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a sheet says of its own size may be a lie
        for cells in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2):
            yield [_as_text(cell) for cell in cells]
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        SyntaxError,
        OSError,
    ) as error:
        raise Unreadable(broken) from error


def _check_package(content: bytes, broken: str) -> None:
    """Refuse what unfolds to too much, and XML that defines entities, before any of it is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unreadable(_("This spreadsheet unfolds to more than Kaja reads. Save it as CSV (UTF-8)."))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as opened:
                        if b"<!DOCTYPE" in (head := opened.read(4096)) or b"<!ENTITY" in head:
                            raise Unreadable(broken)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Unreadable(broken) from error


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)[: LONGEST_CELL + 1]


def write(rows: Iterable[Iterable[str]]) -> bytes:
    """A CSV file that spreadsheets open well (UTF-8 with its mark, commas); no cell of it calculates anything."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([f"'{cell}" if is_formula(cell) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _text(content: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise Unreadable(
                    _("The file begins as Unicode and does not go on so. Save it again as UTF-8.")
                ) from error
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    # cp1252 has five holes; latin-1 has none.
    return content.decode("latin-1"), "latin-1"


def mended(cell: str) -> str:
    """The cell with letters put right that were encoded twice ("BjÃ¶rn" is "Björn"); others as they are."""
    if not _TWICE.search(cell):
        return cell
    try:
        return cell.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return cell


def columns(header: list[str], names: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each field stands: `names` gives the headings that mean it, lower case, without punctuation."""
    plain = [" ".join(re.sub(r"[\W_]+", " ", cell.lower()).split()) for cell in header]
    found: dict[str, int] = {}
    for field, headings in names.items():
        place = next((plain.index(heading) for heading in headings if heading in plain), None)
        if place is not None:
            found[field] = place
    return found


def corrected(at: dict[str, int], said: dict[str, str]) -> dict[str, int]:
    """Where each field stands after a person's corrections: `said` names the field of a column (its place), ""
    for none. Raises Unreadable when two columns are said to be one field."""
    found = {field: place for field, place in at.items() if str(place) not in said}
    for place, field in said.items():
        if field and place.isascii() and place.isdigit():
            if field in found:
                raise Unreadable(_("Two columns cannot be the same field (%s). Correct one of them.") % field)
            found[field] = int(place)
    return found


def placed(header: list[str], names: dict[str, tuple[str, ...]], said: dict[str, str]) -> dict[str, int]:
    """Where each field stands: by its heading (`names`), corrected by what a person `said`. Raises Unreadable."""
    at = corrected(columns(header, names), said)
    return {name: place for name, place in at.items() if place < len(header)}


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would calculate this cell instead of showing it."""
    return cell[:1] in ("=", "@", "\t", "\r") or (
        cell[:1] in ("+", "-") and not re.fullmatch(r"[+-]?[\d\s().,-]+", cell)
    )


def line(cells: list[str]) -> str:
    """One line of a CSV file that spreadsheets may open: a cell they would calculate begins with an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if is_formula(cell) else cell for cell in cells])
    return out.getvalue()

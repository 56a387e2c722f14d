"""Reads a CSV file as people really send them: any usual encoding, delimiter and mark at its start."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

LARGEST = 20_000_000
MOST_ROWS = 100_000
LONGEST_CELL = 20_000
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
    """The rows of a CSV file, cells trimmed, letters composed (NFC), empty lines left out. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(_("The file is larger than 20 MB. Split it."))
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_("This is a spreadsheet, not a CSV file. Save it as CSV (UTF-8) and take that."))
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

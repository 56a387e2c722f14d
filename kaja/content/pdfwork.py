"""Looks into a PDF in a process of its own, with bounded memory and time: `python -m kaja.content.pdfwork IN PICTURE`.

Prints one line of JSON: {"pages": 3, "width": …, "height": …, "picture": true} or {"refused": "a code"}. A hostile file
can end this process and nothing else. Knows neither Django nor the database.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

MEMORY, SECONDS, PICTURE_BYTES = 2_000_000_000, 20, 50_000_000
WIDE = 1200
MOST_OBJECTS = 200_000
# What makes a PDF act: scripts, programs that it starts, files inside it, films and forms that send.
ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/Rendition",
    "/Movie",
    "/Sound",
    "/RichMediaExecute",
}
KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/XFA"}


def look(path: str, picture: str) -> dict[str, Any]:
    """Pages and size in points of the first; writes the first page as PNG to `picture` when it can be drawn."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    with open(path, "rb") as file:  # noqa: PTH123
        if file.read(5) != b"%PDF-":
            return {"refused": "broken"}
        file.seek(0)
        try:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted:
                return {"refused": "encrypted"}
            pages = len(reader.pages)
            if not pages:
                return {"refused": "broken"}
            box = reader.pages[0].mediabox
            found: dict[str, Any] = {"pages": pages, "width": round(box.width), "height": round(box.height)}
            if active(reader):
                return {"refused": "active"}
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
            return {"refused": "broken"}
    return found | {"picture": draw(path, picture)}


def active(reader: Any) -> bool:
    """Whether any object of the file acts. Every object is looked at, not only those that a page leads to."""
    from pypdf.generic import IndirectObject

    numbers = {number for places in reader.xref.values() for number in places} | set(reader.xref_objStm)
    if len(numbers) > MOST_OBJECTS:
        return True
    waiting: list[Any] = [reader.trailer]
    waiting += [reader.get_object(IndirectObject(number, 0, reader)) for number in sorted(numbers)]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, dict):
            if KEYS & set(thing) or thing.get("/S") in ACTIONS or thing.get("/Type") == "/EmbeddedFile":
                return True
            waiting += [value for value in thing.values() if isinstance(value, dict | list)]
        elif isinstance(thing, list):
            waiting += [value for value in thing if isinstance(value, dict | list)]
    return False


def draw(path: str, picture: str) -> bool:
    """The first page as a PNG on white. False when it cannot be drawn; then the document has no picture."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        page = document[0]
        wide, high = page.get_size()
        if not (wide > 0 and high > 0) or high / wide > 10 or wide / high > 10:
            return False
        page.render(scale=min(WIDE / wide, 4.0), draw_annots=False).to_pil().convert("RGB").save(picture, "PNG")
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return False
    return True


def bound() -> None:
    """Limits of this process: memory, seconds of the processor, size of what it writes, no core file."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, PICTURE_BYTES), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    bound()
    sys.stdout.write(json.dumps(look(sys.argv[1], sys.argv[2])) + "\n")

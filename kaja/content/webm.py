"""WebM, read element by element (EBML, RFC 8794): length, size, codecs; tags and attachments become empty space."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kaja.content.mp4 import Film, Unfit

EBML, SEGMENT, INFO, TRACKS, TAGS, ATTACHMENTS, CHAPTERS = (
    0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1254C367, 0x1941A469, 0x1043A770,
)  # fmt: skip
CLUSTER, CUES, SEEK, VOID, CRC = 0x1F43B675, 0x1C53BB6B, 0x114D9B74, 0xEC, 0xBF
DOCTYPE, SCALE, DURATION = 0x4282, 0x2AD7B1, 0x4489
TITLE, FILES, DATE = 0x7BA9, {0x7384, 0x3C83AB, 0x3E83BB}, 0x4461  # what the film and the files around it are called
TRACK, TYPE, CODEC, VIDEO, WIDTH, HEIGHT, ENCODINGS = 0xAE, 0x83, 0x86, 0xE0, 0xB0, 0xBA, 0x6D80
CODECS = {b"V_VP8": "vp8", b"V_VP9": "vp9", b"V_AV1": "av1"}
SMALL, MOST = 1_000_000, 100_000


@dataclass(frozen=True)
class _Element:
    number: int
    start: int
    body: int
    end: int


def look(file: BinaryIO, size: int) -> Film:
    """What is in the film. Raises Unfit with a code (see mp4)."""
    film, scale, length, pictures = Film("video/webm"), 1_000_000, 0.0, 0
    top = list(_elements(file, 0, size))
    if [one.number for one in top] != [EBML, SEGMENT] or _inside(file, top[0]).get(DOCTYPE, b"").rstrip(
        b"\0"
    ) != b"webm":
        raise Unfit("broken")
    for one in _elements(file, top[1].body, top[1].end):
        if one.number == INFO:
            about = _inside(file, one)
            scale = _whole(about.get(SCALE, b"")) or scale
            length = _real(about.get(DURATION, b""))
            for told in _elements(file, one.body, one.end):
                if told.number in (TITLE, DATE, *FILES):
                    _void(film, told)
        elif one.number == TRACKS:
            for track in _elements(file, one.body, one.end):
                pictures += _track(file, track, film) if track.number == TRACK else 0
        elif one.number in (TAGS, ATTACHMENTS, CHAPTERS, VOID):
            _void(film, one)
        elif one.number not in (CLUSTER, CUES, SEEK, CRC):
            raise Unfit("broken")
    if not pictures:
        raise Unfit("no-video")
    film.seconds = length * scale / 1_000_000_000
    return film


def _elements(file: BinaryIO, at: int, end: int) -> Iterator[_Element]:
    for _n in range(MOST):
        if at == end:
            return
        file.seek(at)
        head = file.read(12)
        number, wide = _varying(head, keep=True)
        length, more = _varying(head[wide:], keep=False)
        body = at + wide + more
        # A length of all ones means "not known": a recording that was never closed.
        if length == (1 << (7 * more)) - 1 or body + length > end:
            raise Unfit("broken")
        yield _Element(number, at, body, body + length)
        at = body + length
    raise Unfit("broken")


def _varying(head: bytes, *, keep: bool) -> tuple[int, int]:
    """A number of varying length, and how many bytes it takes; `keep` its marker for the number of an element."""
    if not head or not head[0]:
        raise Unfit("broken")
    wide = 9 - head[0].bit_length()
    if len(head) < wide or (keep and wide > 4):
        raise Unfit("broken")
    value = int.from_bytes(head[:wide], "big")
    return (value if keep else value & ((1 << (7 * wide)) - 1)), wide


def _inside(file: BinaryIO, parent: _Element) -> dict[int, bytes]:
    """The small elements of an element, by number."""
    if parent.end - parent.body > SMALL:
        raise Unfit("index")
    found = {}
    for one in _elements(file, parent.body, parent.end):
        file.seek(one.body)
        found[one.number] = file.read(one.end - one.body)
    return found


def _track(file: BinaryIO, track: _Element, film: Film) -> int:
    about = _inside(file, track)
    if ENCODINGS in about and b"\x50\x35" in about[ENCODINGS]:
        raise Unfit("protected")
    kind = _whole(about.get(TYPE, b""))
    if kind == 2:
        return 0
    codec = about.get(CODEC, b"").rstrip(b"\0")
    if kind != 1 or codec not in CODECS:
        raise Unfit("codec")
    if not film.codec:
        film.codec = CODECS[codec]
        for one in _elements(file, track.body, track.end):
            if one.number == VIDEO:
                sizes = _inside(file, one)
                film.width, film.height = _whole(sizes.get(WIDTH, b"")), _whole(sizes.get(HEIGHT, b""))
    return 1


def _void(film: Film, one: _Element) -> None:
    """Empty space of the same length: a number of one byte, a length of eight (or fewer when it is that short)."""
    whole = one.end - one.start
    wide = min(8, whole - 1)
    if whole - 1 - wide >= 1 << (7 * wide) or wide < 1:
        raise Unfit("broken")
    head = bytes([VOID]) + ((1 << (7 * wide)) | (whole - 1 - wide)).to_bytes(wide, "big")
    film.names.append((one.start, head))
    film.zeros.append((one.start + len(head), whole - len(head)))


def _whole(content: bytes) -> int:
    return int.from_bytes(content[:8], "big")


def _real(content: bytes) -> float:
    form = {4: ">f", 8: ">d"}.get(len(content))
    value: float = struct.unpack(form, content)[0] if form else 0.0
    return value if 0 <= value < 1e15 else 0.0

"""MP4 and QuickTime, read box by box (ISO/IEC 14496-12): what is in it, and what of it must not be passed on.

Nothing is decoded. A film keeps its pictures and sound byte for byte; whatever else is inside (places, names, makers'
boxes, tracks of sensors) is filled with zeros where it stands, so that every offset stays true. docs/decisions/media.md
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

Reader = Callable[[int, int], bytes]  # (place, how many) -> bytes
LARGEST_INDEX = 32_000_000
MOST_BOXES = 100_000
CODECS = {
    b"avc1": "h264", b"avc3": "h264", b"hvc1": "h265", b"hev1": "h265", b"av01": "av1", b"vp09": "vp9",
}  # fmt: skip
# Boxes that stay, by the box they stand in; everything else is emptied.
FILE = {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"sidx", b"ssix", b"mfra", b"pdin"}
KEPT: dict[bytes, set[bytes]] = {
    b"moov": {b"mvhd", b"trak", b"mvex", b"iods"},
    b"trak": {b"tkhd", b"edts", b"mdia", b"tref"},
    b"mdia": {b"mdhd", b"hdlr", b"minf", b"elng"},
    b"minf": {b"vmhd", b"smhd", b"nmhd", b"hdlr", b"dinf", b"stbl", b"gmhd"},
    b"stbl": {
        b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stps", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"sdtp",
        b"sgpd", b"sbgp", b"subs", b"saiz", b"saio",
    },
}  # fmt: skip


class Unfit(Exception):
    """Why a film is not taken: "broken", "no-video", "protected", "codec", "index"."""


@dataclass
class Film:
    """Seconds, pixels as they are shown, codec; and the stretches (first byte, length) that are to become zeros, and
    the boxes (place of their name) that are to be called "free" from then on."""

    mime: str
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    codec: str = ""
    zeros: list[tuple[int, int]] = field(default_factory=list)
    names: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class _Box:
    name: bytes
    start: int
    body: int
    end: int


@dataclass
class _Track:
    kind: bytes = b""
    width: int = 0
    height: int = 0
    turned: bool = False
    codec: bytes = b""
    tables: dict[bytes, bytes] = field(default_factory=dict)


def look(file: BinaryIO, size: int) -> Film:
    """What is in the film, read from its index. Raises Unfit with a code."""
    film, tracks = Film("video/mp4"), 0
    fragments, emptied, index = False, False, False
    for box in _boxes(lambda at, n: _read(file, at, n), 0, size):
        if box.name == b"moov":
            if index or box.end - box.start > LARGEST_INDEX:
                raise Unfit("index")
            index = True
            tracks, emptied = _index(_read(file, box.start, box.end - box.start), box.start, film, size)
        elif box.name == b"moof":
            fragments = True
        elif box.name not in FILE:
            _empty(film, box)
    if not index:
        raise Unfit("broken")
    if not tracks:
        raise Unfit("no-video")
    if fragments and emptied:
        raise Unfit("index")  # Its sensor data lies scattered; we would not find all of it.
    return film


def _read(file: BinaryIO, at: int, n: int) -> bytes:
    file.seek(at)
    return file.read(n)


def _boxes(read: Reader, at: int, end: int, base: int = 0) -> Iterator[_Box]:
    """The boxes between two places; `base` is where the first byte of what `read` reads lies in the file."""
    for _n in range(MOST_BOXES):
        if at == end:
            return
        head = read(at, 16)
        if len(head) < 8:
            raise Unfit("broken")
        length, name = struct.unpack(">I4s", head[:8])
        body = at + 8
        if length == 1 and len(head) == 16:
            length, body = struct.unpack(">Q", head[8:])[0], at + 16
        elif length == 0:
            length = end - at
        if length < body - at or at + length > end:
            raise Unfit("broken")
        yield _Box(name, base + at, base + body, base + at + length)
        at += length
    raise Unfit("broken")


def _empty(film: Film, box: _Box) -> None:
    film.names.append((box.start + 4, b"free"))
    film.zeros.append((box.body, box.end - box.body))


def _index(content: bytes, base: int, film: Film, size: int) -> tuple[int, bool]:
    """Read "moov": how many tracks of pictures there are, and whether a track of something else was emptied."""
    inside = Reading(content, base)
    pictures, emptied = 0, False
    for box in inside.boxes(_only(inside)):
        if box.name == b"mvhd":
            film.seconds = _seconds(inside.body(box))
        if box.name == b"trak":
            track = _track(inside, box, film)
            if track.kind == b"vide":
                pictures += 1
                _take(film, track)
            elif track.kind != b"soun":
                emptied = True
                film.zeros += _samples(track, size)
                _empty(film, box)
        elif box.name not in KEPT[b"moov"]:
            _empty(film, box)
    return pictures, emptied


@dataclass(frozen=True)
class Reading:
    """Bytes that begin at `base` of the file."""

    content: bytes
    base: int

    def boxes(self, box: _Box) -> Iterator[_Box]:
        """The boxes in a box."""
        return _boxes(lambda at, n: self.content[at : at + n], box.body - self.base, box.end - self.base, self.base)

    def body(self, box: _Box) -> bytes:
        return self.content[box.body - self.base : box.end - self.base]


def _only(inside: Reading) -> _Box:
    return next(_boxes(lambda at, n: inside.content[at : at + n], 0, len(inside.content), inside.base))


def _seconds(header: bytes) -> float:
    """From "mvhd", of version 0 or 1."""
    try:
        if header[0] == 1:
            scale, length = struct.unpack(">IQ", header[20:32])
        else:
            scale, length = struct.unpack(">II", header[12:20])
    except (struct.error, IndexError) as error:
        raise Unfit("broken") from error
    return length / scale if scale else 0.0


def _track(inside: Reading, trak: _Box, film: Film) -> _Track:
    track = _Track()
    waiting = [trak]
    while waiting:
        parent = waiting.pop()
        for box in inside.boxes(parent):
            body = inside.body(box)
            if box.name not in KEPT[parent.name]:
                _empty(film, box)
            elif box.name in KEPT:
                waiting.append(box)
            elif box.name == b"hdlr" and parent.name == b"mdia":
                track.kind = body[8:12]
            elif box.name == b"tkhd":
                # The matrix turns a film that a phone took upright: then width and height change places.
                matrix = body[52:88] if body[:1] == b"\x01" else body[40:76]
                track.turned = matrix[4:8] != b"\0\0\0\0" and matrix[:4] == b"\0\0\0\0"
            elif box.name == b"stsd":
                track.codec = body[12:16]
                if len(body) >= 44:
                    track.width, track.height = struct.unpack(">HH", body[40:44])
            elif box.name in (b"stsz", b"stsc", b"stco", b"co64"):
                track.tables[box.name] = body
    return track


def _take(film: Film, track: _Track) -> None:
    if track.codec in (b"encv", b"drmi"):
        raise Unfit("protected")
    if track.codec not in CODECS:
        raise Unfit("codec")
    if not film.codec:
        size = (track.height, track.width) if track.turned else (track.width, track.height)
        film.codec, (film.width, film.height) = CODECS[track.codec], size


def _samples(track: _Track, size: int) -> list[tuple[int, int]]:
    """Where the bytes of a track lie: (first byte, length) of each chunk."""
    try:
        sizes = _sizes(track.tables.get(b"stsz", b"\0" * 12))
        runs = list(struct.iter_unpack(">III", track.tables.get(b"stsc", b"")[8:]))
        form, table = (">Q", b"co64") if b"co64" in track.tables else (">I", b"stco")
        places = [place for (place,) in struct.iter_unpack(form, track.tables.get(table, b"")[8:])]
    except struct.error as error:
        raise Unfit("broken") from error
    found, at = [], 0
    for number, place in enumerate(places, start=1):
        many = next((run[1] for run in reversed(runs) if run[0] <= number), 0)
        length = sum(sizes[at : at + many])
        at += many
        if place + length > size:
            raise Unfit("broken")
        found.append((place, length))
    return found


def _sizes(table: bytes) -> list[int]:
    same, count = struct.unpack(">II", table[4:12])
    if same:
        if count > MOST_BOXES * 10:
            raise Unfit("index")
        return [same] * count
    return [length for (length,) in struct.iter_unpack(">I", table[12 : 12 + 4 * count])]

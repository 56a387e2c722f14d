"""What changed from one text to another, word by word: shown struck and inserted (`.diff`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Word by word is quadratic at worst; longer texts are compared by their lines first, and a long stretch that is
# different is shown as one exchanged for the other.
MOST_WORDS, MOST_LINES = 600, 2000


@dataclass(frozen=True)
class Part:
    """Words that stayed ("="), came ("+") or went ("-")."""

    what: str
    words: str


def words(before: str, after: str) -> list[Part]:
    """The difference of two texts; spaces and line ends stay where they were."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    if len(old) <= MOST_WORDS and len(new) <= MOST_WORDS:
        return _joined(_exchanged(old, new))
    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if min(map(len, lines)) < 2 or max(map(len, lines)) > MOST_LINES:
        return _whole(before, after)
    found: list[Part] = []
    for what, first, last, begin, end in SequenceMatcher(None, *lines, autojunk=False).get_opcodes():
        was, now = "".join(lines[0][first:last]), "".join(lines[1][begin:end])
        found += [Part("=", was)] if what == "equal" else _stretch(was, now)
    return found


def _stretch(before: str, after: str) -> list[Part]:
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return _whole(before, after)
    return _joined(_exchanged(old, new))


def _whole(before: str, after: str) -> list[Part]:
    return [Part(what, text) for what, text in (("-", before), ("+", after)) if text]


def _exchanged(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    for what, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Part("=", "".join(old[first:last]))
            continue
        if last > first:
            yield Part("-", "".join(old[first:last]))
        if end > begin:
            yield Part("+", "".join(new[begin:end]))


def _joined(parts: Iterator[Part]) -> list[Part]:
    """Words exchanged one after the other read as one exchange: a space between two of them does not part them."""
    rows = list(parts)
    found: list[Part] = []
    gone = come = ""
    for place, one in enumerate(rows):
        between = one.what == "=" and one.words == " " and (gone or come) and place + 1 < len(rows)
        if one.what == "=" and not between:
            found += [*_whole(gone, come), one]
            gone = come = ""
        gone += one.words if one.what in "-=" and (one.what == "-" or between) else ""
        come += one.words if one.what in "+=" and (one.what == "+" or between) else ""
    return found + _whole(gone, come)

"""A text as rules read it: its words, without the tricks of writing, each knowing where it stands in the original.

Places are counted in code points of the original text. What cannot be seen (zero-width characters, soft hyphens,
joiners, variation selectors) is left out; what looks the same (full width, mathematical letters, Cyrillic and Greek
letters within a Latin word) is read as the letter it looks like.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import snowballstemmer

# Texts are cut here before they are read: no network takes as much.
LONGEST = 10_000
# The languages whose endings we know by a stemmer.
STEMMED = ("et", "en")
_STEMMERS = {"et": snowballstemmer.stemmer("estonian"), "en": snowballstemmer.stemmer("english")}
LONGEST_WORD, SHORTEST_STEM = 40, 4

# Letters of other scripts that pass for Latin ones, in small letters (Unicode's confusables, those of keyboards).
_LOOKALIKES = str.maketrans(
    "асеорхуіјѕԁһӏвкмнтԛԝгαβεικνορτυχϲ",
    "aceopxyijsdhlbkmhtqwrabeikvoptuxc",
)
_NO_MARK = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ħ": "h"})
# What is an address rather than words: links, e-mail, handles, domains, and the mark where the link will stand.
_ADDRESS = re.compile(
    r"""\{link\} | (?:https?://|www\.)\S+ | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+ | @[\w.-]+
    | (?<![\w.-])[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|eu|ee|lv|lt|de|fi|se|io|co|info|example)\b(?:/\S*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^“”\n]{0,600}”|„[^„“”\n]{0,600}[“”]|«[^«»\n]{0,600}»|\"[^\"\n]{0,600}\"")
_UNSEEN = {0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")


class Letter(NamedTuple):
    """One letter with its marks: where it stands, and how it reads in small letters with and without marks."""

    start: int
    end: int
    fold: str
    bare: str


@dataclass(frozen=True)
class Word:
    """`fold` keeps the marks (õ), `bare` has none (o); `capital`: it begins with a capital letter."""

    fold: str
    bare: str
    letters: tuple[Letter, ...]
    capital: bool
    tag: bool = False
    address: bool = False

    @property
    def start(self) -> int:
        return self.letters[0].start

    @property
    def end(self) -> int:
        return self.letters[-1].end

    def cut(self, length: int) -> int:
        """The place in the original after the first `length` bare characters."""
        had = 0
        for letter in self.letters:
            if had >= length:
                return letter.start
            had += len(letter.bare)
        return self.end


@lru_cache(maxsize=50_000)
def unseen(letter: str) -> bool:
    """Whether a character takes no room: format characters, fillers, variation selectors."""
    return ord(letter) in _UNSEEN or unicodedata.category(letter) == "Cf"


def bare(text: str) -> str:
    """Without marks: "Põhja Külm" -> "Pohja Kulm"; letters stay as large as they are."""
    apart = unicodedata.normalize("NFKD", text.translate(_NO_MARK))
    return "".join(letter for letter in apart if not unicodedata.category(letter).startswith("M"))


def visible(text: str) -> str:
    """What one sees: composed, without unseen characters, one kind of hyphen, single spaces."""
    seen = unicodedata.normalize("NFKC", "".join(letter for letter in text if not unseen(letter)))
    return " ".join(_HYPHENS.sub("-", seen).split())


@lru_cache(maxsize=50_000)
def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


@lru_cache(maxsize=50_000)
def _letter(seen: str) -> tuple[str, str]:
    """In small letters with and without marks; empty when it is neither letter nor digit."""
    fold = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", seen).casefold())
    # A letter that is all mark once it is bare keeps its mark: nothing may be empty in the middle of a word.
    return (fold, bare(fold) or fold) if fold[:1].isalnum() else ("", "")


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of a word in small letters; itself when it is too short or too long to have one."""
    if not SHORTEST_STEM <= len(word) <= LONGEST_WORD:
        return word
    found: str = _STEMMERS[language].stemWord(word)
    return found if len(found) >= SHORTEST_STEM else word


def _letters(text: str) -> list[Letter]:
    """The text in letters with their marks; what is no letter or digit has an empty `fold`."""
    found: list[Letter] = []
    start, seen = -1, ""
    for place, one in enumerate(text):
        if unseen(one):
            continue
        if start >= 0 and _is_mark(one):
            seen += one if len(seen) < 8 else ""
            found[-1] = Letter(start, place + 1, *_letter(seen))
            continue
        start, seen = place, one
        found.append(Letter(place, place + 1, *_letter(one)))
    return found


def _latin(letter: str) -> bool:
    return "a" <= bare(letter)[:1] <= "z"


def _word(letters: list[Letter], text: str, addresses: list[tuple[int, int]]) -> Word:
    fold, plain = "".join(one.fold for one in letters), "".join(one.bare for one in letters)
    if not plain.isascii() and any(_latin(one.fold) for one in letters):
        looked = [one.fold.translate(_LOOKALIKES) for one in letters]
        letters = [Letter(one.start, one.end, fold, bare(fold)) for one, fold in zip(letters, looked, strict=True)]
        fold, plain = "".join(looked), "".join(one.bare for one in letters)
    start = letters[0].start
    after = bisect.bisect_right(addresses, (start, len(text) + 1)) - 1
    inside = after >= 0 and addresses[after][0] <= start < addresses[after][1]
    before = text[start - 1] if start else ""
    return Word(fold, plain, tuple(letters), text[start].isupper(), tag=before in ("#", "＃"), address=inside)


@dataclass(frozen=True)
class Reading:
    """A text that has been read. Make one with `read`, and ask it for as many rules as there are."""

    text: str
    words: list[Word]
    _stems: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    @cached_property
    def by_fold(self) -> dict[str, list[int]]:
        return self._index(lambda word: word.fold)

    @cached_property
    def by_bare(self) -> dict[str, list[int]]:
        return self._index(lambda word: word.bare)

    def by_stem(self, language: str) -> dict[str, list[int]]:
        if language not in self._stems:
            self._stems[language] = self._index(lambda word: stem(word.fold, language))
        return self._stems[language]

    def _index(self, key: Callable[[Word], str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self.words):
            found[key(word)].append(place)
        return dict(found)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.by_bare)

    def beginning(self, start: str) -> list[str]:
        """The different bare words that begin like this."""
        at = bisect.bisect_left(self._sorted, start)
        found = []
        while at < len(self._sorted) and self._sorted[at].startswith(start):
            found.append(self._sorted[at])
            at += 1
        return found

    @cached_property
    def joined(self) -> tuple[str, list[int]]:
        """All words without anything between them, bare; and where each begins in that."""
        starts, length = [], 0
        for word in self.words:
            starts.append(length)
            length += len(word.bare)
        return "".join(word.bare for word in self.words), starts

    @cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """What stands between quotation marks."""
        return [found.span() for found in _QUOTED.finditer(self.text)]

    @cached_property
    def plain(self) -> tuple[str, list[Letter]]:
        """For patterns: the text without marks and unseen characters, large letters kept; and for each of its
        characters the letter of the original it came from."""
        out, origin = [], []
        for letter in _letters(self.text):
            seen = "".join(one for one in self.text[letter.start : letter.end] if not unseen(one))
            for one in bare(seen) or "\ufffd":
                out.append(one)
                origin.append(letter)
        return "".join(out), origin

    def close(self, place: int, *, strict: bool) -> bool:
        """Whether this word and the next can be read as one phrase: nothing but a little between them, and no end of a
        sentence unless `strict`."""
        between = self.text[self.words[place].end : self.words[place + 1].start]
        seen = [one for one in between if not unseen(one)]
        return len(seen) <= 5 and (strict or not any(one in ".!?;" for one in seen))


def read(text: str) -> Reading:
    """Read a text, at most its first 10,000 characters."""
    text = text[:LONGEST]
    addresses = [found.span() for found in _ADDRESS.finditer(text)]
    words: list[Word] = []
    gathered: list[Letter] = []
    for letter in _letters(text):
        if letter.fold:
            gathered.append(letter)
        elif gathered:
            words.append(_word(gathered, text, addresses))
            gathered = []
    if gathered:
        words.append(_word(gathered, text, addresses))
    return Reading(text, words)

"""Finding words and phrases in a text, in whatever form they were bent into (docs/decisions/finding-words.md)."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from kaja.guidelines.reading import LONGEST, STEMMED, Reading, Word, bare, read, stem, visible

# What Estonian adds to a name, the vowel of its stem included, and the s of an English plural or genitive.
ENDING = re.compile(r"[aeiou]?(?:de|te|i)?(?:sse|st|s|le|lt|l|ks|ni|na|ta|ga|d|t)?")
# A common word this long may bear an ending of that kind; shorter ones would find other words (plan, planet).
LONG_ENOUGH = 5
# A phrase written in one piece, or in more than it has, is told from chance by its length.
LONGEST_CHANCE = 6
MOST_PHRASES = 60
_PIECE = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Found:
    """Words `first` to `last` of a reading; `end` is where the found form ends, before an ending that stays."""

    first: int
    last: int
    start: int
    end: int
    rest_from: int


@dataclass(frozen=True)
class Part:
    """One word of a phrase. `star`: whatever follows; `tag`: only as a hashtag."""

    fold: str
    bare: str
    star: bool
    capital: bool
    tag: bool


@dataclass(frozen=True)
class Phrase:
    parts: tuple[Part, ...]
    key: str

    def find(self, reading: Reading, *, strict: bool) -> Iterator[Found]:
        """Every place of it. `strict`: capitals, marks and addresses make no difference."""
        places = [_places(part, reading, strict) for part in self.parts]
        more = len(self.parts) - 1
        for first in sorted(places[0]):
            last = first + more
            if last < len(reading.words) and all(
                first + step in places[step] and reading.close(first + step - 1, strict=strict)
                for step in range(1, more + 1)
            ):
                yield _found(reading, first, last, len(self.parts[-1].bare))
        if not self.parts[0].tag and len(self.key) >= LONGEST_CHANCE and (more or strict):
            yield from self._otherwise_spaced(reading, strict)

    def _otherwise_spaced(self, reading: Reading, strict: bool) -> Iterator[Found]:
        """ "ProjectKelp", "#ProjectKelp", and when strict "P r o j e c t Kelp" and "#meetprojectkelp"."""
        for first, last, rest in spans(reading, self.key, inside=strict):
            pieces = last - first + 1
            word = reading.words[last]
            if pieces == len(self.parts) or (pieces > 1 and not strict) or (word.address and not strict):
                continue
            if self.parts[-1].star or ENDING.fullmatch(rest) or (strict and (word.tag or word.address)):
                yield _found(reading, first, last, len(word.bare) - len(rest))


def spans(reading: Reading, key: str, *, inside: bool = False) -> Iterator[tuple[int, int, str]]:
    """Where the words run together hold `key`: first word, last word, and what is left of the last one. It begins with
    a word, or `inside` a hashtag or an address."""
    whole, starts = reading.joined
    at = whole.find(key)
    while at >= 0:
        first = bisect.bisect_right(starts, at) - 1
        last = bisect.bisect_right(starts, at + len(key) - 1) - 1
        word = reading.words[first]
        begins = starts[first] == at or (inside and first == last and (word.tag or word.address))
        if begins and all(reading.close(place, strict=inside) for place in range(first, last)):
            end = starts[last] + len(reading.words[last].bare)
            yield first, last, whole[at + len(key) : end]
        at = whole.find(key, at + 1)


def _found(reading: Reading, first: int, last: int, length: int) -> Found:
    start, word = reading.words[first].start, reading.words[last]
    if word.tag and first == last:
        start -= 1
    return Found(first, last, start, word.end, word.cut(length) if length < len(word.bare) else word.end)


def _places(part: Part, reading: Reading, strict: bool) -> set[int]:
    """The words of the text that are this word in some form."""
    found = set(reading.by_fold.get(part.fold, ()))
    if strict:
        found.update(reading.by_bare.get(part.bare, ()))
    if part.star or part.capital or strict or len(part.bare) >= LONG_ENOUGH:
        for word in reading.beginning(part.bare):
            if part.star or (len(part.bare) > 1 and _ends(word[len(part.bare) :], part, strict)):
                found.update(reading.by_bare[word])
    if len(part.fold) >= 4 and part.fold.isalpha():
        for language in STEMMED:
            found.update(reading.by_stem(language).get(stem(part.fold, language), ()))
    return {place for place in found if _fits(part, reading.words[place], strict)}


def _ends(rest: str, part: Part, strict: bool) -> bool:
    """A name takes every ending; in a strict rule a short common word takes the plain ones of a noun only."""
    if part.capital or len(part.bare) >= LONG_ENOUGH:
        return ENDING.fullmatch(rest) is not None
    return strict and rest in ("s", "i", "d", "t", "is", "it", "id", "ga", "iga", "ile", "ilt")


def _fits(part: Part, word: Word, strict: bool) -> bool:
    if part.tag:
        return word.tag and word.fold == part.fold
    if strict:
        return True
    # With marks in the rule, another letter is another word: "õun" does not find "oun".
    same_marks = part.fold == part.bare or word.fold.startswith(part.fold[:3])
    return not word.address and same_marks and (word.capital or not part.capital)


@lru_cache(maxsize=20_000)
def phrase(written: str) -> Phrase | None:
    """A phrase as an editor wrote it: a star after a word stands for any ending, # before it for a hashtag. None when
    there is no word in it."""
    words = read(written).words
    parts = tuple(
        Part(word.fold, word.bare, written[word.end : word.end + 1] == "*", word.capital, word.tag) for word in words
    )
    return Phrase(parts, "".join(part.bare for part in parts)) if parts else None


def any_of(written: list[str], reading: Reading, *, strict: bool) -> Iterator[Found]:
    """Every place of every phrase."""
    for one in written[:MOST_PHRASES]:
        made = phrase(one)
        if made is not None:
            yield from made.find(reading, strict=strict)


def may_stand(written: Iterable[str], text: str) -> bool:
    """Whether one of the phrases may stand in a text (`strict`): a look ten times quicker than reading it. False is
    certain; True wants a reading."""
    seen = visible(text[:LONGEST]).casefold()
    plain = bare(seen).casefold()
    if not plain.isascii() and any(ord(letter) > 0x24F for letter in plain if letter.isalpha()):
        return True  # Letters of other scripts may pass for Latin ones: only a reading knows.
    words, joined = _PIECE.findall(seen), "".join(_PIECE.findall(plain))
    for one in written:
        made = phrase(one)
        if made and (made.key in joined or any(_may_begin(made.parts[0], word) for word in words)):
            return True
    return False


@lru_cache(maxsize=100_000)
def _may_begin(part: Part, word: str) -> bool:
    return bool(_places(part, read(word), strict=True))


# --- spelling -------------------------------------------------------------------------------------------------------
def misspelt(right: str, reading: Reading) -> Iterator[Found]:
    """Where `right` is written with other capitals, spaces, hyphens or marks; endings may follow. Hashtags and
    addresses are left alone."""
    made = phrase(right)
    if made is None:
        return
    seams = _seams(made)
    for first, last, rest in spans(reading, made.key):
        words = reading.words[first : last + 1]
        if any(word.tag or word.address for word in words) or not ENDING.fullmatch(rest):
            continue
        found = _found(reading, first, last, len(words[-1].bare) - len(rest))
        if _splits(words) <= seams and not same(right, reading.text[found.start : found.rest_from]):
            yield found


def _seams(made: Phrase) -> set[int]:
    """The places in the key where a space in the text is no accident: where `right` has one, and between two halves
    that are long enough to be no common words."""
    places, at = set(), 0
    for part in made.parts:
        at += len(part.bare)
        places.add(at)
    return places | set(range(3, len(made.key) - 2))


def _splits(words: list[Word]) -> set[int]:
    places, at = set(), 0
    for word in words[:-1]:
        at += len(word.bare)
        places.add(at)
    return places


def same(right: str, written: str) -> bool:
    """Whether the words are written as they should be; one without capitals may begin a sentence."""
    good, seen = visible(right), visible(written)
    return seen == good or (good == good.lower() and seen.lower() == good)

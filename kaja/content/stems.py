"""Words as the search compares them: folded letters and stems of Estonian and English, the same for every database.

A word is found by any of its forms: as it is written, and as both stemmers cut it. Estonian stems keep a vowel that
comes and goes (robot, roboti, robotitega), so the forms without it stand beside them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 40
# Letters that no mark can be taken from.
PLAIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
# Nouns of action: "värbamine" and what it becomes in other cases, beside "värbame" and "värbab".
ACTION = re.compile(r"(?<=...)mi(ne|se|s)$")
_ESTONIAN = snowballstemmer.stemmer("estonian")
_ENGLISH = snowballstemmer.stemmer("english")


def words(text: str) -> list[str]:
    """The words of a text in small letters, compatibility characters composed, in their order."""
    return [word[:LONGEST_WORD] for word in WORD.findall(unicodedata.normalize("NFKC", text).lower())]


def folded(word: str) -> str:
    """A word in plain letters (õ is o, š is s, ß is ss) that every database takes for one word.

    Letters of other alphabets are written as their numbers; a word that begins with a digit gets a letter before it.
    """
    marked = unicodedata.normalize("NFKD", word.lower().translate(PLAIN))
    plain = "".join(letter for letter in marked if not unicodedata.combining(letter))
    ascii_only = "".join(letter if letter.isascii() else f"u{ord(letter):x}z" for letter in plain)
    return f"n{ascii_only}" if ascii_only[:1].isdigit() else ascii_only


@lru_cache(maxsize=60_000)
def forms(word: str) -> tuple[str, ...]:
    """Every folded form that a word (small letters) is found by; the word itself first."""
    estonian = _ESTONIAN.stemWord(word)
    found = [word, estonian, _ENGLISH.stemWord(word)]
    found += [cut for form in (word, estonian) if len(cut := ACTION.sub("", form)) >= 4]
    found += [cut for form in (word, estonian) if len(cut := form.rstrip("aeiouõäöü")) >= 4]
    return tuple(dict.fromkeys(folded(form) for form in found if len(form) >= 3 or form == word))


def stemmed(text: str, *, most: int = 20_000) -> str:
    """All forms of the first `most` words of a text, each once, a space between them: what the index holds."""
    return " ".join(dict.fromkeys(form for word in dict.fromkeys(words(text)[:most]) for form in forms(word)))

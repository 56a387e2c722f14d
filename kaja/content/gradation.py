"""Estonian words whose stem changes (tuba, toa; leht, lehe; hoidma, hoian): a word of a query in all its forms.

Stemmers cut endings and cannot know that "lehe" is "leht". The words are declared (gradation.toml), because rules would
make too much of too little: "koht" has "koha", while "kohe" is another word. Only the query is widened; the index holds
every word as it is written, so it need not be made anew when a word is added.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

DECLARED = Path(__file__).with_name("gradation.toml")
SINGULAR = ("", "s", "st", "l", "lt", "le", "ks", "ni", "na", "ta", "ga", "sse", "d")
PLURAL = ("", "s", "st", "l", "lt", "le", "ks", "ni", "na", "ta", "ga", "sse")
PRESENT = ("", "n", "d", "b", "me", "te", "vad")
INFINITIVE = ("ma", "mas", "mast", "mata", "maks", "mine", "mise", "mist", "misel", "misega")
# A compound: at least so many letters before the word, which has at least so many itself.
BEFORE, SHORTEST = 3, 4


def _noun(parts: list[str]) -> Iterator[str]:
    nominative, genitive, partitive, plural, *further = parts
    yield from (nominative, partitive, *(one for one in further if one != "-"))
    yield from (genitive + ending for ending in SINGULAR)
    yield from (plural + ending for ending in PLURAL)


def _verb(parts: list[str]) -> Iterator[str]:
    infinitive, first, *further = parts
    yield from further
    yield from (infinitive.removesuffix("ma") + ending for ending in INFINITIVE)
    yield from (first.removesuffix("n") + ending for ending in PRESENT)
    for word in further:
        if word.endswith("nud"):
            yield word.removesuffix("nud") + "nute"


@lru_cache(maxsize=1)
def _families() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Form -> the families it belongs to, each with all its forms."""
    declared = tomllib.loads(DECLARED.read_text(encoding="utf-8"))
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name, forms in (("nouns", _noun), ("verbs", _verb)):
        for line in declared[name].split("\n"):
            if parts := line.split():
                family = tuple(dict.fromkeys(forms(parts)))
                for form in family:
                    found[form].append(family)
    return {form: tuple(families) for form, families in found.items()}


@lru_cache(maxsize=4096)
def others(word: str) -> tuple[str, ...]:
    """The other forms of a word (small letters, with their marks), of its last part when it is a compound; nothing for
    a word that is not declared."""
    families = _families()
    whole = families.get(word)
    if whole:
        return _told(word, "", whole)
    for at in range(BEFORE, len(word) - SHORTEST + 1):
        if last := families.get(word[at:]):
            return _told(word, word[:at], last)
    return ()


def _told(word: str, before: str, families: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    forms = (before + form for family in families for form in family)
    return tuple(dict.fromkeys(form for form in forms if form != word))

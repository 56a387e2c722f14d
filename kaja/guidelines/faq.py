"""Answers at hand when commenting or replying (C4): the questions of the guidelines in force, searched."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from kaja.guidelines import pieces
from kaja.guidelines.models import Edition

# "küsimustele" is found by "küsimus": Estonian puts its endings behind, so a word is met by its beginning.
ENDING = 3
SHORTEST = 4


@dataclass(frozen=True)
class Answer:
    """`language` is what it is written in, which need not be the page's."""

    question: str
    answer: str
    language: str


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[\w#]+", "".join(letter for letter in folded if not unicodedata.combining(letter)))


def _stem(word: str) -> str:
    return word[: max(len(word) - ENDING, SHORTEST)] if len(word) > SHORTEST else word


def every(edition: Edition, language: str) -> list[Answer]:
    """All questions of both documents; a piece that is silent in this language speaks in another."""
    found = []
    for document in pieces.DOCUMENTS:
        for piece in edition.content[document]:
            if piece["kind"] != "questions":
                continue
            spoken = next(
                (one for one in (language, *pieces.LANGUAGES) if piece["words"].get(one, {}).get("rows")), language
            )
            rows = piece["words"].get(spoken, {}).get("rows", [])
            found += [Answer(question, answer, spoken) for question, answer in rows if question and answer]
    return found


def search(edition: Edition, words: str, language: str) -> list[Answer]:
    """Answers in which a word of `words` begins a word, the best first: in the question 3, in the answer 1, each word
    once. Without words: all of them, in the order of the documents."""
    answers, wanted = every(edition, language), {_stem(word) for word in _words(words[:200])}
    if not wanted:
        return answers
    scored = []
    for place, one in enumerate(answers):
        asked, said = _words(one.question), _words(one.answer)
        score = sum(
            3 * any(word.startswith(stem) for word in asked) + any(word.startswith(stem) for word in said)
            for stem in wanted
        )
        if score:
            scored.append((-score, place, one))
    return [one for _score, _place, one in sorted(scored, key=lambda row: row[:2])]

"""What changed from one version to another, piece by piece and word by word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from kaja.design.wording import Part, words
from kaja.guidelines import pieces
from kaja.guidelines.pieces import Content, Piece


@dataclass(frozen=True)
class Change:
    """One piece that is new ("added"), gone ("removed"), other ("changed") or elsewhere ("moved")."""

    what: str
    kind: str
    title: str
    parts: list[Part]


def told(piece: Piece, language: str) -> str:
    """Everything a piece says in a language, a line for each of its texts."""
    said = piece["words"].get(language, {})
    lines = [said[name] for name in pieces.KINDS[piece["kind"]].fields if said.get(name)]
    lines += [" · ".join(cell for cell in row if cell) for row in said.get("rows", [])]
    extra = [piece["email"]] if piece["email"] else []
    return "\n".join(lines + extra)


def _below(piece: Piece, language: str) -> str:
    """What stands below the heading: of a piece that is new or gone the heading need not be said twice."""
    said = told(piece, language)
    title = piece["words"].get(language, {}).get("title", "")
    return said.removeprefix(title).lstrip("\n") if title else said


def between(before: Content, after: Content, language: str) -> list[Change]:
    """Changes of both documents in one language, in the order of the newer version; what is gone comes last."""
    return [
        change for document in pieces.DOCUMENTS for change in _document(before[document], after[document], language)
    ]


def _document(before: list[Piece], after: list[Piece], language: str) -> Iterator[Change]:
    old = {piece["id"]: piece for piece in before}
    kept = [piece["id"] for piece in after if piece["id"] in old]
    order = [piece["id"] for piece in before if piece["id"] in set(kept)]
    stayed = {
        kept[place] for block in SequenceMatcher(None, order, kept, autojunk=False).get_matching_blocks()
        for place in range(block.b, block.b + block.size)
    }  # fmt: skip
    for piece in after:
        now = told(piece, language)
        if piece["id"] not in old:
            new = _below(piece, language)
            yield _change("added", piece, language, [Part("+", new)] if new else [])
        elif (was := told(old[piece["id"]], language)) != now:
            yield _change("changed", piece, language, words(was, now))
        elif _drawn(old[piece["id"]]) != _drawn(piece):
            yield _change("changed", piece, language, [Part("=", now)])
        elif piece["id"] not in stayed:
            yield _change("moved", piece, language, [])
    present = {piece["id"] for piece in after}
    for piece in before:
        if piece["id"] not in present:
            gone = _below(piece, language)
            yield _change("removed", piece, language, [Part("-", gone)] if gone else [])


def _drawn(piece: Piece) -> tuple[str, str]:
    return piece["icon"], piece["picture"]


def _change(what: str, piece: Piece, language: str, parts: list[Part]) -> Change:
    title = pieces.summary(piece, language)[0] or str(pieces.KINDS[piece["kind"]].label)
    return Change(what, piece["kind"], title, parts)

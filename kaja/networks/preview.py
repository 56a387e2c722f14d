"""How a post will look: its words in pieces (links, hashtags, what is over the limit), drawn by the network's rules."""

from dataclasses import dataclass

import regex

from kaja.networks import counting
from kaja.networks.contract import Network

PIECES = regex.compile(r"(?P<link>https?://[^\s<>\"]+)|(?P<tag>(?<![\w/])#[\p{L}\p{M}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*)")
SHOWN = 27


@dataclass(frozen=True)
class Piece:
    """A run of text: kind is text, link, tag or over (beyond the limit)."""

    kind: str
    text: str


def pieces(network: Network, text: str) -> list[Piece]:
    """The words of a post in drawing order."""
    kept, over = _split(network, text)
    drawn: list[Piece] = []
    end = 0
    for found in PIECES.finditer(kept):
        if found.start() > end:
            drawn.append(Piece("text", kept[end : found.start()]))
        kind = "link" if found["link"] else "tag"
        drawn.append(Piece(kind, _short(found[0]) if kind == "link" else found[0]))
        end = found.end()
    drawn.append(Piece("text", kept[end:]))
    return [piece for piece in [*drawn, Piece("over", over)] if piece.text]


def _short(address: str) -> str:
    """An address as networks show it: without its scheme, cut after 27 characters."""
    bare = address.split("://", 1)[1]
    return bare if len(bare) <= SHOWN else bare[: SHOWN - 1] + "…"


def _split(network: Network, text: str) -> tuple[str, str]:
    """What fits and what is over the limit, cut between two letters as people see them."""
    if network.limits is None or counting.count(network, text).valid or not text.strip():
        return text, ""
    return counting.cut(network.limits, text)

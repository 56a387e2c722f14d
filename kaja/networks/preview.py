"""How a post will look: its words in pieces (links, hashtags, what is over the limit), drawn by the network's rules."""

from dataclasses import dataclass

import regex

from kaja.networks import addresses, counting, tooted, weighted
from kaja.networks.contract import Fold, Network

# As X takes them; the others differ in what nobody writes.
_IN_TAG = (
    r"\p{L}\p{M}\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
)
TAG = regex.compile(
    r"(?:^|(?<=[\ufe0e\ufe0f]|[^&\p{L}\p{M}\p{Nd}_/]))[#＃](?![\ufe0f\u20e3])"
    rf"[{_IN_TAG}]*+(?<=[\p{{L}}\p{{M}}][{_IN_TAG}]*)(?!(?:[#＃]|://))"
)
# A fold goes back to the space before a word that is no longer than this.
LONG_WORD = 30
SHOWN = 27


@dataclass(frozen=True)
class Piece:
    """A run of text: kind is text, link, tag or over (beyond the limit)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Drawing:
    """The words of a post in drawing order: what a reader sees, and what only after asking for the rest."""

    pieces: list[Piece]
    rest: list[Piece]


def drawn(network: Network, text: str, *, card: bool = False, phone: bool = False) -> Drawing:
    """The words as the network shows them, folded where it folds; `card`: the link has a card of its own; `phone`: as
    its app on a phone does it.

    What is over the limit is never folded away: it has to be seen.
    """
    if card and network.drawn.hides_link and (found := _links(network, text)) and not text[found[-1][1] :].strip():
        shown = pieces(network, text)
        last = max((place for place, one in enumerate(shown) if one.kind == "link"), default=-1)
        if last >= 0 and not any(one.kind == "over" for one in shown):
            shown = [*shown[:last], *shown[last + 1 :]]
            while shown and shown[-1].kind == "text":
                words = shown[-1].text.rstrip()
                shown = shown[:-1] if not words else [*shown[:-1], Piece("text", words)]
                if words:
                    break
    else:
        shown = pieces(network, text)
    fold = network.fold_phone or network.fold if phone else network.fold
    if fold is None or any(one.kind == "over" for one in shown):
        return Drawing(shown, [])
    return _folded(fold, shown)


def _folded(fold: Fold, shown: list[Piece]) -> Drawing:
    """Cut after so many letters or lines, whichever comes first, and not within a word."""
    whole = "".join(one.text for one in shown)
    at = _fold_at(fold, whole)
    if at >= len(whole):
        return Drawing(shown, [])
    seen: list[Piece] = []
    rest: list[Piece] = []
    for one in shown:
        here = max(0, min(at, len(one.text)))
        at -= len(one.text)
        seen.append(Piece(one.kind, one.text[:here]))
        rest.append(Piece(one.kind, one.text[here:]))
    return Drawing([one for one in seen if one.text], [one for one in rest if one.text])


def _fold_at(fold: Fold, whole: str) -> int:
    at = len(whole)
    letters = counting.graphemes(whole)
    if fold.chars and len(letters) > fold.chars:
        at = len("".join(letters[: fold.chars]))
    breaks = [found.start() for found in regex.finditer(r"\n", whole)]
    if fold.lines and len(breaks) >= fold.lines and whole[breaks[fold.lines - 1] :].strip():
        at = min(at, breaks[fold.lines - 1])
    if at < len(whole) and not whole[at].isspace() and (space := whole.rfind(" ", max(0, at - LONG_WORD), at)) > 0:
        at = space
    return at


def pieces(network: Network, text: str) -> list[Piece]:
    """The words of a post in drawing order, none folded away."""
    kept, over = _split(network, text)
    shown: list[Piece] = []
    end = 0
    for start, stop, kind in _marks(network, kept):
        shown.append(Piece("text", kept[end:start]))
        shown.append(Piece(kind, _short(kept[start:stop]) if kind == "link" else kept[start:stop]))
        end = stop
    shown.append(Piece("text", kept[end:]))
    return [piece for piece in [*shown, Piece("over", over)] if piece.text]


def _marks(network: Network, text: str) -> list[tuple[int, int, str]]:
    """Links, and hashtags that are in none: start, end, kind; in order."""
    links = _links(network, text)
    tags = [found.span() for found in TAG.finditer(text)] if network.hashtags else []
    free = [one for one in tags if not any(start < one[1] and one[0] < stop for start, stop in links)]
    return sorted([(*one, "link") for one in links] + [(*one, "tag") for one in free])


def _links(network: Network, text: str) -> list[tuple[int, int]]:
    """What the network makes a link of. X takes names without a scheme too; some let nobody click."""
    if not network.links_work:
        return []
    if network.limits is not None and network.limits.unit == "weighted":
        return [(one.start, one.end) for one in weighted.addresses(text)]
    if network.limits is not None and network.limits.unit == "mastodon":
        return list(tooted.addresses(text))
    return list(addresses.spans(text))


def _short(address: str) -> str:
    """An address as networks show it: without its scheme, cut after 27 characters."""
    bare = address.split("://", 1)[-1]
    return bare if len(bare) <= SHOWN else bare[: SHOWN - 1] + "…"


def _split(network: Network, text: str) -> tuple[str, str]:
    """What fits and what is over the limit, cut between two letters as people see them."""
    if network.limits is None or counting.count(network, text).valid or not text.strip():
        return text, ""
    return counting.cut(network.limits, text)

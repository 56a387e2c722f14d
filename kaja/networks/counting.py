"""How each network counts characters.

graphemes: what a person sees as one (Unicode UAX #29). weighted: X's own weights (weighted.py). mastodon: graphemes,
with every web address as 23 and a mention of somebody on another server as its name alone (tooted.py). utf16: code
units, as JavaScript counts. threads: characters, but emoji by their UTF-8 bytes.
"""

import unicodedata
from dataclasses import dataclass

import regex

from kaja.networks import tooted, weighted
from kaja.networks.contract import Limits, Network

GRAPHEME = regex.compile(r"\X")
EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|[#*0-9]\N{VARIATION SELECTOR-16}?\u20e3")


@dataclass(frozen=True)
class Count:
    """`count` in the network's own `unit`; `limit` None when there is none; `over` a second limit (bytes) passed."""

    count: int
    limit: int | None
    valid: bool
    unit: str

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.count

    @property
    def over(self) -> int:
        """How much too long it is; 0 when it fits."""
        return max(0, -(self.left or 0))


def graphemes(text: str) -> list[str]:
    """The text as a person sees its letters."""
    return GRAPHEME.findall(text)


def _threads(text: str) -> int:
    return sum(len(cluster.encode()) if EMOJI.search(cluster) else len(cluster) for cluster in graphemes(text))


def measure(limits: Limits, text: str) -> int:
    """The length of `text` in the unit of `limits`."""
    if limits.unit == "weighted":
        return weighted.weight(text)
    if limits.unit == "mastodon":
        return len(graphemes(tooted.countable(text, limits.link_length or 23)))
    if limits.unit == "graphemes":
        return len(graphemes(text))
    if limits.unit == "utf16":
        return len(text.encode("utf-16-le")) // 2
    if limits.unit == "threads":
        return _threads(text)
    return len(text)


def cut(limits: Limits, text: str) -> tuple[str, str]:
    """What fits into the limit and what is over it, cut between two letters as people see them."""
    if limits.unit == "weighted":
        text = unicodedata.normalize("NFC", text)
        at = weighted.cut(text, limits.text)
        return text[:at], text[at:]
    letters = graphemes(text)
    low, high = 0, len(letters)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(limits, "".join(letters[:middle])) <= limits.text:
            low = middle
        else:
            high = middle - 1
    return "".join(letters[:low]), "".join(letters[low:])


def count(network: Network, text: str) -> Count:
    """How long `text` is on `network`, and whether it may go out there (empty text may not)."""
    limits = network.limits
    if limits is None:
        return Count(len(text), None, bool(text.strip()), "characters")
    length = measure(limits, text)
    fits = length <= limits.text and (limits.bytes is None or len(text.encode()) <= limits.bytes)
    return Count(length, limits.text, fits and bool(text.strip()), limits.unit)

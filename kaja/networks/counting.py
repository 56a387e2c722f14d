"""How each network counts characters.

graphemes: what a person sees as one (Unicode UAX #29). weighted: X's twitter-text v3, where most letters count 1,
others and each emoji 2, and every address 23. utf16: code units, as JavaScript counts. threads: characters, but
emoji by their UTF-8 bytes.
"""

from dataclasses import dataclass

import regex

from kaja.networks.contract import Limits, Network

GRAPHEME = regex.compile(r"\X")
EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|[#*0-9]\N{VARIATION SELECTOR-16}?\u20e3")
ADDRESS = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
# twitter-text v3: these ranges weigh 1, everything else 2 (config of twitter-text, Apache-2.0).
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


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


def graphemes(text: str) -> list[str]:
    """The text as a person sees its letters."""
    return GRAPHEME.findall(text)


def _weighted(text: str, link_length: int) -> int:
    addresses = ADDRESS.findall(text)
    rest = ADDRESS.sub("", text)
    total = len(addresses) * link_length
    for cluster in graphemes(rest):
        if EMOJI.search(cluster):
            total += 2
        else:
            total += sum(1 if any(low <= ord(sign) <= high for low, high in LIGHT) else 2 for sign in cluster)
    return total


def _threads(text: str) -> int:
    return sum(len(cluster.encode()) if EMOJI.search(cluster) else len(cluster) for cluster in graphemes(text))


def measure(limits: Limits, text: str) -> int:
    """The length of `text` in the unit of `limits`."""
    if limits.unit == "weighted":
        return _weighted(text, limits.link_length or 23)
    if limits.unit == "graphemes":
        return len(graphemes(text))
    if limits.unit == "utf16":
        return len(text.encode("utf-16-le")) // 2
    if limits.unit == "threads":
        return _threads(text)
    return len(text)


def count(network: Network, text: str) -> Count:
    """How long `text` is on `network`, and whether it may go out there (empty text may not)."""
    limits = network.limits
    if limits is None:
        return Count(len(text), None, bool(text.strip()), "characters")
    length = measure(limits, text)
    fits = length <= limits.text and (limits.bytes is None or len(text.encode()) <= limits.bytes)
    return Count(length, limits.text, fits and bool(text.strip()), limits.unit)

"""Web addresses in the words of a post, for networks without rules of their own: what has a scheme is one."""

from __future__ import annotations

from collections.abc import Iterator

import regex

WRITTEN = regex.compile(r"https?://[^\s<>\"]+")
TRAILING = ".,;:!?)]}'\"»“”"


def whole(address: str) -> str:
    """An address without the punctuation of the sentence around it; a bracket that it opened itself stays."""
    while address[-1] in TRAILING and not (address[-1] == ")" and address.count("(") >= address.count(")")):
        address = address[:-1]
    return address


def spans(text: str) -> Iterator[tuple[int, int]]:
    """From and to of each address, in code points."""
    for found in WRITTEN.finditer(text):
        yield found.start(), found.start() + len(whole(found[0]))

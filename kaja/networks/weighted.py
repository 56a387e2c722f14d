"""How X counts: the rules of its open twitter-text (version 3, Apache-2.0), written anew from their description.

A text is put into NFC. Every web address counts 23, with or without its scheme; an emoji counts 2, however many code
points it is made of; letters of most alphabets count 1, other signs 2. What counts as an address is decided by the
names of the root zone, read from the public suffix list.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex
from publicsuffixlist import PublicSuffixList

URL_WEIGHT = 23
HEAVY = 2
# These code points weigh 1, everything else 2.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
LONGEST_LABEL, LONGEST_HOST, LONGEST_ADDRESS = 63, 253, 4096
# Letters of ASCII alone: the patterns need not care for case, which makes them ten times faster, and places stay.
SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
RUN = regex.compile(r"\S+")

_EMOJI = (
    r"(?:\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3"
    r"|\p{Extended_Pictographic}(?!\uFE0E)(?:\uFE0F|\p{Emoji_Modifier})?[\U000E0020-\U000E007F]*"
    r"(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*)"
)
EMOJI = regex.compile(_EMOJI)

# --- what is an address ---------------------------------------------------------------------------------------------
_SPACES = r"\t\n\x0b\x0c\r\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTION = r"\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_NEVER = r"\ufffe\ufeff\uffff"
_PUNCTUATION = r"""!'\#%&"()*+,\\\-./:;<=>?@\[\]^_{|}~$"""
_ACCENTS = (
    r"\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    r"\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_LETTER = rf"[^{_PUNCTUATION}{_SPACES}{_DIRECTION}{_NEVER}]"
# No label is longer than 63 and few hosts have more than ten: with these bounds the time grows with the text alone.
_LABEL = rf"(?:{_LETTER}(?:-|{_LETTER}){{0,62}}+(?<!-)\.)"
_END = r"(?=[^0-9a-z@+-]|$)"
_TLD = rf"(?:(?:\L<tlds>|xn--[-0-9a-z]+){_END})"
_HOST = rf"(?:(?:{_LETTER}(?:[_-]|{_LETTER}){{0,62}}+(?<![_-])\.){{0,8}}{_LABEL}{_TLD})"
_ASCII_HOST = rf"(?:(?:[a-z0-9{_ACCENTS}](?:[-a-z0-9{_ACCENTS}]{{0,61}}[a-z0-9{_ACCENTS}])?\.){{1,10}}{_TLD})"
_IN_PATH = rf"[a-z\p{{Cyrillic}}0-9!*';:=+,.$/%\#\[\]\-\u2013_~@|&{_ACCENTS}]"
_IN_BRACKETS = rf"\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\)"
_PATH_ENDS = rf"(?:[+\-a-z\p{{Cyrillic}}0-9=_\#/{_ACCENTS}]|(?:{_IN_BRACKETS}))"
_PATH = rf"(?:(?:{_IN_PATH}*(?:{_IN_BRACKETS}{_IN_PATH}*)*{_PATH_ENDS})|(?:@{_IN_PATH}+/))"
_QUERY = r"(?:\?[a-z0-9!?*'@();:&=+$/%\#\[\]\-_.,~|]*[a-z0-9\-_&=\#/])"
_BEFORE = rf"(?P<before>[^a-z0-9@＠$\#＃{_NEVER}]|[{_DIRECTION}]|^)"


@lru_cache(maxsize=1)
def _zone() -> frozenset[str]:
    """The names of the root zone, such as com, ee and みんな."""
    known: frozenset[str] = PublicSuffixList()._publicsuffix
    last = {name.rpartition(".")[2] for name in known}
    return frozenset(name for name in last if not name.startswith("xn--") and not name.isdigit())


@lru_cache(maxsize=1)
def _named() -> regex.Pattern[str]:
    """A dot with such a name after it: without one, nothing has to be looked at closely."""
    return regex.compile(rf"\.{_TLD}", tlds=_zone())


@lru_cache(maxsize=1)
def _patterns() -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """An address with what stands before it, and a host of plain letters."""
    zone = _zone()
    whole = rf"{_BEFORE}(?P<url>(?P<scheme>https?://)?(?P<host>{_HOST})(?::[0-9]+)?(?P<path>/{_PATH}*+)?(?P<query>{_QUERY})?)"
    return regex.compile(whole, tlds=zone), regex.compile(_ASCII_HOST, tlds=zone)


@lru_cache(maxsize=1)
def _schemed() -> regex.Pattern[str]:
    """A scheme and a host, with what stands before them."""
    return regex.compile(rf"{_BEFORE}(?P<url>https?://(?P<host>{_HOST})(?::[0-9]+)?)", tlds=_zone())


_OF_T_CO = regex.compile(rf"https?://t\.co/(?P<slug>[a-z0-9]+)(?:{_QUERY})?", regex.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """A web address in a text: `start` and `end` in code points."""

    start: int
    end: int
    text: str


def addresses(text: str) -> list[Address]:
    """What X makes a link of, in order."""
    if not _named().search(text.translate(SMALL)):
        return []
    runs = (run for run in RUN.finditer(text) if len(run[0]) <= LONGEST_ADDRESS)
    return [
        Address(run.start() + one.start, run.start() + one.end, run[0][one.start : one.end])
        for run in runs
        for one in _addresses(run[0].translate(SMALL))
    ]


def hosts(text: str) -> Iterator[tuple[int, int]]:
    """From the scheme of each address that has one to the end of its host and port, in code points."""
    for run in RUN.finditer(text):
        if len(run[0]) > LONGEST_ADDRESS or "://" not in run[0]:
            continue
        for found in _schemed().finditer(run[0].translate(SMALL)):
            if _resolvable(found["host"]):
                yield run.start() + found.start("url"), run.start() + found.end("url")


def _addresses(text: str) -> Iterator[Address]:
    whole, plain = _patterns()
    at = 0
    while found := whole.search(text, at):
        start = found.start("url")
        at = max(found.end("url"), at + 1)
        if found["scheme"]:
            end = found.end("url")
            if short := _OF_T_CO.match(text, start):
                if len(short["slug"]) > 40:
                    continue
                end = at = short.end()
            if _resolvable(found["host"]):
                yield Address(start, end, text[start:end])
            continue
        if found["before"] in ("-", "_", ".", "/"):
            continue
        last: Address | None = None
        for host in plain.finditer(text, start, found.end("host")):
            if last:
                yield last
            last = Address(host.start(), host.end(), host[0]) if _resolvable(host[0]) else None
        if last is None:
            continue
        if found["path"] and last.end == found.end("host"):
            last = Address(last.start, found.end("url"), text[last.start : found.end("url")])
        yield last


def _resolvable(host: str) -> bool:
    """Each label fits into a name of the Internet, as Punycode where it is of other letters."""
    try:
        labels = [
            label if label.isascii() else "xn--" + label.lower().encode("punycode").decode()
            for label in host.split(".")
        ]
    except UnicodeError:
        return False
    if any(label.lower().startswith("xn--") and not plain.isascii() and plain.lower().startswith("xn--")
           for label, plain in zip(labels, host.split("."), strict=True)):  # fmt: skip
        return False
    return all(0 < len(label) <= LONGEST_LABEL for label in labels) and len(".".join(labels)) <= LONGEST_HOST


# --- weight ---------------------------------------------------------------------------------------------------------
def weight(text: str) -> int:
    """How long the text is to X, of 280."""
    text = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for address in addresses(text):
        total += _plain(text[at : address.start]) + URL_WEIGHT
        at = address.end
    return total + _plain(text[at:])


def cut(text: str, limit: int) -> int:
    """How many code points of a text in NFC fit into `limit`: an address whole or not at all, letters as people see
    them."""
    total, at = 0, 0
    for address in [*addresses(text), Address(len(text), len(text), "")]:
        for cluster in regex.findall(r"\X", text[at : address.start]):
            total += _plain(cluster)
            if total > limit:
                return at
            at += len(cluster)
        total += URL_WEIGHT if address.text else 0
        if total > limit:
            return at
        at = address.end
    return at


def _plain(text: str) -> int:
    emoji = EMOJI.findall(text)
    rest = EMOJI.sub("", text) if emoji else text
    light = sum(1 for sign in rest if any(low <= ord(sign) <= high for low, high in LIGHT))
    return HEAVY * len(emoji) + light + HEAVY * (len(rest) - light)

"""How Mastodon counts (StatusLengthValidator, AGPL; written anew from its rules).

Letters as people see them; each address with a scheme as one of 23; somebody on another server by their name alone.
What is an address is decided as X decides it, by the names of the root zone, but for its path and query, which may
hold nearly everything: an address of a network inside a company is none there, and counts in full.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from kaja.networks import weighted

_IN_PATH = r"[^\s<>()?]"
_IN_BRACKETS = rf"\((?:{_IN_PATH}++|{_IN_PATH}*+\({_IN_PATH}++\){_IN_PATH}*+)\)"
PATH = regex.compile(rf"/(?:{_IN_PATH}++|{_IN_BRACKETS})*+")
QUERY = regex.compile(r"\?(?:[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^]|[^\x00-\x9f\s])++", regex.IGNORECASE)
# Neither a path nor a query ends with these; a path may with a bracket that it opened itself.
PATH_NEVER_ENDS = "?!*\"'「」<>;:=,.$%[]~&|@"
QUERY_NEVER_ENDS = "!?*'();:+$%[].,~|@^"
REMOTE = regex.compile(
    r"(?<![\w/=])(?P<name>@(?>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?))@\w++(?:[.:-]+\w++)*+(?!@|://)", regex.IGNORECASE
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where Mastodon makes a link of an address: from and to, in code points."""
    end = 0
    for start, host_ends in weighted.hosts(text):
        if start < end:  # within the query of another
            continue
        end = _query_ends(text, _path_ends(text, host_ends))
        yield start, end


def _path_ends(text: str, at: int) -> int:
    found = PATH.match(text, at)
    if found is None:
        return at
    return at + len(found[0].rstrip(PATH_NEVER_ENDS))


def _query_ends(text: str, at: int) -> int:
    found = QUERY.match(text, at)
    return at + len(found[0].rstrip(QUERY_NEVER_ENDS)) if found else at


def countable(text: str, link_length: int) -> str:
    """The text whose letters Mastodon counts: a row of x in the place of each address, mentions without a server."""
    said, at = "", 0
    for start, end in [*addresses(text), (len(text), len(text))]:
        for found in REMOTE.finditer(text, at, start):
            said += text[at : found.start()] + found["name"]
            at = found.end()
        said += text[at:start] + ("x" * link_length if end > start else "")
        at = end
    return said

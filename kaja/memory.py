"""What is read at every page and changes seldom, kept in this process for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
clock = time.monotonic
_all: list[Kept] = []  # type: ignore[type-arg]


class Kept(Generic[T]):
    """The answer of `read`, by a key such as the language; asked again when it is older than a few seconds."""

    def __init__(self, read: Callable[[], T], *, about: str, seconds: float = 5.0) -> None:
        """`about`: what a change of which makes it old; see `forget`."""
        self._read, self.about, self._seconds = read, about, seconds
        self._found: dict[str, tuple[float, T]] = {}
        _all.append(self)

    def get(self, key: str = "") -> T:
        found = self._found.get(key)
        if found is None or clock() - found[0] > self._seconds:
            found = self._found[key] = (clock(), self._read())
        return found[1]

    def forget(self) -> None:
        self._found.clear()


def forget(about: str = "") -> None:
    """Read what is kept about something again at the next question (after a change of it); without a word, everything
    (between tests). Other processes go on with theirs for a few seconds."""
    for one in _all:
        if about in ("", one.about):
            one.forget()

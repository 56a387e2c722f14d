"""Slugs and their targets in memory: filled on a miss, kept fresh by asking every second what has changed."""

import asyncio
import re
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from django.utils import timezone

from kaja.links.models import ShortLink

POLL_SECONDS = 1.0
MISS_SECONDS = 2.0
# Changes are asked for again for this long: a transaction may commit late, machines' clocks may differ.
OVERLAP = timedelta(seconds=15)
MOST_KEPT = 200_000
MOST_MISSES = 20_000
AT_ONCE = 400
_SLUG = re.compile(r"[0-9a-z]{4,32}", re.ASCII)


class Entry(NamedTuple):
    """A link as it is answered: its number for the log, its owner, its target as a header. Small, to stay in reach:
    of the preview it knows only whether there is one."""

    number: bytes
    owner: int | None
    location: tuple[bytes, bytes] | None  # None: the link is disabled.
    previewed: bool = False


class Unavailable(Exception):
    """The database does not answer; what is in memory goes on working."""


def _location(target: str) -> bytes:
    """The target as a header value: what is not ASCII as percent-encoded UTF-8."""
    return b"".join(bytes([byte]) if 0x21 <= byte < 0x7F else b"%%%02X" % byte for byte in target.encode())


def entry(number: int, owner: int | None, target: str, disabled: datetime | None, preview: object = None) -> Entry:
    """What memory keeps of a link."""
    return Entry(b"%d" % number, owner, None if disabled else (b"location", _location(target)), bool(preview))


def _rows(slugs: Collection[str]) -> dict[str, Entry]:
    close_old_connections()
    names = ("slug", "pk", "owner_id", "target", "disabled_at", "preview")
    rows = ShortLink.objects.filter(slug__in=slugs).values_list(*names)
    return {slug: entry(*row) for slug, *row in rows}


def _changes() -> list[tuple[str, datetime]]:
    close_old_connections()
    lately = timezone.now() - OVERLAP
    return list(ShortLink.objects.filter(changed_at__gt=lately).values_list("slug", "changed_at"))


def _refuse(future: "asyncio.Future[Entry | None]", reason: str) -> None:
    future.set_exception(Unavailable(reason))
    future.exception()  # Looked at once, in case that nobody is waiting any more.


class Lookup:
    """`kept` maps whole paths to entries, so that a hit costs one look into a dictionary."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.kept: dict[str, Entry] = {}
        self._misses: dict[str, float] = {}
        self._wanted: dict[str, asyncio.Future[Entry | None]] = {}
        self._filling: asyncio.Task[None] | None = None
        self._taken: dict[str, datetime] = {}
        # One thread, so that the link server holds one database connection.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="links-database")

    async def find(self, path: str) -> Entry | None:
        """The entry for a path that is not in `kept`; None when there is no such link. Raises Unavailable."""
        slug = path.removeprefix(self.prefix).removesuffix("/").lower()
        if not path.startswith(self.prefix) or not _SLUG.fullmatch(slug):
            return None
        if (known := self.kept.get(self.prefix + slug)) is not None:
            return known
        if self._misses.get(slug, 0.0) > time.monotonic():
            return None
        found = self._wanted.get(slug)
        if found is None:
            found = self._wanted[slug] = asyncio.get_running_loop().create_future()
        if self._filling is None:
            self._filling = asyncio.create_task(self._fill())
        return await asyncio.shield(found)

    async def _fill(self) -> None:
        """Look up what is wanted, many slugs in one question, until nothing is."""
        try:
            while self._wanted:
                slugs = list(self._wanted)[:AT_ONCE]
                try:
                    found = await self.in_thread(partial(_rows, slugs))
                except DatabaseError as error:
                    for slug in slugs:
                        _refuse(self._wanted.pop(slug), str(error))
                    continue
                self._keep(found.items())
                self._miss(slug for slug in slugs if slug not in found)
                for slug in slugs:
                    self._wanted.pop(slug).set_result(found.get(slug))
        finally:
            self._filling = None
            for slug in list(self._wanted):  # Only when something unforeseen happened: nobody waits for ever.
                _refuse(self._wanted.pop(slug), "looking up has stopped")

    async def in_thread(self, question: Callable[[], Any]) -> Any:
        """Run something that speaks to the database in this lookup's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    def _keep(self, found: Iterable[tuple[str, Entry]]) -> None:
        for slug, link in found:
            self.kept[self.prefix + slug] = link
        if len(self.kept) > MOST_KEPT:
            for path in list(self.kept)[: MOST_KEPT // 10]:  # those that came first
                del self.kept[path]

    def _miss(self, slugs: Iterable[str]) -> None:
        if len(self._misses) > MOST_MISSES:
            self._misses.clear()
        until = time.monotonic() + MISS_SECONDS
        for slug in slugs:
            self._misses[slug] = until

    async def refresh(self) -> None:
        """Take over what has changed lately. A database that is away is asked again next time."""
        try:
            changes: dict[str, datetime] = dict(await self.in_thread(_changes))
            fresh = [slug for slug, at in changes.items() if self._taken.get(slug) != at]
            for slug in fresh:
                self._misses.pop(slug, None)
            known = [slug for slug in fresh if self.prefix + slug in self.kept]
            for start in range(0, len(known), AT_ONCE):
                self._keep((await self.in_thread(partial(_rows, known[start : start + AT_ONCE]))).items())
        except DatabaseError:
            return
        self._taken = changes

    def close(self) -> None:
        """Give back the database connection and end the thread."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown()

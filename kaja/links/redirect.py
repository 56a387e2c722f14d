"""The link server: a small ASGI application of its own, without Django's request stack (E2).

Look the slug up in memory, write a line to the click log, answer 302. Everything unusual (unknown and disabled links,
prefetches, preview fetchers, errors) takes the slow path below it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from functools import lru_cache, partial
from time import time
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError

from kaja.links import answers, mine, previews, visitors
from kaja.links.clicklog import ClickLog
from kaja.links.lookup import POLL_SECONDS, Entry, Lookup, Unavailable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger(__name__)
_COOKIE = mine.COOKIE.encode()
_MOST_AGENT = 300
_MOST_REFERRER = 120
_NOT_STORED, _NOT_INDEXED = (b"cache-control", b"private, no-store"), (b"x-robots-tag", b"noindex")
_EMPTY = {"type": "http.response.body", "body": b""}
_AHEAD = (b"sec-purpose", b"purpose", b"x-moz", b"x-purpose")
_MOST_NETWORKS = 5_000
_PLAIN = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"private, no-store")]
_NOT_AHEAD = {"type": "http.response.start", "status": 503, "headers": _PLAIN}
_NOT_ALLOWED = {"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET, HEAD"), *_PLAIN]}


class Redirect:
    """The application. `prefix` is what comes before the slug in the path, "/l/" or "/"."""

    def __init__(self, prefix: str, *, log: ClickLog | None = None) -> None:
        self.log = log or ClickLog(settings.CLICKLOG_DIR, sync=settings.CLICKLOG_SYNC)
        self.lookup = Lookup(prefix)
        self._kept = self.lookup.kept
        self._hops = settings.TRUSTED_PROXIES
        self._networks: dict[str, bytes] = {}
        self._polling: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request of type http."""
        headers = dict(scope["headers"])
        link = self._kept.get(scope["path"])
        ahead = b"sec-purpose" in headers or b"purpose" in headers or b"x-moz" in headers or b"x-purpose" in headers
        if (
            link is None
            or link.location is None
            or ahead
            or scope["method"] != "GET"
            or (link.previewed and previews.is_fetcher(headers.get(b"user-agent", b"")[:_MOST_AGENT]))
        ):
            await self._unusual(scope, headers, link, send)
            return
        try:
            written = self.log.append(self._line(scope, headers, link, b"G"))
            if written is not None:
                await written
        except OSError:
            await self._page(send, "busy", headers)
            return
        await send(_found(link.location))
        await send(_EMPTY)

    def _line(self, scope: Scope, headers: Mapping[bytes, bytes], link: Entry, how: bytes) -> bytes:
        """The line for the click log: what counting needs, and no address."""
        get = headers.get
        if self._hops:
            address = _forwarded(scope, self._hops)
        else:
            address = scope["client"][0] if scope["client"] else ""
        network = self._networks.get(address)
        if network is None:
            network = self._network(address)
        referrer = get(b"referer", b"")
        if referrer:
            referrer = _host(referrer)
        cookie = get(b"cookie")
        if cookie is not None and how == b"G" and link.owner is not None and _owner(cookie) == link.owner:
            how = b"O"
        agent = get(b"user-agent", b"")[:_MOST_AGENT]
        return b"%d\t%b\t%b\t%b\t%b\t%b\n" % (time() * 1000, link.number, how, network, referrer, agent)

    def _network(self, address: str) -> bytes:
        network = visitors.prefix(address).encode()
        if len(self._networks) >= _MOST_NETWORKS:
            self._networks.clear()
        self._networks[address] = network
        return network

    async def _unusual(self, scope: Scope, headers: Mapping[bytes, bytes], link: Entry | None, send: Send) -> None:
        """Links not in memory or switched off, fetches ahead of a click and for a preview, HEAD and other methods."""
        if scope["method"] not in ("GET", "HEAD"):
            await _say(send, _NOT_ALLOWED, b"A short link can only be followed.\n")
            return
        try:
            link = link or await self.lookup.find(scope["path"])
        except Unavailable:
            await self._page(send, "busy", headers)
            return
        if link is None or link.location is None:
            await self._page(send, "unknown" if link is None else "gone", headers)
            return
        ahead = visitors.is_prefetch(*(headers.get(name, b"").decode("latin-1") for name in _AHEAD))
        how = b"H" if scope["method"] == "HEAD" else b"P" if ahead else b"G"
        try:
            written = self.log.append(self._line(scope, headers, link, how))
            if written is not None:
                await written
        except OSError:
            await self._page(send, "busy", headers)
            return
        if how == b"P":
            # The browser drops what it fetched ahead, and the real click comes to us again (measurement.md 3.2).
            await _say(send, _NOT_AHEAD, b"Not fetched ahead of a click.\n")
            return
        shown = await self._preview(link, headers)
        if shown is None:
            await send(_found(link.location))
            await send(_EMPTY)
        else:
            await send(shown.start)
            await send(_EMPTY if how == b"H" else shown.body)

    async def _preview(self, link: Entry, headers: Mapping[bytes, bytes]) -> answers.Page | None:
        """The page for a preview fetcher; None for everybody else, who is sent on. Read anew each time, so that the
        latest words are told; a database that is away costs the words and not the way."""
        if not link.previewed or not previews.is_fetcher(headers.get(b"user-agent", b"")[:_MOST_AGENT]):
            return None
        try:
            page: answers.Page | None = await self.lookup.in_thread(partial(previews.page, int(link.number)))
        except DatabaseError:
            return None
        return page

    async def _page(self, send: Send, kind: str, headers: Mapping[bytes, bytes]) -> None:
        await answers.send_page(send, kind, headers, self.lookup.in_thread)

    def start(self) -> None:
        """Begin to notice changes; needs a running event loop."""
        self._polling = asyncio.create_task(self._poll())
        self._polling.add_done_callback(self._polled)

    def _polled(self, task: asyncio.Task[None]) -> None:
        """Polling ends with the server only; whatever else ended it is told, and it goes on."""
        if not task.cancelled():
            _log.error("Noticing changes of links has stopped; it begins again", exc_info=task.exception())
            self.start()

    def close(self) -> None:
        """End the segment of the log and give back the database connection."""
        if self._polling:
            self._polling.cancel()
        self.log.close()
        self.lookup.close()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self.log.rotate_if_old()
            await self.lookup.refresh()


async def lifespan(redirects: Sequence[Redirect], receive: Receive, send: Send) -> None:
    """Start with the server and end with it (ASGI's lifespan)."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            for redirect in redirects:
                redirect.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            for redirect in redirects:
                redirect.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


def _found(location: tuple[bytes, bytes]) -> MutableMapping[str, Any]:
    return {"type": "http.response.start", "status": 302, "headers": [location, _NOT_STORED, _NOT_INDEXED]}


async def _say(send: Send, start: MutableMapping[str, Any], text: bytes) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": text})


@lru_cache(maxsize=5_000)
def _host(referrer: bytes) -> bytes:
    """The host of a referrer, without its path: what somebody read elsewhere is none of our business."""
    return referrer[: 8 + _MOST_REFERRER].partition(b"//")[2].partition(b"/")[0].replace(b"\t", b"")[:_MOST_REFERRER]


def _owner(cookie: bytes) -> int | None:
    for part in cookie.split(b";"):
        name, _equals, value = part.strip().partition(b"=")
        if name == _COOKIE:
            return mine.owner_of(value.decode("latin-1"))
    return None


def _forwarded(scope: Scope, hops: int) -> str:
    """The visitor's address as the outermost of our `hops` trusted proxies saw it."""
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    chain = [part.strip() for part in b",".join(lines).decode("latin-1").split(",") if part.strip()]
    if not chain:
        return scope["client"][0] if scope["client"] else ""
    address = chain[-hops] if len(chain) >= hops else chain[0]
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address

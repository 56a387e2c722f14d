"""The baseline of bench/redirects.py: the same server, answering a constant 302."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_START = {
    "type": "http.response.start",
    "status": 302,
    "headers": [
        (b"location", b"https://nordwind.example/news/4242?utm_source=linkedin&utm_medium=social"),
        (b"cache-control", b"private, no-store"),
        (b"x-robots-tag", b"noindex"),
    ],
}
_EMPTY = {"type": "http.response.body", "body": b""}


async def application(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(_START)
    await send(_EMPTY)

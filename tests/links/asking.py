"""Asking the link server without a network: the messages of one request, and what came back."""

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from kaja.links.redirect import Redirect

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str


async def ask(
    app: Redirect,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    client: str = "203.0.113.77",
) -> Answer:
    """The answer to one request from a Firefox, unless `headers` say otherwise."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    said = {"user-agent": FIREFOX, **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in said.items()],
        "client": (client, 50000) if client else None,
        "query_string": b"",
    }
    await app(scope, receive, send)
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    got = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], got, body.decode())


def answer(app: Redirect, path: str, **how: Any) -> Answer:
    """`ask` for a test that asks once."""
    return asyncio.run(ask(app, path, **how))

"""A way to a server on which things go wrong: it refuses, limits, cuts before or after the request got there, garbles.

`Proxy` stands as a real server before a real one; `around` does the same to a server inside the process.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from kaja.outbound import Http, NotSent, Request, Response, Silence
from tests.peers.serving import serving

SLOW = 1.5


@dataclass
class Fault:
    """What goes wrong with requests whose address holds `on`: refused, cut-before, cut-after, slow, garbled,
    limited, broken, denied; empty: nothing."""

    kind: str = ""
    on: str = ""
    # So many such requests go well before; so many go wrong then, None: all.
    skip: int = 0
    times: int | None = None

    def strikes(self, url: str) -> bool:
        """Whether this very request goes wrong: to be asked once for each."""
        if not self.hits(url):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
            self.kind = self.kind if self.times >= 0 else ""
        return bool(self.kind)

    def hits(self, url: str) -> bool:
        return bool(self.kind) and self.on in url

    def instead(self) -> Response | None:
        """The answer that comes in place of the server's own, which never hears of it."""
        said = {
            "limited": Response(429, {"retry-after": "120"}, b'{"error": "RateLimitExceeded"}'),
            "broken": Response(503, {}, b"<html>Bad gateway</html>"),
            "denied": Response(401, {}, b'{"error": "InvalidToken"}'),
        }
        return said.get(self.kind)


GARBLED = Response(
    200,
    {},
    b'["not what',
)


def around(server: Http, fault: Fault) -> Http:
    """The same for a server that answers inside the process."""

    def speak(request: Request) -> Response:
        if not fault.strikes(f"{request.method} {request.url}"):
            return server(request)
        if fault.kind == "refused":
            raise NotSent("refused")
        if fault.kind in ("cut-before", "slow"):
            raise Silence("cut")
        if instead := fault.instead():
            return instead
        server(request)
        if fault.kind == "garbled":
            return GARBLED
        raise Silence("cut")

    return speak


@contextmanager
def proxy(target: str, fault: Fault) -> Iterator[str]:
    """The address of a server that passes everything on to `target`, but for the fault."""
    to = urlsplit(target)

    def answer(request: Request) -> Response | None:
        hit, kind = fault.strikes(f"{request.method} {request.url}"), fault.kind
        if hit and kind == "slow":
            time.sleep(SLOW)
        if hit and kind in ("cut-before", "slow"):
            return None
        if hit and (instead := fault.instead()):
            return instead
        there = http.client.HTTPConnection(to.hostname or "", to.port or 80, timeout=20)
        headers = {name: value for name, value in request.headers.items() if name != "accept-encoding"}
        there.request(request.method, request.url, request.body or None, headers)
        said = there.getresponse()
        told = {name: value for name, value in said.headers.items() if name.lower().startswith(("x-", "etag"))}
        told["Content-Type"] = said.headers.get("Content-Type", "")
        passed = Response(said.status, told, said.read())
        there.close()
        if hit and kind == "cut-after":
            return None
        return GARBLED if hit and kind == "garbled" else passed

    with serving(answer) as address:
        yield address

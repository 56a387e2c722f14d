"""Bad weather between Kaja and the networks: a share of all calls goes wrong, drawn from a seed.

    python -m tests.peers.weather

runs Mastodon, X and LinkedIn in a process of its own, each behind such a way, and one more way to any server of the
machine. It is told what to do by lines of JSON and answers by lines of JSON (`Ask` below): the process that asks has
none of the networks' work on its back, and a worker that is killed takes none of them along.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kaja.outbound import Request, Response
from tests.peers import linkedin, mastodon, x
from tests.peers.serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent
# What goes wrong, and how often beside the others.
KINDS = {
    "cut before": 5,  # the network never hears of it
    "cut after": 5,  # it was done, and the answer is lost
    "late": 3,  # hung up on at once, and only then brought to the network
    "slow": 3,  # the answer comes, or comes when nobody waits any more
    "twice": 5,  # done two times; one of the two answers comes back
    "garbled": 4,  # done, and the answer cannot be read
    "broken": 3,  # done, and a server on the way says 502
    "limited": 2,  # not done: ask again in a second
}
SLOW, LATE = (0.2, 4.0), (0.2, 2.0)  # seconds, from and to
GARBLED = (
    Response(200, {}, b'["not what'),
    Response(200, {"Content-Type": "text/html"}, b"<html>Please sign in to the guest network</html>"),
    Response(200, {"Content-Type": "application/json"}, b"{}"),
    Response(200, {}, b"\xff\xfe\x00"),
)
MARK = re.compile(r"No (\d{7})")


@dataclass
class Weather:
    """How bad it is, and what it has done so far."""

    share: float = 0.3
    seed: int = 1
    calls: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    def draw(self) -> tuple[str, float]:
        """What happens to the next call ("" as a rule), and a number between 0 and 1 for how."""
        with self.lock:
            self.calls += 1
            kind, how = "", self._draw.random()
            if self._draw.random() < self.share:
                kind = self._draw.choices(list(KINDS), list(KINDS.values()))[0]
                self.faults[kind] += 1
            return kind, how

    def moves(self, by: int) -> None:
        with self.lock:
            self.under_way += by


def passed_on(target: str, request: Request) -> Response:
    """What the server at `target` answers. Raises OSError."""
    to = urlsplit(target)
    there = http.client.HTTPConnection(to.hostname or "", to.port or 80, timeout=60)
    try:
        headers = {name: value for name, value in request.headers.items() if name not in ("accept-encoding", "host")}
        there.request(request.method, request.url, request.body or None, headers)
        said = there.getresponse()
        kept = {name: value for name, value in said.headers.items() if name.lower().startswith("x-")}
        return Response(said.status, kept | {"Content-Type": said.headers.get("Content-Type", "")}, said.read())
    finally:
        there.close()


@contextmanager
def way(target: str, weather: Weather) -> Iterator[str]:
    """The address of a way to `target` through this weather."""

    def answer(request: Request) -> Response | None:
        weather.moves(1)
        try:
            return through(request)
        finally:
            weather.moves(-1)

    def through(request: Request) -> Response | None:
        kind, how = weather.draw()
        if kind == "cut before":
            return None
        if kind == "limited":
            return Response(429, {"Retry-After": "1", "Content-Type": "application/json"}, b'{"error": "slow down"}')
        if kind == "late":
            threading.Thread(target=later, args=(request, how), daemon=True).start()
            return None
        if kind == "slow":
            time.sleep(SLOW[0] + how * (SLOW[1] - SLOW[0]))
        try:
            said = passed_on(target, request)
            if kind == "twice":
                again = passed_on(target, request)
                said = again if how < 0.5 else said
        except OSError:
            return None
        if kind == "garbled":
            return GARBLED[int(how * len(GARBLED))]
        if kind == "broken":
            return Response(502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
        return None if kind == "cut after" else said

    def later(request: Request, how: float) -> None:
        weather.moves(1)
        try:
            time.sleep(LATE[0] + how * (LATE[1] - LATE[0]))
            passed_on(target, request)
        except OSError:
            pass
        finally:
            weather.moves(-1)

    with serving(answer) as address:
        yield address


# --- a process of its own ---------------------------------------------------------------------------------------------
class Networks:
    """The three networks in the process that runs them, and the ways to them."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack, self.weather = stack, Weather()
        self.mastodon = stack.enter_context(mastodon.running())
        self.x = stack.enter_context(x.running())
        self.linkedin = stack.enter_context(linkedin.running())
        self.linkedin.most = 1_000_000
        self.ways = {name: stack.enter_context(way(server.base, self.weather)) for name, server in self.all().items()}
        self.linkedin.upload_host = self.ways["linkedin"]

    def all(self) -> dict[str, Any]:
        return {"mastodon": self.mastodon, "x": self.x, "linkedin": self.linkedin}

    def hear(self, asked: dict[str, Any]) -> Any:
        match asked["do"]:
            case "begin":
                self.weather.share, self.weather.seed = asked["share"], asked["seed"]
                self.weather.__post_init__()
                return self.ways
            case "way":
                return self.stack.enter_context(way(asked["to"], self.weather))
            case "people":
                return {name: self.person(name) for name in asked["names"]}
            case "calm":
                self.weather.share = 0.0
                return None
            case "seen":
                with self.weather.lock:
                    return {
                        "calls": self.weather.calls,
                        "faults": dict(self.weather.faults),
                        "under_way": self.weather.under_way,
                    }
        return self.posts()

    def person(self, name: str) -> dict[str, Any]:
        """What a new member's account is known by, and its secrets."""
        number, writer = mastodon.account_id(name), x.account_id(name)
        base = self.ways["mastodon"]
        kept = {"base": base, "id": number, "client_id": "a", "client_secret": "b"}
        return {
            "mastodon": [f"{base}/{number}", kept | {"access": self.mastodon.token(name)}],
            "x": [writer, self.x.pair(name)],
            "linkedin": [linkedin.urn(name), {"access": self.linkedin.token(name)}],
        }

    def posts(self) -> list[tuple[str, str, str]]:
        """Every post that stands there: network, account, number of the share in its words."""
        toots = [
            ("mastodon", f"{self.ways['mastodon']}/{one['account']['id']}", one["content"])
            for one in list(self.mastodon.statuses.values())
        ]
        tweets = [("x", one["author_id"], one["written"]) for one in list(self.x.tweets.values())]
        posts = [("linkedin", one["author"], one["shown"]) for one in list(self.linkedin.made.values())]
        return [(network, account, mark(words)) for network, account, words in toots + tweets + posts]


def mark(words: str) -> str:
    """The number of the share that words belong to; empty for words of nobody."""
    found = MARK.search(words)
    return found[1] if found else ""


class Ask:
    """The way to speak with the process of the networks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, do: str, **more: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def running() -> Iterator[Ask]:
    """The networks in a process of their own, for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.weather"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Ask(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    with ExitStack() as stack:
        networks = Networks(stack)
        for line in sys.stdin:
            sys.stdout.write(json.dumps(networks.hear(json.loads(line))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

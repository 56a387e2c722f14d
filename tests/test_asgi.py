import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaja.commands import serving
from kaja.links.models import ShortLink
from tests.links.test_killing import database_url, free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Pages and links on one port, with a short domain of their own for the links."""
    ShortLink.objects.create(slug="abcdefg", target="https://nordwind.example/", network="x")
    number = free_port()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "large.bin").write_bytes(bytes(30_000_000))
    environment = {
        **os.environ,
        "KAJA_DATA_DIR": str(tmp_path),
        "KAJA_DATABASE_URL": database_url(),
        "KAJA_BASE_URL": f"http://localhost:{number}",
        "KAJA_LINK_BASE_URL": "https://k.example",
        "DJANGO_SETTINGS_MODULE": "kaja.settings",
    }
    command = serving.command("kaja.asgi:application", host="127.0.0.1", port=number)
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    for _try in range(900):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", number)):
            break
        time.sleep(0.05)
    yield number
    server.terminate()
    try:
        assert server.wait(45) == 0, "it did not end by itself"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def get(port: int, path: bytes, host: str = "localhost") -> tuple[int, str]:
    """Status and, of a redirect, where to; the path goes out byte for byte."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % (path, host.encode()))
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.read()
        return response.status, response.getheader("location") or ""


def test_a_form_reaches_the_pages_with_its_body(port: int) -> None:
    form = b"x" * 100_000
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = "POST /signin/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        connection.sendall(f"{head}Content-Length: {len(form)}\r\n\r\n".encode() + form)
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status in (403, 404)  # no token against forgery: refused by Django, not by the server


def test_somebody_who_reads_slowly_does_not_hold_up_the_end(port: int) -> None:
    slow = socket.create_connection(("127.0.0.1", port), timeout=20)
    slow.sendall(b"GET /static/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert slow.recv(12) == b"HTTP/1.1 200"  # and reads no further: the fixture ends the server now


def test_one_port_answers_pages_short_links_and_the_links_own_domain(port: int) -> None:
    assert get(port, b"/l/abcdefg") == (302, "https://nordwind.example/")
    assert get(port, b"/abcdefg", "k.example") == (302, "https://nordwind.example/")
    assert get(port, b"/zzzzzzz", "k.example")[0] == 404
    assert get(port, b"/l/zzzzzzz")[0] == 404
    assert get(port, b"/no-such-page/")[0] == 404
    assert get(port, b"/no-such-page/?q=\xc3\xb5")[0] == 404

"""What may be fetched: never an inner address, whatever way it is hidden; never without end; no doubt where none need be."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpcore
import pytest
from pytest_django import Settings

from kaja import outbound
from kaja.outbound import NotSent, Refused, Request, Silence, fetch, http, is_outer

Serve = Callable[[socket.socket], None]


@contextmanager
def server(serve: Serve) -> Iterator[int]:
    """A server on this machine that does with each connection what `serve` does."""
    listening = socket.create_server(("127.0.0.1", 0))

    def loop() -> None:
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    serve(connection)
                except OSError:
                    continue

    threading.Thread(target=loop, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def answering(body: bytes = b"hello", status: str = "200 OK", *headers: str) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: text/html", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)

    return serve


@pytest.fixture
def allow(settings: Settings) -> Callable[[int], str]:
    """Let one port of this machine be reached; its address."""

    def allowed(port: int) -> str:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, f"127.0.0.1:{port}"]
        return f"http://127.0.0.1:{port}/"

    return allowed


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::", "not an address", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_inner_addresses_are_known_in_every_dress(address: str) -> None:
    assert not is_outer(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are_reached(address: str) -> None:
    assert is_outer(address)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://127.1/", "file:///etc/passwd",
     "ftp://1.1.1.1/", "gopher://1.1.1.1/", "http://1.1.1.1:22/", "http://user:pw@127.0.0.1/", "https://", "", "//x", "javascript:1"],
)  # fmt: skip
def test_what_is_inside_or_no_web_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(Refused) as refused:
        fetch(url)
    assert refused.value.sentence.strip()


def test_a_redirect_does_not_lead_inside(allow: Callable[[int], str]) -> None:
    asked = []

    def inside(connection: socket.socket) -> None:
        asked.append(1)
        answering()(connection)

    with (
        server(inside) as inner,
        server(answering(b"", "302 Found", f"Location: http://127.0.0.1:{inner}/")) as outer,
        pytest.raises(Refused),
    ):
        fetch(allow(outer))
    assert not asked


def test_a_name_that_changes_its_address_after_the_check_does_not_lead_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: whatever the name says the second time, the connection goes to the address that was checked."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    connected = []

    def connect(_self: object, host: str, *_more: object, **_options: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr(outbound, "resolve", lambda _host, _port: next(answers))
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(NotSent):
        http()(Request("GET", "http://rebinding.example/"))
    assert connected == ["93.184.216.34"]


def test_one_inner_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "resolve", lambda _host, _port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Refused):
        http()(Request("GET", "http://mixed.example/"))


def test_pages_come_with_the_address_they_were_found_at(allow: Callable[[int], str]) -> None:
    with server(answering(b"there")) as there:
        target = allow(there)
        with server(answering(b"", "301 Moved", f"Location: {target}a")) as here:
            got = fetch(allow(here))
    assert (got.url, got.body, got.status) == (f"{target}a", b"there", 200)


def test_a_ring_of_redirects_ends(allow: Callable[[int], str]) -> None:
    with server(answering(b"", "302 Found", "Location: /again")) as port, pytest.raises(Refused) as refused:
        fetch(allow(port))
    assert refused.value.reason == "redirects"


@pytest.mark.parametrize(
    ("status", "reason"), [("404 Not Found", "status-404"), ("403 No", "status-403"), ("500 Oh", "status-500")]
)
def test_refusals_of_the_server_are_told_in_words(allow: Callable[[int], str], status: str, reason: str) -> None:
    with server(answering(b"", status)) as port, pytest.raises(Refused) as refused:
        fetch(allow(port))
    assert refused.value.reason == reason


def test_what_is_too_large_is_cut_off_also_when_it_was_packed_small(allow: Callable[[int], str]) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    for body, headers in ((b"x" * 300_000, ()), (bomb, ("Content-Encoding: gzip",))):
        with server(answering(body, "200 OK", *headers)) as port, pytest.raises(Refused) as refused:
            fetch(allow(port), limit=200_000)
        assert refused.value.reason == "too-large"


def test_a_drip_of_bytes_does_not_hold_a_worker(allow: Callable[[int], str]) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)

    begun = time.monotonic()
    with server(drip) as port, pytest.raises(Silence):
        http(timeout=1.0)(Request("GET", allow(port)))
    assert time.monotonic() - begun < 5


def test_a_connection_that_never_came_about_had_no_effect(allow: Callable[[int], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotSent):
        http()(Request("POST", allow(port), {}, b"body"))


def test_a_connection_cut_after_the_request_left_is_doubt(allow: Callable[[int], str]) -> None:
    with server(lambda connection: (connection.recv(65536), None)[1]) as port, pytest.raises(Silence):
        http()(Request("POST", allow(port), {}, b"body"))


def test_an_answer_cut_in_its_middle_is_doubt(allow: Callable[[int], str]) -> None:
    def half(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with server(half) as port, pytest.raises(Silence):
        http()(Request("GET", allow(port)))


def test_a_header_cannot_be_smuggled_in() -> None:
    with pytest.raises(NotSent):
        http()(Request("GET", "http://1.1.1.1/", {"X": "a\r\nHost: inner"}))


def test_a_redirect_that_leads_to_no_address_is_refused_with_a_sentence(allow: Callable[[int], str]) -> None:
    with server(answering(b"", "302 Found", "Location: http://[::1")) as port, pytest.raises(Refused) as refused:
        fetch(allow(port))
    assert refused.value.reason == "scheme"


def test_addresses_with_letters_of_any_alphabet_are_fetched(allow: Callable[[int], str]) -> None:
    asked = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65536).split(b"\r\n")[0])
        if len(asked) == 1:
            there = "Location: /järgmine".encode()
            connection.sendall(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + there + b"\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with server(serve) as port:
        fetch(allow(port) + "õun")
    assert asked == [b"GET /%C3%B5un HTTP/1.1", b"GET /j%C3%A4rgmine HTTP/1.1"]


# --- connections that stay open ---------------------------------------------------------------------------------------
def speaking(connections: list[int], *, answers: int = 9, hangs: bool = False) -> Serve:
    """Answers so many requests on one connection, and then closes it, or says nothing more."""

    def serve(connection: socket.socket) -> None:
        connections.append(0)
        for _request in range(answers):
            if not connection.recv(65536):
                return
            connections[-1] += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        if hangs:
            connection.recv(65536)
            time.sleep(5)

    return serve


def test_a_connection_stays_open_for_the_next_request_only_where_that_is_wished(allow: Callable[[int], str]) -> None:
    connections: list[int] = []
    with server(speaking(connections)) as port:
        address, kept = allow(port), outbound.http(keep=True)
        for _time in range(3):
            assert kept(Request("GET", address)).body == b"ok"
        assert connections == [3]
    connections.clear()
    with server(speaking(connections)) as port:
        address = allow(port)
        for _time in range(3):
            outbound.http()(Request("GET", address))
        assert connections == [1, 1, 1]


def test_one_that_was_closed_meanwhile_is_opened_anew_without_any_doubt(allow: Callable[[int], str]) -> None:
    connections: list[int] = []
    with server(speaking(connections, answers=1)) as port:
        address, kept = allow(port), outbound.http(keep=True)
        for _time in range(3):
            kept(Request("GET", address))
            time.sleep(0.05)
        assert connections == [1, 1, 1]


def test_each_request_on_it_has_its_own_time_and_silence_is_doubt(allow: Callable[[int], str]) -> None:
    connections: list[int] = []
    with server(speaking(connections, answers=1, hangs=True)) as port:
        address = allow(port)
        outbound.http(keep=True, timeout=5)(Request("GET", address))
        began = time.monotonic()
        with pytest.raises(Silence):
            outbound.http(keep=True, timeout=0.5)(Request("GET", address))
        assert 0.4 < time.monotonic() - began < 3
        assert connections == [1]


def test_nobody_waits_until_another_server_has_answered(allow: Callable[[int], str]) -> None:
    gate = threading.Event()
    threads = []
    with ExitStack() as stack:
        for _number in range(14):
            address = allow(stack.enter_context(server(lambda _connection: waiting(gate))))
            threads.append(threading.Thread(target=silent, args=(address,)))
            threads[-1].start()
        address = allow(stack.enter_context(server(answering(b"quick"))))
        began = time.monotonic()
        assert http(keep=True)(Request("GET", address)).body == b"quick"
        assert time.monotonic() - began < 3
        gate.set()
        for thread in threads:
            thread.join(20)


def silent(address: str) -> None:
    with suppress(Silence):
        http(keep=True, timeout=5)(Request("GET", address))


def waiting(gate: threading.Event) -> None:
    gate.wait(10)

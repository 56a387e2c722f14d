"""kill -9 of the link server under load: every click that was answered is counted, and none twice."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, connections

from kaja.links import clicklog, counting
from kaja.links.models import Click, LinkDay, ShortLink
from tests.links.asking import FIREFOX

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 64
KILLS = 3


def database_url() -> str:
    """The test's own database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{quote(str(settings['NAME']))}"
    return f"postgres://{settings['USER']}@/{settings['NAME']}?host={quote(settings['HOST'])}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def link_server(folder: Path, *, sync: bool) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A link server in a process group of its own, answering; gives its port."""
    port = free_port()
    environment = {
        **os.environ,
        "KAJA_DATA_DIR": str(folder),
        "KAJA_DATABASE_URL": database_url(),
        "KAJA_CLICKLOG_SYNC": str(int(sync)),
        "DJANGO_SETTINGS_MODULE": "kaja.settings",
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--log-level", "error"]
    server = subprocess.Popen([*command, "kaja.links.server:application"], env=environment, start_new_session=True)
    try:
        for _try in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port, server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)


def click_until_it_dies(port: int, links: list[ShortLink], first: int, answered: list[int]) -> int:
    """Click from many connections, each click from another page; notes the numbers of those answered with a 302."""
    poll, sockets, asked = select.epoll(), {}, {}
    number = first

    def ask(client: socket.socket) -> None:
        nonlocal number
        number += 1
        asked[client.fileno()] = number
        slug = links[number % len(links)].slug
        client.send(
            f"GET /l/{slug} HTTP/1.1\r\nHost: k\r\nUser-Agent: {FIREFOX}\r\nReferer: https://{number}/\r\n\r\n".encode()
        )

    for _number in range(CONNECTIONS):
        client = socket.create_connection(("127.0.0.1", port))
        sockets[client.fileno()] = client
        poll.register(client, select.EPOLLIN)
        ask(client)
    while sockets:
        for descriptor, _events in poll.poll(1.0):
            client = sockets[descriptor]
            try:
                data = client.recv(4096)
                if data.startswith(b"HTTP/1.1 302"):
                    answered.append(asked[descriptor])
                    ask(client)
                    continue
            except OSError:
                data = b""
            assert not data, data
            poll.unregister(descriptor)
            sockets.pop(descriptor).close()
    return number


@pytest.mark.parametrize("sync", [False, True])
def test_every_answered_click_is_counted_exactly_once_however_often_the_server_is_killed(
    log_folder: Path, db: None, sync: bool
) -> None:
    links = [ShortLink.objects.create(slug=f"killed{n}", target="https://nordwind.example/") for n in range(9)]
    answered: list[int] = []
    asked = 0
    for kill in range(KILLS):
        with link_server(log_folder.parent, sync=sync) as (port, server):
            timer = threading.Timer(0.25 + 0.11 * kill, os.killpg, (server.pid, signal.SIGKILL))
            timer.start()
            asked = click_until_it_dies(port, links, asked, answered)
            timer.join()
        counting.turn(worker="between")
    while counting.turn(worker="last"):
        pass

    stored = Counter(int(page) for page in Click.objects.values_list("referrer", flat=True))
    assert len(answered) > KILLS * CONNECTIONS
    assert not set(answered) - set(stored), "answered, but not counted"
    assert max(stored.values()) == 1, "counted twice"
    # Those on their way when the server died were written, but their visitors never heard of it.
    assert len(stored) - len(answered) <= KILLS * CONNECTIONS
    assert sum(sum(row) for row in LinkDay.objects.values_list("person", "repeat")) == len(stored)
    assert set(LinkDay.objects.values_list("visitors", flat=True)) == {1}
    assert not list(clicklog.segments(log_folder))


def test_two_counters_at_once_count_each_line_once(log_folder: Path, db: None) -> None:
    links = [ShortLink.objects.create(slug=f"shared{n}", target="https://nordwind.example/") for n in range(5)]
    log_folder.mkdir(parents=True)
    for segment in range(12):
        lines = [f"{1_795_516_800_000 + n * 50}\t{links[n % 5].pk}\tG\t203.0.113.0\t\t{FIREFOX}\n" for n in range(100)]
        (log_folder / f"{segment:02}.clicks").write_text("".join(lines))
    errors: list[BaseException] = []

    def count() -> None:
        try:
            for _turn in range(40):
                counting.turn(worker="one of two")
        except BaseException as error:  # noqa: BLE001  (told by the test, in its own thread)
            errors.append(error)
        finally:
            connections.close_all()

    counters = [threading.Thread(target=count) for _number in range(2)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    assert not errors
    assert Click.objects.count() == 1_200
    assert sum(sum(row) for row in LinkDay.objects.values_list("person", "repeat", "other")) == 1_200
    assert sorted(LinkDay.objects.values_list("visitors", flat=True)) == [1] * 5

"""Redirects per second of the link server, each click written down, against the same server answering a constant 302.

    python -m bench.redirects [--sync]

Written down means: the click survives the end of the process. With --sync (and no floor) it is on the disk, too, and
more connections are open, since each waits for the disk.

10,000 slugs at random. The server has one core, the load generator the other. Both servers are asked in turns.
"""

import contextlib
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FLOOR = 0.6
SLUGS = 10_000
ROUNDS = 7
SECONDS = 2.0
CONNECTIONS, CONNECTIONS_SYNC = 64, 512
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def cores() -> tuple[str, str]:
    """A core for the server and another for the load; the same one where there is no other."""
    have = sorted(os.sched_getaffinity(0))
    return str(have[0]), str(have[-1])


@contextlib.contextmanager
def serving(application: str, core: str, environment: dict[str, str]) -> Iterator[int]:
    """Granian with one worker on `core`; gives the port."""
    port = free_port()
    command = [
        "taskset", "-c", core, sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--http", "1",
        "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", application,
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        for _try in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def links(environment: dict[str, str]) -> list[bytes]:
    """Stores the links and returns a request for each."""
    os.environ.update(environment)
    import django

    django.setup()
    from django.core.management import call_command

    from kaja.links import minting
    from kaja.links.models import ShortLink

    call_command("migrate", verbosity=0)
    target = "https://nordwind.example/news/{}?utm_source=linkedin&utm_medium=social"
    rows = [ShortLink(slug=minting.slug(), target=target.format(number), network="x") for number in range(SLUGS)]
    ShortLink.objects.bulk_create(rows, batch_size=500)
    return [request(row.slug, AGENTS[number % len(AGENTS)]) for number, row in enumerate(rows)]


def request(slug: str, agent: str) -> bytes:
    """What a browser sends."""
    lines = (
        f"GET /l/{slug} HTTP/1.1",
        "Host: k.nordwind.example",
        f"User-Agent: {agent}",
        "Accept: text/html,application/xhtml+xml",
        "Accept-Language: et,en;q=0.8",
        "Accept-Encoding: gzip, br",
        "Referer: https://www.linkedin.com/",
        "Sec-Fetch-Mode: navigate",
        "Upgrade-Insecure-Requests: 1",
    )
    return "\r\n".join((*lines, "", "")).encode()


def load(port: int, packed: bytes, core: str, seconds: float) -> float:
    """Answers per second."""
    connections = CONNECTIONS_SYNC if "--sync" in sys.argv else CONNECTIONS
    command = ["taskset", "-c", core, sys.executable, "-m", "bench.load", str(port), str(seconds), str(connections)]
    out = subprocess.run(command, input=packed, capture_output=True, check=True).stdout.split()
    answers, took, wrong = int(out[0]), float(out[1]), int(out[2])
    if wrong:
        sys.exit(f"{wrong} answers were not a whole 302.")
    return answers / took


def main() -> None:
    server_core, load_core = cores()
    with tempfile.TemporaryDirectory(prefix="kaja-bench-") as folder:
        environment = {
            **os.environ,
            "KAJA_DATA_DIR": folder,
            "KAJA_SECRET_KEY": "bench",
            "KAJA_VAULT_KEYS": "bench-0123456789abcdef0123456789abcdef",
            "KAJA_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "KAJA_CLICKLOG_SYNC": str(int("--sync" in sys.argv)),
            "DJANGO_SETTINGS_MODULE": "kaja.settings",
        }
        requests = links(environment)
        packed = b"".join(struct.pack("<I", len(request)) + request for request in requests)
        with (
            serving("kaja.links.server:application", server_core, environment) as ours,
            serving("bench.constant:application", server_core, environment) as theirs,
        ):
            load(ours, packed, load_core, 3.0)  # every slug comes into memory
            load(theirs, packed, load_core, 1.0)
            pairs = []
            for _round in range(ROUNDS):
                pairs.append((load(ours, packed, load_core, SECONDS), load(theirs, packed, load_core, SECONDS)))
        written = sum(file.stat().st_size for file in Path(folder, "clicks").iterdir())
    kaja, baseline = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    assert written > 0
    name, floor = ("redirects-synced", 0.0) if "--sync" in sys.argv else ("redirects", FLOOR)
    print(f"{name} {ratio:.2f} (kaja {kaja:,.0f}/s, constant 302 {baseline:,.0f}/s)")
    sys.exit(ratio < floor)


if __name__ == "__main__":
    main()

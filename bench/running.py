"""A running Kaja with a small demo company for what is measured from the outside, and Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def kaja(*, people: int, days: int) -> Iterator[str]:
    """The address of a Kaja of its own, in a folder of its own; stopped and removed afterwards."""
    port, folder = free_port(), tempfile.mkdtemp(prefix="kaja-bench-")
    environment = os.environ | {
        "KAJA_DATA_DIR": folder, "KAJA_DEMO": "1", "PORT": str(port), "KAJA_BASE_URL": f"http://localhost:{port}",
        "KAJA_DATABASE_URL": "",
    }  # fmt: skip
    run = [sys.executable, "-m", "kaja"]
    for command in (["migrate"], ["demo", "--people", str(people), "--days", str(days)]):
        subprocess.run([*run, *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([*run, "up"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield _awaited(f"http://localhost:{port}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _awaited(address: str) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return address
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer")


def chromium() -> str | None:
    """Where the machine's Chromium is."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("KAJA_CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


def sign_in(browser: Any, address: str, email: str) -> list[Any]:
    """The cookies of a demo person."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/signin/")
    page.locator(f"button[value='{email}']").first.click()
    page.wait_for_load_state()
    cookies: list[Any] = context.cookies()
    context.close()
    return cookies

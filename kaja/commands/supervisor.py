"""`kaja up`: pages, short links and worker in one process group. Loads no Django itself: it must stay small."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from kaja.commands import serving

NEEDED_BYTES = 100_000_000
# A child that ran for so long is well again: its next fall is a first one.
WELL = 60.0
PACKAGE = Path(__file__).resolve().parent.parent


class Refusal(OSError):
    """Why Kaja cannot start, and what mends it."""


def data_folder() -> Path:
    return Path(os.environ.get("KAJA_DATA_DIR") or "data").resolve()


def check(host: str, port: int, folder: Path) -> None:
    """Raise Refusal when the port is taken, the folder cannot be written or the disk is full."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise Refusal(
                f"Port {port} is taken by another program. Stop it, or choose another port: PORT={port + 1} make run"
            ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").write_text("")
        (folder / ".writable").unlink()
    except OSError as error:
        raise Refusal(f"{folder} cannot be written: {error.strerror}. Choose another with KAJA_DATA_DIR.") from error
    if shutil.disk_usage(folder).free < NEEDED_BYTES:
        raise Refusal(f"The disk with {folder} is full: fewer than 100 MB are left. Make room, then start again.")


def stamp() -> str:
    """What the database and the static files depend on: changed, they are brought up to date before the start."""
    files = [*PACKAGE.glob("*/migrations/*.py"), *(PACKAGE / "static").rglob("*"), *PACKAGE.rglob("*.mo")]
    facts = [f"{file}{file.stat().st_mtime_ns}" for file in sorted(files) if file.is_file()]
    facts.append(os.environ.get("KAJA_DATABASE_URL", ""))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def prepare(folder: Path) -> None:
    """Migrate and collect static files when something changed since the last start."""
    mark, now = folder / ".prepared", stamp()
    if mark.exists() and mark.read_text() == now:
        return
    print("Preparing the database and the files …", flush=True)
    if subprocess.run([sys.executable, "-m", "kaja", "migrate"], check=False).returncode:
        raise Refusal("The database could not be prepared; the lines above say why.")
    mark.write_text(now)


def adopt_orphans() -> None:
    """Have the children of a child that dies become our own (Linux: PR_SET_CHILD_SUBREAPER), so that they are ended."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def adopted(known: set[int]) -> list[int]:
    """Our children that we did not start ourselves."""
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [int(pid) for pid in own.read_text().split() if int(pid) not in known] if own.exists() else []


class Supervisor:
    """Starts the children, starts one again that dies, stops all together."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self.commands = commands
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.falls: dict[str, int] = dict.fromkeys(commands, 0)
        self.started: dict[str, float] = {}
        # Those that fell: when each starts again. Nobody sleeps meanwhile, so that Ctrl-C is heard at once.
        self.due: dict[str, float] = {}
        self.stopping = False

    def start(self, name: str) -> None:
        self.children[name] = subprocess.Popen(self.commands[name])  # noqa: S603 - our own commands
        self.started[name] = time.monotonic()
        self.due.pop(name, None)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopping = True

    def run(self, ready: str, greeting: str) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)
        adopt_orphans()
        for name in self.commands:
            self.start(name)
        greeted = False
        while not self.stopping:
            time.sleep(0.1)
            if not greeted and answers(ready):
                print(greeting, flush=True)
                greeted = True
            self.look_after()
        self.end()

    def look_after(self) -> None:
        """Notice who fell, and start again whose pause is over."""
        now = time.monotonic()
        for name, child in list(self.children.items()):
            if name in self.due:
                if now >= self.due[name] and not self.stopping:
                    self.start(name)
            elif (status := child.poll()) is not None:
                self.fallen(name, status, now)

    def fallen(self, name: str, status: int, now: float) -> None:
        """Say so, and plan the next start: after 2 s, doubling up to 30 s."""
        self.end_orphans()
        self.falls[name] = 1 if now - self.started[name] > WELL else self.falls[name] + 1
        pause = min(2 ** self.falls[name], 30)
        self.due[name] = now + pause
        print(f"kaja: {name} ended ({status}); it starts again in {pause} s.", file=sys.stderr, flush=True)

    def end_orphans(self) -> None:
        """A server that was killed leaves its own worker behind, and that one would keep the port."""
        for pid in adopted({child.pid for child in self.children.values()}):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def end(self) -> None:
        for child in self.children.values():
            child.terminate()
        limit = time.monotonic() + 15
        for child in self.children.values():
            try:
                child.wait(max(limit - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.end_orphans()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def run(*, port: int, host: str) -> None:
    """Check, prepare, start, say where it is, and stay until told to stop. Raises Refusal."""
    folder = data_folder()
    check(host, port, folder)
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0") else host  # noqa: S104 - only compared
    os.environ.setdefault("KAJA_BASE_URL", f"http://{shown}:{port}")
    prepare(folder)
    greeting = f"\nKaja runs: {os.environ['KAJA_BASE_URL']}\n"
    if os.environ.get("KAJA_DEMO") == "1":
        greeting += (
            "This is a demo with an invented company. Sign in with one click on the first page, or with\n"
            "  liis.tamm@nordwind.example    advocate           password: kaja on kaja\n"
            "  kadri.magi@nordwind.example   programme manager  password: kaja on kaja\n"
        )
    greeting += "Ctrl-C stops it."
    commands = {
        "web": serving.command("kaja.asgi:application", host=host, port=port),
        "worker": [sys.executable, "-m", "kaja", "worker"],
    }
    Supervisor(commands).run(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz", greeting)  # noqa: S104
    print("Kaja has stopped.", flush=True)

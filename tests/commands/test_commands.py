"""The command line as somebody types it, each in a process and a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.peers.serving import free_port


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAJA_", "DJANGO_"))}
    return {**kept, "KAJA_DATA_DIR": str(folder), **more}


def kaja(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kaja", *words],
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_version_and_help(tmp_path: Path) -> None:
    assert kaja(tmp_path, "version").stdout.startswith("Kaja 0.")
    for word in (
        "up",
        "web",
        "links",
        "worker",
        "migrate",
        "demo",
        "user",
        "token",
        "import",
        "backup",
        "restore",
        "doctor",
    ):
        assert word in kaja(tmp_path, "--help").stdout


def test_people_and_tokens_are_made_and_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    made = kaja(tmp_path, "user", "create", "Liis@nordwind.example", "--role", "editor")
    assert "liis@nordwind.example can sign in" in made.stdout
    assert kaja(tmp_path, "token", "create", "liis@nordwind.example").stdout.startswith("kaja_")
    for words, sentence in (
        (("user", "create", "liis@nordwind.example"), "already exists"),
        (("user", "create", "x@y.example", "--role", "king"), "no role king"),
        (("user", "create", "no-address"), "valid email"),
        (("token", "create", "nobody@nordwind.example"), "Nobody here"),
    ):
        refused = kaja(tmp_path, *words)
        assert refused.returncode == 1
        assert sentence in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    refused = kaja(tmp_path, "migrate", KAJA_DATABASE_URL="mysql://x/y")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "must begin with postgres://" in refused.stderr


def test_a_backup_is_restored_whole_into_an_empty_kaja(tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", str(tmp_path / "b.tar.gz")
    assert kaja(old, "demo", "--people", "40", "--days", "10").returncode == 0
    assert kaja(old, "demo").returncode == 1  # never into people that are there
    assert kaja(old, "backup", file).returncode == 0
    assert Path(file).stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.part"))
    restored = kaja(new, "restore", file)
    assert restored.returncode == 0, restored.stderr
    count = (
        "import django; django.setup(); from django.apps import apps; "
        "print([(m._meta.label, m._default_manager.count()) for m in apps.get_models() if m._meta.app_label in "
        "('people','content','sharing','links','networks','measurement') and m.__name__ != 'DailySalt'])"
    )
    seen = [
        subprocess.run(
            [sys.executable, "-c", count], env=environment(one, DJANGO_SETTINGS_MODULE="kaja.settings"),
            capture_output=True, text=True, check=True,
        ).stdout
        for one in (old, new)
    ]  # fmt: skip
    assert seen[0] == seen[1]
    assert list((new / "media").rglob("*.webp"))
    assert kaja(new, "restore", file).returncode == 1
    (tmp_path / "broken").write_bytes(b"no backup")
    assert "no backup of Kaja" in kaja(tmp_path / "third", "restore", str(tmp_path / "broken")).stderr


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    kaja(tmp_path, "migrate")
    seen = kaja(tmp_path, "doctor", KAJA_SECRET_KEY="hush")
    assert seen.returncode == 1
    assert "✓ database" in seen.stdout
    assert "kaja worker" in seen.stdout  # none runs
    assert "hush" not in seen.stdout


def test_a_taken_port_and_a_closed_folder_are_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = kaja(tmp_path, "up", "--port", str(port))
    assert f"Port {port} is taken" in refused.stderr
    (tmp_path / "file").write_text("")
    closed = kaja(tmp_path / "file" / "below", "up", "--port", str(free_port()))
    assert "cannot be written" in closed.stderr


def test_up_starts_everything_heals_a_dead_child_and_stops_all_at_once(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "kaja", "up", "--port", str(port)], env=environment(tmp_path), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        ready(port, "worker")
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        assert len(children) == 2
        os.kill(int(children[0]), signal.SIGKILL)
        time.sleep(3)
        ready(port, "worker")
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[0]
    assert "Kaja runs: http://localhost" in said
    assert "starts again" in said
    assert "Kaja has stopped." in said
    assert not subprocess.run(["pgrep", "-g", str(process.pid)], capture_output=True, text=True).stdout


def test_a_child_that_keeps_falling_does_not_hold_up_the_end(tmp_path: Path) -> None:
    program = (
        "import sys; from kaja.commands.supervisor import Supervisor; "
        "Supervisor({'web': [sys.executable, '-c', 'raise SystemExit(3)']}).run('http://127.0.0.1:1/', '')"
    )
    process = subprocess.Popen([sys.executable, "-c", program], env=environment(tmp_path), stderr=subprocess.PIPE)
    assert process.stderr
    while b"starts again in 4 s" not in (line := process.stderr.readline()):
        assert line, "it gave up"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert time.monotonic() - began < 2


def ready(port: int, part: str) -> None:
    """Wait until /readyz says that this part works."""
    limit = time.monotonic() + 40
    while time.monotonic() < limit:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if f'"{part}": true' in answer.read().decode():
                    return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail(f"/readyz did not become ready on {port}")


def test_people_items_and_feeds_come_in_from_files(tmp_path: Path) -> None:
    kaja(tmp_path, "user", "create", "eda@nordwind.example", "--role", "editor")
    crew = tmp_path / "crew.csv"
    crew.write_bytes("E-post;Eesnimi;Perenimi\nliis@nordwind.example;Liis;Tõnisson\n;Nobody;Here\n".encode("cp1257"))
    dry = kaja(tmp_path, "import", "people", str(crew), "--dry-run")
    assert "1 new, 1 left out. Nothing is written" in dry.stdout
    assert "line 3: left out: Nobody Here: There is no e-mail address." in dry.stdout
    assert "1 new" in kaja(tmp_path, "import", "people", str(crew)).stdout
    assert "1 same" in kaja(tmp_path, "import", "people", str(crew)).stdout

    library = tmp_path / "items.csv"
    library.write_text("title,url,caption en\nNW-8,https://nordwind.example/nw-8,Look at this\nNo end,x,,,9\n")
    assert "1 new" in kaja(tmp_path, "import", "items", str(library)).stdout
    assert "1 known" in kaja(tmp_path, "import", "items", str(library)).stdout
    feed = tmp_path / "feed.xml"
    feed.write_text(
        "<rss version='2.0'><channel><title>News</title><item><title>One</title><link>https://n.example/1</link>"
        "<guid>1</guid></item></channel></rss>"
    )
    assert "1 new drafts, 0 known" in kaja(tmp_path, "import", "feed", str(feed)).stdout
    assert "0 new drafts, 1 known" in kaja(tmp_path, "import", "feed", str(feed)).stdout
    for words, sentence in (
        (("people", "no-such-file.csv"), "There is no file"),
        (("people", str(feed)), "must name the columns"),
        (("items", str(library), "--editor", "liis@nordwind.example"), "may not edit"),
        (("feed", "http://127.0.0.1/feed"), ""),
    ):
        refused = kaja(tmp_path, "import", *words)
        assert refused.returncode == 1
        assert sentence in refused.stderr
        assert "Traceback" not in refused.stderr

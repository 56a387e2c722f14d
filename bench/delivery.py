"""Shares delivered per second to a real Bluesky server, against a bare loop that posts the same records to it.

    python -m bench.delivery [--shares 400] [--rounds 4] [--workers 2]

Ours is `kaja worker` as it runs everywhere: claim, key and attempt stored before the call, receipt after it, and the
jobs that follow. The bare loop has as many connections, keeps them open, and stores nothing. Both in turns.

Then: how long it takes to see what is due among 100,000 planned shares, against 1,000.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from kaja.networks.models import ConnectedAccount
    from kaja.sharing.models import Share

FLOOR = 0.8
# To look among a hundred times as many may take this many times as long.
CEILING = 2.0
FEW, MANY, DUE = 1_000, 100_000, 40
PEOPLE = 20
PATIENCE = 240.0


def main() -> None:
    reading = argparse.ArgumentParser()
    reading.add_argument("--shares", type=int, default=400)
    reading.add_argument("--rounds", type=int, default=4)
    reading.add_argument("--workers", type=int, default=2)
    wish = reading.parse_args()
    with tempfile.TemporaryDirectory(prefix="kaja-bench-") as folder:
        os.environ.update(
            KAJA_DATA_DIR=folder,
            KAJA_SECRET_KEY="bench",
            KAJA_VAULT_KEYS="bench-0123456789abcdef0123456789abcdef",
            KAJA_DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3",
            DJANGO_SETTINGS_MODULE="kaja.settings",
        )
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        from tests.peers import bluesky_server

        if absent := bluesky_server.missing():
            sys.exit(absent)
        with bluesky_server.running() as server:
            surroundings = bluesky_server.environment(server)
            settings.OUTBOUND_ALLOW = surroundings["KAJA_OUTBOUND_ALLOW"].split()
            command, environment = [sys.executable, "-m", "kaja", "worker"], {**os.environ, **surroundings}
            workers = [subprocess.Popen(command, env=environment) for _number in range(wish.workers)]
            try:
                ours, theirs = measure(server, wish.shares, wish.rounds, wish.workers)
            finally:
                for worker in workers:
                    worker.terminate()
                for worker in workers:
                    worker.wait(30)
        few, many = seen_due(FEW), seen_due(MANY)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    print(f"delivery {ratio:.2f} (kaja {statistics.median(ours):,.0f}/s, bare loop {statistics.median(theirs):,.0f}/s)")
    print(f"due {many / few:.2f} ({MANY:,} planned {many * 1000:.2f} ms, {FEW:,} planned {few * 1000:.2f} ms)")
    sys.exit(ratio < FLOOR or many / few > CEILING)


def seen_due(planned: int) -> float:
    """Seconds that a worker's look for due shares takes while so many are planned."""
    from django.utils import timezone

    from kaja.sharing import places
    from kaja.sharing.models import Share
    from kaja.sharing.states import State

    rows = Share.objects.filter(state=State.PLANNED)
    like, now = Share.objects.select_related("account").first(), timezone.now()
    assert like is not None
    fields = {"person_id": like.person_id, "item_id": like.item_id, "network": like.network, "way": like.way}
    more = range(planned - rows.count())
    Share.objects.bulk_create(
        (
            Share(
                **fields, account=like.account, text="Later.", state=State.PLANNED,
                not_before=now + timedelta(minutes=number + 10 if number >= DUE or planned > FEW else -number - 1),
            )
            for number in more
        ),
        batch_size=1000,
    )  # fmt: skip
    took = []
    for _time in range(60):
        began = time.perf_counter()
        found = list(Share.objects.due().exclude(network__in=["x"]).values_list("pk", "network")[: places.WINDOW])
        took.append(time.perf_counter() - began)
        assert len(found) == DUE
    return statistics.median(took)


def measure(server: Any, number: int, rounds: int, workers: int) -> tuple[list[float], list[float]]:
    """Posts per second of ours and of the bare loop, round by round; the first round only warms up."""
    from kaja.sharing import places
    from tests.sharing import faults

    people = faults.people_of(faults.Plan(people=PEOPLE))
    accounts = [faults.on_bluesky(person, server, server.pds) for person in people]
    place = urlsplit(server.pds)
    ours, theirs = [], []
    for round_ in range(rounds + 1):
        rows = faults.shares_of(accounts, faults.Plan(shares=number), bare=True)
        ours.append(number / delivered(rows, workers))
        _calm()
        lines = "\n".join(json.dumps(call(row, account)) for row, account in _with_accounts(rows, accounts))
        command = [sys.executable, "-m", "bench.bare_posts", str(place.hostname), str(place.port)]
        done = subprocess.run(
            [*command, str(places.PER_NETWORK * workers)], input=lines, text=True, capture_output=True, check=True
        )
        theirs.append(number / float(done.stdout))
        print(f"  round {round_}: kaja {ours[-1]:.0f}/s, bare loop {theirs[-1]:.0f}/s", flush=True)
    return ours[1:], theirs[1:]


def delivered(rows: "list[Share]", workers: int) -> float:
    """How many seconds it takes until all of these have gone out."""
    from django.db.models import Max
    from django.utils import timezone

    from kaja.jobs.models import WorkerLife
    from kaja.sharing.models import Share
    from kaja.sharing.states import State

    ends = time.monotonic() + PATIENCE
    while WorkerLife.objects.count() < workers:
        time.sleep(0.1)
    mine = Share.objects.filter(pk__gte=rows[0].pk)
    began = timezone.now()
    mine.update(state=State.PLANNED, not_before=began)
    while (out := mine.filter(state=State.PUBLISHED).count()) < len(rows):
        if time.monotonic() > ends:
            sys.exit(f"Only {out} of {len(rows)} went out: {set(mine.values_list('state', 'reason', 'detail'))}")
        time.sleep(0.5)  # to ask more often would take from what is measured; the rows say when the last one was out
    last: datetime = mine.aggregate(last=Max("published_at"))["last"]
    return (last - began).total_seconds()


def _calm() -> None:
    """Wait until the worker has done what follows from a delivery: it is not measured against the bare loop's time."""
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    while DBTaskResult.objects.filter(status__in=("READY", "RUNNING")).exclude(run_after__gt=timezone.now()).exists():
        time.sleep(0.1)


def _with_accounts(rows: "list[Share]", accounts: "list[ConnectedAccount]") -> "list[tuple[Share, ConnectedAccount]]":
    by_id = {account.pk: account for account in accounts}
    return [(row, by_id[row.account_id]) for row in rows if row.account_id]


def call(row: "Share", account: "ConnectedAccount") -> dict[str, Any]:
    """What delivery sent for this share, under a key of its own."""
    from kaja.networks.connectors import bluesky
    from kaja.sharing.models import Share

    kept = Share.objects.values_list("payload", flat=True).get(pk=row.pk)
    record: dict[str, Any] = {
        "$type": bluesky.COLLECTION,
        "text": row.text,
        "createdAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "facets": bluesky.facets(row.text),
        "langs": ["en"],
    }
    if kept and kept["link"]:
        external = {"uri": kept["link"], "title": kept["title"], "description": kept["description"]}
        record["embed"] = {"$type": "app.bsky.embed.external", "external": external}
    body = {
        "repo": account.external_id, "collection": bluesky.COLLECTION, "rkey": bluesky.new_record_key(),
        "record": record,
    }  # fmt: skip
    return {"token": account.secrets["access"], "body": body}


if __name__ == "__main__":
    main()

"""Clicks counted per second, from the log to rows and roll-ups, against a bare bulk insert of the same rows.

    python -m bench.counting

Both run in one process, in turns. The insert does in one transaction per portion what counting does: it stores the
very rows that counting made. Links have had clicks before; people, repeats, bots and own clicks come mixed.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

FLOOR = 0.3
ROUNDS = 5
CLICKS = 20_000
LINKS = 2_000
PORTION = 5_000  # about what counting stores at once
BROWSERS = 400
BOTS = ("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "Twitterbot/1.0", "")


def lines(numbers: list[int], draw: random.Random, began: float) -> bytes:
    """A piece of a busy day: half an hour's log."""
    agents = [
        f"Mozilla/5.0 (Linux; Android {8 + n % 8}; Phone {n}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{100 + n % 40}.0.0.0 Mobile Safari/537.36"
        for n in range(BROWSERS)
    ]
    out = []
    for number in range(CLICKS):
        at = int((began + number * 0.09) * 1000)
        network = f"{draw.randrange(1, 223)}.{draw.randrange(256)}.{draw.randrange(256)}.0"
        agent = draw.choice(BOTS) if draw.random() < 0.15 else draw.choice(agents)
        how = draw.choices("GOPH", (94, 2, 2, 2))[0]
        out.append(f"{at}\t{draw.choice(numbers)}\t{how}\t{network}\twww.linkedin.com\t{agent}\n")
    return "".join(out).encode()


def main() -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
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
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        kaja, baseline = measure(Path(folder, "clicks"))
    ratio = statistics.median(ours / theirs for ours, theirs in zip(kaja, baseline, strict=True))
    print(
        f"counting {ratio:.2f} (kaja {statistics.median(kaja):,.0f}/s, "
        f"bare bulk insert {statistics.median(baseline):,.0f}/s)"
    )
    sys.exit(ratio < FLOOR)


def measure(folder: Path) -> tuple[list[float], list[float]]:
    """Clicks per second of counting and of the bare insert, round by round; the first round only warms up."""
    from django.db import transaction
    from django.utils import timezone

    from kaja.links import counting, minting
    from kaja.links.models import Click, LinkDay, ShortLink

    draw = random.Random(2026)
    now = timezone.now()
    links = [ShortLink(slug=minting.slug(), target="https://x.example/", first_click_at=now) for _ in range(LINKS)]
    numbers = [link.pk for link in ShortLink.objects.bulk_create(links)]
    kaja: list[float] = []
    baseline: list[float] = []
    folder.mkdir()
    for number in range(ROUNDS + 1):
        before = Click.objects.count()
        (folder / f"{number}.clicks").write_bytes(lines(numbers, draw, now.timestamp() - 7200 + number * 1800))
        began = time.perf_counter()
        while counting.turn(worker="bench"):
            pass
        kaja.append(CLICKS / (time.perf_counter() - began))
        rows = list(Click.objects.order_by("pk")[before:])
        assert len(rows) == CLICKS
        Click.objects.filter(pk__gte=rows[0].pk).delete()
        for row in rows:
            row.pk = None
        began = time.perf_counter()
        for start in range(0, CLICKS, PORTION):
            with transaction.atomic():
                Click.objects.bulk_create(rows[start : start + PORTION])
        baseline.append(CLICKS / (time.perf_counter() - began))
    assert LinkDay.objects.exists()
    return kaja[1:], baseline[1:]


if __name__ == "__main__":
    main()

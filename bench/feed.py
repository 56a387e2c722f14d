"""The feed page with 10,000 live items and 100,000 people against a bare Django page with one query.

Both go through Django's WSGI handler in this process, on one core, in turns. The bare page is what a new Django project
gives: its default middleware and its default handling of the connection (a fresh one for each request). The feed has
Kaja's own settings and whole stack: session, person, roles, language, policies. Floor: 0.1 of the bare page's rate, at
most 10 queries, the same number for 10 items as for 10,000.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

# What `django-admin startproject` writes.
DEFAULTS = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
FLOOR, MOST_QUERIES = 0.1, 10
ITEMS, PEOPLE, SHARES, AUDIENCES = 10_000, 100_000, 150_000, 200
ROUNDS, CALLS = 9, 40


def prepare() -> None:
    """A database of its own, with Kaja's settings."""
    os.environ["KAJA_DATA_DIR"] = tempfile.mkdtemp(prefix="kaja-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaja.settings"
    import django
    from django.conf import settings

    django.setup()
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.TEMPLATES[0]["DIRS"] = [*settings.TEMPLATES[0]["DIRS"], "bench/templates"]
    from kaja.commands import database

    database.migrate()


def fill(items: int, people: int, shares: int) -> str:
    """Rows, and a signed-in advocate's session key."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from kaja.content import campaigns, ranking
    from kaja.content.models import Campaign, Caption, Category, Item, Reaction, Topic
    from kaja.people import audiences
    from kaja.people.models import Company, Person, RoleGrant
    from kaja.sharing.models import Share

    now, chance = timezone.now(), random.Random(1)
    Company.objects.create(name="Bench", short_name="Bench")
    category = Category.objects.get(slug="product")  # made with the tables
    # Every third item has one of two hundred rules, and the person whose feed it is fits each of them.
    kept = [
        audiences.everyone_or(teams=(), locations=("Tallinn", f"Place {n}"), languages=("en",))
        for n in range(AUDIENCES)
    ]
    Person.objects.bulk_create(
        (
            Person(email=f"p{n}@b.example", first_name=f"P{n}", location="Tallinn", languages=["en"], joined_at=now)
            for n in range(people)
        ),
        batch_size=5000,
    )  # fmt: skip
    Item.objects.bulk_create(
        (
            Item(title=f"Item {n}", summary="About it", url=f"https://b.example/{n}", category=category,
                 audience=None if n % 3 else kept[n % AUDIENCES],
                 state="approved", live_from=now - timedelta(minutes=n), live_until=now + timedelta(days=9))
            for n in range(items)
        ),
        batch_size=2000,
    )  # fmt: skip
    rows = list(Item.objects.order_by("-live_from").values_list("pk", flat=True))
    Caption.objects.bulk_create(
        (Caption(item_id=pk, language="en", text=f"Words {n}", position=n) for pk in rows for n in range(3)),
        batch_size=3000,
    )
    crew = list(Person.objects.values_list("pk", flat=True))
    Share.objects.bulk_create(
        (
            Share(person_id=chance.choice(crew), item_id=rows[min(int(chance.expovariate(1 / 200)), len(rows) - 1)],
                  network="linkedin", way="dialog", text="w", state="published", not_before=now,
                  published_at=now - timedelta(minutes=chance.randint(0, 9000)))
            for _n in range(shares)
        ),
        batch_size=2000,
    )  # fmt: skip
    liis = Person.objects.get(pk=crew[0])
    liis.interests = ["product", "robots"]
    liis.save()
    Topic.objects.create(slug="robots").items.set(rows[::7])
    said = {(chance.choice(rows[:2000]), chance.choice(crew)) for _n in range(shares // 3)} | {
        (pk, crew[0]) for pk in rows[::50]
    }
    verdicts = ("interesting", "interesting", "not_for_me")
    Reaction.objects.bulk_create(
        (
            Reaction(item_id=item, person_id=person, verdict=chance.choice(verdicts))
            for item, person in sorted(said)
        ),
        batch_size=2000,
    )  # fmt: skip
    ranking.recount()
    # A campaign runs, with every fifth post in it, so that its panel stands beside the feed.
    today = campaigns.today()
    running = Campaign.objects.create(
        name="Winter", slug="winter", begins_on=today, ends_on=today, started_at=now, metric="shares", target=500
    )
    Item.objects.filter(pk__in=rows[::5]).update(campaign=running)
    RoleGrant.objects.create(person=liis, role="advocate")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(liis.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = liis.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def caller(handler: Callable[..., Any], cookie: str, path: str = "/", query: str = "") -> Callable[[], bytes]:
    """One GET of a page through a WSGI handler."""

    def call() -> bytes:
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False, "HTTP_COOKIE": cookie,
        }  # fmt: skip
        answer = handler(environ, lambda code, _headers, _error=None: status.append(code))
        body = b"".join(answer)
        answer.close()
        assert status[0].startswith("200"), status
        return body

    return call


def rate(call: Callable[[], bytes], calls: int) -> float:
    begun = time.perf_counter()
    for _call in range(calls):
        call()
    return calls / (time.perf_counter() - begun)


@contextlib.contextmanager
def fresh_connections() -> Iterator[None]:
    """Django's default: the connection is closed after each request."""
    from django.db import connection

    kept = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    connection.close()
    yield
    connection.settings_dict["CONN_MAX_AGE"] = kept
    connection.close()


def queries(call: Callable[[], bytes]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from kaja import memory

    # What is kept in memory for a few seconds is read by the first call, and does not run out before the second.
    memory.forget()
    call()
    with CaptureQueriesContext(connection) as seen:
        call()
    return len(seen)


def main() -> None:
    prepare()
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings

    from kaja.content.models import Item

    key = fill(ITEMS, PEOPLE, SHARES)
    feed = caller(WSGIHandler(), f"kaja_session={key}")
    plain = override_settings(MIDDLEWARE=DEFAULTS, ROOT_URLCONF="bench.bare")
    with plain:
        bare = caller(WSGIHandler(), "")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ratios, feeds, bares = [], [], []
    for _round in range(ROUNDS):
        feeds.append(rate(feed, CALLS))
        with plain, fresh_connections():
            bares.append(rate(bare, CALLS * 8))
        ratios.append(feeds[-1] / bares[-1])
    many = queries(feed)
    newest = list(Item.objects.order_by("-live_from").values_list("pk", flat=True)[:20])
    Item.objects.exclude(pk__in=newest).update(state="withdrawn")
    few = queries(feed)
    ratio = statistics.median(ratios[1:])
    print(
        f"feed {ratio:.3f} (kaja {statistics.median(feeds):.0f}/s, baseline {statistics.median(bares):.0f}/s, "
        f"{many} queries with {ITEMS} items, {few} with 20; floor {FLOOR}, at most {MOST_QUERIES})"
    )
    sys.exit(0 if ratio >= FLOOR and many == few <= MOST_QUERIES else 1)


if __name__ == "__main__":
    main()

"""The library with 50,000 items against a bare Django page with one query: the list, a filter, a search.

Like bench/feed.py: both go through Django's WSGI handler in this process, on one core, in turns; the bare page is what
a new Django project gives. Floor: 0.02 of the bare page's rate for each of the three, at most 10 queries, the same
number for 10 items as for 50,000.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
from datetime import timedelta

from bench.feed import DEFAULTS, caller, fresh_connections, prepare, queries, rate

FLOOR, MOST_QUERIES = 0.02, 10
ITEMS, DAYS = 50_000, 400_000
ROUNDS, CALLS = 6, 12
PAGES = {
    "list": "",
    "filter": "category=people&language=et&validity=soon&status=live",
    "search": "words=robotitega+lao",
    "wide search": "words=nordwind",
    "most clicks": "sort=clicks",
    "last page": "page=2000",
}
# The three that the floor holds; the others are told beside them.
HELD = ("list", "filter", "search")
# Words that are looked for stand in one text of some dozens; the rest of a text is made up of these parts.
ASKED = ("robot", "robotid", "robotitega", "laos", "ladu", "warehouse")
PARTS = ("ka", "le", "min", "tor", "sa", "vee", "ru", "pil", "no", "das", "ker", "tu", "lik", "mo", "ra", "sen")


def fill(items: int, days: int) -> str:
    """Rows, and a signed-in manager's session key."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from kaja.content import searching
    from kaja.content.models import Caption, Category, Item
    from kaja.measurement.models import ItemDay
    from kaja.people.models import Company, Person, RoleGrant

    now, chance = timezone.now(), random.Random(1)
    Company.objects.create(name="Bench", short_name="Bench")
    slugs = ("product", "people", "thought", "internal")
    categories = [Category.objects.get_or_create(slug=slug, defaults={"names": {"en": slug}})[0] for slug in slugs]
    kadri = Person.objects.create(email="k@b.example", first_name="Kadri", languages=["en"], joined_at=now)
    RoleGrant.objects.create(person=kadri, role="manager")
    states = ("draft", "in_review", "approved", "approved", "approved", "withdrawn")

    vocabulary = ["".join(chance.choices(PARTS, k=chance.randint(2, 4))) for _word in range(6000)]

    def words(count: int) -> str:
        return " ".join(
            chance.choice(ASKED) if chance.random() < 0.002 else vocabulary[int(chance.paretovariate(0.5)) % 6000]
            for _word in range(count)
        )

    Item.objects.bulk_create(
        (
            Item(title=f"{words(5)} {n}", summary=words(30), url=f"https://nordwind.example/{n}", author=kadri,
                 category=chance.choice(categories), state=chance.choice(states), language=chance.choice(["en", "et"]),
                 live_from=now - timedelta(hours=600 + n / 10), evergreen=n % 9 == 0,
                 live_until=None if n % 3 == 0 else now + timedelta(hours=chance.randint(-500, 2000)))
            for n in range(items)
        ),
        batch_size=2000,
    )  # fmt: skip
    for number, moment in enumerate(Item.objects.values_list("pk", flat=True)):
        if number % 50 == 0:  # times of change apart from each other, as they are in life
            Item.objects.filter(pk__gte=moment, pk__lt=moment + 50).update(updated_at=now - timedelta(minutes=number))
    rows = list(Item.objects.values_list("pk", flat=True))
    Caption.objects.bulk_create(
        (Caption(item_id=pk, language=code, text=words(15)) for pk in rows for code in ("en", "et")), batch_size=3000
    )
    seen = {(chance.choice(rows), chance.randrange(200)) for _n in range(days)}
    ItemDay.objects.bulk_create(
        (
            ItemDay(item_id=pk, day=(now - timedelta(days=back)).date(), shares=1, clicks=chance.randint(0, 40))
            for pk, back in seen
        ),
        batch_size=3000,
    )
    searching.reindex()
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(kadri.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = kadri.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def main() -> None:
    prepare()
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings

    from kaja.content.models import Item

    cookie = f"kaja_session={fill(ITEMS, DAYS)}"
    handler = WSGIHandler()
    pages = {name: caller(handler, cookie, "/library/", query) for name, query in PAGES.items()}
    plain = override_settings(MIDDLEWARE=DEFAULTS, ROOT_URLCONF="bench.bare")
    with plain:
        bare = caller(WSGIHandler(), "")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ratios: dict[str, list[float]] = {name: [] for name in PAGES}
    rates: dict[str, list[float]] = {name: [] for name in PAGES}
    for _round in range(ROUNDS):
        with plain, fresh_connections():
            theirs = rate(bare, CALLS * 8)
        for name, call in pages.items():
            ours = rate(call, CALLS if name in HELD else 5)
            ratios[name].append(ours / theirs)
            rates[name].append(ours)
    many = [queries(pages[name]) for name in HELD]
    Item.objects.exclude(pk__in=list(Item.objects.order_by("-updated_at").values_list("pk", flat=True)[:10])).delete()
    few = queries(pages["list"])
    for name in PAGES:
        ratio, each = statistics.median(ratios[name][1:]), 1000 / statistics.median(rates[name][1:])
        print(f"library, {name}: {ratio:.3f} ({each:.0f} ms)")
    print(f"library: {many} queries with {ITEMS} items, {few} with 10; floor {FLOOR}, at most {MOST_QUERIES}")
    slow = [name for name in HELD if statistics.median(ratios[name][1:]) < FLOOR]
    sys.exit(1 if slow or max(many) > MOST_QUERIES or few != many[0] else 0)


if __name__ == "__main__":
    main()

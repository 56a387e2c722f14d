"""Many shares of many people through bad weather, by workers that are killed: what stands at the networks in the end?

Four networks, one of each kind: Bluesky (a real server) knows a post by Kaja's own key, Mastodon takes an idempotency
key, on X a post is found by its link, else by its words and time, and LinkedIn cannot tell at all. Nothing of Kaja is
replaced; its workers only wait for shorter times (hurried_worker.py).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja import vault
from kaja.content.models import Item
from kaja.links import minting
from kaja.links.models import ShortLink
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.people.models import Company, Person, RoleGrant
from kaja.sharing import shares, wording
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State
from tests import factories
from tests.peers import bluesky_server, weather
from tests.peers.bluesky_server import PASSWORD, Server

NETWORKS = ("bluesky", "mastodon", "x", "linkedin")
QUESTION = "Did it go out?"


@dataclass
class Plan:
    """How large a run is. Each time that about `kill_every` more shares have been tried, a worker is killed, or (one time
    of `freeze`) put to sleep for longer than its lease, as a machine that is suspended. `patience` is in seconds."""

    shares: int = 400
    people: int = 8
    workers: int = 4
    kill_every: int = 50
    freeze: int = 5
    share_of_faults: float = 0.3
    seed: int = 20260
    patience: float = 300.0


@dataclass
class Figures:
    """What came of it. `doubled`: stands more than once; `lost`: called published, and does not stand; `denied`: called
    failed or still on its way, and stands; `stray`: stands where no share put it; `unasked`: not known, and its person
    does not find the question."""

    shares: int = 0
    seconds: float = 0.0
    delivered_in: float = 0.0
    calls: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    freezes: int = 0
    attempts: int = 0
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    doubled: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    denied: list[int] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    unasked: list[int] = field(default_factory=list)
    unfinished: list[int] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not (self.doubled or self.lost or self.denied or self.stray or self.unasked or self.unfinished)

    def lines(self) -> str:
        went = sum(self.faults.values())
        kinds = ", ".join(f"{kind} {number:,}" for kind, number in sorted(self.faults.items(), key=lambda one: -one[1]))
        return (
            f"  {self.shares:,} shares, {self.attempts:,} attempts, {self.calls:,} calls; {went:,} of them went wrong "
            f"({went / max(self.calls, 1):.1%}): {kinds}\n"
            f"  workers killed {self.kills}, put to sleep {self.freezes}\n"
            f"  published {self.states[State.PUBLISHED]:,}, undecided {self.states[State.UNKNOWN]:,} "
            f"(not asked {len(self.unasked)}), gave up {self.states[State.FAILED]:,}, "
            f"unfinished {len(self.unfinished)}\n"
            f"  doubled {len(self.doubled)}, lost {len(self.lost)}, out though called failed {len(self.denied)}, "
            f"nobody's {len(self.stray)}\n"
            f"  {self.shares / max(self.delivered_in, 0.001):.1f} shares/s until all were tried, "
            f"{self.seconds:.0f} s until all was settled"
        )


# --- who, what and where ----------------------------------------------------------------------------------------------
def people_of(plan: Plan) -> list[Person]:
    """Advocates with short names of their own (the peers make their numbers of the letters)."""
    Company.objects.update_or_create(
        pk=1, defaults={"name": "Nordwind Robotics", "short_name": "Nordwind", "daily_cap": 30_000}
    )
    made = []
    for number in range(plan.people):
        name = "z" * (number // 25) + chr(97 + number % 25)
        someone = Person(
            email=f"{name}.storm@nordwind.example", first_name=name, last_name="Storm", country="EE", language="en",
            joined_at=timezone.now(),
        )  # fmt: skip
        someone.set_unusable_password()
        someone.save()
        RoleGrant.objects.create(person=someone, role="advocate")
        made.append(someone)
    return made


def accounts_of(people: list[Person], ask: weather.Ask, server: Server, address: str) -> list[ConnectedAccount]:
    """Each person's account on each network, with the way through the weather as its server."""
    told = ask("people", names=[person.first_name for person in people])
    return [
        account
        for person in people
        for account in (
            on_bluesky(person, server, address),
            *(_account(person, network, *told[person.first_name][network]) for network in NETWORKS[1:]),
        )
    ]


def _account(person: Person, network: str, external_id: str, kept: dict[str, Any]) -> ConnectedAccount:
    return ConnectedAccount.objects.create(
        person=person, network=network, external_id=external_id, handle=person.first_name, sealed=vault.seal(kept),
        renews=False,
    )  # fmt: skip


def on_bluesky(person: Person, server: Server, address: str) -> ConnectedAccount:
    """An account on the real server, which is spoken to at `address`."""
    body = {"identifier": server.account(), "password": PASSWORD}
    told = json.loads(server.call("POST", "com.atproto.server.createSession", body).body)
    kept = {"kind": "password", "pds": address, "access": told["accessJwt"], "refresh": told["refreshJwt"]}
    return _account(person, "bluesky", told["did"], kept)


def apps() -> None:
    """The company's own apps at the networks that want one."""
    for network, entries in (("x", {"price_post": "0.015", "price_link_post": "0.200"}), ("linkedin", {})):
        NetworkApp.objects.create(
            network=network, client_id="kaja", sealed=vault.seal({"client_secret": "s"}), entries=entries
        )


def shares_of(accounts: list[ConnectedAccount], plan: Plan, *, bare: bool = False) -> list[Share]:
    """Due shares, as the verb leaves them; one in four is words alone, and one story in three has a picture. `bare`:
    without pictures, and on hold."""
    now = timezone.now()
    items = [factories.item(f"Story {number}", url=f"https://nordwind.example/{number}") for number in range(3)]
    if not bare:
        items[2].image = factories.picture()
        items[2].save()
    words = Item.objects.create(
        title="Words", url="", category=factories.category(), state=Item.State.APPROVED,
        live_from=now - timedelta(hours=1), approved_at=now, kind=items[0].kind,
    )  # fmt: skip
    links = ShortLink.objects.bulk_create(
        ShortLink(
            slug=minting.slug(), target="https://nordwind.example/", network=accounts[number % len(accounts)].network
        )
        for number in range(plan.shares)
    )
    rows = []
    for number in range(plan.shares):
        account, link = accounts[number % len(accounts)], links[number] if (number // len(accounts)) % 4 else None
        text = f"No {number:07d}: what we do, in my own words."
        rows.append(
            Share(
                person_id=account.person_id, item=items[number % 3] if link else words, network=account.network,
                way=Share.Way.API, account=account, state=State.HELD if bare else State.PLANNED,
                link=link,
                text=shares.with_link(text, minting.address(link)) if link else text,
                language="en", own_words=True, wording=wording.fingerprint(text),
                not_before=now - timedelta(milliseconds=plan.shares - number),
            )
        )  # fmt: skip
    return Share.objects.bulk_create(rows, batch_size=500)


# --- workers ------------------------------------------------------------------------------------------------------------
def environment(server: Server, ways: dict[str, str]) -> dict[str, str]:
    """What a worker needs to find this run's database and networks."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = f"postgres://postgres@/{database['NAME']}?host={database['HOST']}"
    own = bluesky_server.environment(server)
    places = [urlsplit(way).netloc for way in ways.values()]
    return {
        **os.environ,
        **own,
        "DJANGO_SETTINGS_MODULE": "kaja.settings",
        "KAJA_DATABASE_URL": url,
        "KAJA_DATA_DIR": str(settings.DATA_DIR),
        "KAJA_SECRET_KEY": settings.SECRET_KEY,
        "KAJA_VAULT_KEYS": " ".join(settings.VAULT_KEYS),
        "KAJA_OUTBOUND_ALLOW": " ".join([own["KAJA_OUTBOUND_ALLOW"], *places]),
        "KAJA_MASTODON_PLAIN": urlsplit(ways["mastodon"]).netloc,
        "KAJA_X_API": ways["x"],
        "KAJA_X_WEB": ways["x"],
        "KAJA_LINKEDIN_API": ways["linkedin"],
        "KAJA_LINKEDIN_WWW": ways["linkedin"],
    }


class Workers:
    """Worker processes that are started, killed, put to sleep and woken again."""

    def __init__(self, number: int, surroundings: dict[str, str]) -> None:
        self._surroundings = surroundings
        self._living = [self._start() for _number in range(number)]
        self._asleep: dict[subprocess.Popen[bytes], float] = {}
        self.kills = self.freezes = 0

    def _start(self) -> subprocess.Popen[bytes]:
        log = (settings.DATA_DIR / "workers.log").open("ab")
        command = [sys.executable, "-m", "tests.sharing.hurried_worker"]
        return subprocess.Popen(command, cwd=weather.ROOT, env=self._surroundings, stdout=log, stderr=log)

    def kill(self, number: int) -> None:
        """One dies at once, wherever it is; another takes its place."""
        dead = self._living[number % len(self._living)]
        dead.kill()
        dead.wait()
        self._asleep.pop(dead, None)
        self._living[self._living.index(dead)] = self._start()
        self.kills += 1

    def freeze(self, number: int, seconds: float) -> None:
        one = self._living[number % len(self._living)]
        one.send_signal(signal.SIGSTOP)
        self._asleep[one] = time.monotonic() + seconds
        self.freezes += 1

    def wake(self) -> None:
        for one, until in list(self._asleep.items()):
            if time.monotonic() > until:
                one.send_signal(signal.SIGCONT)
                del self._asleep[one]

    def awake(self) -> bool:
        return not self._asleep

    def replace_fallen(self) -> int:
        """Start again what ended by itself; how many did."""
        fallen = [one for one in self._living if one.poll() is not None]
        for one in fallen:
            self._living[self._living.index(one)] = self._start()
        return len(fallen)

    def end(self) -> None:
        for one in self._living:
            one.kill()
            one.wait()


# --- the run --------------------------------------------------------------------------------------------------------------
def run(plan: Plan, ask: weather.Ask, server: Server, say: Callable[[str], None] = lambda _line: None) -> Figures:
    """Deliver everything, killing on the way, then let it settle; the figures. Wants an empty database."""
    ways = dict(ask("begin", share=plan.share_of_faults, seed=plan.seed))
    ways["bluesky"] = ask("way", to=server.pds)
    people = people_of(plan)
    apps()
    rows = shares_of(accounts_of(people, ask, server, ways["bluesky"]), plan)
    say(f"{len(rows):,} shares of {len(people)} people are due")
    found, draw, began = Figures(shares=len(rows)), random.Random(plan.seed), time.monotonic()
    workers = Workers(plan.workers, environment(server, ways))
    try:
        _through(plan, workers, draw, found, ask, began, say)
    finally:
        workers.end()
    found.seconds, found.kills, found.freezes = time.monotonic() - began, workers.kills, workers.freezes
    seen = ask("seen")
    found.calls, found.faults = seen["calls"], seen["faults"]
    judge(found, rows, posts(ask, server))
    return found


def _through(
    plan: Plan, workers: Workers, draw: random.Random, found: Figures, ask: weather.Ask, began: float,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Until everything is settled, or the patience ends."""
    next_blow = plan.shares - plan.kill_every // 2
    told = time.monotonic()
    while time.monotonic() - began < plan.patience:
        time.sleep(0.3)
        connections.close_all()
        workers.wake()
        assert not workers.replace_fallen(), "A worker ended by itself."
        untried = Share.objects.filter(attempts=0).count()
        if untried:
            found.delivered_in = time.monotonic() - began
            if untried < next_blow:
                _blow(plan, workers, draw)
                next_blow = untried - int(plan.kill_every * (0.5 + draw.random()))
        elif workers.awake() and _settled() and ask("seen")["under_way"] == 0:
            return
        if time.monotonic() - told > 20:
            told = time.monotonic()
            say(f"{told - began:5.0f} s: {untried:,} not tried yet, {dict(_states())}")


def _blow(plan: Plan, workers: Workers, draw: random.Random) -> None:
    whom = draw.randrange(plan.workers)
    if plan.freeze and draw.randrange(plan.freeze) == 0 and workers.awake():
        workers.freeze(whom, 12.0)
    else:
        workers.kill(whom)


def _states() -> Counter[str]:
    return Counter(Share.objects.values_list("state", flat=True))


def _settled() -> bool:
    """Nothing is on its way, and nobody is about to look for anything."""
    if Share.objects.filter(state__in=(State.PLANNED, State.SENDING)).exists():
        return False
    jobs = DBTaskResult.objects.filter(status__in=("READY", "RUNNING"))
    return not any(
        job["kwargs"]["function"].startswith("kaja.sharing.settling")
        for job in jobs.values_list("args_kwargs", flat=True)
    )


# --- the judgement ----------------------------------------------------------------------------------------------------
def posts(ask: weather.Ask, server: Server) -> list[tuple[str, str, str]]:
    """Every post that stands at a network: network, account, the number in its words."""
    found = [tuple(one) for one in ask("posts")]
    for account in ConnectedAccount.objects.filter(network="bluesky"):
        records = server.every_record(account.external_id)
        found += [("bluesky", account.external_id, weather.mark(str(one["value"]["text"]))) for one in records]
    return found


def judge(found: Figures, rows: list[Share], standing: list[tuple[str, str, str]]) -> None:
    """Compare what stands with what the rows say."""
    accounts = {row.pk: row for row in ConnectedAccount.objects.all()}
    number_of = {row.pk: f"{place:07d}" for place, row in enumerate(rows)}
    expected = {
        (row.network, accounts[row.account_id].external_id, number_of[row.pk]): row.pk for row in rows if row.account_id
    }
    stands: Counter[int] = Counter()
    for post in standing:
        if post in expected:
            stands[expected[post]] += 1
        else:
            found.stray.append("/".join(post))
    unknown: list[Share] = []
    for share in Share.objects.select_related("person"):
        found.states[share.state] += 1
        if share.state not in (State.PUBLISHED, State.UNKNOWN):
            found.reasons[f"{share.state}: {share.reason}"] += 1
        if stands[share.pk] > 1:
            found.doubled.append(share.pk)
        if share.state == State.PUBLISHED and not stands[share.pk]:
            found.lost.append(share.pk)
        elif share.state == State.UNKNOWN:
            unknown.append(share)
        elif share.state in (State.PLANNED, State.SENDING, State.HELD):
            found.unfinished.append(share.pk)
        elif share.state != State.PUBLISHED and stands[share.pk]:
            found.denied.append(share.pk)
    found.unasked = unasked(unknown)
    found.attempts = Attempt.objects.count()


def unasked(unknown: list[Share]) -> list[int]:
    """Those of the undecided ones whose person does not find the question among their shares, or cannot answer it."""
    missing, pages = [], {share.person_id: share.person for share in unknown}
    for person_id, person in pages.items():
        client = Client()
        client.force_login(person)
        page = client.get("/shares/", headers={"accept-language": "en"}).content.decode()
        for share in unknown:
            if share.person_id == person_id:
                listed = f'href="/shares/{share.pk}/">{QUESTION}</a>' in page
                asked = client.get(f"/shares/{share.pk}/").content.decode()
                if not (listed and all(f"/shares/{share.pk}/{answer}/" in asked for answer in ("confirm", "deny"))):
                    missing.append(share.pk)
    return missing

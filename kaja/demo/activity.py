"""What the demo company did: shares, their links, clicks in their classes, what the sandbox said of them.

Everything obeys the rules of counting: roll-ups are the sums of the clicks, clicks lie after their share, nobody
shares what has not begun or is not meant for them. The numbers are invented: half of the clicks of a share come
within a day, own words bring more, every network's fetchers look first.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

from kaja import vault
from kaja.content import previews
from kaja.content.models import Caption, Item
from kaja.links import minting
from kaja.links.models import Click, LinkDay, ShortLink
from kaja.links.visitors import RULES_VERSION
from kaja.measurement import rollups
from kaja.measurement.models import HeadCount, Snapshot
from kaja.networks import sandbox as sandbox_network
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission
from kaja.sharing import wording
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State

# Where people share, how often; only the sandbox is posted to by Kaja, the others by dialog.
NETWORKS = {"linkedin": 48, "facebook": 14, "sandbox": 16, "bluesky": 8, "x": 8, "whatsapp": 6}
OPENINGS = {
    "en": ("Proud of this one. ", "My team worked on this: ", "Worth two minutes. ", "I was there. "),
    "et": ("Uhke töö üle. ", "Minu meeskonna töö: ", "Kaks minutit, mis tasub ära. ", "Olin ise kohal. "),
}
CLOSINGS = {
    "en": (" What do you think?", " #NordwindTeam", " Ask me anything.", ""),
    "et": (" Mis arvate?", " #NordwindTeam", ""),
}
# Hours (UTC) at which the invented readers look more: late afternoon in Tallinn.
LATE = (13, 14)


@dataclass
class Plan:
    """A share before it is a row."""

    person: Person
    item: Item
    at: datetime
    network: str
    text: str
    caption: Caption | None
    own_words: bool


def insert(model: type[models.Model], fields: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert many rows of plain columns quickly (no returned keys); works alike on both databases."""
    columns = [model._meta.get_field(name) for name in fields]
    names = ", ".join(f'"{column.column}"' for column in columns)  # type: ignore[union-attr]
    marks = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own model
    waiting = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(waiting, 20_000)):
            cursor.executemany(
                statement,
                [
                    tuple(
                        column.get_db_prep_save(value, connection)  # type: ignore[union-attr]
                        for column, value in zip(columns, row, strict=True)
                    )
                    for row in batch
                ],
            )


def plan(people: list[Person], items: list[Item], *, days: int, now: datetime, chance: random.Random) -> Iterator[Plan]:
    """Shares of the last `days`, day by day: a few people are keen, most share now and then, some never."""
    captions: dict[int, list[Caption]] = defaultdict(list)
    for words in Caption.objects.all():
        captions[words.item_id].append(words)
    # Those the demo tells of by name have a picture, and more to show.
    keenness = {
        person.pk: 0.45 if person.avatar else chance.lognormvariate(-2.6, 0.9)
        for person in people
        if _may_share(person)
    }
    waves = {item.pk: float(getattr(item, "wave", 1.0)) for item in items}
    done: set[tuple[int, int, str]] = set()
    for day in range(days, -1, -1):
        morning = (now - timedelta(days=day)).replace(hour=6, minute=0, second=0, microsecond=0)
        offered = [item for item in items if _running(item, morning + timedelta(hours=6)) and waves[item.pk] > 0]
        busy = 1.0 if morning.weekday() < 5 else 0.25
        for person in people:
            if (
                person.joined_at is None
                or person.pk not in keenness
                or person.joined_at > morning
                or chance.random() > keenness[person.pk] * busy
            ):
                continue
            meant = [item for item in offered if _meant(item, person)]
            at = morning + timedelta(minutes=chance.randint(0, 720))
            if not meant or at > now - timedelta(minutes=20):
                continue
            weights = [waves[item.pk] * 2 ** (-(morning - item.live_from).days / 7) for item in meant]  # type: ignore[operator]
            item = chance.choices(meant, weights)[0]
            network = chance.choices(list(NETWORKS), list(NETWORKS.values()))[0]
            if (person.pk, item.pk, network) in done:
                continue
            done.add((person.pk, item.pk, network))
            text, caption, own = _words(person, captions[item.pk], chance)
            yield Plan(person, item, at, network, text, caption, own)


def _may_share(person: Person) -> bool:
    return person.joined_at is not None and person.may(Permission.SHARE)


def _running(item: Item, at: datetime) -> bool:
    return item.live_from is not None and item.live_from <= at and (item.live_until is None or item.live_until > at)


def _meant(item: Item, person: Person) -> bool:
    terms: list[tuple[str, str]] = getattr(item, "meant_for", [])
    kinds = {kind for kind, _value in terms}
    mine = {"team": str(person.team_id), "location": person.location}
    return all((kind, mine[kind]) in terms for kind in kinds)


def _words(person: Person, captions: list[Caption], chance: random.Random) -> tuple[str, Caption | None, bool]:
    language = person.languages[0] if any(c.language == person.languages[0] for c in captions) else "en"
    caption = chance.choice([one for one in captions if one.language == language])
    if chance.random() < 0.6:
        return caption.text, caption, False
    return chance.choice(OPENINGS[language]) + caption.text + chance.choice(CLOSINGS[language]), caption, True


def perform(plans: list[Plan], people: list[Person], *, chance: random.Random) -> list[Share]:
    """Links, accounts, shares and sandbox posts for these plans."""
    # Those the demo tells of by name can try the sandbox at once, whether they have used it or not.
    wanted = {person.pk: person for person in people if person.avatar and _may_share(person)}
    accounts = _accounts((wanted | {one.person.pk: one.person for one in plans if one.network == "sandbox"}).values())
    slugs: set[str] = set()
    while len(slugs) < len(plans):
        slugs.add("".join(chance.choices(minting.ALPHABET, k=minting.LENGTH)))
    links = [
        ShortLink(
            slug=slug, owner=one.person, network=one.network, created_at=one.at, changed_at=one.at,
            preview=previews.resolve(one.item, one.network, ()).as_data if one.item.url else {},
            target=minting.tagged(
                one.item.url, company.current().utm_template, network=one.network, item=one.item.pk,
                campaign=one.item.campaign.slug if one.item.campaign else "",
            ),
        )
        for slug, one in zip(sorted(slugs, key=lambda _slug: chance.random()), plans, strict=True)
    ]  # fmt: skip
    ShortLink.objects.bulk_create(links, batch_size=2000)
    shares = [_share(one, link, accounts, chance) for one, link in zip(plans, links, strict=True)]
    Share.objects.bulk_create(shares, batch_size=2000)
    posted = [share for share in shares if share.way == Share.Way.API]
    Attempt.objects.bulk_create(
        (
            Attempt(
                share=share, number=1, worker="demo", started_at=share.not_before, finished_at=share.published_at,
                outcome="published",
            )
            for share in posted
        ),
        batch_size=2000,
    )  # fmt: skip
    return shares


def _accounts(people: Iterable[Person]) -> dict[int, ConnectedAccount]:
    """Sandbox accounts, in bulk: what connecting.connect_instantly does for one."""
    made = []
    for person in people:
        handle = person.email.split("@")[0]
        name = f"sandbox:{handle}"
        made.append(
            ConnectedAccount(
                person=person, network="sandbox", external_id=name, handle=handle, display_name=person.name,
                sealed=vault.seal({"token": sandbox_network.token(name)}), checked_at=timezone.now(),
            )
        )  # fmt: skip
    return {account.person_id: account for account in ConnectedAccount.objects.bulk_create(made, batch_size=2000)}


def _share(one: Plan, link: ShortLink, accounts: dict[int, ConnectedAccount], chance: random.Random) -> Share:
    share = Share(
        person=one.person, item=one.item, network=one.network, way=Share.Way.DIALOG, link=link,
        text=f"{one.text} {minting.address(link)}", wording=wording.fingerprint(one.text),
        language=one.caption.language if one.caption else "en",
        caption=one.caption, own_words=one.own_words, state=State.PUBLISHED, not_before=one.at,
        published_at=one.at + timedelta(seconds=2), created_at=one.at, updated_at=one.at,
    )  # fmt: skip
    if one.network == "sandbox":
        account = accounts[one.person.pk]
        share.way, share.account, share.attempts = Share.Way.API, account, 1
        share.confirmed, share.record_key = Share.Confirmed.NETWORK, f"demo-{link.slug}"
        share.post_id = f"{account.external_id}/{share.record_key}"
        share.post_url = sandbox_network.address(share.record_key)
        return share
    answer = chance.random()
    if answer < 0.06:
        # Opened the dialog and never said whether it went out: not counted until somebody clicks.
        share.state, share.published_at = State.UNKNOWN, None
    else:
        share.confirmed = Share.Confirmed.CLICK if answer < 0.5 else Share.Confirmed.PERSON
    return share


def click(shares: list[Share], *, now: datetime, chance: random.Random) -> None:
    """Clicks of every class for these shares, and the roll-ups that are their sums."""
    days: dict[tuple[int, Any], Counter[str]] = defaultdict(Counter)
    visitors: dict[tuple[int, Any], set[str]] = defaultdict(set)

    def rows() -> Iterator[tuple[Any, ...]]:
        for share in shares:
            for at, kind, rule, visitor in _clicks(share, now, chance):
                day = (share.link_id, at.date())
                days[day][kind if kind in ("person", "own", "repeat", "preview") else "other"] += 1  # type: ignore[index]
                if kind == "person":
                    visitors[day].add(visitor)  # type: ignore[index]
                yield (share.link_id, at, kind, rule, RULES_VERSION, visitor, "", "", "")

    insert(Click, ("link", "at", "kind", "rule", "rules", "visitor", "source", "user_agent", "referrer"), rows())
    insert(
        LinkDay,
        ("link", "day", "person", "visitors", "own", "repeat", "preview", "other"),
        (
            (link, day, n["person"], len(visitors[link, day]), n["own"], n["repeat"], n["preview"], n["other"])
            for (link, day), n in days.items()
        ),
    )


def _clicks(share: Share, now: datetime, chance: random.Random) -> Iterator[tuple[datetime, str, str, str]]:
    if share.published_at is None:
        return
    begun = share.published_at
    for _ in range(chance.randint(1, 3)):
        at = begun + timedelta(seconds=chance.randint(1, 90))
        if at < now:
            yield at, "preview", "preview-fetcher", ""
    if chance.random() < 0.3:
        at = begun + timedelta(seconds=chance.randint(20, 600))
        if at < now:
            yield at, "own", "own", f"{chance.getrandbits(64):016x}"
    people = int(chance.lognormvariate(1.75 if share.own_words else 1.35, 0.9) * (1.7 if begun.hour in LATE else 1.0))
    for _ in range(people):
        at = begun + timedelta(hours=chance.expovariate(1 / 30), seconds=95)
        if at >= now:
            continue
        visitor = f"{chance.getrandbits(64):016x}"
        yield at, "person", "person", visitor
        if chance.random() < 0.07 and (again := at + timedelta(seconds=chance.randint(1, 9))) < now:
            yield again, "repeat", "same-visitor", visitor
    if chance.random() < 0.25 and (at := begun + timedelta(hours=chance.uniform(0, 60))) < now:
        yield at, chance.choice(("bot", "scanner", "head")), "user-agent", ""


def sandbox(shares: list[Share], *, now: datetime, chance: random.Random) -> None:
    """The sandbox's own posts for the shares made there, and what it said of them when it was asked."""
    posts, snapshots = [], []
    for share in shares:
        if share.account is None or share.published_at is None or share.link is None:
            continue
        likes, reposts, replies = chance.randint(0, 14), chance.randint(0, 3), chance.randint(0, 2)
        posts.append(
            SandboxPost(
                account=share.account.external_id, key=share.record_key, text=share.text, likes=likes, reposts=reposts,
                replies=replies,
                record={"text": share.text, "link": minting.address(share.link), "title": share.item.title},
            )
        )  # fmt: skip
        for hours, part in ((1, 0.3), (6, 0.6), (24, 0.9), (72, 1.0)):
            at = share.published_at + timedelta(hours=hours)
            if at < now:
                snapshots.append(
                    Snapshot(
                        share=share, at=at, likes=int(likes * part), reposts=int(reposts * part),
                        replies=int(replies * part), quotes=0,
                    )
                )  # fmt: skip
    SandboxPost.objects.bulk_create(posts, batch_size=2000)
    Snapshot.objects.bulk_create(snapshots, batch_size=5000)


def count_heads(people: list[Person], *, days: int, now: datetime) -> None:
    """The head-count of every day of the period, for the company and each team."""
    teams = sorted({person.team_id for person in people if person.team_id})
    rows = []
    for back in range(days, 0, -1):
        day = rollups.day_of(now) - timedelta(days=back)
        counts: dict[int | None, list[int]] = {team: [0, 0] for team in [None, *teams]}
        for person in people:
            joined = person.joined_at is not None and rollups.day_of(person.joined_at) <= day
            for team in (None, person.team_id):
                counts[team][0] += 1
                counts[team][1] += joined
        rows += [(day, team, invited, joined) for team, (invited, joined) in counts.items()]
    insert(HeadCount, ("day", "team", "invited", "joined"), rows)

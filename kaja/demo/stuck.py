"""What did not go smoothly at the demo company: posts that wait, were refused or are not certain, jobs that failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kaja.content.models import Item
from kaja.jobs.models import Failure
from kaja.links import minting
from kaja.measurement.models import Collecting
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import wording
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State

WORDS = {"en": "Two minutes that are worth it.", "et": "Kaks minutit, mis tasub ära."}
# State, reason, detail, minutes until it is due, and what its attempts ended in (outcome, reason, detail).
Try = tuple[str, str, str]
BUSY: Try = ("retry", "unreachable", "ConnectError: [Errno 111] Connection refused")
CASES: tuple[tuple[State, str, str, int, tuple[Try, ...]], ...] = (
    (State.PLANNED, "unreachable", BUSY[2], 50, (BUSY, BUSY)),
    (State.FAILED, "refused", '{"error": "the picture is too dark"}', -190,
     (BUSY, ("permanent", "refused", '{"error": "the picture is too dark"}'))),
    (State.UNKNOWN, "silence", "ReadTimeout after 20 s", -35, (("unknown", "silence", "ReadTimeout after 20 s"),)),
    (State.FAILED, "too-often", BUSY[2], -1400, (BUSY,) * 8),
)  # fmt: skip


def write(crew: list[Person], items: list[Item], *, now: datetime) -> None:
    """A post of Liis's in each of these states, some of her colleagues', two failed jobs, a network that asked for
    patience."""
    accounts = {
        account.person_id: account
        for account in ConnectedAccount.objects.filter(network="sandbox").select_related("person")
    }
    before = now - timedelta(days=2)
    people = [person for person in crew if person.pk in accounts and person.joined_at and person.joined_at < before]
    people.sort(key=lambda person: (person.first_name != "Liis", not person.avatar, person.pk))
    live = [item for item in items if item.url and item.category.shareable and item.audience_id is None]
    live = [item for item in live if item.live_from and item.live_from < before]
    if not live or not people:
        return
    for number, case in enumerate(CASES):
        for who in (people[:1] + people[1 + number : 2 + number])[: 2 if number else 1]:
            _share(accounts[who.pk], live[number % len(live)], case, now)
    _jobs(now)
    for network, fields in _collecting(now).items():
        Collecting.objects.create(network=network, day=now.date(), **fields)


def _share(
    account: ConnectedAccount, item: Item, case: tuple[State, str, str, int, tuple[Try, ...]], now: datetime
) -> None:
    state, reason, detail, minutes, tries = case
    person, due = account.person, now + timedelta(minutes=minutes)
    begun = min(due, now - timedelta(minutes=30)) - timedelta(minutes=20)
    link = minting.mint(target=item.url, owner=person, network=account.network, item=item.pk)
    words = WORDS[person.languages[0]] if person.languages and person.languages[0] in WORDS else WORDS["en"]
    share = Share.objects.create(
        person=person, item=item, network=account.network, way=Share.Way.API, account=account, link=link,
        text=f"{words} {minting.address(link)}", wording=wording.fingerprint(words), own_words=True,
        language=person.languages[0] if person.languages else "en", state=state, reason=reason, detail=detail,
        not_before=due, attempts=len(tries), record_key=f"stuck-{link.slug}", created_at=begun,
    )  # fmt: skip
    at = begun
    for number, (outcome, why, said) in enumerate(tries, start=1):
        Attempt.objects.create(
            share=share, number=number, worker="demo", started_at=at, finished_at=at + timedelta(seconds=2),
            outcome=outcome, reason=why, detail=said,
        )  # fmt: skip
        at += timedelta(seconds=min(10 * 2 ** (number - 1), 3600))
    Share.objects.filter(pk=share.pk).update(updated_at=at)


def _jobs(now: datetime) -> None:
    mail = "smtplib.SMTPServerDisconnected: Connection unexpectedly closed"
    for function, arguments, attempts, minutes, following in (
        ("kaja.content.notes.tell", {"note": 1}, 8, 95, None),
        ("kaja.content.reminders.send", {"person": 3, "items": [12]}, 4, 3, now + timedelta(minutes=2)),
    ):
        Failure.objects.create(
            function=function, arguments=arguments, attempts=attempts, first_at=now - timedelta(minutes=minutes + 43),
            last_at=now - timedelta(minutes=minutes), next_at=following, reason="mail", detail=mail,
        )  # fmt: skip


def _collecting(now: datetime) -> dict[str, dict[str, Any]]:
    return {
        "sandbox": {"calls": 31, "told": 412, "read_at": now - timedelta(minutes=1)},
        "bluesky": {
            "calls": 118, "told": 260, "read_at": now - timedelta(minutes=26), "failures": 1, "reason": "rate-limit",
            "detail": '{"error": "RateLimitExceeded"}', "rests_until": now + timedelta(minutes=34),
        },
    }  # fmt: skip

"""The delivery machine, killed at every step: nothing is lost, nothing goes out twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja.jobs import tasks
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people.models import Person
from kaja.sharing import claiming, correcting, corrections, crisis, delivery, holding, settling, shares
from kaja.sharing.models import Correction, Crisis, Share
from kaja.sharing.states import State
from tests import cast as people
from tests import factories
from tests.peers.bluesky_server import PASSWORD, Server, environment
from tests.sharing.killed_worker import CORRECTING, SEARCHING, STEPS

pytestmark = pytest.mark.django_db(transaction=True)


def worker(share: Share | Correction | Crisis, step: str, extra: dict[str, str] | None = None) -> int:
    """Deliver, or change a post, in a process of its own, on the database of this test; how it ended."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = f"postgres://postgres@/{database['NAME']}?host={database['HOST']}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.sharing.killed_worker", str(share.pk), step]
        + ([] if isinstance(share, Share) else [type(share).__name__.lower()]),
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "kaja.settings",
            "KAJA_DATABASE_URL": url,
            "KAJA_DATA_DIR": str(settings.DATA_DIR),
            "KAJA_DEMO": "1",
            **(extra or {}),
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def catch_up() -> None:
    """What a living worker does after a dead one: its lease runs out, what is unknown is looked for, what is due goes."""
    Share.objects.filter(state=State.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
    for _round in range(4):
        settling.sweep()
        for job in DBTaskResult.objects.filter(status="READY"):
            arguments = job.args_kwargs["kwargs"]
            if arguments["function"].startswith("kaja.sharing"):
                tasks.run.call(**arguments)
            job.delete()
        Share.objects.filter(state=State.PLANNED).update(not_before=timezone.now())
        for share in Share.objects.due():
            delivery.deliver(share.pk, worker="alive")


@pytest.fixture
def liis() -> Person:
    return people.assemble().liis


def planned(person: Person, account: ConnectedAccount) -> Share:
    return shares.share_now(person=person, item=factories.item("NW-7"), account=account, text="Exactly once")


def connected(person: Person) -> ConnectedAccount:
    return connecting.connect_instantly(person=person, network=BY_KEY["sandbox"])


@pytest.mark.parametrize("step", STEPS)
def test_on_the_sandbox(liis: Person, step: str) -> None:
    share = planned(liis, connected(liis))
    assert worker(share, step) == -signal.SIGKILL
    catch_up()
    share.refresh_from_db()
    assert share.state == State.PUBLISHED
    assert SandboxPost.objects.count() == 1
    assert SandboxPost.objects.get().key == share.record_key


@pytest.mark.bluesky
@pytest.mark.xdist_group("bluesky")
@pytest.mark.parametrize("step", STEPS)
def test_on_a_real_bluesky_server(liis: Person, bluesky_server: Server, step: str) -> None:
    account = connecting.connect_with_password(
        person=liis, network=BY_KEY["bluesky"], handle=bluesky_server.account(), password=PASSWORD
    )
    share = planned(liis, account)
    assert worker(share, step, environment(bluesky_server)) == -signal.SIGKILL
    catch_up()
    share.refresh_from_db()
    assert share.state == State.PUBLISHED
    records = bluesky_server.records(account.external_id)
    assert [record["uri"] for record in records] == [share.post_id]


def test_killed_again_and_again_it_is_still_one_post(liis: Person) -> None:
    share = planned(liis, connected(liis))
    for step in STEPS:
        worker(share, step)
        Share.objects.filter(state=State.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
        settling.sweep()
        Share.objects.filter(state=State.UNKNOWN).update(state=State.PLANNED)
    catch_up()
    assert SandboxPost.objects.count() == 1
    share.refresh_from_db()
    assert share.state == State.PUBLISHED


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_a_crisis_lasts_it_is_held_or_out_and_never_both(liis: Person, step: str) -> None:
    """The crisis begins right after the worker died; the next worker sends nothing, and after it one post at most."""
    share, kadri = planned(liis, connected(liis)), Person.objects.get(first_name="Kadri")
    assert worker(share, step) == -signal.SIGKILL
    out = SandboxPost.objects.count()
    crisis.begin(person=kadri, why="Jelgava", words=crisis.Words(notice={"en": "Please wait."}))
    catch_up()
    assert SandboxPost.objects.count() == out
    share.refresh_from_db()
    assert (share.state, share.reason) == ((State.PUBLISHED, "") if out else (State.HELD, "crisis"))
    crisis.end(person=kadri)
    catch_up()
    assert SandboxPost.objects.count() == out
    if not out:
        crisis.go_on(person=liis, share=share)
        catch_up()
    assert SandboxPost.objects.count() == 1
    share.refresh_from_db()
    assert share.state == State.PUBLISHED


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_its_words_can_be_changed_only_when_nothing_may_have_left(
    liis: Person, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look after the dead worker sees nothing yet, and its person writes other words; in the end there is one post,
    with the words that its row has."""
    share = planned(liis, connected(liis))
    assert worker(share, step) == -signal.SIGKILL
    out = SandboxPost.objects.count()
    Share.objects.filter(state=State.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
    settling.sweep()
    with monkeypatch.context() as late:
        late.setattr(settling, "_seen", lambda _row: None)
        settling.look(share.pk)
    share.refresh_from_db()
    if step == "after-receipt":
        assert share.state == State.PUBLISHED
        return
    assert share.state == State.PLANNED
    unsent = step in ("before-claim", "after-claim")
    assert shares.fixed(share) == (not unsent)
    if unsent:
        shares.edit(person=liis, share=share, text="Other words")
    else:
        with pytest.raises(ValidationError, match="may have reached the network"):
            shares.edit(person=liis, share=share, text="Other words")
    catch_up()
    share.refresh_from_db()
    post = SandboxPost.objects.get()
    assert (share.state, post.text) == (State.PUBLISHED, share.text)
    assert share.text.startswith("Other words" if unsent else "Exactly once")
    assert out == (1 if step in ("network-stored", "before-receipt") else 0)


def test_two_workers_at_once_deliver_once(liis: Person) -> None:
    share = planned(liis, connected(liis))
    assert len(claiming.claim([share.pk], worker="one")) == 1
    assert claiming.claim([share.pk], worker="two") == []


@pytest.mark.parametrize("begun", [False, True])
def test_a_dead_workers_claim_is_given_back_by_what_it_had_begun(liis: Person, begun: bool) -> None:
    share = planned(liis, connected(liis))
    (claimed,) = claiming.claim([share.pk], worker="dead")
    if begun:
        delivery.prepare(claimed)
    settling.sweep()
    share.refresh_from_db()
    assert share.state == State.SENDING  # its lease still runs
    Share.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    settling.sweep()
    share.refresh_from_db()
    assert share.state == (State.UNKNOWN if begun else State.PLANNED)


@pytest.mark.parametrize("step", CORRECTING)
def test_a_change_of_words_survives_its_worker(liis: Person, step: str) -> None:
    """Killed between any two steps the change is neither lost nor made twice, and the words of before are kept once."""
    share = planned(liis, connected(liis))
    delivery.deliver(share.pk, worker="alive")
    share.refresh_from_db()
    before = share.text
    row = corrections.ask(person=liis, share=share, text="Exactly once more")
    assert row is not None
    DBTaskResult.objects.all().delete()
    assert worker(row, step) == -signal.SIGKILL
    for _round in range(4):
        Correction.objects.filter(state=Correction.State.SENDING).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
        Correction.objects.filter(state__in=Correction.OPEN).update(not_before=timezone.now())
        correcting.run_due()
    share.refresh_from_db()
    post = SandboxPost.objects.get()
    assert share.text == post.text == row.text
    assert [one.text for one in corrections.versions(share)] == [before]
    assert Correction.objects.get().state == Correction.State.DONE


@pytest.mark.parametrize("step", SEARCHING)
def test_the_search_for_the_words_of_a_crisis_goes_on_where_its_worker_died(
    liis: Person, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever had been marked by then: nothing with the words goes out meanwhile, each post is held and counted once."""
    account, kadri = connected(liis), Person.objects.get(first_name="Kadri")
    beside, *about = [
        shares.schedule(
            person=liis, item=factories.item(f"News {n}"), account=account, text=text,
            at=timezone.now() + timedelta(hours=n + 1),
        )
        for n, text in enumerate(["Else", *(f"Model X, {n}" for n in range(3))])
    ]  # fmt: skip
    with monkeypatch.context() as unsearched:
        unsearched.setattr(holding, "look_on", lambda *_given, **_more: False)
        row = crisis.begin(
            person=kadri, why="A recall", words=crisis.Words(notice={"en": "Please wait."}), only=["Model X"]
        )
    assert (row.held, row.searching, row.to_look) == (0, True, 4)
    assert worker(row, step) == -signal.SIGKILL
    Share.objects.filter(pk=about[-1].pk, state=State.PLANNED).update(not_before=timezone.now())
    delivery.deliver(about[-1].pk, worker="alive")
    catch_up()
    crisis.keep_up()
    row.refresh_from_db()
    assert {share.state for share in Share.objects.filter(pk__in=[one.pk for one in about])} == {State.HELD}
    assert SandboxPost.objects.count() == 1
    beside.refresh_from_db()
    assert beside.state == State.PUBLISHED
    assert (row.searching, row.held) == (False, 3)
    assert row.looked == 4

from datetime import timedelta

import pytest
from django.utils import timezone

from kaja.measurement import collecting, rollups
from kaja.measurement.models import NetworkDay, Reading, Snapshot
from kaja.networks import connecting, sandbox
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import SandboxPost
from kaja.outbound import Request, Response
from kaja.sharing import settling
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast


def posted(cast: Cast, key: str = "k1", *, hours: float = 2, **told: int) -> Share:
    """A share that the sandbox published `hours` ago."""
    SandboxPost.objects.create(account="sandbox:liis", key=key, text="words", **told)
    return factories.share(
        cast.liis,
        network="sandbox",
        way=Share.Way.API,
        at=timezone.now() - timedelta(hours=hours),
        post_id=f"sandbox:liis/{key}",
        confirmed=Share.Confirmed.NETWORK,
    )


def due(share: Share) -> None:
    collecting.begin(share.pk)
    Reading.objects.filter(share=share).update(due_at=timezone.now())


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A sandbox that answers with the status in the list, once for each call, then as always."""
    statuses: list[int] = []

    def answer(request: Request) -> Response:
        if statuses:
            return Response(statuses.pop(0), {"retry-after": "7200"}, b"{}")
        return sandbox.answer(request)

    monkeypatch.setattr("kaja.networks.connecting.http", lambda _network: answer)
    return statuses


def test_a_published_share_is_read_after_an_hour_and_asking_twice_plans_it_once(cast: Cast) -> None:
    share = posted(cast, hours=0)
    collecting.begin(share.pk)
    collecting.begin(share.pk)
    assert share.published_at is not None
    assert Reading.objects.get().due_at == share.published_at + timedelta(hours=1)


def test_readings_thin_out_and_end_after_ninety_days() -> None:
    published = timezone.now()
    hours = []
    now = published
    while (due := collecting.next_age(published, now)) is not None:
        hours.append((due - published) / timedelta(hours=1))
        now = due
    assert hours == [1, 6, 24, 72, 168, 336, 720, 1440, 2160]


def test_what_the_network_tells_is_kept_and_the_next_reading_planned(cast: Cast) -> None:
    share = posted(cast, likes=7, reposts=2, replies=1)
    due(share)
    collecting.read_due()
    snapshot = Snapshot.objects.get()
    assert (snapshot.likes, snapshot.reposts, snapshot.replies, snapshot.quotes) == (7, 2, 1, None)
    assert share.published_at is not None
    assert Reading.objects.get().due_at == share.published_at + timedelta(hours=6)
    rollups.refresh()
    assert NetworkDay.objects.get().likes == 7


def test_readings_are_added_and_never_changed(cast: Cast) -> None:
    share = posted(cast, likes=7)
    for likes in (7, 9):
        SandboxPost.objects.update(likes=likes)
        due(share)
        collecting.read_due()
    assert list(Snapshot.objects.order_by("pk").values_list("likes", flat=True)) == [7, 9]


def test_a_post_that_is_gone_is_looked_for_and_then_read_no_more(cast: Cast) -> None:
    share = posted(cast, likes=7)
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    Share.objects.update(account=account, record_key="k1", post_id=f"{account.external_id}/k1")
    due(share)
    SandboxPost.objects.all().delete()
    collecting.read_due()
    assert Snapshot.objects.get().gone
    settling.missing(share=share.pk)
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.REMOVED, "gone-there")
    collecting.read_due()
    assert not Reading.objects.exists()


def test_a_post_that_its_person_removed_is_read_no_more(cast: Cast) -> None:
    share = posted(cast)
    due(share)
    Share.objects.filter(pk=share.pk).update(state=State.REMOVED)
    collecting.read_due()
    assert not Snapshot.objects.exists()
    assert not Reading.objects.exists()


def test_nothing_is_planned_where_the_network_tells_nothing(cast: Cast) -> None:
    share = factories.share(cast.liis, network="linkedin")
    collecting.begin(share.pk)
    assert not Reading.objects.exists()


def test_a_busy_network_is_asked_again_when_it_said_and_nothing_is_lost(cast: Cast, refusing: list[int]) -> None:
    share = posted(cast, likes=3)
    due(share)
    refusing.append(429)
    collecting.read_due()
    reading = Reading.objects.get()
    assert reading.failures == 1
    assert reading.due_at > timezone.now() + timedelta(hours=1)
    Reading.objects.update(due_at=timezone.now())
    collecting.read_due()
    assert Snapshot.objects.get().likes == 3
    assert Reading.objects.get().failures == 0


def test_after_eight_failures_in_a_row_it_is_left_alone(cast: Cast, refusing: list[int]) -> None:
    due(posted(cast))
    for _try in range(8):
        refusing.append(500)
        Reading.objects.update(due_at=timezone.now())
        collecting.read_due()
    assert not Reading.objects.exists()
    assert not Snapshot.objects.exists()


def test_posts_are_read_in_batches_as_large_as_the_network_takes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.url)
        return sandbox.answer(request)

    monkeypatch.setattr("kaja.networks.connecting.http", lambda _network: answer)
    api = BY_KEY["sandbox"].api
    assert api is not None
    for number in range(api.figures_batch + 3):
        due(posted(cast, key=f"k{number}", likes=number))
    collecting.read_due()
    assert len(asked) == 2
    assert Snapshot.objects.count() == api.figures_batch + 3

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kaja.measurement import collecting, own, rollups
from kaja.measurement.models import Collecting, NetworkDay, Reading, Snapshot
from kaja.networks import answers, connecting, sandbox
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Figures, Retry
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


def test_many_begin_with_as_many_questions_as_one(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for number in (1, 40):
        rows = [posted(cast, f"k{number}-{one}", hours=0) for one in range(number)]
        with django_assert_num_queries(5):
            collecting.begin_many([{"share": row.pk} for row in rows])
    assert Reading.objects.count() == 41


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


def test_a_busy_network_is_left_alone_as_long_as_it_said_and_nothing_is_lost(cast: Cast, refusing: list[int]) -> None:
    share, other = posted(cast, likes=3), posted(cast, key="k2", likes=4)
    due(share)
    refusing.append(429)
    collecting.read_due()
    reading, state = Reading.objects.get(), Collecting.objects.get()
    assert (reading.failures, state.failures, state.reason) == (1, 1, "rate-limit")
    assert reading.due_at > timezone.now() + timedelta(hours=1)
    assert state.rests_until is not None
    assert state.rests_until > timezone.now() + timedelta(hours=1)
    due(other)  # another post comes due meanwhile: the network is not asked for it either
    collecting.read_due()
    assert not Snapshot.objects.exists()
    Collecting.objects.update(rests_until=timezone.now())
    Reading.objects.update(due_at=timezone.now())
    collecting.read_due()
    assert set(Snapshot.objects.values_list("likes", flat=True)) == {3, 4}
    assert set(Reading.objects.values_list("failures", flat=True)) == {0}
    after = Collecting.objects.get()
    assert (after.failures, after.reason, after.rests_until, after.told) == (0, "", None, 2)


def test_a_network_that_goes_on_refusing_is_left_alone_longer_and_longer_but_never_for_more_than_six_hours(
    cast: Cast, refusing: list[int]
) -> None:
    due(posted(cast))
    rests = []
    for _try in range(9):
        refusing.append(500)
        Reading.objects.update(due_at=timezone.now())
        Collecting.objects.update(rests_until=None)
        collecting.read_due()
        until = Collecting.objects.get().rests_until
        assert until is not None
        rests.append(round((until - timezone.now()) / timedelta(minutes=1)))
    assert rests == [5, 10, 20, 40, 80, 160, 320, 360, 360]


def test_after_eight_failures_in_a_row_a_post_waits_for_its_next_age_and_its_figures_are_not_lost(
    cast: Cast, refusing: list[int]
) -> None:
    share = posted(cast, likes=5)
    due(share)
    for _try in range(8):
        refusing.append(500)
        Reading.objects.update(due_at=timezone.now())
        Collecting.objects.update(rests_until=None)
        collecting.read_due()
    assert not Snapshot.objects.exists()
    assert share.published_at is not None
    assert Reading.objects.get().due_at == share.published_at + timedelta(hours=6)
    Reading.objects.update(due_at=timezone.now())
    Collecting.objects.update(rests_until=None)
    collecting.read_due()
    assert Snapshot.objects.get().likes == 5


def test_the_last_reading_of_an_old_post_ends_when_it_fails_eight_times(cast: Cast, refusing: list[int]) -> None:
    due(posted(cast, hours=24 * 89.9))
    Share.objects.update(published_at=timezone.now() - timedelta(days=90, hours=1))
    Reading.objects.update(failures=7)
    refusing.append(500)
    collecting.read_due()
    assert not Reading.objects.exists()


def with_sandbox(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """The sandbox as another network would be: with these fields of its constant."""
    network = BY_KEY["sandbox"]
    assert network.api is not None
    other = replace(network, api=replace(network.api, **changes))
    monkeypatch.setitem(BY_KEY, "sandbox", other)
    monkeypatch.setattr(collecting, "NETWORKS", [other])


def test_the_day_has_a_budget_and_the_next_day_a_new_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with_sandbox(monkeypatch, figures_budget=2, figures_batch=1)
    for number in range(3):
        due(posted(cast, key=f"k{number}"))
    collecting.read_due()
    assert Snapshot.objects.count() == 2
    collecting.read_due()
    assert (Snapshot.objects.count(), Collecting.objects.get().calls) == (2, 2)
    Collecting.objects.update(day=timezone.now().date() - timedelta(days=1))
    collecting.read_due()
    assert (Snapshot.objects.count(), Collecting.objects.get().calls) == (3, 1)


def an_account_for_each(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Share]:
    """Five people with a post each, on a network that tells its authors only; their readings are due in this order."""
    with_sandbox(monkeypatch, figures_by_account=True)
    shares = []
    for number, person in enumerate((cast.liis, cast.mart, cast.kadri, cast.eda, cast.rein)):
        account = connecting.connect_instantly(person=person, network=BY_KEY["sandbox"])
        share = posted(cast, key=f"k{number}", likes=number)
        Share.objects.filter(pk=share.pk).update(account=account, person=person)
        due(share)
        Reading.objects.filter(share=share).update(due_at=timezone.now() - timedelta(minutes=9 - number))
        shares.append(share)
    return shares


def test_one_account_that_is_refused_holds_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, refusing: list[int]
) -> None:
    shares = an_account_for_each(cast, monkeypatch)
    more = posted(cast, key="k9")
    Share.objects.filter(pk=more.pk).update(account=Share.objects.get(pk=shares[0].pk).account)
    collecting.begin(more.pk)
    Reading.objects.filter(share=more).update(due_at=timezone.now() + timedelta(minutes=1))
    refusing.append(429)
    collecting.read_due()
    assert set(Snapshot.objects.values_list("share", flat=True)) == {share.pk for share in shares[1:]}
    assert Collecting.objects.get().rests_until is None
    # The account rests with all its posts, also one that would have been due in a minute.
    assert Reading.objects.get(share=more).due_at > timezone.now() + timedelta(hours=1)


def test_three_accounts_refused_one_after_another_and_the_network_rests(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, refusing: list[int]
) -> None:
    an_account_for_each(cast, monkeypatch)
    refusing += [429, 429, 429]
    collecting.read_due()
    assert not Snapshot.objects.exists()
    assert Collecting.objects.get().rests_until is not None


def test_an_account_that_waits_for_its_person_is_no_failure_and_is_read_once_they_are_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = an_account_for_each(cast, monkeypatch)
    account = Share.objects.get(pk=shares[0].pk).account
    assert account is not None
    connecting.broken(account=account, reason="expired")
    collecting.read_due()
    reading = Reading.objects.get(share=shares[0])
    assert (reading.failures, Snapshot.objects.count()) == (0, 4)
    assert reading.due_at > timezone.now() + timedelta(hours=20)
    connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    collecting.resume(account.pk)
    collecting.read_due()
    assert Snapshot.objects.filter(share=shares[0]).exists()


def test_without_the_companys_keys_a_network_is_not_asked_and_no_reading_is_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(posted(cast, likes=2))
    monkeypatch.setattr("kaja.networks.company_apps.works_by_api", lambda _network: False)
    collecting.read_due()
    assert not Snapshot.objects.exists()
    assert Reading.objects.get().failures == 0


def test_figures_are_kept_no_longer_than_their_network_lets_them_be(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = posted(cast, likes=7)
    due(share)
    collecting.read_due()
    rollups.refresh()
    assert NetworkDay.objects.get().likes == 7
    Snapshot.objects.update(at=timezone.now() - timedelta(days=3))
    collecting.forget_old()
    assert Snapshot.objects.exists()  # the sandbox sets no end
    with_sandbox(monkeypatch, figures_kept=timedelta(days=2))
    collecting.forget_old()
    assert not Snapshot.objects.exists()
    rollups.refresh()
    assert NetworkDay.objects.get().likes == 0


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


# --- when things go wrong in the middle ---------------------------------------------------------------------------
def test_what_was_told_before_a_limit_in_the_middle_of_a_batch_is_kept_and_not_asked_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = [posted(cast, key=f"k{number}") for number in range(4)]
    for place, share in enumerate(shares):
        due(share)
        Reading.objects.filter(share=share).update(due_at=timezone.now() - timedelta(minutes=9 - place))
    asked: list[str] = []

    def tell(post_id: str) -> Figures:
        asked.append(post_id)
        if len(asked) == 3:
            raise Retry("rate-limit", after=timedelta(hours=2))
        return Figures(likes=len(asked))

    with_sandbox(monkeypatch, figures=lambda _http, _session, post_ids: answers.one_by_one(post_ids, tell))
    collecting.read_due()
    assert dict(Snapshot.objects.values_list("share", "likes")) == {shares[0].pk: 1, shares[1].pk: 2}
    assert Collecting.objects.get().told == 2
    waiting = Reading.objects.filter(share__in=shares[2:])
    assert {one.failures for one in waiting} == {1}
    assert all(one.due_at > timezone.now() + timedelta(minutes=119) for one in waiting)
    assert {one.failures for one in Reading.objects.filter(share__in=shares[:2])} == {0}
    Reading.objects.filter(share__in=shares[2:]).update(due_at=timezone.now())
    Collecting.objects.update(rests_until=None)
    collecting.read_due()
    assert [post.rpartition("/")[2] for post in asked] == ["k0", "k1", "k2", "k2", "k3"]
    assert Snapshot.objects.count() == 4


def test_a_clock_that_was_ahead_for_a_while_stops_no_figures(cast: Cast) -> None:
    """What was written then lies years away: the rest of a network, and when its posts are read."""
    share = posted(cast, likes=3)
    due(share)
    ahead = timezone.now() + timedelta(days=800)
    Reading.objects.update(due_at=ahead)
    Collecting.objects.create(network="sandbox", rests_until=ahead, day=ahead.date(), calls=1)
    collecting.read_due()
    assert Snapshot.objects.get().likes == 3
    assert Reading.objects.get().due_at < timezone.now() + timedelta(days=1)


def test_a_clock_that_was_put_back_does_not_make_an_older_reading_the_last_one(cast: Cast) -> None:
    share = posted(cast, likes=3)
    due(share)
    collecting.read_due()
    Snapshot.objects.update(at=timezone.now() + timedelta(days=800))
    SandboxPost.objects.update(likes=9)
    Reading.objects.update(due_at=timezone.now())
    collecting.read_due()
    rollups.refresh()
    assert NetworkDay.objects.get().likes == 9
    assert own.of_share(share)["likes"].value == 9


def test_a_post_whose_person_never_came_back_is_left_alone_once_it_is_old(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = an_account_for_each(cast, monkeypatch)
    old, young = Share.objects.get(pk=shares[0].pk), Share.objects.get(pk=shares[1].pk)
    Share.objects.filter(pk=old.pk).update(published_at=timezone.now() - timedelta(days=91))
    for share in (old, young):
        assert share.account is not None
        connecting.disconnect(person=share.person, account=share.account)
    collecting.read_due()
    assert not Reading.objects.filter(share=old).exists()
    assert Reading.objects.get(share=young).due_at > timezone.now() + timedelta(hours=20)
    assert not Snapshot.objects.filter(share__in=[old, young]).exists()


def test_figures_told_before_a_post_went_or_its_account_was_disconnected_stay(cast: Cast) -> None:
    share = posted(cast, likes=5)
    due(share)
    collecting.read_due()
    SandboxPost.objects.all().delete()
    Reading.objects.update(due_at=timezone.now())
    collecting.read_due()
    assert list(Snapshot.objects.order_by("pk").values_list("likes", "gone")) == [(5, False), (None, True)]
    rollups.refresh()
    assert NetworkDay.objects.get().likes == 5
    assert own.of_share(share)["likes"].value == 5


def test_a_reading_without_an_account_defers_no_other_network(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of erased accounts nothing is left to tell readings of two networks apart by."""
    shares = an_account_for_each(cast, monkeypatch)
    elsewhere = posted(cast, key="k8")
    Share.objects.filter(pk=elsewhere.pk).update(network="bluesky", account=None)
    Share.objects.filter(pk=shares[0].pk).update(account=None)
    begun = timezone.now() + timedelta(minutes=5)
    Reading.objects.create(share=elsewhere, due_at=begun)
    collecting.read_due()
    assert Reading.objects.get(share=shares[0]).due_at > timezone.now() + timedelta(hours=20)
    assert Reading.objects.get(share=elsewhere).due_at == begun

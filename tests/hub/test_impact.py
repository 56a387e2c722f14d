from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaja.hub import impact
from kaja.links.models import LinkDay, ShortLink
from kaja.measurement.models import Snapshot
from kaja.people.models import Person
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def test_somebody_who_has_not_shared_is_told_that_this_is_fine(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.liis).get("/impact/").content.decode()
    assert "Quiet so far, and that is fine" in page


def test_sten_who_may_not_share_finds_no_such_page_and_a_stranger_signs_in(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in(cast.sten).get("/impact/").status_code == 404
    assert signed_in(cast.viivi).get("/impact/").status_code == 404
    assert Client().get("/impact/").status_code == 302


def test_it_shows_ones_own_clicks_shares_and_posts_and_nobody_elses(cast: Cast, signed_in: SignIn) -> None:
    factories.share(cast.liis, factories.item("How to lift an egg"), clicks=18)
    factories.share(cast.mart, factories.item("Mart's own story"), clicks=99)
    page = signed_in(cast.liis).get("/impact/").content.decode()
    assert "How to lift an egg" in page
    assert "18 clicks on your posts" in page
    assert "Mart" not in page
    assert "99" not in page.split("<main")[1].split("</main")[0]


def test_clicks_of_this_month_are_compared_with_as_many_days_of_the_last(cast: Cast) -> None:
    read = impact.read(cast.liis)
    first, before = read.period.first, read.period.before().first
    at = datetime.combine(before, datetime.min.time(), UTC)
    factories.share(cast.liis, at=at, clicks={before: 50, first: 80})
    read = impact.read(cast.liis)
    assert read.clicks.value == 80
    assert read.clicks_change is not None
    assert read.clicks_change.text == "+60%"


def test_own_words_stand_against_suggested_ones_after_three_posts_of_each(cast: Cast) -> None:
    now = timezone.now()
    for number in range(5):
        factories.share(
            cast.liis, factories.item(f"Item {number}"), at=now - timedelta(days=number), clicks=10,
            own_words=number < 3,
        )  # fmt: skip
    assert impact.read(cast.liis).words is None
    factories.share(cast.liis, factories.item("Item 6"), clicks=4, own_words=False)
    words = impact.read(cast.liis).words
    assert words is not None
    assert (words.own, words.suggested) == (10, 8)
    assert (words.own_percent, words.suggested_percent) == (100, 80)


def test_weekdays_are_told_only_from_twenty_clicks_on(cast: Cast) -> None:
    wednesday = datetime.combine(timezone.now().date(), datetime.min.time(), UTC)
    wednesday -= timedelta(days=(wednesday.weekday() - 2) % 7 or 7)
    factories.share(cast.liis, at=wednesday, clicks=19)
    assert impact.read(cast.liis).weekdays == []
    factories.share(cast.liis, factories.item("Another"), at=wednesday + timedelta(days=1), clicks=1)
    read = impact.read(cast.liis)
    assert [day.clicks for day in read.weekdays] == [0, 0, 19, 1, 0, 0, 0]
    assert read.best_day == "Most clicks come on Wednesdays."


def test_what_networks_tell_stands_apart_and_says_when_it_was_read(cast: Cast, signed_in: SignIn) -> None:
    share = factories.share(cast.liis, network="bluesky", clicks=3)
    assert impact.read(cast.liis).engagement.value is None
    Snapshot.objects.create(share=share, likes=5, reposts=1, replies=1)
    read = impact.read(cast.liis)
    assert (read.engagement.value, read.engagement.provenance, read.clicks.value) == (7, "network", 3)
    page = signed_in(cast.liis).get("/impact/").content.decode()
    assert "From the network" in page
    assert "5 likes" in page
    assert " views" not in page  # not told, which is not zero
    Snapshot.objects.create(share=share, views=40)
    page = signed_in(cast.liis).get("/impact/").content.decode()
    assert "40 views" in page
    assert "0 likes" not in page


def test_what_did_not_go_out_is_not_there(cast: Cast) -> None:
    factories.share(cast.liis, state=State.FAILED, published_at=None)
    assert impact.read(cast.liis).empty


def test_the_line_of_a_post_never_falls(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=4)
    day = at.astimezone(UTC).date()
    factories.share(cast.liis, at=at, clicks={day: 3, day + timedelta(days=2): 4})
    assert impact.read(cast.liis).posts[0].line == [0, 3, 3, 7, 7, 7]


def test_ten_shares_and_a_thousand_cost_the_same_queries_and_at_most_ten(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.liis)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/impact/").status_code == 200
        return len(found)

    item = factories.item()
    for number in range(10):
        factories.share(cast.liis, item, at=timezone.now() - timedelta(hours=number), clicks=1)
    queries()  # The company is remembered from here on.
    few = queries()
    now = timezone.now()
    links = ShortLink.objects.bulk_create(
        ShortLink(slug=f"many{number}", target="https://nordwind.example/", owner=cast.liis) for number in range(1000)
    )
    Share.objects.bulk_create(
        Share(
            person=cast.liis, item=item, network="x", way="dialog", link=link, text="w", state=State.PUBLISHED,
            not_before=now, published_at=now,
        )
        for link in links
    )  # fmt: skip
    LinkDay.objects.bulk_create(LinkDay(link=link, day=now.astimezone(UTC).date(), person=2) for link in links)
    assert queries() == few <= 10

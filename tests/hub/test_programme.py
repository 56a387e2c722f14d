from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaja import memory
from kaja.content.models import Feed, Item
from kaja.hub import home
from kaja.measurement import heads, periods, rollups
from kaja.measurement.models import Counted, HeadCount, ItemDay, NetworkDay
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
PAGES = ["/programme/", "/programme/growth/"]


def lively(cast: Cast, shares: int = 6) -> None:
    items = [factories.item(f"Item {number}") for number in range(3)]
    now = timezone.now()
    for number in range(shares):
        person = (cast.liis, cast.mart, cast.eda)[number % 3]
        factories.share(person, items[number // 3 % 3], at=now - timedelta(minutes=number), clicks=number + 1)
    rollups.rebuild()
    heads.take()


@pytest.mark.parametrize("address", PAGES)
def test_the_manager_and_the_viewer_see_the_programme_and_nobody_else(
    cast: Cast, signed_in: SignIn, address: str
) -> None:
    for person in (cast.kadri, cast.viivi):
        assert signed_in(person).get(address).status_code == 200
    for person in (cast.sten, cast.liis, cast.eda, cast.rein, cast.aado):
        assert signed_in(person).get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_asked_to_sign_in(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_a_company_where_nothing_has_happened_gets_a_friendly_page(
    cast: Cast, signed_in: SignIn, address: str, period: str
) -> None:
    page = signed_in(cast.kadri).get(address, {"period": period}).content.decode()
    if address == "/programme/":
        assert "Nothing has been shared yet" in page


def test_the_home_shows_adoption_share_rate_shares_and_clicks_with_their_numbers(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    page = signed_in(cast.viivi).get("/programme/").content.decode()
    for sentence in ("8 of 8 have joined", "3 people shared", "6 said by people", "LinkedIn"):
        assert sentence in page
    read = home.read(cast.viivi, periods.asked())
    assert read.clicks.figure.value == 21
    assert read.share_rate.figure.value == 3 / 8


def test_every_figure_on_the_page_opens_and_every_address_answers(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    client = signed_in(cast.kadri)
    page = client.get("/programme/").content.decode()
    addresses = {part.split('"')[0].replace("&amp;", "&") for part in page.split('href="') if "/figures/" in part[:12]}
    assert len(addresses) >= 10
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_a_persons_clicks_are_nowhere_on_the_managers_page(cast: Cast, signed_in: SignIn) -> None:
    factories.share(cast.liis, clicks=4711)
    factories.share(cast.mart, clicks=1)
    rollups.rebuild()
    page = signed_in(cast.kadri).get("/programme/").content.decode()
    liis = page[page.index("Liis Tamm") :][:400]
    assert "4,711" not in liis
    assert "Who shares most" in page


def test_whoever_hides_is_a_colleague(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    Person.objects.filter(pk=cast.liis.pk).update(show_me=False)
    page = signed_in(cast.kadri).get("/programme/").content.decode()
    assert "Liis Tamm" not in page
    assert "A colleague" in page


def test_what_waits_is_said_to_whoever_may_do_something_about_it(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Waiting for a yes", state=Item.State.IN_REVIEW)
    Feed.objects.create(url="https://nordwind.example/feed", category=item.category, trouble="Gone.")
    page = signed_in(cast.kadri).get("/programme/").content.decode()
    assert "Waiting for a yes" in page
    assert "https://nordwind.example/feed" in page
    assert "Waiting for a yes" not in signed_in(cast.viivi).get("/programme/").content.decode()


def test_an_absurd_period_shows_this_month_and_says_why(cast: Cast, signed_in: SignIn) -> None:
    for address in PAGES:
        response = signed_in(cast.kadri).get(address, {"from": "2026-10-31", "to": "2026-10-01"})
        assert response.status_code == 422
        assert "ends before it begins" in response.content.decode()


def test_the_chart_has_a_sentence_and_a_table(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    page = signed_in(cast.kadri).get("/programme/").content.decode()
    assert "LinkedIn leads with 21 of 21." in page
    assert "Show as table" in page


def test_a_long_period_is_drawn_by_weeks(cast: Cast) -> None:
    lively(cast)
    today = rollups.today()
    period = periods.Period("range", today - timedelta(days=300), today)
    assert len(home.read(cast.kadri, period).chart.rows) <= 44


def test_small_teams_are_hidden_with_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    page = signed_in(cast.kadri).get("/programme/growth/").content.decode()
    assert "Hidden. Fewer than five people have joined." in page


@pytest.mark.parametrize("address", PAGES)
def test_ten_rows_and_a_thousand_cost_the_same_queries_and_at_most_ten(
    cast: Cast, signed_in: SignIn, address: str
) -> None:
    client = signed_in(cast.kadri)
    lively(cast, 10)

    def queries() -> int:
        # The company is remembered from here on, for five seconds.
        memory.forget("company")
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    few = queries()
    many(cast)
    assert queries() == few <= 10


def many(cast: Cast) -> None:
    """A thousand rows of each roll-up."""
    today = rollups.today()
    items = Item.objects.bulk_create(
        Item(title=f"Item {number}", category=factories.category(), state=Item.State.IN_REVIEW)
        for number in range(1000)
    )
    NetworkDay.objects.bulk_create(
        NetworkDay(day=today - timedelta(days=number % 30), network=f"net{number}", clicks=3, shares=1)
        for number in range(1000)
    )
    ItemDay.objects.bulk_create(ItemDay(day=today, item=item, clicks=3, shares=1) for item in items)
    Counted.objects.bulk_create(
        Counted(day=today, person=cast.liis, item=item, network="x", confirmed="person") for item in items
    )
    HeadCount.objects.bulk_create(
        HeadCount(day=today - timedelta(days=number + 1), joined=number, invited=1000) for number in range(1000)
    )


def test_people_who_shared_are_counted_once_for_each_week(cast: Cast) -> None:
    item = factories.item()
    today = datetime.combine(rollups.today(), time(8), UTC)
    monday = today - timedelta(days=today.weekday())
    for person, at in (
        (cast.liis, monday),
        (cast.liis, monday - timedelta(days=1)),
        (cast.liis, monday - timedelta(days=2)),
        (cast.mart, monday - timedelta(days=7)),
    ):
        factories.share(person, item, at=at)
    rollups.rebuild()
    rows = home.grow(periods.asked()).sharers.rows
    assert [row[1] for row in rows[-3:]] == ["0", "2", "1"]

"""Every figure opens: what it is, its formula, and rows that add up to it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaja.measurement import explaining, explaining_own, figures, periods, rollups
from kaja.measurement.drawer import Explained, Scope
from kaja.measurement.models import Counted, HeadCount, Snapshot
from kaja.measurement.words import WORDS
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
OCTOBER = periods.Period("month", date(2026, 10, 1), date(2026, 10, 31))
NAMES = [*explaining.BUILDERS, "returning"]


def october(day: int) -> datetime:
    return datetime(2026, 10, day, 10, tzinfo=UTC)


def lively(cast: Cast) -> None:
    HeadCount.objects.create(day=OCTOBER.last, joined=8, invited=11)
    HeadCount.objects.create(day=OCTOBER.last, team=cast.liis.team, joined=2, invited=3)
    HeadCount.objects.create(day=OCTOBER.last, team=cast.mart.team, joined=5, invited=6)
    items = [factories.item(f"Item {number}") for number in range(3)]
    for number in range(70):
        person = (cast.liis, cast.mart, cast.kadri)[number % 3]
        share = factories.share(
            person,
            items[number % 2],
            network=("linkedin", "bluesky")[number % 2],
            at=october(number % 28 + 1),
            clicks={date(2026, 10, number % 28 + 2): number % 4},
        )
        if number % 2:
            Snapshot.objects.create(share=share, at=october(30), likes=number, reposts=1, replies=2)
    factories.share(cast.liis, items[2], at=datetime(2026, 9, 9, tzinfo=UTC))
    rollups.rebuild()


def opened(cast: Cast, name: str, scope: Scope | None = None, page: int = 1) -> Explained:
    found = explaining.programme(person=cast.kadri, name=name, period=OCTOBER, scope=scope or Scope(), page=page)
    assert found is not None
    return found


def column(cast: Cast, name: str, place: int, scope: Scope | None = None) -> int:
    """The sum of one column over all pages of rows."""
    pages = opened(cast, name, scope).table.pages
    rows = [row for page in range(1, pages + 1) for row in opened(cast, name, scope, page).table.rows]
    return sum(int(row[place]) for row in rows)


def test_the_rows_of_clicks_add_up_to_exactly_the_figure_over_all_pages(cast: Cast) -> None:
    lively(cast)
    assert column(cast, "clicks", -1) == opened(cast, "clicks").figure.value
    assert opened(cast, "clicks").table.foot[-1] == opened(cast, "clicks").figure.value


def test_the_rows_of_shares_are_as_many_as_the_figure(cast: Cast) -> None:
    lively(cast)
    explained = opened(cast, "shares")
    pages = [opened(cast, "shares", page=page).table.rows for page in range(1, explained.table.pages + 1)]
    assert explained.table.pages == 2
    assert sum(map(len, pages)) == explained.figure.value == explained.table.count


def test_the_rows_of_people_add_up_to_their_shares_and_are_as_many_as_the_people(cast: Cast) -> None:
    lively(cast)
    assert column(cast, "share_rate", -1) == figures.read(OCTOBER)[0].sum("shares")
    assert len(opened(cast, "active").table.rows) == opened(cast, "active").figure.value == 3


def test_the_rows_of_adoption_add_up_and_small_teams_are_put_together(cast: Cast) -> None:
    lively(cast)
    explained = opened(cast, "adoption")
    assert [row[0] for row in explained.table.rows] == ["Product", "Teams of fewer than five", "Without a team"]
    assert (column(cast, "adoption", -2), column(cast, "adoption", -1)) == (8, 11)


def test_the_rows_of_engagement_add_up(cast: Cast) -> None:
    lively(cast)
    whole = sum(column(cast, "engagement", place) for place in (-1, -2, -3))
    assert whole == opened(cast, "engagement").figure.value


@pytest.mark.parametrize("name", ["clicks", "shares", "visitors"])
def test_a_figure_of_one_item_or_network_opens_to_its_own_rows(cast: Cast, name: str) -> None:
    lively(cast)
    item = Counted.objects.filter(network="bluesky").values_list("item", flat=True)[0]
    for scope in (Scope(item=item), Scope(network="bluesky")):
        explained = opened(cast, name, scope)
        assert 0 < (explained.figure.value or 0) < (opened(cast, name).figure.value or 0)
        if name != "shares":
            assert column(cast, name, -1, scope) == explained.figure.value
        else:
            assert explained.table.count == explained.figure.value


def test_the_three_proofs_of_a_share_stand_apart_with_their_own_provenance(cast: Cast) -> None:
    lively(cast)
    assert [one.provenance for one in opened(cast, "shares").inputs] == ["network", "measured", "reported"]


def test_whoever_hides_is_a_colleague_in_the_rows(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    Person.objects.filter(pk=cast.liis.pk).update(show_me=False)
    for name in ("share_rate", "shares"):
        page = signed_in(cast.kadri).get(f"/figures/{name}/?from=2026-10-01&to=2026-10-31").content.decode()
        assert "A colleague" in page
        assert "Liis Tamm" not in page
        assert "Mart Kask" in page


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fragment", [False, True])
def test_every_figure_opens_as_a_drawer_and_as_a_page(cast: Cast, signed_in: SignIn, name: str, fragment: bool) -> None:
    lively(cast)
    headers = {"HX-Request": "true"} if fragment else {}
    response = signed_in(cast.kadri).get(f"/figures/{name}/?from=2026-10-01&to=2026-10-31", headers=headers)
    page = response.content.decode()
    assert response.status_code == 200
    assert ("<html" in page) is not fragment
    assert "How it is worked out" in page
    assert str(WORDS[name][0]) in page


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_company_opens_every_figure_without_a_division_by_zero(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    assert signed_in(cast.kadri).get(f"/figures/{name}/?period=month").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_those_who_may_not_see_the_programme_find_nothing(cast: Cast, signed_in: SignIn, name: str) -> None:
    for person in (cast.sten, cast.liis, cast.eda, cast.aado):
        assert signed_in(person).get(f"/figures/{name}/").status_code == 404
    assert signed_in(cast.viivi).get(f"/figures/{name}/").status_code == 200


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    response = client.get("/figures/clicks/")
    assert response.status_code == 302
    assert "/signin/" in response["Location"]


@pytest.mark.parametrize("address", ["/figures/nonsense/", "/figures/own_nonsense/", "/figures/clicks/?item=999"])
def test_a_figure_that_does_not_exist_is_not_found(cast: Cast, signed_in: SignIn, address: str) -> None:
    assert signed_in(cast.kadri).get(address).status_code == 404


def test_a_team_of_fewer_than_five_opens_to_nobody(cast: Cast, signed_in: SignIn) -> None:
    lively(cast)
    address = f"/figures/clicks/?from=2026-10-01&to=2026-10-31&team={cast.liis.team_id}"
    assert signed_in(cast.kadri).get(address).status_code == 404
    Person.objects.update(team=cast.liis.team)
    assert signed_in(cast.kadri).get(address).status_code == 200


def test_an_absurd_period_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.kadri).get("/figures/clicks/?from=2026-10-31&to=2026-10-01")
    assert response.status_code == 422
    assert "ends before it begins" in response.content.decode()


@pytest.mark.parametrize("page", ["-1", "99999", "x", "", "9" * 40])
def test_a_page_of_rows_that_is_not_there_is_empty_and_no_error(cast: Cast, signed_in: SignIn, page: str) -> None:
    lively(cast)
    assert signed_in(cast.kadri).get("/figures/shares/", {"page": page}).status_code == 200


# --- own figures ----------------------------------------------------------------------------------------------------
def test_own_rows_add_up_to_the_own_figure(cast: Cast) -> None:
    now = timezone.now()
    for back in range(3):
        factories.share(cast.liis, factories.item(f"Item {back}"), at=now - timedelta(minutes=back), clicks=back + 1)
    period = periods.asked()
    explained = explaining_own.explain(person=cast.liis, name="own_clicks", period=period, page=1)
    assert explained is not None
    assert explained.figure.value == 6 == sum(int(row[-1]) for row in explained.table.rows)


def test_own_figures_are_those_of_whoever_asks(cast: Cast, signed_in: SignIn) -> None:
    factories.share(cast.liis, factories.item("Secret of Liis"), clicks=7)
    for name in ("own_clicks", "own_shares", "own_engagement"):
        assert "Secret of Liis" not in signed_in(cast.kadri).get(f"/figures/{name}/").content.decode()
    assert "Secret of Liis" in signed_in(cast.liis).get("/figures/own_clicks/").content.decode()


def test_what_one_share_brought_opens_to_its_person_alone(cast: Cast, signed_in: SignIn) -> None:
    share = factories.share(cast.liis, clicks=7)
    assert signed_in(cast.liis).get(f"/figures/share_clicks/?share={share.pk}").status_code == 200
    for person in (cast.kadri, cast.mart, cast.sten):
        assert signed_in(person).get(f"/figures/share_clicks/?share={share.pk}").status_code == 404


def test_a_share_with_many_rows_costs_no_more_queries(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.kadri)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/figures/shares/?from=2026-10-01&to=2026-10-31").status_code == 200
        return len(found)

    factories.share(cast.liis, at=october(1))
    HeadCount.objects.create(day=OCTOBER.last, joined=8, invited=11)
    rollups.rebuild()
    queries()  # The company is remembered from here on.
    few = queries()
    lively_items = [factories.item(f"More {number}") for number in range(20)]
    for number in range(100):
        factories.share(cast.mart, lively_items[number % 20], at=october(number % 28 + 1))
    rollups.rebuild()
    queries()  # On a slow machine those few seconds are over by now, and the company is read anew.
    assert queries() == few <= 10

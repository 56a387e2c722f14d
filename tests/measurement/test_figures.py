from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from kaja.measurement import explaining, figures, heads, periods, rollups, tops
from kaja.measurement.drawer import Scope
from kaja.measurement.figures import wilson
from kaja.measurement.models import HeadCount, Snapshot
from kaja.people import persons
from kaja.people.models import Invitation, Person
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

OCTOBER = periods.Period("month", date(2026, 10, 1), date(2026, 10, 31))


def october(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def count(joined: int, invited: int, day: date = date(2026, 10, 31)) -> None:
    HeadCount.objects.create(day=day, joined=joined, invited=invited)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(3, 60, 0.0171, 0.1370), (60, 4000, 0.0117, 0.0193), (27, 40, 0.5202, 0.7991), (16, 20, 0.5840, 0.9193),
     (18, 20, 0.6990, 0.9721)],
)  # fmt: skip
def test_wilson_gives_the_intervals_of_the_book(x: int, n: int, low: float, high: float) -> None:
    assert [*wilson(x, n)] == [pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4)]


@pytest.mark.parametrize(("x", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_proportion_has_no_interval(x: int, n: int) -> None:
    assert wilson(x, n) == (None, None)


def test_adoption_divides_by_the_head_count_of_its_own_day_and_not_by_todays(cast: Cast) -> None:
    count(60, 400, date(2026, 10, 30))
    count(90, 600, date(2026, 11, 1))
    figure = figures.programme(OCTOBER.first, OCTOBER.last)["adoption"]
    assert (figure.numerator, figure.denominator, figure.value) == (60, 400, 0.15)
    assert figure.low is not None
    assert figure.provenance == "measured"


def test_before_the_first_head_count_adoption_is_not_known_rather_than_zero(cast: Cast) -> None:
    assert figures.programme(OCTOBER.first, OCTOBER.last)["adoption"].value is None


def test_todays_head_count_counts_whoever_is_here_and_those_still_invited(cast: Cast) -> None:
    Person.objects.filter(pk=cast.sten.pk).update(joined_at=None)
    Person.objects.filter(pk=cast.viivi.pk).update(is_active=False)
    ahead = datetime.now(UTC) + timedelta(days=3)
    Invitation.objects.create(email="new@nordwind.example", token_hash="a", expires_at=ahead)
    Invitation.objects.create(email=cast.mart.email.upper(), token_hash="b", expires_at=ahead)
    Invitation.objects.create(email="late@nordwind.example", token_hash="c", expires_at=ahead - timedelta(days=9))
    now = heads.count_now()[None]
    assert (now.joined, now.invited) == (6, 8)


def test_the_days_last_head_count_stays_and_each_team_has_its_own(cast: Cast) -> None:
    heads.take()
    Person.objects.filter(pk=cast.rein.pk).delete()
    heads.take()
    heads.take()
    company = HeadCount.objects.get(team=None)
    assert (company.joined, company.invited) == (7, 7)
    team = HeadCount.objects.get(team=cast.mart.team)
    assert (team.joined, team.invited) == (2, 2)


def test_share_rate_counts_people_once_and_keeps_both_numbers(cast: Cast) -> None:
    count(8, 10)
    item = factories.item()
    for day in (2, 3, 4):
        factories.share(cast.liis, item, at=october(day))
    factories.share(cast.mart, item, at=october(5))
    factories.share(cast.eda, item, at=october(5) - timedelta(days=30))
    rollups.rebuild()
    found = figures.programme(OCTOBER.first, OCTOBER.last)
    assert (found["share_rate"].numerator, found["share_rate"].denominator) == (2, 8)
    assert found["participation"].value == 0.2
    assert found["shares"].value == 4
    assert found["shares_per_active"].value == 2.0


def leave(person: Person, at: datetime) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=False, left_at=at)


def test_who_shared_and_left_stands_neither_above_nor_below_the_line(cast: Cast) -> None:
    count(7, 10)
    for person in (cast.liis, cast.mart, cast.eda):
        factories.share(person, at=october(2))
    leave(cast.mart, october(20))
    leave(cast.eda, october(31) + timedelta(days=3))
    rollups.rebuild()
    found = figures.programme(OCTOBER.first, OCTOBER.last)
    assert (found["share_rate"].numerator, found["share_rate"].denominator) == (2, 7)  # Eda was there to the end
    assert found["participation"].numerator == 2
    assert found["active"].value == 3
    opened = explaining.programme(person=cast.kadri, name="share_rate", period=OCTOBER, scope=Scope(), page=1)
    assert opened is not None
    assert [row[0] for row in opened.table.rows] == ["Liis Tamm", "Eda Lepik"]
    assert opened.table.foot[1] == 2
    assert any("1 more person shared" in sentence for sentence in opened.about)


def test_closing_an_account_changes_no_rate_of_the_past(cast: Cast) -> None:
    count(8, 10)
    factories.share(cast.liis, at=october(2))
    rollups.rebuild()
    persons.deactivate(actor=cast.kadri, person=cast.liis)
    assert figures.programme(OCTOBER.first, OCTOBER.last)["share_rate"].numerator == 1
    persons.reactivate(actor=cast.kadri, person=cast.liis)
    cast.liis.refresh_from_db()
    assert cast.liis.left_at is None


def test_the_same_share_twice_a_day_is_one_with_its_strongest_proof(cast: Cast) -> None:
    item = factories.item()
    factories.share(cast.liis, item, at=october(2, 9))
    factories.share(cast.liis, item, at=october(2, 15), confirmed=Share.Confirmed.NETWORK)
    factories.share(cast.liis, item, at=october(2, 16), network="x", confirmed=Share.Confirmed.CLICK)
    rollups.rebuild()
    numbers = figures.read(OCTOBER)[0]
    assert (numbers.sum("shares"), numbers.sum("by_network"), numbers.sum("by_click"), numbers.sum("by_person")) == (
        2,
        1,
        1,
        0,
    )


def test_only_what_went_out_counts_and_what_was_removed_later_did_go_out(cast: Cast) -> None:
    item = factories.item()
    for state in (State.UNKNOWN, State.PLANNED, State.FAILED, State.CANCELLED):
        factories.share(cast.liis, item, at=october(3), state=state, published_at=None)
    factories.share(cast.mart, item, at=october(3), state=State.REMOVED)
    rollups.rebuild()
    assert figures.read(OCTOBER)[0].sum("shares") == 1


def test_clicks_count_on_their_own_day_and_only_those_of_people(cast: Cast) -> None:
    factories.share(cast.liis, at=october(31), clicks={date(2026, 10, 31): 3, date(2026, 11, 1): 5})
    rollups.rebuild()
    found = figures.programme(OCTOBER.first, OCTOBER.last)
    assert found["clicks"].value == 3
    assert found["clicks_per_share"].value == 3.0
    numbers = figures.read(OCTOBER)[0]
    assert (numbers.sum("preview"), numbers.sum("own")) == (2, 1)


def test_engagement_is_what_networks_told_last_and_untold_is_not_zero(cast: Cast) -> None:
    told = factories.share(cast.liis, network="bluesky", at=october(2))
    factories.share(cast.mart, at=october(2))
    rollups.rebuild()
    assert figures.programme(OCTOBER.first, OCTOBER.last)["engagement"].value is None
    Snapshot.objects.create(share=told, at=october(3), likes=4, reposts=1, replies=0)
    Snapshot.objects.create(share=told, at=october(9), likes=9, reposts=2, replies=None)
    Snapshot.objects.create(share=told, at=october(12), gone=True)
    rollups.rebuild()
    figure = figures.programme(OCTOBER.first, OCTOBER.last)["engagement"]
    assert (figure.value, figure.provenance, figure.read_at) == (11, "network", october(9))


def test_half_of_those_who_came_back(cast: Cast) -> None:
    item = factories.item()
    for person in (cast.liis, cast.mart):
        factories.share(person, item, at=datetime(2026, 9, 5, tzinfo=UTC))
    factories.share(cast.liis, item, at=october(5))
    factories.share(cast.eda, item, at=october(5))
    rollups.rebuild()
    assert (figures.returning(OCTOBER).numerator, figures.returning(OCTOBER).denominator) == (1, 2)


def test_the_median_stands_beside_the_mean(cast: Cast) -> None:
    item = factories.item()
    for person, times in ((cast.liis, 7), (cast.mart, 1), (cast.eda, 2), (cast.kadri, 1)):
        for day in range(1, times + 1):
            factories.share(person, item, at=october(day))
    rollups.rebuild()
    numbers = figures.read(OCTOBER)[0]
    assert figures.shares_per_active(numbers).value == 2.75
    assert figures.median_shares(numbers) == 1.5


def test_a_company_without_anything_divides_by_nothing(db: None) -> None:
    found = figures.programme(OCTOBER.first, OCTOBER.last)
    assert {name: figure.value for name, figure in found.items()} == {
        "adoption": None, "share_rate": None, "participation": None, "active": 0, "shares": 0,
        "shares_per_active": None, "clicks": 0, "visitors": 0, "clicks_per_share": None, "engagement": None,
        "returning": None,
    }  # fmt: skip
    assert all(figure.written for figure in found.values())


def test_every_figure_has_its_formula_and_the_address_of_its_rows(db: None) -> None:
    for name, figure in figures.programme(OCTOBER.first, OCTOBER.last).items():
        assert figure.name == name
        assert figure.formula
        assert figure.rows == f"/figures/{name}/?from=2026-10-01&to=2026-10-31"
        assert figure.title


def test_numbers_are_written_as_each_language_does(db: None) -> None:
    figure = figures.Figure(0.941, 470, 500, 0.9, 0.95, "measured", "", "", "adoption", "rate")
    ratio = figures.Figure(7.3, 73, 10, None, None, "measured", "", "", "clicks_per_share", "ratio")
    assert (figure.written, figure.sign, ratio.written) == ("94", "%", "7.3")
    with translation.override("et"):
        assert ratio.written == "7,3"


def test_a_change_names_its_base_and_rates_change_in_points() -> None:
    def rate(value: float) -> figures.Figure:
        return figures.Figure(value, 1, 1, None, None, "measured", "", "", "adoption", "rate")

    def number(value: float | None) -> figures.Figure:
        return figures.Figure(value, None, None, None, None, "measured", "", "", "clicks")

    up = figures.change(number(118), number(100), OCTOBER)
    assert up is not None
    assert (up.direction, up.text, up.base) == ("up", "+18%", "on October")
    down = figures.change(rate(0.60), rate(0.64), OCTOBER)
    assert down is not None
    assert (down.direction, down.text) == ("down", "−4 pp")
    few = figures.change(number(24), number(2), OCTOBER)
    assert few is not None
    assert few.text == "+22"  # and not +1100%
    assert figures.change(number(5), number(None), OCTOBER) is None


def test_top_people_are_those_who_share_most_and_whoever_hides_is_a_colleague(cast: Cast) -> None:
    item = factories.item()
    for day in (1, 2):
        factories.share(cast.liis, item, at=october(day))
    factories.share(cast.mart, item, at=october(1), clicks=99)
    Person.objects.filter(pk=cast.liis.pk).update(show_me=False)
    rollups.rebuild()
    assert [(top.person, top.shares) for top in tops.people(OCTOBER)] == [(None, 2), (cast.mart, 1)]


def test_top_items_are_those_that_bring_most_clicks(cast: Cast) -> None:
    egg, fridge = factories.item("Egg"), factories.item("Fridge")
    factories.share(cast.liis, egg, at=october(1), clicks=3)
    factories.share(cast.mart, egg, at=october(2), clicks=1)
    factories.share(cast.liis, fridge, at=october(1), clicks=9)
    rollups.rebuild()
    assert [(top.item, top.clicks, top.shares) for top in tops.items(OCTOBER)] == [(fridge, 9, 1), (egg, 4, 2)]


def test_teams_compare_per_person_and_those_of_fewer_than_five_are_hidden(cast: Cast) -> None:
    sales, product = cast.liis.team, cast.mart.team
    HeadCount.objects.create(day=OCTOBER.last, team=sales, joined=5, invited=9)
    HeadCount.objects.create(day=OCTOBER.last, team=product, joined=4, invited=9)
    item = factories.item()
    factories.share(cast.liis, item, at=october(1), clicks=10)
    factories.share(cast.kadri, item, at=october(1))
    factories.share(cast.mart, item, at=october(1), clicks=50)
    rollups.rebuild()
    teams, _places = tops.groups(OCTOBER)
    assert [(team.name, team.hidden) for team in teams] == [("Sales", False), ("Product", True)]
    assert (teams[0].active, teams[0].percent, teams[0].shares_each, teams[0].clicks_each) == (2, 40.0, 0.4, 2.0)

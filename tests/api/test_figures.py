"""Figures by REST: the programme's, one's own, and the rows of each."""

from datetime import UTC, date, datetime

import pytest

from kaja.measurement import rollups
from kaja.measurement.models import HeadCount
from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast

OCTOBER = "from=2026-10-01&to=2026-10-31"


def october(cast: Cast) -> None:
    HeadCount.objects.create(day=date(2026, 10, 31), joined=8, invited=10)
    for day in (1, 2, 3):
        clicks = {date(2026, 10, day): day, date(2026, 10, day + 1): 2}
        factories.share(cast.liis, at=datetime(2026, 10, day, 9, tzinfo=UTC), clicks=clicks)
    rollups.rebuild()


@pytest.mark.parametrize("name", ["adoption", "share_rate", "shares", "clicks", "visitors", "clicks_per_share"])
def test_the_rows_address_of_a_figure_answers_with_rows_that_add_up(cast: Cast, name: str) -> None:
    october(cast)
    kadri = Caller(cast.kadri)
    figure = kadri("GET", f"/figures/programme?{OCTOBER}")[name]
    opened = kadri("GET", figure["rows"].partition("/api/v1")[2])
    assert opened["figure"] == figure
    assert opened["columns"]
    if name in ("clicks", "visitors"):
        assert sum(row[-1] for row in opened["rows"]) == figure["value"] == opened["sum"][-1] == 12
    if name == "shares":
        assert len(opened["rows"]) == opened["count"] == figure["value"] == 3


def test_the_rows_of_a_share_open_to_its_person_alone(cast: Cast) -> None:
    share = factories.share(cast.liis, clicks=4)
    liis = Caller(cast.liis)
    figure = liis("GET", f"/shares/{share.pk}")["figures"]["clicks"]
    path = figure["rows"].partition("/api/v1")[2]
    assert liis("GET", path)["rows"][0][1] == 4
    for person in (cast.kadri, cast.mart, cast.sten):
        other = Caller(person)
        other("GET", path)
        assert other.status == 404


def test_those_who_may_not_see_the_programme_find_nothing(cast: Cast) -> None:
    for person in (cast.sten, cast.liis, cast.eda, cast.aado):
        caller = Caller(person)
        for path in ("/figures/programme", "/figures/clicks", "/figures/adoption"):
            caller("GET", path)
            assert (caller.status, caller.kind) == (404, "application/problem+json")


def test_ones_own_figures_are_ones_own(cast: Cast) -> None:
    october(cast)
    assert Caller(cast.liis)("GET", f"/figures/me?{OCTOBER}")["clicks"]["value"] == 12
    assert Caller(cast.mart)("GET", f"/figures/me?{OCTOBER}")["clicks"]["value"] == 0


@pytest.mark.parametrize("query", ["from=2026-10-31&to=2026-10-01", "from=yesterday", "from=0001-01-01&to=9999-01-01"])
def test_an_absurd_period_is_refused_with_a_sentence(cast: Cast, query: str) -> None:
    kadri = Caller(cast.kadri)
    for path in ("/figures/programme", "/figures/clicks"):
        said = kadri("GET", f"{path}?{query}")
        assert (kadri.status, kadri.kind) == (422, "application/problem+json")
        assert said["errors"]["from"]


@pytest.mark.parametrize("path", ["/figures/nonsense", "/figures/own_nonsense", "/figures/share_clicks", "/nonsense"])
def test_what_does_not_exist_is_a_problem_and_no_page(cast: Cast, path: str) -> None:
    kadri = Caller(cast.kadri)
    kadri("GET", path)
    assert (kadri.status, kadri.kind) == (404, "application/problem+json")

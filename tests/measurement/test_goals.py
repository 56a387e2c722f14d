from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from kaja.content.models import Campaign, Item
from kaja.measurement import goals, rollups
from kaja.people import audiences
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def noon(days: int) -> datetime:
    """Twelve o'clock UTC so many days ago."""
    return datetime.combine(timezone.now().astimezone(UTC).date() - timedelta(days=days), time(12), UTC)


def lively(cast: Cast, **fields: Any) -> Campaign:
    """Three shares of it within its days (two by Liis, one in her own words), one before, one of another item."""
    campaign = factories.campaign(begins_on=noon(5).date(), ends_on=noon(-5).date(), **fields)
    first, second = factories.item("First", campaign=campaign), factories.item("Second", campaign=campaign)
    factories.share(cast.liis, first, at=noon(3), clicks=4, own_words=True)
    factories.share(cast.liis, second, at=noon(2), clicks={noon(2).date(): 3, noon(1).date(): 2})
    factories.share(cast.mart, first, at=noon(2), network="x")
    factories.share(cast.mart, first, at=noon(6), clicks=50)
    factories.share(cast.mart, factories.item("Another"), at=noon(2), clicks=70)
    rollups.rebuild()
    return campaign


def test_each_goal_counts_posts_of_the_campaign_within_its_days_and_nothing_else(cast: Cast) -> None:
    campaign = lively(cast, metric="clicks", target=20)
    read = goals.read([campaign])[campaign.pk]
    assert {name: figure.value for name, figure in read.items()} == {"shares": 3, "clicks": 9, "people": 2, "own": 1}
    goal = goals.goal(campaign, read)
    assert goal is not None
    assert (goal.numerator, goal.denominator, goal.provenance) == (9, 20, "measured")
    assert f"campaign={campaign.slug}" in goal.rows
    assert read["shares"].denominator is None


def test_a_campaign_nobody_has_shared_for_has_noughts_and_one_without_target_no_goal(cast: Cast) -> None:
    campaign = factories.campaign(metric="shares")
    read = goals.read([campaign])[campaign.pk]
    assert {figure.value for figure in read.values()} == {0}
    assert goals.goal(campaign, read) is None


@pytest.mark.parametrize("metric", goals.METRICS)
def test_the_rows_of_an_opened_figure_add_up_to_it(cast: Cast, metric: str) -> None:
    campaign = lively(cast, metric=metric, target=20)
    for person in (cast.kadri, cast.liis):
        explained = goals.explain(person=person, name=f"campaign_{metric}", slug=campaign.slug, page=1)
        assert explained is not None
        rows = explained.table.rows
        if metric == "people":
            assert len(rows) == explained.figure.value
        else:
            assert sum(int(row[-1]) for row in rows) == explained.figure.value == explained.table.foot[-1]


def test_posts_that_are_not_meant_for_the_reader_are_named_to_nobody(cast: Cast) -> None:
    campaign = lively(cast, metric="shares", target=5)
    tallinn = audiences.everyone_or(teams=(), locations=("Tallinn",), languages=())
    Item.objects.filter(title="Second").update(audience=tallinn)

    def titles(person: Person) -> set[object]:
        explained = goals.explain(person=person, name="campaign_shares", slug=campaign.slug, page=1)
        assert explained is not None
        return {row[0] for row in explained.table.rows}

    assert titles(cast.liis) == {"First", "Second"}
    assert titles(cast.mart) == {"First", "Posts for other people"}
    assert titles(cast.viivi) == {"First", "Second"}


def test_who_does_not_want_to_be_shown_is_a_colleague_in_the_rows(cast: Cast) -> None:
    campaign = lively(cast, metric="people", target=5)
    Person.objects.filter(pk=cast.liis.pk).update(show_me=False)
    explained = goals.explain(person=cast.mart, name="campaign_people", slug=campaign.slug, page=1)
    assert explained is not None
    assert {row[0] for row in explained.table.rows} == {"A colleague", "Mart Kask"}


def test_clicks_are_by_day_for_those_who_do_not_see_the_programme(cast: Cast) -> None:
    campaign = lively(cast, metric="clicks", target=5)
    for person, head in ((cast.kadri, "Post"), (cast.viivi, "Post"), (cast.mart, "Day"), (cast.eda, "Day")):
        explained = goals.explain(person=person, name="campaign_clicks", slug=campaign.slug, page=1)
        assert explained is not None
        assert explained.table.heads[0] == head


def test_whoever_may_not_see_the_campaign_may_not_open_its_figures(cast: Cast, signed_in: SignIn) -> None:
    campaign = lively(cast, metric="shares", target=5)
    rows = goals.read([campaign])[campaign.pk]["shares"].rows
    assert signed_in(cast.sten).get(rows).status_code == 200
    Campaign.objects.update(started_at=None)
    assert signed_in(cast.liis).get(rows).status_code == 404
    with pytest.raises(PermissionDenied):
        goals.explain(person=cast.liis, name="campaign_shares", slug=campaign.slug, page=1)
    assert signed_in(cast.kadri).get(rows).status_code == 200
    assert signed_in(cast.kadri).get(rows.replace("campaign_shares", "campaign_likes")).status_code == 404


@pytest.mark.parametrize("count", [2, 40])
def test_many_campaigns_cost_the_same_two_queries(
    cast: Cast, django_assert_num_queries: Callable[..., Any], count: int
) -> None:
    some = [factories.campaign(f"Campaign {n}") for n in range(count)]
    with django_assert_num_queries(2):
        goals.read(some)

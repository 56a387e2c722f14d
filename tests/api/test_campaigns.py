from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content.models import Campaign, Item
from kaja.measurement import rollups
from kaja.people import tokens
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

Call = Callable[..., Any]


@pytest.fixture
def call(client: Client) -> Call:
    """Ask the API as this person."""

    def ask(person: Person, method: str, address: str, data: dict[str, Any] | None = None) -> Any:
        token = tokens.create(person=person)
        given = {"headers": {"Authorization": f"Bearer {token}"}}
        if data is not None:
            return client.generic(method, f"/api/v1{address}", json(data), content_type="application/json", **given)  # type: ignore[arg-type]
        return client.generic(method, f"/api/v1{address}", **given)  # type: ignore[arg-type]

    return ask


def json(data: dict[str, Any]) -> str:
    from json import dumps

    return dumps(data, default=str)


def test_a_campaign_is_prepared_started_and_ended_by_rest(cast: Cast, call: Call) -> None:
    today = timezone.localdate()
    sent = {"name": "Winter", "begins_on": today, "ends_on": today + timedelta(days=3), "goal": "shares", "target": 5}
    made = call(cast.eda, "POST", "/campaigns", sent)
    assert (made.status_code, made.json()["slug"], made.json()["stage"]) == (201, "winter", "draft")
    assert len(call(cast.eda, "GET", "/campaigns/winter/missing").json()) == 2
    item = factories.item("Post", "Words")
    assert call(cast.eda, "POST", "/campaigns/winter/items", {"items": [item.pk]}).status_code == 200
    changed = call(cast.eda, "PATCH", "/campaigns/winter", {"about": "Why", "translations": {"et": {"name": "Talv"}}})
    assert (changed.json()["about"], changed.json()["target"]) == ("Why", 5)
    assert call(cast.eda, "POST", "/campaigns/winter/start").status_code == 404
    assert call(cast.kadri, "POST", "/campaigns/winter/start").json()["stage"] == "running"
    assert call(cast.liis, "GET", "/items?campaign=winter").json()["items"][0]["campaign"] == "winter"
    assert call(cast.kadri, "POST", "/campaigns/winter/end").json()["stage"] == "over"
    problem = call(cast.kadri, "PATCH", "/campaigns/winter", {"target": 9})
    assert (problem.status_code, list(problem.json()["errors"])) == (422, ["target"])


def test_figures_come_with_their_proof_and_open_to_their_rows(cast: Cast, call: Call) -> None:
    made = factories.campaign(metric="shares", target=4)
    factories.share(cast.mart, factories.item("Post", campaign=made))
    rollups.rebuild()
    figure = call(cast.liis, "GET", f"/campaigns/{made.slug}").json()["figures"]["shares"]
    assert (figure["numerator"], figure["denominator"], figure["provenance"]) == (1, 4, "measured")
    opened = call(cast.liis, "GET", figure["rows"].partition("/api/v1")[2])
    assert opened.json()["rows"] == [["Post", 1]]


def test_lists_hold_what_the_caller_may_see_by_stage(cast: Cast, call: Call) -> None:
    running = factories.campaign("Running")
    factories.campaign("Draft", started_at=None)
    factories.item(campaign=running)

    def names(person: Person, query: str = "") -> list[str]:
        return [row["name"] for row in call(person, "GET", f"/campaigns{query}").json()["items"]]

    assert names(cast.liis) == ["Running"]
    assert names(cast.eda) == ["Draft", "Running"]
    assert names(cast.eda, "?stage=draft") == ["Draft"]
    assert names(cast.viivi, "?stage=running") == ["Running"]
    assert call(cast.eda, "GET", "/campaigns?stage=often").status_code == 422


def test_who_may_not_meets_404_and_changes_nothing(cast: Cast, call: Call) -> None:
    made, today = factories.campaign(started_at=None), timezone.localdate().isoformat()
    item = factories.item(campaign=made)
    for person in (cast.liis, cast.sten, cast.viivi, cast.aado):
        sent = {"name": "Mine", "begins_on": today, "ends_on": today}
        assert call(person, "POST", "/campaigns", sent).status_code == 404
        for method, rest in (
            ("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/end"), ("GET", "/missing"),
            ("DELETE", f"/items/{item.pk}"),
        ):  # fmt: skip
            assert call(person, method, f"/campaigns/{made.slug}{rest}").status_code == 404
    assert Campaign.objects.count() == 1


def test_odd_input_is_refused_with_a_sentence(cast: Cast, call: Call) -> None:
    made = factories.campaign(started_at=None)
    for sent in (
        {"begins_on": None}, {"ends_on": "soon"}, {"target": -1}, {"target": 2**70}, {"hashtag": "a b"},
        {"translations": {"et": {"slug": "x"}}}, {"name": ""}, {"slug": "new"},
    ):  # fmt: skip
        assert call(cast.eda, "PATCH", f"/campaigns/{made.slug}", sent).status_code == 422, sent
    for items in ([0], [2**70], [-1], [10**6], [True, "x"]):
        assert call(cast.eda, "POST", f"/campaigns/{made.slug}/items", {"items": items}).status_code == 422, items
    assert call(cast.eda, "DELETE", f"/campaigns/{made.slug}/items/{2**70}").status_code in (404, 422)


def test_items_are_found_by_when_they_go_live(cast: Cast, call: Call) -> None:
    now = timezone.now()
    for days in (1, 5, 9):
        factories.item(f"In {days}", live_from=now + timedelta(days=days), live_until=None)
    bounds = {"after": now + timedelta(days=3), "before": now + timedelta(days=7)}
    query = "&".join(f"begins_{name}={at.strftime('%Y-%m-%dT%H:%M:%SZ')}" for name, at in bounds.items())
    assert [row["title"] for row in call(cast.eda, "GET", f"/items?{query}").json()["items"]] == ["In 5"]
    assert call(cast.eda, "GET", "/items?begins_after=soon").status_code == 422
    assert Item.objects.count() == 3

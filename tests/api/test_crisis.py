"""Crisis mode by REST."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kaja.content.models import Topic
from kaja.people import tokens
from kaja.people.models import Person
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast


def call(person: Person, method: str, data: dict[str, Any] | None = None, address: str = "/api/v1/crisis") -> Any:
    headers = {"Authorization": f"Bearer {tokens.create(person=person)}"}
    browser = Client()
    verb = getattr(browser, method)
    return (
        verb(address, data, content_type="application/json", headers=headers)
        if data
        else verb(address, headers=headers)
    )


def test_it_is_begun_changed_and_ended(cast: Cast) -> None:
    account = factories.account(cast.liis)
    share = factories.share(
        cast.liis, factories.item("NW-7"), state=State.PLANNED, way="api", account=account, published_at=None
    )
    before = call(cast.kadri, "get").json()
    assert (before["lasting"], before["posts"], before["people"]) == (False, 1, 1)
    begun = call(cast.kadri, "post", {"why": "Jelgava", "notice": {"en": "Please wait."}})
    assert (begun.status_code, begun.json()["held"]) == (201, 1)
    assert call(cast.kadri, "post", {"why": "Again", "notice": {"en": "Wait."}}).status_code == 422
    assert call(cast.kadri, "patch", {"notice": {"en": "Until six."}}).json()["notice"] == {"en": "Until six."}
    read = call(cast.liis, "get").json()
    assert read["notice"] == {"en": "Until six."}
    assert "why" not in read
    ended = call(cast.kadri, "delete", {"decisions": {str(share.item_id): "ask"}})
    assert ended.json()["lasting"] is False
    address = f"/api/v1/shares/{share.pk}/go"
    assert call(cast.mart, "post", address=address).status_code == 404
    assert call(cast.liis, "post", address=address).json()["state"] == "planned"
    assert Share.objects.get().state == State.PLANNED


def test_one_topic_a_plan_and_an_exercise(cast: Cast) -> None:
    item, account = factories.item("NW-7"), factories.account(cast.liis)
    item.topics.add(Topic.objects.create(slug="robots", names={"en": "Robots"}))
    held: dict[str, Any] = {"state": State.PLANNED, "way": "api", "account": account, "published_at": None}
    share = factories.share(cast.liis, item, **held)
    factories.share(cast.liis, factories.item("NW-8"), **held)
    plan = {"notice": {"en": "Wait."}, "speaks": "Kadri", "reach": "+372 5555"}
    assert call(cast.kadri, "put", plan, "/api/v1/crisis/plan").json()["speaks"] == "Kadri"
    assert call(cast.kadri, "get", None, "/api/v1/crisis/plan").json()["notice"] == {"en": "Wait."}
    exercise = call(cast.kadri, "post", {**plan, "why": "x", "topic": "robots"}, "/api/v1/crisis/exercises").json()
    assert (exercise["practice"], exercise["held"], exercise["posts"]) == (True, 1, 1)
    assert sorted(exercise["rehearsers"]) == sorted([cast.aado.email, cast.kadri.email])
    assert call(cast.kadri, "get").json()["lasting"] is False
    unknown = call(cast.kadri, "post", {**plan, "why": "x", "topic": "eggs"})
    assert unknown.json()["errors"]["topic"]
    begun = call(cast.kadri, "post", {**plan, "why": "x", "topic": "robots"}).json()
    assert (begun["about"], begun["held"]) == ("Robots", 1)
    assert call(cast.liis, "get").json()["reach"] == "+372 5555"
    late = call(cast.kadri, "delete", {"decisions": {str(item.pk): "2020-01-01T09:00:00+02:00"}})
    assert late.json()["errors"]["decisions"]
    assert call(cast.kadri, "delete", {"decisions": {str(item.pk): "2027-01-01T09:00:00+02:00"}}).json()["gone"] == 1
    share.refresh_from_db()
    assert share.not_before.isoformat() == "2027-01-01T07:00:00+00:00"


def test_faults_are_told(cast: Cast) -> None:
    assert call(cast.kadri, "post", {"why": "Jelgava", "notice": {}}).json()["errors"]["notice"]
    assert call(cast.kadri, "delete").status_code == 422
    call(cast.kadri, "post", {"why": "Jelgava", "notice": {"en": "Wait."}})
    assert call(cast.kadri, "delete", {"decisions": {"1": "burn"}}).json()["errors"]["decisions"]


def test_who_may_not_learns_nothing(cast: Cast) -> None:
    for person in (cast.liis, cast.eda, cast.viivi, cast.sten):
        assert call(person, "post", {"why": "x", "notice": {"en": "x"}}).status_code == 404
        assert call(person, "patch", {"notice": {"en": "x"}}).status_code == 404
        assert call(person, "delete").status_code == 404
        assert call(person, "put", {"notice": {"en": "x"}}, "/api/v1/crisis/plan").status_code == 404
        assert call(person, "get", None, "/api/v1/crisis/plan").status_code == 404
        exercise = {"why": "x", "notice": {"en": "x"}}
        assert call(person, "post", exercise, "/api/v1/crisis/exercises").status_code == 404

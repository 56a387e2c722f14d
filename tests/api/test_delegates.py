"""Delegates by REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.sharing.models import Preparation, Share
from kaja.sharing.states import State
from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast

KEY = {"Idempotency-Key": "k"}


@pytest.fixture
def body(cast: Cast) -> dict[str, Any]:
    """What Mart sends for Liis, who has named him by the API."""
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    liis = Caller(cast.liis)
    liis("POST", "/delegations", {"delegate": cast.mart.email})
    assert liis.status == 201
    return {"person": cast.liis.pk, "item": factories.item().pk, "accounts": [account.pk], "text": "It is here."}


def test_prepared_approved_and_seen_by_both(cast: Cast, body: dict[str, Any]) -> None:
    liis, mart = Caller(cast.liis), Caller(cast.mart)
    held = mart("GET", "/delegations")["items"][0]
    names = mart("GET", f"/delegations/{held['id']}/accounts")
    assert [set(one) for one in names] == [{"id", "network", "handle", "works"}]
    assert mart("GET", f"/delegations/{held['id']}/items")["items"][0]["id"] == body["item"]
    made = mart("POST", "/preparations", body)
    assert (mart.status, made["state"], made["networks"], made["posts"]) == (201, "waiting", ["sandbox"], [])
    assert liis("GET", "/preparations?state=waiting")["items"][0]["id"] == made["id"]
    assert liis("GET", "/shares?state=waiting")["items"][0]["state"] == "waiting"
    done = liis("POST", f"/preparations/{made['id']}/approve", {"text": "It really is here."})
    assert (liis.status, done["state"], done["changed"]) == (200, "approved", True)
    seen = mart("GET", "/preparations?side=prepared")["items"][0]
    assert (seen["posts"], seen["text"]) == ([{"network": "sandbox", "state": "planned"}], "It really is here.")
    liis("POST", f"/preparations/{made['id']}/approve", {})
    assert liis.status == 422
    assert Share.objects.get().state == State.PLANNED


def test_declined_and_withdrawn(cast: Cast, body: dict[str, Any]) -> None:
    liis, mart = Caller(cast.liis), Caller(cast.mart)
    one, two = (mart("POST", "/preparations", body | {"text": text})["id"] for text in ("One.", "Two."))
    liis("POST", f"/preparations/{one}/decline", {"reason": ""})
    assert liis.status == 422
    assert liis("POST", f"/preparations/{one}/decline", {"reason": "Not now"})["reason"] == "Not now"
    assert mart("POST", f"/preparations/{two}/withdraw")["state"] == "withdrawn"
    liis("POST", f"/preparations/{two}/approve", {})
    assert liis.status == 422
    assert set(Share.objects.values_list("state", flat=True)) == {State.CANCELLED}


def test_the_same_key_is_one_and_another_body_under_it_is_refused(cast: Cast, body: dict[str, Any]) -> None:
    mart = Caller(cast.mart)
    first = mart("POST", "/preparations", body, **KEY)
    again = mart("POST", "/preparations", body, **KEY)
    assert (mart.status, again["id"]) == (200, first["id"])
    mart("POST", "/preparations", body | {"text": "Other"}, **KEY)
    assert (mart.status, Preparation.objects.count()) == (422, 1)


def test_a_passed_time_is_asked_about(cast: Cast, body: dict[str, Any]) -> None:
    liis, mart = Caller(cast.liis), Caller(cast.mart)
    at = (timezone.now() + timedelta(hours=1)).isoformat()
    made = mart("POST", "/preparations", body | {"at": at})["id"]
    Share.objects.update(not_before=timezone.now() - timedelta(hours=1))
    liis("POST", f"/preparations/{made}/approve", {})
    assert liis.status == 422
    assert liis("POST", f"/preparations/{made}/approve", {"now": True})["state"] == "approved"


@pytest.mark.parametrize("who", ["kadri", "eda", "rein", "aado", "viivi", "sten"])
def test_nobody_else_sees_or_does_anything(cast: Cast, body: dict[str, Any], who: str) -> None:
    made = Caller(cast.mart)("POST", "/preparations", body)["id"]
    held = Caller(cast.mart)("GET", "/delegations")["items"][0]["id"]
    caller = Caller(getattr(cast, who))
    assert caller("GET", "/delegations")["items"] == []
    for method, path, sent in (
        ("GET", f"/delegations/{held}/accounts", None), ("GET", f"/delegations/{held}/items", None),
        ("DELETE", f"/delegations/{held}", None), ("POST", "/preparations", body),
        ("GET", f"/preparations/{made}", None), ("POST", f"/preparations/{made}/approve", {}),
        ("POST", f"/preparations/{made}/decline", {"reason": "No"}), ("POST", f"/preparations/{made}/withdraw", None),
    ):  # fmt: skip
        caller(method, path, sent)
        assert caller.status == 404, path
    mart = Caller(cast.mart)
    for path, sent in ((f"/preparations/{made}/approve", {}), (f"/preparations/{made}/decline", {"reason": "No"})):
        mart("POST", path, sent)
        assert mart.status == 404, path
    assert Preparation.objects.get().state == "waiting"


def test_nobody_can_name_themselves_somebodys_delegate(cast: Cast) -> None:
    aado = Caller(cast.aado)
    aado("POST", "/delegations", {"delegate": cast.aado.email, "person": cast.liis.pk})
    assert aado.status == 404  # an administrator shares nothing, and so has nothing prepared
    kadri = Caller(cast.kadri)
    kadri("POST", "/delegations", {"delegate": cast.kadri.email, "person": cast.liis.pk})
    assert kadri.status == 422
    assert Caller(cast.liis)("GET", "/delegations")["items"] == []


def test_lists_ask_the_same_number_of_questions(
    cast: Cast, body: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    mart, liis = Caller(cast.mart), Caller(cast.liis)
    for count in (1, 9):
        for number in range(count):
            mart("POST", "/preparations", body | {"text": f"Words {count} {number}"})
        with django_assert_max_num_queries(4):
            mart("GET", "/preparations?side=prepared")
        with django_assert_max_num_queries(4):
            liis("GET", "/preparations")


def test_one_account_is_left_out_or_taken_out(cast: Cast, body: dict[str, Any]) -> None:
    liis, mart = Caller(cast.liis), Caller(cast.mart)
    first = body["accounts"][0]
    second = factories.account(cast.liis, external_id="sandbox:second", handle="second").pk
    third = factories.account(cast.liis, external_id="sandbox:third", handle="third").pk
    made = mart("POST", "/preparations", body | {"accounts": [first, second, third]})
    assert made["accounts"] == [first, second, third]
    kadri = Caller(cast.kadri)
    kadri("DELETE", f"/preparations/{made['id']}/accounts/{third}")
    assert kadri.status == 404
    assert mart("DELETE", f"/preparations/{made['id']}/accounts/{third}")["accounts"] == [first, second]
    address = f"/preparations/{made['id']}/approve"
    liis("POST", address, {"without": [third]})
    assert liis.status == 422
    liis("POST", address, {"without": [first, second]})
    assert liis.status == 422
    done = liis("POST", address, {"without": [second]})
    assert (done["state"], done["accounts"], done["left_out"]) == ("approved", [first], ["sandbox"])
    assert done["posts"] == [{"network": "sandbox", "state": "planned"}]

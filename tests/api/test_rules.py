"""Checks and rules by REST."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.sharing import shares
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignedIn = Callable[[Person], Client]


def send(client: Client, method: str, address: str, **body: Any) -> Any:
    return client.generic(method, f"/api/v1/guidelines/{address}", json.dumps(body), content_type="application/json")


def test_everybody_signed_in_has_a_text_checked(cast: Cast, signed_in: SignedIn, client: Client) -> None:
    number = writing.rule(cast.eda).rule_id
    writing.rule(cast.eda, "spelling", "should", form={"right": "Nordwind"}, networks=["linkedin"])
    answer = send(
        signed_in(cast.sten), "POST", "check", text="NordWind 😀 Project Kelp", network="linkedin", language="en"
    )
    first, second = answer.json()["hints"]
    assert first | {"reason": ""} == {
        "rule": number, "version": 1, "kind": "confidential", "level": "must", "start": 11, "end": 23, "words": "Project Kelp",
        "reason": "", "fix": "", "fix_start": 10, "fix_end": 23, "piece": None,
    }  # fmt: skip
    assert (second["fix"], second["fix_start"], second["fix_end"]) == ("Nordwind", 0, 8)
    assert len(send(signed_in(cast.sten), "POST", "check", text="NordWind", network="x").json()["hints"]) == 0
    assert send(Client(), "POST", "check", text="x").status_code == 401


def test_a_check_for_an_item_tells_of_colleagues_wording(cast: Cast, signed_in: SignedIn) -> None:
    item = factories.item()
    shares.open_dialog(person=cast.mart, item=item, network=BY_KEY["linkedin"], text="The fridge lost to our robot.")
    answer = send(signed_in(cast.liis), "POST", "check", text="The fridge lost to our robot.", item=item.pk)
    assert answer.json() == {"hints": [], "colleagues": 1}
    assert send(signed_in(cast.liis), "POST", "check", text="x", item=10**12).status_code == 404


def test_a_naive_time_is_read_as_local(cast: Cast, signed_in: SignedIn) -> None:
    writing.rule(cast.eda)
    answer = send(signed_in(cast.liis), "POST", "check", text="Project Kelp", at="2030-01-01T10:00:00")
    assert len(answer.json()["hints"]) == 1


def test_an_editor_keeps_rules(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in(cast.eda)
    body = {"level": "must", "form": {"words": ["Project Kelp"]}, "names": {"en": "Kelp"}}
    made = send(client, "POST", "rules", kind="confidential", **body)
    assert made.status_code == 201
    number = made.json()["id"]
    assert send(client, "POST", f"rules/{number}/try").json()["captions"] == {"read": 0, "found": 0}
    assert send(client, "POST", f"rules/{number}/start").json()["state"] == "in_force"
    assert send(client, "PUT", f"rules/{number}/draft", **body | {"level": "hint"}).json()["versions"][1]["number"] == 2
    assert send(client, "DELETE", f"rules/{number}/draft").status_code == 204
    assert send(client, "POST", f"rules/{number}/call-back").status_code == 422
    assert [one["id"] for one in client.get("/api/v1/guidelines/rules").json()] == [number]
    assert send(client, "POST", f"rules/{number}/end", at=None).json()["state"] == "ended"
    refused = send(client, "POST", "rules", kind="pattern", **body | {"form": {"pattern": "("}})
    assert refused.status_code == 422
    assert "cannot be read" in refused.json()["detail"]


def test_who_may_not_write_guidelines_meets_404(cast: Cast, signed_in: SignedIn) -> None:
    number = writing.rule(cast.eda).rule_id
    for person in (cast.liis, cast.rein, cast.aado):
        client = signed_in(person)
        body = {"level": "must", "form": {"words": ["x"]}, "names": {"en": "x"}}
        calls = [
            ("GET", "rules", {}), ("POST", "rules", {"kind": "topic", **body}), ("GET", f"rules/{number}", {}), ("PUT", f"rules/{number}/draft", body),
            ("DELETE", f"rules/{number}/draft", {}), ("POST", f"rules/{number}/start", {}), ("POST", f"rules/{number}/end", {}),
            ("POST", f"rules/{number}/call-back", {}), ("POST", f"rules/{number}/try", {}), ("POST", "rules/from/00000000", {}),
        ]  # fmt: skip
        assert {send(client, method, address, **given).status_code for method, address, given in calls} == {404}

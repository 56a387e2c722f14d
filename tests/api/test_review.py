"""Review, versions and audiences by program: the same verbs as the pages."""

from __future__ import annotations

from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast

RULE = {"any": [{"all": [{"field": "location", "is": True, "values": ["Riga"]}]}]}


def test_a_change_goes_through_two_steps_by_program(cast: Cast) -> None:
    item, kadri, eda, rein = factories.item("Live", "Words"), Caller(cast.kadri), Caller(cast.eda), Caller(cast.rein)
    steps = [{"names": {"en": "Brand"}, "days": 1}, {"names": {"en": "Legal"}, "days": 2, "people": [cast.kadri.pk]}]
    said = kadri("PUT", "/categories/product/steps", {"steps": steps})
    assert [step["key"] for step in said["steps"]] == ["brand", "legal"]
    change = eda("PATCH", f"/items/{item.pk}", {"title": "Livelier"})
    number = change["id"]
    assert eda("POST", f"/items/{number}/comments", {"text": "Please look", "about": "title"})["version"] == 2
    assert eda("POST", f"/items/{number}/submit")["step"] == "brand"
    (waiting,) = rein("GET", "/review")["items"]
    assert (waiting["item"], waiting["changes"], waiting["mine"]) == (number, item.pk, True)
    told = rein("GET", f"/items/{number}/versions/2")
    assert (told["against"], [one["parts"] for one in told["changes"]]) == (1, [[["-", "Live"], ["+", "Livelier"]]])
    assert rein("POST", f"/items/{number}/decision", {"version": 1})["status"] == 422
    assert rein("POST", f"/items/{number}/decision", {"version": 2, "words": "Good"})["live"] is False
    assert kadri("POST", f"/items/{number}/decision", {"version": 2})["item"] == item.pk
    assert Caller(cast.liis)("GET", f"/items/{item.pk}")["title"] == "Livelier"
    assert [one["number"] for one in eda("GET", f"/items/{item.pk}/versions")["items"]] == [2, 1]
    back = eda("POST", f"/items/{item.pk}/versions/1/restore")
    assert (back["status"], back["version"]) == ("draft", 3)
    assert eda.client.delete(f"/api/v1/items/{item.pk}/change", headers=eda.headers).status_code == 204
    assert eda("GET", f"/items/{item.pk}/comments")["items"][0]["text"] == "Please look"


def test_audiences_are_kept_counted_and_changed_by_program(cast: Cast) -> None:
    kadri, eda = Caller(cast.kadri), Caller(cast.eda)
    assert kadri("POST", "/audiences/size", {"rule": RULE})["people"] == 1
    assert eda("POST", "/audiences/size", {"rule": RULE})["people"] is None  # fewer than five
    made = eda("POST", "/audiences", {"name": "Riga", "rule": RULE})
    assert (eda.status, made["rule"]) == (201, RULE)
    other = {"any": [{"all": [{"field": "location", "is": False, "values": ["Riga"]}]}]}
    eda("POST", f"/audiences/{made['id']}/versions", {"rule": other})
    assert eda.status == 404
    assert kadri("POST", f"/audiences/{made['id']}/versions", {"rule": other})["number"] == 2
    shown = kadri("GET", f"/audiences/{made['id']}")
    assert (shown["people"], [one["number"] for one in shown["versions"]]) == (7, [1, 2])
    first = shown["versions"][0]["begins_at"]
    then = kadri("GET", f"/audiences/{made['id']}/people?at={first}")
    assert [one["name"] for one in then["items"]] == ["Mart Kask"]
    assert [one["id"] for one in kadri("GET", "/audiences")["items"]] == [made["id"]]
    assert kadri.client.delete(f"/api/v1/audiences/{made['id']}", headers=kadri.headers).status_code == 204


def test_who_may_not_is_not_answered(cast: Cast) -> None:
    item = factories.item("Live", "Words")
    kept = factories.audience(cast.kadri, "Riga", location=["Riga"])
    for wrong in (cast.sten, cast.liis, cast.viivi):
        caller = Caller(wrong)
        for method, path, body in (
            ("GET", "/review", None), ("GET", f"/items/{item.pk}/versions", None), ("GET", "/categories", None),
            ("POST", f"/items/{item.pk}/comments", {"text": "x"}), ("POST", f"/items/{item.pk}/decision", {}),
            ("POST", f"/items/{item.pk}/versions/1/restore", None), ("DELETE", f"/items/{item.pk}/change", None),
            ("GET", "/audiences", None), ("GET", f"/audiences/{kept.pk}", None),
            ("GET", f"/audiences/{kept.pk}/people", None), ("POST", "/audiences", {"name": "x", "rule": RULE}),
            ("POST", "/audiences/size", {"rule": RULE}), ("DELETE", f"/audiences/{kept.pk}", None),
            ("POST", f"/audiences/{kept.pk}/versions", {"rule": RULE}),
            ("PUT", "/categories/product/steps", {"steps": []}),
        ):  # fmt: skip
            caller(method, path, body)
            assert caller.status == 404, (wrong, method, path)

"""The library by REST: the same filters, many changed at once, views."""

from __future__ import annotations

from kaja.content import searching
from kaja.content.models import Item, SavedView
from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast


def test_the_same_words_and_filters_find_the_same_items(cast: Cast) -> None:
    factories.item("Uued robotid", category=factories.category("people"), evergreen=True)
    factories.item("Something else")
    searching.reindex()
    kadri = Caller(cast.kadri)
    for query in ("words=robotitega", "category=people", "validity=evergreen", "words=robot&validity=evergreen"):
        assert [one["title"] for one in kadri("GET", f"/items?{query}")["items"]] == ["Uued robotid"], query
    assert Caller(cast.liis)("GET", "/items?words=robotitega")["items"][0]["title"] == "Uued robotid"
    Item.objects.filter(evergreen=True).update(state="draft")
    assert Caller(cast.liis)("GET", "/items?words=robotitega")["items"] == []


def test_many_are_changed_told_and_taken_back(cast: Cast) -> None:
    found = [factories.item(f"Item {n}") for n in range(3)]
    factories.campaign("Quiet Week")
    kadri = Caller(cast.kadri)
    wish = {"what": "campaign", "value": "quiet-week", "items": [item.pk for item in found] + [999999]}
    done = kadri("PATCH", "/items", wish)
    assert (kadri.status, done["changed"], done["left"]) == (200, 3, [])
    assert Item.objects.filter(campaign__slug="quiet-week").count() == 3
    assert kadri("GET", f"/bulk/{done['id']}")["undone_at"] is None
    assert kadri("POST", f"/bulk/{done['id']}/undo")["kept"] == []
    assert not Item.objects.filter(campaign__isnull=False).exists()
    kadri("POST", f"/bulk/{done['id']}/undo")
    assert kadri.status == 422
    by_filter = kadri("PATCH", "/items", {"what": "evergreen", "filter": "status=live"})
    assert by_filter["changed"] == 3


def test_items_and_filter_are_one_or_the_other_and_a_mistake_is_told(cast: Cast) -> None:
    kadri, item = Caller(cast.kadri), factories.item()
    for wish in (
        {"what": "ages"},
        {"what": "ages", "items": [item.pk], "filter": ""},
        {"what": "explode", "items": [item.pk]},
    ):
        said = kadri("PATCH", "/items", wish)
        assert (kadri.status, bool(said["errors"])) == (422, True)


def test_strangers_to_the_library_meet_404(cast: Cast) -> None:
    item = factories.item()
    liis, eda, rein = Caller(cast.liis), Caller(cast.eda), Caller(cast.rein)
    for method, path, body in (
        ("PATCH", "/items", {"what": "ages", "items": [item.pk]}),
        ("POST", f"/items/{item.pk}/still-right", None),
        ("GET", "/views", None),
        ("POST", "/views", {"name": "Mine"}),
    ):
        liis(method, path, body)
        assert liis.status == 404, path
    rein("PATCH", "/items", {"what": "ages", "items": [item.pk]})
    assert rein.status == 404
    done = eda("PATCH", "/items", {"what": "ends", "items": [item.pk]})
    rein("POST", f"/bulk/{done['id']}/undo")
    assert rein.status == 404


def test_views_are_kept_changed_and_deleted(cast: Cast) -> None:
    eda, kadri = Caller(cast.eda), Caller(cast.kadri)
    mine = eda("POST", "/views", {"name": "Riga", "query": "words=riga&evil=1"})
    assert (eda.status, mine["query"], mine["own"]) == (201, "words=riga", True)
    assert eda("PATCH", f"/views/{mine['id']}", {"name": "Riga hiring"})["name"] == "Riga hiring"
    kadri("POST", "/views", {"name": "Ours", "query": "validity=due", "shared": True})
    assert [(one["name"], one["own"]) for one in eda("GET", "/views")["items"]] == [
        ("Ours", False),
        ("Riga hiring", True),
    ]
    kadri("DELETE", f"/views/{mine['id']}")
    assert kadri.status == 404
    assert eda.client.delete(f"/api/v1/views/{mine['id']}", headers=eda.headers).status_code == 204
    assert SavedView.objects.count() == 1


def test_still_right_sets_the_next_day(cast: Cast) -> None:
    item, eda = factories.item(evergreen=True), Caller(cast.eda)
    assert eda("POST", f"/items/{item.pk}/still-right")["refresh_on"]
    Item.objects.update(evergreen=False)
    eda("POST", f"/items/{item.pk}/still-right")
    assert eda.status == 422

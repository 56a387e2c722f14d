"""Every kind of item by REST: made, changed, with files and previews."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaja.content import kinds
from kaja.content.models import Item
from tests import factories
from tests.api.test_api import API, Caller
from tests.cast import Cast

BODIES: dict[str, dict[str, Any]] = {
    "link": {"url": "https://nordwind.example/a"},
    "article": {"body": "# Text"},
    "images": {},
    "video": {"url": "https://nordwind.example/film"},
    "document": {"details": {"what": "guide"}},
    "job": {"details": {"place": "Riga", "last_day": "2027-02-01"}},
    "event": {"details": {"begins": "2027-01-10T18:00", "zone": "Europe/Riga"}},
    "text": {},
    "say": {"summary": "Tell us.", "details": {"hashtag": "NordwindLearns"}},
}


@pytest.mark.parametrize("kind", list(kinds.KINDS))
def test_an_item_of_each_kind_is_made_and_changed(cast: Cast, kind: str) -> None:
    factories.category()
    eda = Caller(cast.eda)
    made = eda("POST", "/items", {"kind": kind, "title": "Mine", "category": "product", **BODIES[kind]})
    assert (eda.status, made["kind"], made["status"]) == (201, kind, "draft")
    assert made["details"] == BODIES[kind].get("details", {})
    assert made["body"] == BODIES[kind].get("body", "")
    changed = eda("PATCH", f"/items/{made['id']}", {"title": "Yours"})
    assert (changed["title"], changed["details"], changed["kind"]) == ("Yours", made["details"], kind)


def test_what_each_kind_needs_is_told(cast: Cast) -> None:
    told = {one["key"]: one for one in Caller(cast.liis)("GET", "/kinds")}
    assert set(told) == set(Item.Kind.values)
    assert (told["images"]["attaches"], told["images"]["most_attachments"]) == ("picture", 10)
    assert {one["name"] for one in told["event"]["details"]} >= {"begins", "ends", "zone", "place", "online"}


def test_details_are_changed_one_by_one_and_refused_by_name(cast: Cast) -> None:
    factories.category()
    eda = Caller(cast.eda)
    made = eda("POST", "/items", {"kind": "event", "title": "Day", "category": "product", **BODIES["event"]})
    changed = eda("PATCH", f"/items/{made['id']}", {"details": {"place": "Riga"}})
    assert changed["details"] == {**BODIES["event"]["details"], "place": "Riga"}
    assert changed["live_until"] == "2027-01-10T22:00:00.000000Z"
    eda("PATCH", f"/items/{made['id']}", {"details": {"begins": "soon"}})
    assert eda.status == 422
    eda("POST", "/items", {"kind": "poem", "title": "Ode", "category": "product"})
    assert eda.status == 422


def test_files_are_uploaded_attached_moved_and_taken_off(cast: Cast) -> None:
    eda, item = Caller(cast.eda), factories.item(kind="images", state="draft")
    with factories.picture("gold").file.open("rb") as file:
        sent = {"file": SimpleUploadedFile("g.webp", file.read()), "alt": "Gold"}
    answer = eda.client.post(f"{API}/items/{item.pk}/pictures", sent, headers=eda.headers)
    assert answer.status_code == 201
    second = eda("POST", f"/items/{item.pk}/attachments", {"media": factories.picture("navy").pk})
    eda("PATCH", f"/items/{item.pk}/attachments/{second['id']}", {"position": 0})
    shown = eda("GET", f"/items/{item.pk}")["attachments"]
    assert [one["media"] for one in shown] == [second["media"], answer.json()["media"]]
    gone = eda.client.delete(f"{API}/items/{item.pk}/attachments/{second['id']}", headers=eda.headers)
    assert gone.status_code == 204
    assert [one.media_id for one in item.attachments.all()] == [answer.json()["media"]]
    eda("POST", f"/items/{item.pk}/attachments", {"media": 10**9})
    assert eda.status == 422


def test_previews_are_written_per_network(cast: Cast) -> None:
    kadri, item = Caller(cast.kadri), factories.item()
    kadri("PUT", f"/items/{item.pk}/previews/all", {"title": "For all", "image": factories.picture().pk})
    told = kadri("PUT", f"/items/{item.pk}/previews/linkedin", {"title": "For LinkedIn", "text": "Words"})
    assert [(one["network"], one["title"]) for one in told["previews"]] == [
        (None, "For all"),
        ("linkedin", "For LinkedIn"),
    ]
    assert told["previews"][0]["image"].endswith(".webp")
    kadri("PUT", f"/items/{item.pk}/previews/myspace", {"title": "x"})
    assert kadri.status == 422


def test_who_may_not_edit_is_refused(cast: Cast) -> None:
    item, liis = factories.item(kind="images"), Caller(cast.liis)
    kept = factories.picture()
    row = item.attachments.create(media=kept)
    for method, path, body in (
        ("POST", "/items", {"kind": "text", "title": "x", "category": "product"}),
        ("POST", f"/items/{item.pk}/attachments", {"media": kept.pk}),
        ("PATCH", f"/items/{item.pk}/attachments/{row.pk}", {"position": 0}),
        ("DELETE", f"/items/{item.pk}/attachments/{row.pk}", None),
        ("PUT", f"/items/{item.pk}/previews/all", {"title": "x"}),
    ):
        liis(method, path, body)
        assert liis.status in (403, 404), path
    answer = liis.client.post(
        f"{API}/items/{item.pk}/pictures", {"file": SimpleUploadedFile("a.png", b"x")}, headers=liis.headers
    )
    assert answer.status_code in (403, 404)

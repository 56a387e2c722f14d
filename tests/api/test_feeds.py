"""Feeds, rules, imports and suggestions by REST: the same verbs, the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kaja import outbound
from kaja.content.models import Feed, Item
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast
from tests.content.feeding import Web, entry, rss

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
URL = "https://n.example/rss"
API = "/api/v1"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(outbound, "fetch", made.fetch)
    made.serve(URL, rss(entry(1, "Intern"), entry(2, "Robots")))
    factories.category()
    return made


def send(client: Client, method: str, path: str, data: Any = None) -> Any:
    answer = client.generic(method, f"{API}{path}", data and __import__("json").dumps(data), "application/json")
    return answer.json() if answer.content else answer.status_code


def test_a_feed_its_rules_and_its_log_go_the_whole_way(cast: Cast, signed_in: SignIn, web: Web) -> None:
    client = signed_in(cast.kadri)
    made = send(client, "POST", "/feeds", {"url": URL, "category": "product"})
    path = f"/feeds/{made['id']}"
    assert (made["new"], made["holds"], made["off"]) == (2, "news", None)
    rule = send(
        client, "POST", f"{path}/rules", {"title_has": "intern", "what": "review", "per_day": 2, "places": ["Riga"]}
    )
    assert (rule["title_has"], rule["per_day"], rule["audience"], rule["category"]) == ("intern", 2, "Riga", "product")
    changed = send(client, "PATCH", f"{path}/rules/{rule['id']}", {"per_day": None, "what": "approve"})
    assert (changed["per_day"], changed["what"], changed["title_has"]) == (None, "approve", "intern")
    assert [one["everything_else"] for one in send(client, "GET", f"{path}/rules")] == [False, True]
    assert send(client, "POST", f"{path}/rules/{rule['id']}/move", {"up": True})[0]["id"] == rule["id"]
    assert send(client, "POST", f"{path}/read")["known"] == 2
    assert [one["outcome"] for one in send(client, "GET", f"{path}/readings")["items"]] == ["read", "read"]
    paused = send(client, "PATCH", path, {"paused": True, "title": "Ours"})
    assert (paused["off"], paused["title"], paused["next_read_at"]) == ("paused", "Ours", None)
    assert send(client, "PATCH", path, {"paused": False})["off"] is None
    assert send(client, "DELETE", f"{path}/rules/{rule['id']}") == 204
    assert send(client, "DELETE", path) == 204
    assert (Feed.objects.count(), Item.objects.count()) == (0, 2)


def test_wrong_rules_are_told_by_field(cast: Cast, signed_in: SignIn, web: Web) -> None:
    client = signed_in(cast.eda)
    path = f"/feeds/{send(client, 'POST', '/feeds', {'url': URL, 'category': 'product'})['id']}"
    for data, field in (
        ({"title_has": "a", "what": "approve"}, "what"),
        ({"title_has": "a", "what": "burn"}, "what"),
        ({"title_has": "a", "per_day": 0}, "per_day"),
        ({"title_has": "a", "category": "none"}, "category"),
    ):
        answer = send(client, "POST", f"{path}/rules", data)
        assert (answer["status"], field in answer["errors"]) == (422, True)
    assert send(client, "PATCH", path, {"vanished": "explode"})["status"] == 422


def test_whoever_may_not_edit_meets_404_at_every_door(cast: Cast, signed_in: SignIn, web: Web) -> None:
    feed = send(signed_in(cast.eda), "POST", "/feeds", {"url": URL, "category": "product"})
    path = f"/feeds/{feed['id']}"
    for who in (cast.liis, cast.rein):
        client = signed_in(who)
        for method, address, data in (
            ("POST", "/feeds", {"url": URL, "category": "product"}),
            ("PATCH", path, {"title": "x"}), ("POST", f"{path}/read", None), ("DELETE", path, None),
            ("POST", f"{path}/rules", {"title_has": "a"}),
        ):  # fmt: skip
            assert send(client, method, address, data)["status"] == 404, (method, address)
    assert send(signed_in(cast.liis), "GET", "/feeds")["status"] == 404
    assert send(signed_in(cast.rein), "GET", path)["url"] == URL  # reviewers read the library


def upload(client: Client, kind: str, text: str, **data: str) -> Any:
    return client.post(f"{API}/imports/{kind}", {"file": SimpleUploadedFile("x.csv", text.encode()), **data}).json()


def test_items_are_planned_applied_and_undone(cast: Cast, signed_in: SignIn, web: Web) -> None:
    client = signed_in(cast.eda)
    planned = upload(client, "items", "Title,URL\nA,https://n.example/a\n,https://n.example/b\n", category="product")
    assert (planned["state"], planned["fates"]) == ("tried", {"new": 1, "left out": 1})
    assert [row["why"] for row in planned["plan"]] == [None, "Give it a title."]
    assert not Item.objects.exists()
    path = f"/imports/{planned['key']}"
    assert send(client, "POST", f"{path}/apply", {})["counts"] == {"new": 1, "left_out": 1}
    assert send(client, "POST", f"{path}/apply", {})["status"] == 422
    assert send(client, "POST", f"{path}/undo")["state"] == "undone"
    assert not Item.objects.exists()


def test_people_are_planned_and_applied_and_nobody_elses_file_is_there(cast: Cast, signed_in: SignIn, web: Web) -> None:
    client = signed_in(cast.kadri)
    planned = upload(client, "people", "E-mail,First name\nnew@nordwind.example,Uus\n")
    assert (planned["fates"], planned["not_in_file"], planned["columns"]["E-mail"]) == ({"new": 1}, 0, "email")
    path = f"/imports/{planned['key']}"
    assert send(signed_in(cast.aado), "GET", path)["status"] == 404
    assert send(client, "POST", f"{path}/apply", {})["state"] == "done"
    assert Person.objects.filter(email="new@nordwind.example").exists()
    assert upload(client, "people", "Name\nA\n")["status"] == 422
    assert upload(signed_in(cast.liis), "people", "E-mail,First name\n")["status"] == 404
    assert upload(signed_in(cast.liis), "items", "Title\n", category="product")["status"] == 404


def test_a_colleague_suggests_a_page(cast: Cast, signed_in: SignIn, web: Web) -> None:
    web.serve("https://n.example/p", "<title>Found</title>", content_type="text/html")
    made = send(
        signed_in(cast.liis),
        "POST",
        "/suggestions",
        {"url": "https://n.example/p", "category": "product", "why": "Good"},
    )
    assert (made["title"], made["status"]) == ("Found", "draft")
    assert Item.objects.get().credit == cast.liis
    assert (
        send(signed_in(cast.viivi), "POST", "/suggestions", {"url": "https://n.example/q", "category": "product"})[
            "status"
        ]
        == 404
    )

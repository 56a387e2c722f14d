"""The API: the same verbs as the pages, for the owner, the others and strangers."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content.models import Item
from kaja.links.models import LinkDay
from kaja.people import tokens
from kaja.people.models import Person
from kaja.sharing import delivery
from kaja.sharing.models import Share
from tests import factories
from tests.cast import Cast

API = "/api/v1"


class Caller:
    """A program with somebody's token."""

    def __init__(self, person: Person | None) -> None:
        self.client = Client()
        self.headers = {"authorization": f"Bearer {tokens.create(person=person)}"} if person else {}

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        content = json.dumps(body) if body is not None else ""
        answer = self.client.generic(
            method, API + path, content, content_type="application/json", headers={**self.headers, **headers}
        )
        self.status = answer.status_code
        self.kind = answer.headers.get("Content-Type", "")
        return json.loads(answer.content) if "json" in self.kind and answer.content else None


def test_without_a_token_that_works_nobody_is_answered(cast: Cast) -> None:
    for caller in (Caller(None), Caller(cast.liis)):
        if caller.headers:
            tokens.revoke(person=cast.liis, number=tokens.of(cast.liis).get().pk)
        said = caller("GET", "/me")
        assert (caller.status, said["status"], caller.kind) == (401, 401, "application/problem+json")


def test_live_items_come_with_their_words(cast: Cast) -> None:
    item = factories.item("NW-7", "One", "Two")
    factories.item("Draft", state="draft")
    said = Caller(cast.liis)("GET", "/items?status=live")
    assert said["next"] is None
    (one,) = said["items"]
    assert (one["id"], one["kind"], one["title"], one["category"]) == (item.pk, "link", "NW-7", "product")
    assert [words["text"] for words in one["captions"]] == ["One", "Two"]


def test_a_share_goes_from_the_program_to_the_sandbox_and_back(cast: Cast) -> None:
    item, account = factories.item("NW-7", "One"), None
    liis = Caller(cast.liis)
    account = liis("POST", "/accounts", {"network": "sandbox"})
    assert [row["id"] for row in liis("GET", "/accounts")["items"]] == [account["id"]]
    made = liis("POST", "/shares", {"item": item.pk, "account": account["id"], "text": "My words"})
    assert (liis.status, made["state"], made["network"]) == (201, "planned", "sandbox")
    assert made["link"]["url"] in made["text"]
    delivery.deliver(made["id"], worker="test")
    share = Share.objects.get()
    assert share.link is not None
    LinkDay.objects.create(link=share.link, day=timezone.now().date(), person=3, visitors=2)
    read = liis("GET", f"/shares/{made['id']}")
    assert (read["state"], read["post_url"] is not None) == ("published", True)
    figure = read["figures"]["clicks"]
    assert (figure["value"], figure["provenance"]) == (3, "measured")
    assert set(figure) >= {"value", "numerator", "denominator", "low", "high", "provenance", "formula", "rows"}
    assert liis("DELETE", f"/shares/{made['id']}")["state"] == "removed"


def test_a_dialog_share_waits_for_its_person(cast: Cast) -> None:
    liis = Caller(cast.liis)
    made = liis("POST", "/shares", {"item": factories.item().pk, "dialog": "linkedin", "text": "Words"})
    assert (liis.status, made["state"]) == (201, "unknown")
    assert made["dialog_url"].startswith("https://www.linkedin.com/sharing/")
    assert liis("POST", f"/shares/{made['id']}/confirm", {"post_url": "javascript:alert(1)"})["status"] == 422
    assert liis("POST", f"/shares/{made['id']}/confirm", {})["state"] == "published"


def test_the_same_key_is_the_same_share_and_another_body_is_refused(cast: Cast) -> None:
    liis = Caller(cast.liis)
    body = {"item": factories.item().pk, "dialog": "x", "text": "Words"}
    first = liis("POST", "/shares", body, **{"idempotency-key": "k1"})
    again = liis("POST", "/shares", body, **{"idempotency-key": "k1"})
    assert (liis.status, first["id"]) == (200, again["id"])
    liis("POST", "/shares", {**body, "text": "Other"}, **{"idempotency-key": "k1"})
    assert liis.status == 422
    assert Share.objects.count() == 1


def test_a_plan_can_be_changed_and_dropped(cast: Cast) -> None:
    item, account, liis = factories.item(), factories.account(cast.liis), Caller(cast.liis)
    later = (timezone.now() + timedelta(days=1)).isoformat()
    made = liis("POST", "/shares", {"item": item.pk, "account": account.pk, "text": "A", "at": later})
    changed = liis("PATCH", f"/shares/{made['id']}", {"text": "B"})
    assert changed["text"].startswith("B ")
    assert changed["not_before"] == made["not_before"]
    assert liis("DELETE", f"/shares/{made['id']}")["state"] == "cancelled"
    assert liis("DELETE", f"/shares/{made['id']}")["status"] == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x" * 600}, "detail"),
        ({"text": " "}, "detail"),
        ({"text": "x", "at": "2020-01-01T00:00:00Z"}, "detail"),
        ({"text": "x", "at": "yesterday"}, "errors"),
        ({"text": "x", "dialog": "linkedin"}, "detail"),
    ],
)
def test_bad_input_is_told_as_a_problem(cast: Cast, body: dict[str, object], field: str) -> None:
    liis = Caller(cast.liis)
    said = liis("POST", "/shares", {"item": factories.item().pk, "account": factories.account(cast.liis).pk, **body})
    assert (liis.status, liis.kind) == (422, "application/problem+json")
    assert said[field]
    assert not Share.objects.exists()


def test_what_belongs_to_others_is_not_there(cast: Cast) -> None:
    share = Caller(cast.liis)("POST", "/shares", {"item": factories.item().pk, "dialog": "x", "text": "W"})
    account = factories.account(cast.liis)
    mart, sten = Caller(cast.mart), Caller(cast.sten)
    for caller in (mart, sten):
        for method, path, body in (
            ("GET", f"/shares/{share['id']}", None),
            ("PATCH", f"/shares/{share['id']}", {"text": "mine"}),
            ("DELETE", f"/shares/{share['id']}", None),
            ("POST", f"/shares/{share['id']}/confirm", {}),
            ("POST", f"/shares/{share['id']}/deny", None),
            ("DELETE", f"/accounts/{account.pk}", None),
            ("GET", f"/links/{share['link']['slug']}", None),
            ("GET", "/people", None),
            ("GET", "/figures/programme", None),
            ("GET", "/feeds", None),
            ("POST", "/feeds", {"url": "https://x.example/", "category": "product"}),
            ("POST", "/items", {"title": "x", "url": "https://x.example/", "category": "product"}),
            ("GET", "/items/999999", None),
        ):
            caller(method, path, body)
            assert caller.status == 404, (method, path)
    sten("POST", "/shares", {"item": factories.item().pk, "dialog": "x", "text": "W"})
    assert sten.status == 404


def test_editors_and_reviewers_do_by_program_what_they_do_on_pages(cast: Cast) -> None:
    factories.category()
    eda, rein = Caller(cast.eda), Caller(cast.rein)
    made = eda("POST", "/items", {"title": "T", "url": "https://x.example/", "category": "product"})
    assert (eda.status, made["status"]) == (201, "draft")
    eda("POST", f"/items/{made['id']}/captions", {"language": "en", "text": "Words"})
    assert eda.status == 201
    assert eda("POST", f"/items/{made['id']}/submit")["status"] == "in_review"
    assert eda("POST", f"/items/{made['id']}/approve")["status"] == 404
    assert rein("POST", f"/items/{made['id']}/return", {"reason": ""})["status"] == 422
    assert rein("POST", f"/items/{made['id']}/approve")["status"] == "live"
    change = eda("PATCH", f"/items/{made['id']}", {"title": "New"})
    assert (change["title"], change["status"], change["replaces"]) == ("New", "draft", made["id"])
    assert eda("POST", "/items", {"url": "http://127.0.0.1/", "category": "product"})["status"] == 422


def test_the_programmes_figures_carry_their_proof(cast: Cast) -> None:
    said = Caller(cast.kadri)("GET", "/figures/programme?from=2026-11-01&to=2026-11-24")
    assert {"adoption", "share_rate", "shares", "clicks"} <= set(said)
    assert all({"value", "provenance", "formula", "rows"} <= set(figure) for figure in said.values())
    kadri = Caller(cast.kadri)
    kadri("GET", "/figures/programme?from=soon&to=later")
    assert kadri.status == 422


def test_questions_are_answered_by_the_code_the_pages_use(cast: Cast) -> None:
    sten = Caller(cast.sten)
    told = sten("POST", "/networks/count", {"network": "bluesky", "text": "👩‍👩‍👧‍👦 õ"})
    assert told == {"count": 3, "limit": 300, "valid": True, "unit": "graphemes"}
    assert (
        sten("POST", "/networks/count", {"network": "x", "text": "https://example.com/a/very/long/address"})["count"]
        == 23
    )
    bot = sten("POST", "/links/classify", {"user_agent": "LinkedInBot/1.0", "method": "GET", "headers": {}})
    assert (bot["class"], bot["version"] >= 1) == ("preview", True)
    keys = {network["key"] for network in sten("GET", "/networks")["items"]}
    assert {"bluesky", "linkedin", "sandbox"} <= keys


def test_lists_are_paged_to_the_end_without_gap(cast: Cast) -> None:
    for number in range(7):
        factories.item(f"I {number}")
    liis, seen, cursor = Caller(cast.liis), [], ""
    while True:
        said = liis("GET", f"/items?limit=3&cursor={cursor}")
        seen += [row["title"] for row in said["items"]]
        cursor = said["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    liis("GET", "/items?cursor=x")
    assert liis.status == 422


@pytest.mark.parametrize("rows", [10, 1000])
def test_lists_cost_the_same_few_queries(
    cast: Cast, django_assert_max_num_queries: Callable[..., Any], rows: int
) -> None:
    category = factories.category()
    Item.objects.bulk_create(
        Item(title=f"I {n}", url="https://x.example/", category=category, state="approved", live_from=timezone.now())
        for n in range(rows)
    )
    item = Item.objects.first()
    Share.objects.bulk_create(
        Share(person=cast.liis, item=item, network="x", way="dialog", text="w", state="unknown", not_before=timezone.now())
        for _n in range(rows)
    )  # fmt: skip
    liis = Caller(cast.liis)
    with django_assert_max_num_queries(10):
        liis("GET", "/items?status=live")
    with django_assert_max_num_queries(9):
        liis("GET", "/shares")


ODD: list[object] = [None, -1, 2**70, "", "\x00", "x" * 5000, [], {}, 1.5, True]


def test_odd_input_never_breaks_anything(cast: Cast) -> None:
    kadri = Caller(cast.kadri)
    paths = kadri("GET", "/openapi.json")["paths"]
    assert len(paths) >= 25
    for path, methods in paths.items():
        for method, about in methods.items():
            for odd in ODD:
                filled = path.removeprefix(API)
                for part in about.get("parameters", []):
                    if part["in"] == "path":
                        wild = str(odd).replace("/", "").replace("\x00", "%00")[:50] or "0"
                        filled = filled.replace("{" + part["name"] + "}", wild)
                fields = (
                    "item",
                    "account",
                    "text",
                    "dialog",
                    "at",
                    "title",
                    "category",
                    "url",
                    "network",
                    "reason",
                    "handle",
                )
                kadri(method.upper(), filled, dict.fromkeys(fields, odd) if method in ("post", "patch") else None)
                assert kadri.status < 500, (method, path, odd)
    answer = kadri.client.generic(
        "POST", API + "/shares", b"{not json", content_type="application/json", headers=kadri.headers
    )
    assert answer.status_code in (400, 422)

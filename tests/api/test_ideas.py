"""Ideas, reactions and notes by REST: the same verbs as the pages."""

from kaja.content.models import Idea, Item
from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast


def test_an_idea_is_suggested_voted_for_commented_answered_and_turned_into_an_item(cast: Cast) -> None:
    liis, mart, eda = Caller(cast.liis), Caller(cast.mart), Caller(cast.eda)
    made = liis("POST", "/ideas", {"kind": "question", "title": "Do robots get cold?"})
    assert (liis.status, made["status"], made["voted"]) == (201, "open", False)
    voted = mart("PUT", f"/ideas/{made['id']}/vote")
    assert (voted["votes"], voted["voted"]) == (1, True)
    said = mart("POST", f"/ideas/{made['id']}/comments", {"text": "I have the curve."})
    assert said["said"][0]["text"] == "I have the curve."
    factories.category()
    item = eda("POST", f"/ideas/{made['id']}/item", {"category": "product"})
    assert (eda.status, item["title"]) == (201, "Do robots get cold?")
    assert Item.objects.get().credit == cast.liis
    answered = eda("POST", f"/ideas/{made['id']}/answer", {"status": "planned", "planned_for": "2027-01-08"})
    assert (answered["status"], answered["planned_for"]) == ("planned", "2027-01-08")
    assert liis("GET", "/ideas?status=planned")["items"][0]["id"] == made["id"]
    mart("DELETE", f"/ideas/{made['id']}/vote")
    assert Idea.objects.get().votes == 0


def test_who_may_not_meets_404_and_what_is_wrong_is_said(cast: Cast) -> None:
    liis, mart = Caller(cast.liis), Caller(cast.mart)
    made = liis("POST", "/ideas", {"title": "Do robots get cold?"})
    for method, path, body in (
        ("POST", f"/ideas/{made['id']}/answer", {"status": "planned"}),
        ("POST", f"/ideas/{made['id']}/item", {"category": factories.category().slug}),
        ("DELETE", f"/ideas/{made['id']}", None),
        ("PUT", "/ideas/999/vote", None),
    ):
        mart(method, path, body)
        assert mart.status == 404, path
    refused = liis("POST", "/ideas", {"title": ""})
    assert liis.status == 422
    assert "title" in refused["errors"]
    liis("PUT", f"/ideas/{made['id']}/vote")
    assert liis.status == 422


def test_a_reaction_and_a_note_belong_to_their_person(cast: Cast) -> None:
    item, liis, mart, eda = factories.item(), Caller(cast.liis), Caller(cast.mart), Caller(cast.eda)
    said = liis("PUT", f"/items/{item.pk}/reaction", {"verdict": "not_for_me", "why": "seen", "saved": True})
    assert said == {"item": item.pk, "verdict": "not_for_me", "why": "seen", "saved": True}
    assert mart("GET", f"/items/{item.pk}/reaction")["verdict"] is None
    liis("PUT", f"/items/{item.pk}/reaction", {"verdict": "loved"})
    assert liis.status == 422
    note = liis("POST", f"/items/{item.pk}/notes", {"text": "Is it true?"})
    assert mart("GET", f"/notes?item={item.pk}")["items"] == []
    assert eda("GET", f"/notes?item={item.pk}")["items"][0]["text"] == "Is it true?"
    mart("POST", f"/notes/{note['id']}/answer", {"text": "Yes"})
    assert mart.status == 404
    assert eda("POST", f"/notes/{note['id']}/answer", {"text": "Yes"})["answer"] == "Yes"

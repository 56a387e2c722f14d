from collections.abc import Callable

import pytest
from django.test import Client

from kaja.guidelines import documents
from kaja.people.models import Person
from tests.cast import Cast
from tests.guidelines.writing import published

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
URL = "/api/v1/guidelines"
CONTENT = {"policy": [{"kind": "text", "words": {"en": {"title": "Hello"}, "et": {"title": "Tere"}}}], "style": []}


def test_an_editor_writes_publishes_and_everybody_reads_and_confirms(cast: Cast, signed_in: SignIn) -> None:
    editor, reader = signed_in(cast.eda), signed_in(cast.liis)
    assert reader.get(URL).status_code == 404
    put = editor.put(URL, CONTENT, content_type="application/json")
    assert put.status_code == 200
    assert put.json()["state"] == "draft"
    assert editor.get(f"{URL}/draft").json()["content"]["policy"][0]["words"]["et"]["title"] == "Tere"
    sent = editor.post(f"{URL}/draft/publish", {"matters": True, "note": "First"}, content_type="application/json")
    assert sent.status_code == 200
    shown = reader.get(URL).json()
    assert (shown["number"], shown["confirmed_at"]) == (1, None)
    confirmed = reader.post(f"{URL}/confirm", {"number": 1, "read": True}, content_type="application/json")
    assert confirmed.status_code == 200
    assert reader.get(URL).json()["confirmed_at"]
    again = editor.put(URL, shown["content"], content_type="application/json").json()
    assert again["content"] == shown["content"]


def test_one_who_may_not_write_meets_404_and_a_stranger_401(cast: Cast, signed_in: SignIn, client: Client) -> None:
    published(cast.eda)
    documents.begin(person=cast.eda)
    for somebody in (cast.liis, cast.rein, cast.sten):
        caller = signed_in(somebody)
        assert caller.put(URL, CONTENT, content_type="application/json").status_code == 404
        assert caller.get(f"{URL}/draft").status_code == 404
        sent = caller.post(f"{URL}/draft/publish", {"matters": True}, content_type="application/json")
        assert sent.status_code == 404
    for path in ("", "/draft", "/answers"):
        assert client.get(URL + path).status_code == 401
    unread = signed_in(cast.liis).post(f"{URL}/confirm", {"number": 1, "read": False}, content_type="application/json")
    assert unread.status_code == 422


def test_answers_are_searched(cast: Cast, signed_in: SignIn) -> None:
    published(cast.eda)
    found = signed_in(cast.liis).get(f"{URL}/answers?words=journalists").json()
    assert [one["question"] for one in found] == ["What if a journalist writes to me?"]

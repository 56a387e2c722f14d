"""Pages for when something is wrong: they speak the person's language and say how to go on."""

from collections.abc import Callable

import pytest
from django.test import Client

from kaja.hub import feed
from kaja.people.models import Person
from tests.cast import Cast

SignIn = Callable[[Person], Client]


@pytest.mark.parametrize(("language", "sentence"), [("en", "nothing here for you"), ("et", "Siin pole sulle midagi")])
def test_an_address_that_leads_nowhere_is_told_in_the_persons_language(
    cast: Cast, signed_in: SignIn, language: str, sentence: str
) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(language=language)
    answer = signed_in(cast.liis).get("/nowhere/")
    assert answer.status_code == 404
    assert sentence in answer.content.decode()


def test_what_one_may_not_see_looks_like_what_does_not_exist(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sten)
    forbidden, missing = client.get("/programme/"), client.get("/program/")
    strip = "/programme/", "/program/"
    assert forbidden.status_code == missing.status_code == 404
    said = [
        answer.content.decode().replace(path, "").partition("<main")[2].partition("</main>")[0]
        for answer, path in zip((forbidden, missing), strip, strict=True)
    ]
    assert said[0] == said[1]


def test_a_stranger_is_shown_the_way_to_the_sign_in(client: Client, db: None) -> None:
    answer = client.get("/nowhere/", headers={"Accept-Language": "et"})
    assert answer.status_code == 404
    assert "/signin/" in answer.content.decode()
    assert "Siin pole midagi" in answer.content.decode()


def test_our_own_fault_says_what_is_safe(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(feed, "read", broken)
    client = Client(raise_request_exception=False)
    client.force_login(cast.liis)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "saved whole or not at all" in answer.content.decode()
    assert "broken on purpose" not in answer.content.decode()


def test_a_form_without_its_key_is_refused_with_a_way_on(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.liis)
    answer = client.post("/language/", {"language": "et"})
    assert answer.status_code == 403
    assert "load the page again" in answer.content.decode()

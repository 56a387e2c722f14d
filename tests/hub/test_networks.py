"""The administrator's pages of networks and of their keys."""

from collections.abc import Callable

import pytest
from django.test import Client

from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import NetworkApp
from kaja.people.models import Person
from tests.cast import Cast
from tests.networks import guild
from tests.networks.guild import Server

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
KEYS = {"client_id": "id-1", "client_secret": "s3cret", "region": "south"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return guild.opened(monkeypatch)


def words(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_the_administrator_sees_every_network_with_its_keys_and_what_it_can_do(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    said = words(signed_in(cast.aado), "/settings/networks/")
    waiting = [one for one in BY_KEY.values() if one.app]
    assert f"{len(waiting)} networks wait for the company’s keys." in said
    assert "No keys yet" in said
    assert "Registers itself on each server" in said
    assert "Works without keys" in said
    assert "Opens its own window, needs no keys" in said


def test_the_page_of_a_network_explains_each_step_and_tests_what_was_saved(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    aado = signed_in(cast.aado)
    said = words(aado, "/settings/networks/guild/")
    for piece in ("Make an app there.", "Posts cost money there.", "https://guild.example/developers",
                  "/me/accounts/oauth/guild/back/", "Client secret", 'value="north"'):  # fmt: skip
        assert piece in said
    bad = aado.post("/settings/networks/guild/", {**KEYS, "client_secret": "wrong"}, follow=True).content.decode()
    assert "Not all is well yet" in bad
    assert "Copy the secret again." in bad
    good = aado.post("/settings/networks/guild/", KEYS, follow=True).content.decode()
    assert "The keys work. People can connect their accounts on Guild now." in good
    assert "s3cret" not in good
    server.good_secret = "another"
    assert "Copy the secret again." in aado.post("/settings/networks/guild/test/", follow=True).content.decode()
    aado.post("/settings/networks/guild/forget/")
    assert "No keys yet" in words(aado, "/settings/networks/guild/")


def test_a_refused_form_keeps_what_was_typed(cast: Cast, signed_in: SignIn, server: Server) -> None:
    answer = signed_in(cast.aado).post("/settings/networks/guild/", {"client_id": "id-9", "client_secret": ""})
    assert answer.status_code == 422
    assert 'value="id-9"' in answer.content.decode()
    answer = signed_in(cast.aado).post("/settings/networks/guild/", {**KEYS, "client_id": "x" * 300})
    assert answer.status_code == 422
    assert "This does not look like a key." in answer.content.decode()


def test_nobody_else_finds_the_pages_and_a_network_without_keys_has_none(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    for somebody in (cast.liis, cast.kadri, cast.viivi):
        for address in ("/settings/networks/", "/settings/networks/guild/"):
            assert signed_in(somebody).get(address).status_code == 404
        assert signed_in(somebody).post("/settings/networks/guild/", KEYS).status_code == 404
    assert not NetworkApp.objects.exists()
    assert signed_in(cast.aado).get("/settings/networks/bluesky/").status_code == 404
    assert signed_in(cast.aado).post("/settings/networks/guild/test/").status_code == 404

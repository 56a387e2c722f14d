"""Connecting Bluesky by its own sign-in pages, on a real server, in a real browser; then a post with that permission."""

import re

import pytest
from django.conf import settings as current
from django.test import Client as Visitor
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from kaja.networks import connecting, dpop
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount, PendingConnection
from kaja.sharing import delivery, shares
from tests import cast as people
from tests import factories
from tests.peers.bluesky_server import PASSWORD, Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.bluesky,
    pytest.mark.django_db(transaction=True),
]


def test_a_person_gives_the_permission_at_bluesky_and_kaja_posts_with_it(
    chromium: Browser, live_server: LiveServer, bluesky_server: Server, settings: Settings
) -> None:
    settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    settings.ALLOWED_HOSTS = ["*"]
    cast, handle = people.assemble(), bluesky_server.account()
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.goto(f"{settings.BASE_URL}/signin/")
    page.fill("[name=login]", cast.liis.email)
    page.fill("[name=password]", people.PASSWORD)
    page.click("main button.primary")
    page.goto(f"{settings.BASE_URL}/me/accounts/?open=bluesky")
    page.fill("#handle-bluesky", handle)
    page.click("button[formaction*='oauth/bluesky']")
    page.fill("input[type=password]", PASSWORD)
    page.get_by_role("button", name=re.compile("Sign in")).click()
    page.get_by_role("button", name=re.compile("Authorize")).click()
    page.wait_for_url(re.compile(r"localhost:\d+/me/accounts/$"))
    assert "Bluesky is connected." in page.inner_text("body")
    context.close()

    account = ConnectedAccount.objects.get(person=cast.liis, network="bluesky")
    assert account.secrets["kind"] == "oauth"
    assert account.sealed is not None
    assert account.secrets["access"] not in bytes(account.sealed).decode("latin-1")
    assert not PendingConnection.objects.exists()
    share = shares.share_now(person=cast.liis, item=factories.item("NW-7"), account=account, text="By OAuth")
    delivery.deliver(share.pk, worker="test")
    share.refresh_from_db()
    assert share.state == "published", (share.reason, share.detail)
    assert len(bluesky_server.records(account.external_id)) == 1

    before = account.secrets["refresh"]
    connecting.renewed(account, connecting.session(account))
    account.refresh_from_db()
    assert account.secrets["refresh"] != before
    shares.remove(person=cast.liis, share=share)
    assert bluesky_server.records(account.external_id) == []


def test_on_a_public_address_kaja_says_who_it_is(cast: people.Cast, settings: Settings) -> None:
    assert Visitor().get("/oauth/bluesky/client-metadata.json").status_code == 404
    settings.BASE_URL = "https://kaja.example"
    said = Visitor().get("/oauth/bluesky/client-metadata.json").json()
    assert said["client_id"] == "https://kaja.example/oauth/bluesky/client-metadata.json"
    assert said["redirect_uris"] == ["https://kaja.example/me/accounts/oauth/bluesky/back/"]
    (key,) = said["jwks"]["keys"]
    assert "d" not in key
    assert dpop.public(connecting.own_key(BY_KEY["bluesky"])) == key  # the same key at the next start


def test_a_journey_somebody_else_began_leads_nowhere(cast: people.Cast) -> None:
    from kaja import vault

    PendingConnection.objects.create(
        state="s", person=cast.liis, network="bluesky", sealed=vault.seal({"state": "s", "issuer": "x"})
    )
    mart = Visitor()
    mart.force_login(cast.mart)
    answer = mart.get("/me/accounts/oauth/bluesky/back/?state=s&code=c&iss=x", follow=True)
    assert "did not come to its end" in answer.content.decode()
    assert PendingConnection.objects.count() == 1
    assert current.BASE_URL

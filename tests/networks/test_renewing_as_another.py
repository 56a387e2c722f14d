"""Who presses Renew and is signed in at the network as somebody else keeps both accounts, and it is known which was
wanted: on every network that signs people in, against its strict stand-in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse
from pytest_django import Settings

from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY, NETWORKS
from kaja.networks.connectors import linkedin, mastodon, x
from kaja.networks.models import ConnectedAccount
from tests.cast import Cast
from tests.networks import meta
from tests.peers import linkedin as linkedin_peer
from tests.peers import mastodon as mastodon_peer
from tests.peers import meta as meta_peer
from tests.peers import x as x_peer

pytestmark = pytest.mark.django_db
# (address of the sign-in, who is signed in there) -> where they are sent back to.
Allow = Callable[[str, str], str]


@contextmanager
def at_linkedin(settings: Settings, cast: Cast, patch: pytest.MonkeyPatch) -> Iterator[tuple[str, Allow]]:
    with linkedin_peer.running() as server:
        settings.OUTBOUND_ALLOW = [server.base.split("://")[1]]
        patch.setattr(linkedin, "HOSTS", linkedin.Hosts(server.base, server.base))
        server.redirects.add(f"{settings.BASE_URL}{reverse('account-oauth-back', args=['linkedin'])}")
        company_apps.save(person=cast.aado, network=BY_KEY["linkedin"], given=server.app)
        yield "", server.allow


@contextmanager
def at_x(settings: Settings, cast: Cast, patch: pytest.MonkeyPatch) -> Iterator[tuple[str, Allow]]:
    with x_peer.running() as server:
        settings.OUTBOUND_ALLOW = [server.base.split("://")[1]]
        patch.setattr(x, "HOSTS", x.Hosts(server.base, server.base))
        server.redirect_uri = f"{settings.BASE_URL}{reverse('account-oauth-back', args=['x'])}"
        given = {"client_id": server.client_id, "client_secret": server.client_secret}
        company_apps.save(person=cast.aado, network=BY_KEY["x"], given=given)
        yield "", server.allow


@contextmanager
def at_mastodon(settings: Settings, cast: Cast, patch: pytest.MonkeyPatch) -> Iterator[tuple[str, Allow]]:
    with mastodon_peer.running() as server:
        host = server.base.split("://")[1]
        settings.OUTBOUND_ALLOW = [host]
        patch.setattr(mastodon, "PLAIN", {host})
        yield f"@liis@{host}", server.allow


@contextmanager
def at_meta(key: str, settings: Settings) -> Iterator[tuple[str, Allow]]:
    with meta_peer.running() as server, meta.hosts(server.base):
        settings.OUTBOUND_ALLOW, settings.BASE_URL = [server.base.split("://")[1]], "https://kaja.example"
        meta.app(key)

        def allow(address: str, who: str) -> str:
            server.ticked = ["100"] if who == "liis" else ["101"]
            return server.allow(address, meta.NAMES[key], "17" if who == "liis" else "18")

        yield "", allow


@pytest.fixture
def at(
    request: pytest.FixtureRequest, settings: Settings, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str, Allow]]:
    key = request.param
    own = {"linkedin": at_linkedin, "x": at_x, "mastodon": at_mastodon}
    with own[key](settings, cast, monkeypatch) if key in own else at_meta(key, settings) as (handle, allow):
        yield key, handle, allow


ALL = ["facebook_page", "instagram", "linkedin", "mastodon", "threads", "x"]


def test_every_network_that_signs_people_in_is_tried() -> None:
    """Bluesky refuses whoever comes back as another than they said (`bluesky.finish`)."""
    assert sorted(one.key for one in NETWORKS if "oauth" in one.connect and one.key != "bluesky") == ALL


@pytest.mark.parametrize("at", ALL, indirect=True)
def test_both_accounts_are_kept_and_the_wanted_one_is_named(at: tuple[str, str, Allow], cast: Cast) -> None:
    key, handle, allow = at

    def goes(who: str, account: ConnectedAccount | None) -> connecting.Back:
        wish = account.handle if account else handle
        address = connecting.begin_oauth(person=cast.liis, network=BY_KEY[key], handle=wish, account=account)
        told = dict(parse_qsl(urlsplit(allow(address, who)).query))
        return connecting.come_back(person=cast.liis, network=BY_KEY[key], told=told)

    first = goes("liis", None)
    assert (first.wanted, first.fresh) == (None, True)
    other = goes("mart", first.account)
    assert (other.wanted, other.fresh) == (first.account, True)
    assert other.account.external_id != first.account.external_id
    assert goes("mart", first.account) == connecting.Back(other.account, first.account, fresh=False)
    assert goes("liis", first.account) == connecting.Back(first.account, None, fresh=False)
    states = ConnectedAccount.objects.filter(person=cast.liis, network=key).values_list("state", flat=True)
    assert list(states) == ["works", "works"]


@pytest.mark.parametrize("at", ["linkedin"], indirect=True)
def test_an_account_that_was_disconnected_on_the_way_is_wanted_by_nobody(
    at: tuple[str, str, Allow], cast: Cast
) -> None:
    key, _handle, allow = at
    network = BY_KEY[key]
    address = connecting.begin_oauth(person=cast.liis, network=network, handle="")
    told = dict(parse_qsl(urlsplit(allow(address, "liis")).query))
    mine = connecting.finish_oauth(person=cast.liis, network=network, told=told)
    address = connecting.begin_oauth(person=cast.liis, network=network, handle="", account=mine)
    connecting.disconnect(person=cast.liis, account=mine)
    told = dict(parse_qsl(urlsplit(allow(address, "mart")).query))
    assert connecting.come_back(person=cast.liis, network=network, told=told).wanted is None

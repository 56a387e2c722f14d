"""My accounts: health in words, one press renews, what disconnecting costs, keys that are missing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kaja import memory
from kaja.hub import accounts
from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import shares
from tests import factories
from tests.cast import Cast
from tests.networks import guild
from tests.networks.guild import Server

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
KEYS = {"client_id": "id-1", "client_secret": "s3cret"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return guild.opened(monkeypatch)


def page(client: Client, address: str = "/me/accounts/") -> str:
    """The page's words, without runs of spaces."""
    return " ".join(client.get(address).content.decode().split())


def on_guild(person: Person, days: float, **fields: Any) -> ConnectedAccount:
    ends = datetime.now(UTC) + timedelta(days=days)
    return factories.account(person, "guild", **{"expires_at": ends, "renews": False, **fields})


def test_every_account_says_how_it_is(cast: Cast, signed_in: SignIn, server: Server) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    on_guild(cast.liis, 5.5, told_days=7)
    on_guild(cast.liis, 40, external_id="b", handle="far")
    on_guild(cast.liis, 1, external_id="c", handle="own", renews=True)
    factories.account(cast.liis, "mastodon")
    said = page(signed_in(cast.liis))
    assert "Works 6 more days, until" in said
    assert "We have written to you." in said
    assert "Works until" in said
    assert "Works, renews itself" in said
    assert "Works, does not run out" in said
    assert said.count("Renew<span") == 1


def test_a_broken_account_says_how_many_posts_wait_and_goes_on_after_one_press(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    account = on_guild(cast.liis, 5, external_id="guild:liis", handle="liis")
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    connecting.broken(account=account, reason="refused-token")
    type(share).objects.update(state="held", reason="account")
    client = signed_in(cast.liis)
    said = page(client)
    assert "Sign in again. 1 post waits." in said
    assert "1 planned post waits until you connect again." in said
    going = client.post("/me/accounts/oauth/guild/", {"handle": "liis"})
    assert "https://guild.example/allow?client=id-1" in going.content.decode()
    client.get("/me/accounts/oauth/guild/back/?state=state-1&code=c")
    account.refresh_from_db()
    assert account.state == "works"
    assert ConnectedAccount.objects.count() == 1


def renewing(client: Client, wanted: ConnectedAccount | None, number: int) -> str:
    """The person presses Renew (of none: Connect), signs in at Guild and comes back: the words of the page."""
    given = {"handle": wanted.handle, "account": wanted.pk} if wanted else {}
    client.post("/me/accounts/oauth/guild/", given)
    back = client.get(f"/me/accounts/oauth/guild/back/?state=state-{number}&code=c", follow=True)
    return " ".join(back.content.decode().split())


@pytest.mark.parametrize("state", ["works", "needs_reconnect"])
def test_who_renews_while_signed_in_there_as_somebody_else_is_told_so_and_keeps_both(
    cast: Cast, signed_in: SignIn, server: Server, state: str
) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    wanted = on_guild(cast.liis, 5, external_id="guild:liis", handle="liis", state=state)
    on_guild(cast.liis, 3, external_id="guild:club", handle="club")
    client = signed_in(cast.liis)
    server.who = "liis-private"
    said = renewing(client, wanted, 1)
    assert "You pressed Renew for <b>liis</b>, but were signed in there as <b>liis-private</b>." in said
    assert "liis-private is connected now as well, and liis was not renewed. Both are kept" in said
    assert "Guild is connected." not in said
    assert "club was" not in said  # needs her too, and was not meant
    came = ConnectedAccount.objects.get(handle="liis-private")
    wanted.refresh_from_db()
    assert (came.state, wanted.state) == ("works", state)
    assert f'action="/me/accounts/{came.pk}/disconnect/"' in said
    client.post(f"/me/accounts/{came.pk}/disconnect/")
    assert "You pressed Renew" not in page(client)

    server.who = "liis"
    said = renewing(client, wanted, 2)
    assert "Guild is connected." in said
    assert "You pressed Renew" not in said
    wanted.refresh_from_db()
    assert wanted.state == "works"


def test_who_comes_back_as_an_account_that_is_there_already_renewed_that_one(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    wanted = on_guild(cast.liis, 5, external_id="guild:liis", handle="liis")
    on_guild(cast.liis, 40, external_id="guild:club", handle="club")
    server.who = "club"
    said = renewing(signed_in(cast.liis), wanted, 1)
    assert "So club was renewed, and liis was not." in said
    assert "Disconnect club" not in said
    assert ConnectedAccount.objects.count() == 2


def test_who_connects_another_account_on_purpose_is_not_warned(cast: Cast, signed_in: SignIn, server: Server) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    on_guild(cast.liis, 5, external_id="guild:liis", handle="liis")
    server.who = "club"
    said = renewing(signed_in(cast.liis), None, 1)
    assert "Guild is connected." in said
    assert "You pressed Renew" not in said


def test_nobody_renews_the_account_of_another_or_of_another_network(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    others, elsewhere = on_guild(cast.mart, 5), factories.account(cast.liis, "mastodon")
    client = signed_in(cast.liis)
    assert client.post("/me/accounts/oauth/guild/", {"account": others.pk}).status_code == 404
    assert client.post("/me/accounts/oauth/guild/", {"account": elsewhere.pk}).status_code == 404
    assert server.seen == []
    mine = on_guild(cast.liis, 5, external_id="b", handle="liis")
    for address in (
        f"?wanted={mine.pk}&came={others.pk}",
        f"?wanted={mine.pk}&came={elsewhere.pk}",
        "?wanted=x&came=1",
    ):
        assert "You pressed Renew" not in page(client, f"/me/accounts/{address}")


def test_without_the_companys_keys_the_page_sends_to_the_administrator_and_offers_the_window(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    client = signed_in(cast.liis)
    said = page(client)
    assert "Ask your administrator: the company’s keys are missing" in said
    assert "/me/accounts/oauth/guild/" not in said
    answer = client.post("/me/accounts/oauth/guild/", follow=True)
    assert "company’s keys are missing" in answer.content.decode()
    assert server.seen == []


def test_keys_that_were_forgotten_leave_the_account_with_a_sentence(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    on_guild(cast.liis, 3)
    said = page(signed_in(cast.liis))
    assert "The company’s keys for Guild are missing. Ask your administrator" in said
    assert "Renew<span" not in said


def test_scopes_are_plain_words_first_and_what_the_network_cannot_do_is_said(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    on_guild(cast.liis, 30)
    said = page(signed_in(cast.liis))
    assert said.index("Post what you share") < said.index("guild.write")
    assert "Cannot correct a post afterwards" in said
    assert "Reads no likes or replies" in said
    assert "Never likes, follows or comments for you" in said


def test_the_feed_says_so_within_the_last_week_and_when_an_account_is_broken(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    account = on_guild(cast.liis, 12)
    assert "Renew Guild by" not in page(signed_in(cast.liis), "/")
    ConnectedAccount.objects.filter(pk=account.pk).update(expires_at=datetime.now(UTC) + timedelta(days=5))
    memory.forget("accounts")
    assert "Renew Guild by" in page(signed_in(cast.liis), "/")
    assert "Guild" not in page(signed_in(cast.mart), "/")
    connecting.broken(account=account, reason="x")
    assert "<b>Guild:</b> Sign in again." in page(signed_in(cast.liis), "/")


def test_another_account_on_the_same_network_stands_beside_the_first(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    client = signed_in(cast.liis)
    for number, who in enumerate(("liis", "liis-private"), 1):
        server.who = who
        client.post("/me/accounts/oauth/guild/")
        client.get(f"/me/accounts/oauth/guild/back/?state=state-{number}&code=c")
    assert [one.handle for one in connecting.accounts(cast.liis)] == ["liis", "liis-private"]
    assert page(client).count("Disconnect Guild") == 2
    shown = accounts.read(cast.liis)
    assert "guild" not in {one.network.key for one in shown.offers} | {one.key for one in shown.dialogs}


def test_mastodon_asks_for_the_server_and_keeps_what_was_typed(cast: Cast, signed_in: SignIn) -> None:
    said = page(signed_in(cast.liis), "/me/accounts/?open=mastodon&handle=@liis")
    assert "Your address there, or only your server" in said
    assert 'id="handle-mastodon"' in said
    assert 'value="@liis"' in said


def test_the_account_of_another_is_neither_shown_nor_disconnected(
    cast: Cast, signed_in: SignIn, server: Server
) -> None:
    account = on_guild(cast.liis, 30, handle="liis-secret-name")
    mart = signed_in(cast.mart)
    assert "liis-secret-name" not in page(mart)
    assert mart.post(f"/me/accounts/{account.pk}/disconnect/").status_code == 404
    account.refresh_from_db()
    assert account.state == "works"


def test_many_accounts_cost_no_more_queries(cast: Cast, signed_in: SignIn, server: Server) -> None:
    asked = []
    signed_in(cast.liis).get("/me/accounts/")  # the company is read once by a process
    for count in (10, 1000):
        ConnectedAccount.objects.bulk_create(
            ConnectedAccount(person=cast.liis, network="guild", external_id=f"{count}-{n}", handle=f"h{n}")
            for n in range(count)
        )
        client = signed_in(cast.liis)
        with CaptureQueriesContext(connection) as queries:
            client.get("/me/accounts/")
        asked.append(len(queries))
    assert asked[0] == asked[1]

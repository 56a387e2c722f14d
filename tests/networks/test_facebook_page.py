"""Facebook Pages against a strict stand-in: the ticked Pages become accounts, nothing is posted twice, words change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from kaja.networks import connecting
from kaja.networks.connectors import facebook_page
from kaja.networks.contract import NeedsReconnect, Permanent, Post, Sending, Session, Unknown
from kaja.networks.models import ConnectedAccount
from kaja.outbound import http
from kaja.sharing import delivery, shares
from tests import factories
from tests.cast import Cast
from tests.networks import meta
from tests.networks.kit import POST
from tests.peers import meta as peer
from tests.peers.meta import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with peer.running() as running, meta.hosts(running.base):
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        settings.BASE_URL = "https://kaja.example"
        yield running


def session(server: Server, **more: str) -> Session:
    kept = {"access": server.token("facebook", "100", page=True), "person": server.token("facebook", "17")}
    return Session("100", "Nordwind", kept | more)


def sending(post: Post = POST, *, ago: timedelta = timedelta(), **prepared: Any) -> Sending:
    return Sending("", post, datetime.now(UTC) - ago, prepared)


# --- signing in -------------------------------------------------------------------------------------------------------
def test_the_page_that_eda_ticks_becomes_an_account_whose_permission_does_not_end(server: Server, cast: Cast) -> None:
    meta.app("facebook_page")
    account = meta.signed_in(server, cast.eda, "facebook_page")
    assert (account.external_id, account.handle, account.expires_at) == ("100", "Nordwind", None)
    known = server.tokens[account.secrets["access"]]
    assert (known.user, known.ends) == ("100", None)


def test_each_ticked_page_that_she_may_post_to_is_an_account_of_its_own(server: Server, cast: Cast) -> None:
    meta.app("facebook_page")
    server.ticked = ["100", "101", "102"]
    meta.signed_in(server, cast.eda, "facebook_page")
    names = ConnectedAccount.objects.filter(person=cast.eda).order_by("external_id").values_list("handle", flat=True)
    assert list(names) == ["Nordwind", "Nordwind Jobs"]


@pytest.mark.parametrize("ticked", [[], ["102"]])
def test_without_a_page_to_post_to_nothing_is_connected_and_she_is_told_what_to_do(
    server: Server, cast: Cast, ticked: list[str]
) -> None:
    meta.app("facebook_page")
    server.ticked = ticked
    with pytest.raises(ValidationError) as refused:
        meta.signed_in(server, cast.eda, "facebook_page")
    assert "tick the Page" in refused.value.messages[0]
    assert not ConnectedAccount.objects.exists()


def test_leaving_the_only_page_gives_the_permission_back(server: Server, cast: Cast) -> None:
    meta.app("facebook_page")
    account = meta.signed_in(server, cast.eda, "facebook_page")
    token = account.secrets["access"]
    connecting.disconnect(person=cast.eda, account=account)
    assert token not in server.tokens


def test_leaving_one_of_two_pages_leaves_the_other_working(server: Server, cast: Cast) -> None:
    meta.app("facebook_page")
    server.ticked = ["100", "101"]
    account = meta.signed_in(server, cast.eda, "facebook_page")
    other = ConnectedAccount.objects.get(external_id="101")
    connecting.disconnect(person=cast.eda, account=account)
    assert other.secrets["access"] in server.tokens


# --- posting ----------------------------------------------------------------------------------------------------------
def test_words_and_link_go_out_and_the_page_draws_its_card(server: Server) -> None:
    receipt = facebook_page.publish(http(), session(server), sending())
    (one,) = server.of("100")
    assert (one["words"], one["link"]) == (POST.text, POST.link)
    assert receipt.url == f"https://www.facebook.com/{one['id']}"


def test_pictures_go_up_first_with_their_words_and_need_no_public_address(server: Server) -> None:
    page = session(server)
    pictures = tuple(replace(meta.picture(server, name=f"p{number}"), address="") for number in range(2))
    post = replace(POST, pictures=pictures)
    prepared = facebook_page.prepare(http(), page, post)
    assert server.of("100") == []
    facebook_page.publish(http(), page, sending(post, **prepared))
    (one,) = server.of("100")
    assert [picture["alt"] for picture in one["pictures"]] == ["Õhtune robot"] * 2
    assert one["link"] == ""


def test_the_same_words_again_are_the_first_post(server: Server) -> None:
    page = session(server)
    first = facebook_page.publish(http(), page, sending())
    assert facebook_page.publish(http(), page, sending()) == first
    assert len(server.of("100")) == 1


def test_the_same_words_of_long_ago_are_said_to_be_there_already(server: Server) -> None:
    page, words = session(server), replace(POST, text="Tere hommikust", link="")
    facebook_page.publish(http(), page, sending(words))
    server.of("100")[0]["at"] -= timedelta(days=1)
    with pytest.raises(Permanent) as refused:
        facebook_page.publish(http(), page, sending(words))
    assert refused.value.reason == "duplicate"
    assert len(server.of("100")) == 1


def test_with_a_link_of_its_own_the_same_words_are_doubt_until_the_post_is_seen(server: Server) -> None:
    page = session(server)
    facebook_page.publish(http(), page, sending())
    server.of("100")[0]["at"] -= timedelta(days=1)
    with pytest.raises(Unknown):
        facebook_page.publish(http(), page, sending())


def test_what_a_visitor_writes_on_the_page_is_not_taken_for_the_post(server: Server) -> None:
    page = session(server)
    facebook_page.publish(http(), page, sending())
    server.of("100")[0]["from"] = "999"
    assert facebook_page.find(http(), page, sending()) is None


def test_a_post_is_found_on_the_second_page_of_the_list(server: Server) -> None:
    page = session(server)
    first = facebook_page.publish(http(), page, sending())
    for number in range(60):
        facebook_page.publish(http(), page, sending(replace(POST, text=f"Uudis {number}", link="")))
    assert facebook_page.find(http(), page, sending()) == first


def test_words_are_changed_and_the_post_removed(server: Server) -> None:
    page = session(server)
    receipt = facebook_page.publish(http(), page, sending())
    facebook_page.edit(http(), page, receipt.post_id, "Parem")
    assert server.of("100")[0]["words"] == "Parem"
    facebook_page.remove(http(), page, receipt.post_id)
    facebook_page.remove(http(), page, receipt.post_id)
    assert server.of("100") == []


def test_figures_tell_views_and_clicks_of_a_large_page_and_nothing_of_them_of_a_small_one(server: Server) -> None:
    page = session(server)
    receipt = facebook_page.publish(http(), page, sending())
    server.posts[receipt.post_id]["figures"] = {
        "reactions": 5, "comments": 2, "shares": 1, "post_media_view": 90, "post_clicks": 7,
    }  # fmt: skip
    one = facebook_page.figures(http(), page, [receipt.post_id])[receipt.post_id]
    assert (one.likes, one.replies, one.reposts, one.views, one.clicks) == (5, 2, 1, 90, 7)
    server.small_page = True
    told = facebook_page.figures(http(), page, [receipt.post_id, "100_1"])
    assert (told[receipt.post_id].likes, told[receipt.post_id].views, told[receipt.post_id].clicks) == (5, None, None)
    assert told["100_1"].gone


def test_a_permission_that_was_taken_away_wants_its_person(server: Server) -> None:
    read_only = server.token("facebook", "100", scope="pages_read_engagement", page=True)
    for token, reason in (("gone", "refused-token"), (read_only, "scope")):
        with pytest.raises(NeedsReconnect) as refused:
            facebook_page.publish(http(), session(server, access=token), sending())
        assert refused.value.reason == reason


def test_a_share_goes_all_the_way(server: Server, cast: Cast) -> None:
    meta.app("facebook_page")
    account = meta.signed_in(server, cast.eda, "facebook_page")
    share = shares.share_now(person=cast.eda, item=factories.item(), account=account, text="Vaata")
    delivery.deliver(share.pk, worker="t")
    share.refresh_from_db()
    assert (share.state, len(server.of("100"))) == ("published", 1)

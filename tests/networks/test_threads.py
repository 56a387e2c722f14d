"""Threads against a strict stand-in: signing in for 60 days, two steps that end in one post, pictures Meta can fetch."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import Settings

from kaja.content.models import Item
from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import threads
from kaja.networks.contract import NeedsReconnect, Permanent, Picture, Post, Retry, Sending, Session, Unknown
from kaja.networks.models import ConnectedAccount
from kaja.outbound import http
from kaja.sharing import delivery, settling, shares
from kaja.sharing.models import Share
from tests import factories
from tests.cast import Cast
from tests.networks import meta
from tests.networks.kit import POST, film
from tests.peers import meta as peer
from tests.peers.meta import SIXTY_DAYS, Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with peer.running() as running, meta.hosts(running.base):
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        settings.BASE_URL = "https://kaja.example"
        yield running


def session(server: Server, **more: str) -> Session:
    return Session("17", "liis", {"access": server.token("threads", "17")} | more)


def sending(post: Post = POST, *, ago: timedelta = timedelta(), prepared: dict[str, Any] | None = None) -> Sending:
    return Sending("", post, datetime.now(UTC) - ago, prepared or {})


def prepared(server: Server, liis: Session, post: Post = POST) -> Sending:
    return sending(post, prepared=threads.prepare(http(), liis, post))


# --- signing in -------------------------------------------------------------------------------------------------------
def test_liis_signs_in_for_sixty_days_and_only_the_long_token_is_kept(server: Server, cast: Cast) -> None:
    meta.app("threads")
    account = meta.signed_in(server, cast.liis, "threads")
    assert (account.external_id, account.handle) == ("17", "liis")
    assert account.expires_at is not None
    assert timedelta(days=59) < account.expires_at - timezone.now() <= SIXTY_DAYS
    assert server.tokens[account.secrets["access"]].long


def test_who_says_no_or_brings_a_stranger_s_answer_connects_nothing(server: Server, cast: Cast) -> None:
    meta.app("threads")
    client = connecting.client(BY_KEY["threads"])
    journey = threads.begin(http(), client, "")
    for told in ({"error": "access_denied", "state": journey.state}, {"code": "x", "state": "other"}, {}):
        with pytest.raises(Permanent):
            threads.finish(http(), client, journey.pending, told)
    with pytest.raises(Permanent) as refused:
        threads.finish(http(), client, journey.pending, {"code": "used", "state": journey.state})
    assert refused.value.reason == "sign-in-refused"


def test_a_wrong_secret_is_found_by_the_test_of_the_app(server: Server, cast: Cast) -> None:
    network = BY_KEY["threads"]
    good = company_apps.client(meta.app("threads"), "https://kaja.example/back", {})
    assert [one.passed for one in threads.test(http(), good)] == [True, True]
    assert [one.passed for one in threads.test(http(), replace(good, secret="wrong"))] == [False, True]
    assert [one.passed for one in threads.test(http(), replace(good, redirect_uri="http://x/"))] == [True, False]
    assert network.app is not None


def kept(server: Server, cast: Cast, *, days_left: int) -> ConnectedAccount:
    """Liis's account, connected 60 minus `days_left` days ago."""
    meta.app("threads")
    account = meta.signed_in(server, cast.liis, "threads")
    known = server.tokens[account.secrets["access"]]
    known.ends = datetime.now(UTC) + timedelta(days=days_left)
    known.made = known.ends - SIXTY_DAYS
    ConnectedAccount.objects.filter(pk=account.pk).update(expires_at=known.ends)
    account.refresh_from_db()
    return account


def test_a_permission_that_lies_idle_is_renewed_every_week(server: Server, cast: Cast) -> None:
    account = kept(server, cast, days_left=52)
    before = account.secrets["access"]
    connecting.renew_due()
    account.refresh_from_db()
    assert account.secrets["access"] != before
    assert account.expires_at is not None
    assert account.expires_at - timezone.now() > timedelta(days=59)


def test_a_permission_of_this_week_is_left_as_it_is(server: Server, cast: Cast) -> None:
    account = kept(server, cast, days_left=54)
    before = account.secrets["access"]
    connecting.renew_due()
    account.refresh_from_db()
    assert account.secrets["access"] == before


def test_one_that_has_ended_wants_its_person(server: Server, cast: Cast) -> None:
    account = kept(server, cast, days_left=-1)
    connecting.renew_due()
    account.refresh_from_db()
    assert account.state == "needs_reconnect"


def test_a_renewal_that_fails_early_holds_up_no_post(server: Server, cast: Cast) -> None:
    account = kept(server, cast, days_left=20)
    server.tokens[account.secrets["access"]].made = datetime.now(UTC)  # too young: the renewal is refused
    opened = connecting.session(account)
    assert opened.secrets["access"] == account.secrets["access"]
    account.refresh_from_db()
    assert (account.state, account.renewing_until) == ("works", None)


# --- posting ----------------------------------------------------------------------------------------------------------
def test_words_carry_the_link_as_their_card(server: Server) -> None:
    liis = session(server)
    receipt = threads.publish(http(), liis, prepared(server, liis))
    (one,) = server.of("17")
    assert (one["words"], one["link"], one["id"]) == (POST.text, POST.link, receipt.post_id)
    assert receipt.url == one["permalink"]


def pictured(server: Server, number: int = 1, **fields: Any) -> Post:
    pictures = tuple(meta.picture(server, name=f"p{place}") for place in range(number))
    return replace(POST, pictures=pictures, **fields)


def test_one_picture_and_a_row_of_pictures_go_out_with_their_words(server: Server) -> None:
    liis = session(server)
    for number in (1, 3):
        threads.publish(http(), liis, prepared(server, liis, pictured(server, number)))
        newest = server.of("17")[0]
        assert [one["alt"] for one in newest["pictures"]] == ["Õhtune robot"] * number
        assert newest["words"] == POST.text


def test_a_picture_that_is_still_read_is_waited_for_and_then_published_once(server: Server) -> None:
    server.slow_pictures = True
    liis = session(server)
    one = prepared(server, liis, pictured(server))
    with pytest.raises(Retry) as asked:
        threads.publish(http(), liis, one)
    assert (asked.value.anew, asked.value.after) == (False, timedelta(seconds=30))
    assert threads.find(http(), liis, one) is None
    server.finish_pictures()
    threads.publish(http(), liis, one)
    assert len(server.of("17")) == 1


@pytest.mark.parametrize(
    ("words", "ends", "anew"),
    [("FAILED_DOWNLOADING_IMAGE", Retry, True), ("INVALID_ASPEC_RATIO", Permanent, False), ("UNKNOWN", Retry, True)],
)
def test_a_container_that_failed_says_why(
    server: Server, words: str, ends: type[Retry | Permanent], anew: bool
) -> None:
    liis = session(server)
    one = prepared(server, liis)
    server.containers[one.prepared["container"]] |= {"status": "ERROR", "error_message": words}
    with pytest.raises(ends) as ended:
        threads.publish(http(), liis, one)
    assert getattr(ended.value, "anew", False) == anew
    assert ended.value.detail == words


def test_a_container_that_ended_is_made_anew(server: Server) -> None:
    liis = session(server)
    one = prepared(server, liis)
    server.containers[one.prepared["container"]]["made"] -= timedelta(days=2)
    assert threads.find(http(), liis, one) is None
    with pytest.raises(Retry) as ended:
        threads.publish(http(), liis, one)
    assert ended.value.anew


def test_a_container_that_nobody_knows_is_waited_for_while_it_is_fresh_and_made_anew_later(server: Server) -> None:
    liis = session(server)
    one = prepared(server, liis)
    server.containers.clear()
    with pytest.raises(Retry) as early:
        threads.publish(http(), liis, one)
    assert not early.value.anew
    old = replace(one, prepared={**one.prepared, "made": "2026-01-01T00:00:00+00:00"})
    with pytest.raises(Retry) as late:
        threads.publish(http(), liis, old)
    assert late.value.anew
    with pytest.raises(Unknown):  # it may have been published a moment ago: nothing is sent again on a guess
        threads.find(http(), liis, one)


def test_what_is_published_and_listed_nowhere_is_doubt_at_first_and_gone_later(server: Server) -> None:
    liis = session(server)
    one = prepared(server, liis)
    threads.publish(http(), liis, one)
    server.posts.clear()
    for call in (threads.publish, threads.find):
        with pytest.raises(Unknown):
            call(http(), liis, one)
    old = replace(one, since=one.since - timedelta(hours=1))
    assert threads.find(http(), liis, old) is None
    with pytest.raises(Permanent) as ended:
        threads.publish(http(), liis, old)
    assert ended.value.reason == "gone-there"


def test_a_post_is_found_by_its_link_among_many_and_another_link_is_not_taken_for_it(server: Server) -> None:
    liis = session(server)
    one = prepared(server, liis)
    receipt = threads.publish(http(), liis, one)
    for number in range(60):
        longer = replace(POST, text=f"{number} {POST.link}x", link=f"{POST.link}x")
        threads.publish(http(), liis, prepared(server, liis, longer))
    assert threads.find(http(), liis, one) == receipt


def test_pictures_that_meta_cannot_fetch_are_not_sent(server: Server) -> None:
    liis = session(server)
    inner = Picture(b"", "image/jpeg", "", 900, 600, "http://localhost:8000/pictures/x.jpg")
    with pytest.raises(Permanent) as refused:
        threads.prepare(http(), liis, replace(POST, pictures=(inner,)))
    assert refused.value.reason == "no-public-address"
    with pytest.raises(Permanent):  # an address that is open to nobody
        threads.prepare(http(), liis, replace(POST, pictures=(replace(inner, address="https://kaja.example/x.jpg"),)))
    assert server.containers == {}


def test_six_addresses_are_too_many_and_emoji_count_by_their_bytes(server: Server) -> None:
    liis = session(server)
    many = " ".join(f"https://x.example/{number}" for number in range(6))
    for words in (many, "🤖" * 126):
        with pytest.raises(Permanent):
            threads.prepare(http(), liis, replace(POST, text=words, link=""))
    threads.prepare(http(), liis, replace(POST, text="🤖" * 125, link=""))


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002])
def test_a_limit_is_waited_out(server: Server, code: int) -> None:
    liis = session(server)
    server.limit = code
    with pytest.raises(Retry) as asked:
        threads.prepare(http(), liis, POST)
    assert asked.value.after == timedelta(hours=1)


def test_a_quota_that_is_used_up_is_waited_for(server: Server) -> None:
    liis = session(server)
    one = prepared(server, liis)
    for number in range(250):
        server.posts[str(number)] = {"by": "17"}
    with pytest.raises(Retry):
        threads.publish(http(), liis, one)


def test_a_permission_without_its_scope_wants_the_person(server: Server) -> None:
    liis = session(server, access=server.token("threads", "17", scope="threads_basic"))
    with pytest.raises(NeedsReconnect) as refused:
        threads.prepare(http(), liis, POST)
    assert refused.value.reason == "scope"


def test_figures_are_read_and_a_deleted_post_is_gone(server: Server) -> None:
    liis = session(server)
    receipt = threads.publish(http(), liis, prepared(server, liis))
    server.posts[receipt.post_id]["figures"] = {"views": 90, "likes": 3, "replies": 2, "reposts": 1, "quotes": 4}
    told = threads.figures(http(), liis, [receipt.post_id, "1"])
    one = told[receipt.post_id]
    assert (one.views, one.likes, one.replies, one.reposts, one.quotes, one.clicks) == (90, 3, 2, 1, 4, None)
    assert told["1"].gone


# --- from the share to the post ---------------------------------------------------------------------------------------
def test_a_share_whose_answer_was_lost_is_found_by_its_container(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta.app("threads")
    account = meta.signed_in(server, cast.liis, "threads")
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="Vaata")

    def lost(*_all: object) -> str:
        raise Unknown("silence")

    with monkeypatch.context() as patch:
        patch.setattr("kaja.networks.containers._address", lost)
        delivery.deliver(share.pk, worker="t")
    share.refresh_from_db()
    assert share.state == "unknown"
    settling.look(share.pk)
    share.refresh_from_db()
    assert (share.state, len(server.of("17"))) == ("published", 1)
    assert share.post_url.startswith("https://www.threads.com/")


def test_pictures_are_not_planned_from_an_address_that_nobody_outside_reaches(
    server: Server, cast: Cast, settings: Settings
) -> None:
    meta.app("threads")
    account = meta.signed_in(server, cast.liis, "threads")
    settings.BASE_URL = "http://localhost:8000"
    text = factories.item("Text", "Words", kind="text", url="", image=factories.picture())
    with pytest.raises(ValidationError) as refused:
        shares.share_now(person=cast.liis, item=text, account=account, text="Vaata")
    assert refused.value.code == "no-public-address"
    assert Share.objects.count() == 0
    item = factories.item()
    assert isinstance(item, Item)
    shares.share_now(person=cast.liis, item=item, account=account, text="Vaata")  # words and a link need no picture


# --- films ------------------------------------------------------------------------------------------------------------
def test_a_film_is_fetched_by_meta_and_posted_when_it_is_ready(server: Server) -> None:
    address = "https://kaja.example/files/robot.mp4?key=k"
    server.web[address], server.slow_pictures = film().read(0, 90_000), True
    liis, post = session(server), replace(POST, film=film(address=address))
    waiting = prepared(server, liis, post)
    with pytest.raises(Retry) as asked:
        threads.publish(http(), liis, waiting)
    assert asked.value.reason == "still-processing"
    assert not server.posts
    server.containers[waiting.prepared["container"]]["status"] = "FINISHED"
    threads.publish(http(), liis, waiting)
    (made,) = server.posts.values()
    assert [one["address"] for one in made["pictures"]] == [address]
    assert POST.link in made["words"]
    assert threads.find(http(), liis, waiting) is not None


def test_a_film_that_meta_cannot_fetch_or_read_is_no_post(server: Server) -> None:
    liis, address = session(server), "https://kaja.example/files/robot.mp4"
    for given in ("http://kaja.internal/robot.mp4", address):
        with pytest.raises((Permanent, Retry)):
            threads.prepare(http(), liis, replace(POST, film=film(address=given)))
    server.web[address] = film().read(0, 90_000)
    post = replace(POST, film=film(address=address))
    broken = prepared(server, liis, post)
    server.containers[broken.prepared["container"]] |= {"status": "ERROR", "error_message": "UNSUPPORTED"}
    with pytest.raises(Permanent) as refused:
        threads.publish(http(), liis, broken)
    assert refused.value.reason == "file-refused"

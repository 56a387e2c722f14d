"""Mastodon against a strict peer: signing in with any server, posting once, servers that lack this and that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from django_tasks_db.models import DBTaskResult
from PIL import Image
from pytest_django import Settings

from kaja.jobs import tasks
from kaja.jobs.queue import OUTSIDE
from kaja.networks import connecting, own_limits
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import mastodon
from kaja.networks.contract import NeedsReconnect, Permanent, Picture, Post, Retry, Sending, Session
from kaja.networks.models import ConnectedAccount, NetworkKey
from kaja.outbound import http
from tests.cast import Cast
from tests.networks.kit import POST, film
from tests.peers import mastodon as peer
from tests.peers.mastodon import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with peer.running() as running:
        host = running.base.split("://")[1]
        settings.OUTBOUND_ALLOW = [host]
        monkeypatch.setattr(mastodon, "PLAIN", {host})
        yield running


def session(server: Server, **more: str) -> Session:
    number = peer.account_id("liis")
    kept = {"base": server.base, "access": server.token(), "id": number, "client_id": "a", "client_secret": "b"}
    return Session(f"{server.base}/{number}", "liis", kept | more)


def sending(post: Post = POST, *, ago: timedelta = timedelta()) -> Sending:
    return Sending("key-1", post, datetime.now(UTC) - ago)


def signed_in(server: Server, cast: Cast) -> ConnectedAccount:
    host = server.base.split("://")[1]
    address = connecting.begin_oauth(person=cast.liis, network=BY_KEY["mastodon"], handle=f"@liis@{host}")
    told = dict(parse_qsl(urlsplit(server.allow(address)).query))
    return connecting.finish_oauth(person=cast.liis, network=BY_KEY["mastodon"], told=told)


def test_liis_signs_in_with_her_own_server_which_is_asked_what_it_takes(server: Server, cast: Cast) -> None:
    account = signed_in(server, cast)
    assert account.handle == f"liis@{server.base.split('://')[1]}"
    assert account.expires_at is None
    assert (account.limits["text"], account.limits["pictures"]) == (500, 4)
    assert "access" not in str(account.sealed)


def test_a_server_is_registered_with_once_and_anew_when_it_has_forgotten_kaja(server: Server, cast: Cast) -> None:
    signed_in(server, cast)
    signed_in(server, cast)
    assert len(server.apps) == 1
    server.apps.clear()
    signed_in(server, cast)
    assert len(server.apps) == 1
    assert NetworkKey.objects.filter(network="mastodon").count() == 1


def test_a_server_older_than_4_3_is_signed_in_with_too(server: Server, cast: Cast) -> None:
    server.pkce = False
    assert signed_in(server, cast).state == "works"


def test_nobody_says_no_and_a_stranger_s_answer_connects_nothing(server: Server, cast: Cast) -> None:
    client = connecting.client(BY_KEY["mastodon"])
    journey = mastodon.begin(http(), client, server.base.split("://")[1])
    for told in ({"error": "access_denied", "state": journey.state}, {"code": "x", "state": "other"}, {}):
        with pytest.raises(Permanent):
            mastodon.finish(http(), client, journey.pending, told)


@pytest.mark.parametrize("handle", ["", "liis", "@liis@", "liis@@x.ee", "http://", "a b.ee", "x" * 300])
def test_what_is_no_handle_is_told_so(handle: str) -> None:
    with pytest.raises(Permanent):
        mastodon.server_of(http(), handle)


def picture() -> Picture:
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return Picture(out.getvalue(), "image/jpeg", "Õhtune robot", 40, 30)


def test_pictures_go_up_with_their_words_before_the_post(server: Server) -> None:
    liis = session(server)
    post = replace(POST, text="Vaata", link="", picture=picture())
    prepared = mastodon.prepare(http(), liis, post)
    mastodon.publish(http(), liis, replace(sending(post), prepared=prepared))
    (one,) = server.posts(peer.account_id("liis"))
    assert [media["description"] for media in one["media_attachments"]] == ["Õhtune robot"]


def test_beside_a_link_the_server_makes_its_own_card(server: Server) -> None:
    assert mastodon.prepare(http(), session(server), replace(POST, picture=picture())) == {"media": []}


def test_on_a_server_that_ignores_the_key_the_list_finds_the_post_by_its_link(server: Server) -> None:
    server.idempotency = False
    liis = session(server)
    first = mastodon.publish(http(), liis, sending())
    assert mastodon.find(http(), liis, sending()) == first
    assert mastodon.publish(http(), liis, sending(ago=timedelta(hours=2))) == first
    assert len(server.posts(peer.account_id("liis"))) == 1


def test_a_post_without_a_link_is_found_by_its_words_and_another_is_not_taken_for_it(server: Server) -> None:
    liis = session(server)
    words = replace(POST, text="Õhtu & <b>\nteine rida", link="")
    first = mastodon.publish(http(), liis, sending(words))
    assert mastodon.find(http(), liis, sending(words)) == first
    assert mastodon.find(http(), liis, sending(replace(words, text="Õhtu"))) is None


def test_what_lies_before_the_first_attempt_is_not_the_post(server: Server) -> None:
    liis = session(server)
    mastodon.publish(http(), liis, sending())
    server.posts(peer.account_id("liis"))[0]["created_at"] = "2026-01-01T00:00:00.000Z"
    assert mastodon.find(http(), liis, sending()) is None


def test_words_are_changed_and_figures_read(server: Server) -> None:
    liis = session(server)
    receipt = mastodon.publish(http(), liis, sending())
    mastodon.edit(http(), liis, receipt.post_id, "Parem")
    (one,) = server.posts(peer.account_id("liis"))
    assert one["content"] == "<p>Parem</p>"
    one["favourites_count"] = 3
    gone = f"{server.base}/api/v1/statuses/1"
    told = mastodon.figures(http(), liis, [receipt.post_id, gone])
    assert (told[receipt.post_id].likes, told[receipt.post_id].views) == (3, None)
    assert told[gone].gone


def test_a_permission_that_lacks_a_scope_wants_the_person(server: Server) -> None:
    with pytest.raises(NeedsReconnect):
        mastodon.publish(http(), session(server, access=server.token(scope="profile")), sending())


def test_leaving_gives_the_permission_back(server: Server, cast: Cast) -> None:
    account = signed_in(server, cast)
    assert server.tokens
    connecting.disconnect(person=cast.liis, account=account)
    assert [one for one in server.tokens if one != "app"] == []
    account.refresh_from_db()
    assert (account.state, account.sealed) == ("disconnected", None)


def test_a_film_is_posted_when_the_server_is_done_with_it(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film())
    prepared = mastodon.prepare(http(), liis, post)
    waiting = replace(sending(post), prepared=prepared)
    with pytest.raises(Retry) as asked:
        mastodon.publish(http(), liis, waiting)
    assert asked.value.reason == "still-processing"
    assert not server.statuses
    server.working = False
    mastodon.publish(http(), liis, waiting)
    (made,) = server.statuses.values()
    (shown,) = made["media_attachments"]
    assert (shown["type"], shown["description"]) == ("video", "A robot")


# --- what is uploaded does not live for ever ----------------------------------------------------------------------
def test_pictures_that_a_server_has_swept_away_are_uploaded_anew(server: Server) -> None:
    liis, post = session(server), replace(POST, text="Vaata", link="", picture=picture())
    prepared = mastodon.prepare(http(), liis, post)
    server.media.clear()
    with pytest.raises(Retry) as gone:
        mastodon.publish(http(), liis, replace(sending(post), prepared=prepared))
    assert (gone.value.reason, gone.value.anew) == ("media-expired", True)
    old = {**prepared, "uploaded_at": (datetime.now(UTC) - timedelta(hours=24)).isoformat()}
    with pytest.raises(Retry) as late:
        mastodon.publish(http(), liis, replace(sending(post), prepared=old))
    assert late.value.anew
    assert not server.posts(peer.account_id("liis"))


def test_pictures_that_stand_in_the_first_post_make_no_second_one(server: Server) -> None:
    """A server that ignores the key refuses them: the post of the lost answer is found by looking."""
    server.idempotency = False
    liis, post = session(server), replace(POST, text="Vaata", link="", picture=picture())
    said = replace(sending(post), prepared=mastodon.prepare(http(), liis, post))
    assert mastodon.publish(http(), liis, said) == mastodon.publish(http(), liis, said)
    assert len(server.posts(peer.account_id("liis"))) == 1


@pytest.mark.parametrize(
    "link", ["https://kaja.intern/l/abc1234", "http://kaja:8000/l/abc1234", "https://nordwind.ee/l/abc1234"]
)
def test_a_post_is_found_by_its_link_also_where_mastodon_makes_none_of_it(server: Server, link: str) -> None:
    """Else a lost answer would be taken for no post once the key has ended, and said again."""
    liis, post = session(server), replace(POST, text=f"Vaata {link}!", link=link)
    first = mastodon.publish(http(), liis, sending(post))
    assert mastodon.find(http(), liis, sending(post)) == first
    assert mastodon.publish(http(), liis, sending(post, ago=timedelta(hours=2))) == first
    longer = replace(POST, text=f"Vaata {link[:-1]}", link=link[:-1])
    assert mastodon.find(http(), liis, sending(longer)) is None


# --- what a server takes, and when that changes -----------------------------------------------------------------------
def test_a_server_that_takes_longer_posts_is_noticed_the_day_after(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = signed_in(server, cast)
    told = peer._instance()
    told["configuration"]["statuses"]["max_characters"] = 5000
    monkeypatch.setattr(peer, "_instance", lambda: told)
    own_limits.read_due()
    for job in DBTaskResult.objects.ready().filter(queue_name=OUTSIDE):  # a slow server holds up no other job
        tasks.run.call(**job.args_kwargs["kwargs"])
    account.refresh_from_db()
    shown = connecting.network_of(account).limits
    assert shown is not None
    assert (shown.text, shown.pictures, shown.unit) == (5000, 4, "mastodon")


def test_a_server_that_does_not_answer_keeps_what_is_known(server: Server, cast: Cast, settings: Settings) -> None:
    account = signed_in(server, cast)
    settings.OUTBOUND_ALLOW = []
    own_limits.read("mastodon", server.base)
    account.refresh_from_db()
    assert account.limits["text"] == 500


def test_each_server_is_asked_once_however_many_have_accounts_there(server: Server, cast: Cast) -> None:
    account = signed_in(server, cast)
    ConnectedAccount.objects.create(
        person=cast.mart, network="mastodon", external_id=f"{server.base}/7", handle="mart", sealed=account.sealed
    )
    ConnectedAccount.objects.create(
        person=cast.mart, network="mastodon", external_id="https://gone.example/7", handle="mart",
        state=ConnectedAccount.State.DISCONNECTED,
    )  # fmt: skip
    before = DBTaskResult.objects.count()
    own_limits.read_due()
    assert DBTaskResult.objects.count() == before + 1

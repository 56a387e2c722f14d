"""X against a strict peer: signing in, posting once, pictures, what it costs, and what happens when the credits end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as DjangoClient
from PIL import Image
from pytest_django import Settings

from kaja.networks import answers, company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import x
from kaja.networks.contract import (
    Client,
    NeedsReconnect,
    OutOfCredits,
    Permanent,
    Picture,
    Post,
    Retry,
    Sending,
    Session,
    Unknown,
)
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.outbound import http
from tests.cast import Cast
from tests.networks import kit
from tests.networks.kit import film
from tests.peers import x as peer
from tests.peers.faulty import Fault, around
from tests.peers.x import Server

pytestmark = pytest.mark.django_db
NETWORK = BY_KEY["x"]
# X makes links of real domains alone.
LINK = "https://k.nordwind.ee/l/abc1234"
POST = replace(kit.POST, text=kit.POST.text.replace(kit.LINK, LINK), link=LINK)
ME = peer.account_id("liis")


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(answers, "PAUSES", (0.0, 0.0))
    with peer.running() as running:
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        monkeypatch.setattr(x, "HOSTS", x.Hosts(running.base, running.base))
        yield running


def keys(server: Server, secret: str = "") -> Client:
    return Client(server.client_id, server.redirect_uri, secret=secret or server.client_secret)


def session(server: Server, **more: str) -> Session:
    return Session(ME, "liis", server.pair() | more, keys(server))


def sending(post: Post = POST, *, ago: timedelta = timedelta()) -> Sending:
    return Sending("key-1", post, datetime.now(UTC) - ago)


def app(server: Server, cast: Cast, **more: str) -> NetworkApp:
    given = {"client_id": server.client_id, "client_secret": server.client_secret, **more}
    return company_apps.save(person=cast.aado, network=NETWORK, given=given)


def signed_in(server: Server, cast: Cast) -> ConnectedAccount:
    address = connecting.begin_oauth(person=cast.liis, network=NETWORK, handle="")
    told = dict(parse_qsl(urlsplit(server.allow(address)).query))
    return connecting.finish_oauth(person=cast.liis, network=NETWORK, told=told)


def picture(alt: str = "Õhtune robot", size: int = 0) -> Picture:
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return Picture(out.getvalue() + b"\0" * size, "image/jpeg", alt, 40, 30)


# --- signing in -----------------------------------------------------------------------------------------------------
def test_liis_signs_in_with_the_companys_app(server: Server, cast: Cast) -> None:
    app(server, cast)
    account = signed_in(server, cast)
    assert (account.external_id, account.handle, account.display_name) == (ME, "liis", "Liis")
    assert account.expires_at is not None
    assert timedelta(minutes=110) < account.expires_at - datetime.now(UTC) <= timedelta(hours=2)
    assert set(account.secrets) == {"access", "refresh", "scope"}


def test_without_the_companys_app_nobody_can_connect(server: Server, cast: Cast) -> None:
    assert not company_apps.works_by_api(NETWORK)
    with pytest.raises(ValidationError):
        connecting.begin_oauth(person=cast.liis, network=NETWORK, handle="")


def test_a_code_that_is_older_than_thirty_seconds_connects_nothing(server: Server, cast: Cast) -> None:
    app(server, cast)
    address = connecting.begin_oauth(person=cast.liis, network=NETWORK, handle="")
    told = dict(parse_qsl(urlsplit(server.allow(address)).query))
    server.codes[told["code"]]["ends"] = time.time() - 1
    with pytest.raises(ValidationError):
        connecting.finish_oauth(person=cast.liis, network=NETWORK, told=told)
    assert not ConnectedAccount.objects.exists()


def test_nobody_says_no_and_a_stranger_s_answer_connects_nothing(server: Server) -> None:
    journey = x.begin(http(), keys(server), "")
    for told in ({"error": "access_denied", "state": journey.state}, {"code": "x", "state": "other"}, {}):
        with pytest.raises(Permanent):
            x.finish(http(), keys(server), journey.pending, told)


def test_a_permission_that_lacks_posting_is_not_taken(server: Server) -> None:
    server.granted = "users.read tweet.read offline.access"
    journey = x.begin(http(), keys(server), "")
    told = dict(parse_qsl(urlsplit(server.allow(journey.address)).query))
    with pytest.raises(Permanent, match="only"):
        x.finish(http(), keys(server), journey.pending, told)


def test_a_dead_access_token_is_renewed_once_and_the_refresh_token_changes(server: Server, cast: Cast) -> None:
    app(server, cast)
    account = signed_in(server, cast)
    before = account.secrets
    server.tokens[before["access"]]["ends"] = time.time() - 1
    receipt = connecting.speaking(account, lambda opened: x.publish(http(), opened, sending()))
    assert receipt.url == f"https://x.com/liis/status/{receipt.post_id}"
    account.refresh_from_db()
    assert account.secrets["refresh"] != before["refresh"]
    assert account.secrets["access"] != before["access"]


def test_a_refresh_token_that_was_used_wants_the_person(server: Server) -> None:
    liis = session(server)
    x.renew(http(), liis)
    with pytest.raises(NeedsReconnect):
        x.renew(http(), liis)


def test_keys_that_x_does_not_take_are_no_persons_fault(server: Server) -> None:
    liis = replace(session(server), client=keys(server, "other"))
    with pytest.raises(Retry) as refused:
        x.renew(http(), liis)
    assert refused.value.reason == "app-refused"
    assert server.refresh  # nothing was used up


def test_leaving_gives_the_permission_back(server: Server, cast: Cast) -> None:
    app(server, cast)
    account = signed_in(server, cast)
    assert server.tokens
    connecting.disconnect(person=cast.liis, account=account)
    assert (server.tokens, server.refresh) == ({}, {})
    account.refresh_from_db()
    assert (account.state, account.sealed) == ("disconnected", None)


def test_x_knows_kaja_by_its_app_and_reads_no_document_of_it(
    server: Server, cast: Cast, client: DjangoClient, settings: Settings
) -> None:
    app(server, cast)
    settings.BASE_URL = "https://kaja.example"
    assert client.get("/oauth/x/client-metadata.json").status_code == 404
    assert client.get("/oauth/mastodon/client-metadata.json").status_code == 404


def test_the_administrator_hears_whether_the_keys_are_good(server: Server, cast: Cast) -> None:
    def heard(**more: str) -> list[bool]:
        row = app(server, cast, **more)
        towards = connecting.client(NETWORK)
        found = company_apps.test(person=cast.aado, app=row, network=NETWORK, http=http(), towards=towards)
        assert all(one.passed or one.remedy for one in found)
        return [one.passed for one in found]

    assert heard() == [True, True]
    assert heard(client_secret="other") == [False, True]
    assert heard(client_secret=server.client_secret, price_post="0,015") == [True, False]
    assert server.spent == 0


# --- posting --------------------------------------------------------------------------------------------------------
def test_pictures_go_up_in_pieces_with_their_words_before_the_post(server: Server) -> None:
    liis = session(server)
    pictures = (picture(size=2_500_000), *(picture(f"Pilt {number}") for number in range(3)), picture("Viies"))
    post = replace(POST, pictures=pictures)
    prepared = x.prepare(http(), liis, post)
    x.publish(http(), liis, replace(sending(post), prepared=prepared))
    (one,) = server.posts(ME)
    shown = [server.media[number] for number in one["media"]]
    assert [media["alt"] for media in shown] == ["Õhtune robot", "Pilt 0", "Pilt 1", "Pilt 2"]
    assert len(shown[0]["parts"]) == 3


def test_beside_a_link_x_makes_its_own_card(server: Server) -> None:
    assert x.prepare(http(), session(server), replace(POST, picture=picture())) == {"media": []}
    assert server.calls == []


def test_pictures_that_waited_too_long_are_uploaded_anew(server: Server) -> None:
    liis = session(server)
    post = replace(POST, pictures=(picture(),))
    prepared = x.prepare(http(), liis, post)
    yesterday = (datetime.now(UTC) - timedelta(hours=24)).isoformat()
    for stale in (prepared | {"uploaded_at": yesterday}, prepared | {"media": ["1"]}):
        with pytest.raises(Retry) as late:
            x.publish(http(), liis, replace(sending(post), prepared=stale))
        assert late.value.anew
    assert server.posts(ME) == []


def test_a_picture_that_x_cannot_read_is_refused_before_anything_is_posted(server: Server) -> None:
    broken = replace(picture(), content=b"no picture")
    with pytest.raises(Permanent) as refused:
        x.prepare(http(), session(server), replace(POST, pictures=(broken,)))
    assert refused.value.reason == "picture-refused"


def test_a_second_sending_of_the_same_words_gives_the_first_post(server: Server) -> None:
    liis = session(server)
    first = x.publish(http(), liis, sending())
    assert x.publish(http(), liis, sending()) == first
    assert len(server.posts(ME)) == 1


def test_the_same_words_of_another_day_are_told_to_the_person(server: Server) -> None:
    peer.add(server, "liis", "Tere", at=datetime.now(UTC) - timedelta(hours=5))
    with pytest.raises(Permanent) as refused:
        x.publish(http(), session(server), sending(replace(POST, text="Tere", link="")))
    assert refused.value.reason == "duplicate"


@pytest.mark.parametrize(
    "words",
    [
        "Õhtu & <b>\nteine rida",
        "Vaata kaja.ee/uudised ja https://kaja.ee/a?b=1&c=2!",
        "🤖 „jutumärgid“ — #silt @nimi",
        "O\u0303htu",
    ],
)
def test_words_are_known_again_as_x_gives_them_back(server: Server, words: str) -> None:
    liis = session(server)
    post = replace(POST, text=words, link="", pictures=(picture(),))
    prepared = x.prepare(http(), liis, post)
    first = x.publish(http(), liis, replace(sending(post), prepared=prepared))
    assert x.find(http(), liis, sending(post)) == first
    assert x.find(http(), liis, sending(replace(post, text=f"{words} veel"))) is None


def test_a_post_whose_words_its_author_changed_there_is_known_by_its_own_link(server: Server) -> None:
    number = peer.add(server, "liis", f"Teised sõnad {LINK}")
    found = x.find(http(), session(server), sending())
    assert found is not None
    assert found.post_id == number


def test_what_lies_before_the_first_attempt_is_not_the_post(server: Server) -> None:
    peer.add(server, "liis", POST.text, at=datetime.now(UTC) - timedelta(hours=1))
    assert x.find(http(), session(server), sending()) is None
    assert x.find(http(), session(server), sending(ago=timedelta(hours=1))) is not None


def test_a_look_ends_where_it_would_cost_too_much_and_says_that_it_does_not_know(server: Server) -> None:
    for number in range(201):
        peer.add(server, "liis", f"Postitus {number}")
    with pytest.raises(Unknown):
        x.find(http(), session(server), sending())
    assert server.spent == 200 * peer.PRICES["read"]


def test_a_list_that_is_left_out_is_not_an_empty_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = {"errors": [{"type": f"{peer.PROBLEM}resource-not-found", "resource_type": "user"}]}
    monkeypatch.setattr(peer.Speaker, "listed", lambda _self, _account: hidden)
    with pytest.raises(Unknown):
        x.find(http(), session(server), sending())


def test_a_list_that_lags_behind_makes_no_second_post(server: Server) -> None:
    """The look finds nothing yet, the words are sent again, and X itself says that it has them. Nobody is told to write
    other words then: the post may well be there."""
    liis = session(server)
    for post in (POST, replace(POST, text="Ilma lingita", link="")):
        server.late = 0
        first = x.publish(http(), liis, sending(post))
        server.late = 1
        assert x.find(http(), liis, sending(post)) is None
        with pytest.raises(Unknown) as doubt:
            x.publish(http(), liis, sending(post))
        assert doubt.value.reason == "duplicate-sought"
        server.late = 0
        assert x.publish(http(), liis, sending(post)) == first
    assert len(server.posts(ME)) == 2


def test_a_removed_post_is_gone_and_somebody_elses_stays(server: Server) -> None:
    liis = session(server)
    x.remove(http(), liis, x.publish(http(), liis, sending()).post_id)
    assert server.posts(ME) == []
    other = peer.add(server, "mart", "Minu oma")
    with pytest.raises(Permanent):
        x.remove(http(), liis, other)


# --- trouble --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("trouble", ["credits", "capped"])
def test_when_the_credits_are_used_up_everything_waits(server: Server, trouble: str) -> None:
    server.trouble = trouble
    liis = session(server)
    post = replace(POST, pictures=(picture(),))
    for call in (
        lambda: x.publish(http(), liis, sending()),
        lambda: x.prepare(http(), liis, post),
        lambda: x.find(http(), liis, sending()),
        lambda: x.figures(http(), liis, [server.number()]),
    ):
        with pytest.raises(OutOfCredits) as waits:
            call()
        assert waits.value.reason == "credits"


def test_a_plain_limit_is_a_matter_of_minutes(server: Server) -> None:
    server.trouble = "limited"
    with pytest.raises(Retry) as asked:
        x.publish(http(), session(server), sending())
    assert not isinstance(asked.value, OutOfCredits)
    assert asked.value.after is not None
    assert timedelta(minutes=4) < asked.value.after <= timedelta(minutes=5)


def test_a_suspended_account_wants_its_person_and_a_refused_app_does_not(server: Server) -> None:
    server.trouble = "suspended"
    with pytest.raises(NeedsReconnect):
        x.publish(http(), session(server), sending())
    server.trouble = "forbidden"
    with pytest.raises(Retry) as refused:
        x.publish(http(), session(server), sending())
    assert refused.value.reason == "app-refused"


# --- figures --------------------------------------------------------------------------------------------------------
def test_figures_are_read_with_clicks_while_x_tells_them(server: Server) -> None:
    young = peer.add(server, "liis", "Noor")
    old = peer.add(server, "liis", "Vana", at=datetime.now(UTC) - timedelta(days=31))
    gone = server.number()
    for number in (young, old):
        server.tweets[number]["public_metrics"] |= {"like_count": 3, "impression_count": 90, "quote_count": 1}
        server.tweets[number]["non_public_metrics"]["url_link_clicks"] = 7
    told = x.figures(http(), session(server), [young, old, gone])
    assert (told[young].likes, told[young].views, told[young].quotes, told[young].clicks) == (3, 90, 1, 7)
    assert (told[old].likes, told[old].clicks) == (3, None)
    assert (told[gone].gone, told[young].gone) == (True, False)


def test_what_x_hides_is_not_gone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    number = peer.add(server, "liis", "Peidus")
    hidden = {"errors": [peer._missing(number, "Authorization Error", "not-authorized-for-resource")]}
    monkeypatch.setattr(peer.Speaker, "several", lambda _self: hidden)
    told = x.figures(http(), session(server), [number])[number]
    assert (told.gone, told.likes) == (False, None)


# --- what it costs --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "post",
    [
        POST,
        replace(POST, text="Ilma lingita", link=""),
        replace(POST, text="Vaata kaja.ee", link=""),
        replace(POST, text="Pildiga", link="", picture=picture()),
        replace(POST, pictures=(picture(), picture(""), *(picture(f"Pilt {one}") for one in range(3)))),
    ],
)
def test_what_was_told_beforehand_is_what_x_charges(server: Server, post: Post) -> None:
    liis = session(server)
    prepared = x.prepare(http(), liis, post)
    x.publish(http(), liis, replace(sending(post), prepared=prepared))
    assert x.cost(post, {}) == server.spent > 0


def test_prices_are_the_administrators(cast: Cast, server: Server) -> None:
    entries = app(server, cast, price_link_post="0.3", price_post="a lot").entries
    assert x.cost(POST, entries) == Decimal("0.3")
    assert x.cost(replace(POST, text=POST.text.replace(LINK, ""), link=""), entries) == Decimal("0.015")


# --- films ----------------------------------------------------------------------------------------------------------
def test_a_film_goes_up_in_pieces_and_is_posted_when_x_is_done_with_it(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film(2_300_000))
    prepared = x.prepare(http(), liis, post)
    (known,) = server.media.values()
    assert b"".join(known["parts"][place] for place in range(3)) == film(2_300_000).read(0, 2_300_000)
    waiting = replace(sending(post), prepared=prepared)
    with pytest.raises(Retry) as asked:
        x.publish(http(), liis, waiting)
    assert (asked.value.reason, asked.value.anew) == ("still-processing", False)
    assert not server.posts(ME)
    known["ready"] = True
    x.publish(http(), liis, waiting)
    (made,) = server.posts(ME)
    assert made["media"] == list(server.media)


def test_a_film_that_is_none_is_refused_before_anything_is_posted(server: Server) -> None:
    broken = replace(film(), read=lambda start, end: b"x" * (end - start))
    with pytest.raises(Permanent):
        x.prepare(http(), session(server), replace(POST, film=broken))


def cut_off(server: Server, liis: Session, post: Post, *, kind: str = "limited", on: str = "/append") -> Sending:
    """The post whose film was cut off on its way: after a part, where parts are meant."""
    skip = int(on == "/append")
    return replace(sending(post), prepared=x.prepare(around(http(), Fault(kind, on, skip)), liis, post))


@pytest.mark.parametrize("early", [False, True])
def test_a_film_that_was_cut_off_goes_on_at_the_part_that_is_missing(server: Server, early: bool) -> None:
    server.early, liis, post = early, session(server), replace(POST, film=film(2_300_000))
    waiting = cut_off(server, liis, post)
    (known,) = server.media.values()
    assert sorted(known["parts"]) == [0]
    calls = len(server.calls)
    for _twice in range(2):  # what came after the cut is known to X alone
        with pytest.raises(Retry) as asked:
            x.publish(http(), liis, waiting)
        assert (asked.value.reason, asked.value.anew) == ("still-processing", False)
    assert b"".join(known["parts"][place] for place in range(3)) == film(2_300_000).read(0, 2_300_000)
    assert server.calls[calls:].count(f"POST /2/media/upload/{known_id(server)}/append") == 2 + 1
    known["ready"] = True
    x.publish(http(), liis, waiting)
    assert [one["media"] for one in server.posts(ME)] == [list(server.media)]


def known_id(server: Server) -> str:
    (number,) = server.media
    return number


@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
def test_a_film_whose_end_was_told_and_got_no_answer_is_not_sent_again(server: Server, kind: str) -> None:
    liis, post = session(server), replace(POST, film=film(2_300_000))
    waiting = cut_off(server, liis, post, kind=kind, on="/finalize")
    (known,) = server.media.values()
    assert known["whole"] == (kind == "cut-after")
    with pytest.raises(Retry) as asked:
        x.publish(http(), liis, waiting)
    assert (asked.value.reason, asked.value.anew) == ("still-processing", False)
    known["ready"] = True
    x.publish(http(), liis, waiting)
    assert len(server.media) == 1
    assert [call.rpartition("/")[2] for call in server.calls].count("append") == 3


def test_a_film_that_x_forgot_on_its_way_or_that_waited_too_long_begins_anew(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film(2_300_000))
    waiting = cut_off(server, liis, post)
    old = replace(waiting, prepared={**waiting.prepared, "uploaded_at": "2026-11-01T10:00:00+00:00"})
    with pytest.raises(Retry) as late:
        x.publish(http(), liis, old)
    assert late.value.anew
    server.media.clear()
    with pytest.raises(Retry) as gone:
        x.publish(http(), liis, waiting)
    assert (gone.value.reason, gone.value.anew) == ("media-expired", True)
    assert not server.posts(ME)


def test_a_film_that_is_cut_off_again_is_a_reason_to_try_again_and_no_doubt(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film(2_300_000))
    waiting = cut_off(server, liis, post)
    for kind, outcome in {"limited": Retry, "broken": Retry, "denied": NeedsReconnect}.items():
        for on in ("/append", "command=STATUS"):
            with pytest.raises(outcome) as asked:
                x.publish(around(http(), Fault(kind, on)), liis, waiting)
            assert not getattr(asked.value, "anew", False), (kind, on)

"""Instagram against a strict stand-in: always with a picture, which Meta fetches; links there are text."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from kaja.content.models import Media
from kaja.networks import connecting
from kaja.networks.connectors import instagram
from kaja.networks.contract import Permanent, Post, Retry, Sending, Session
from kaja.networks.models import ConnectedAccount
from kaja.outbound import http
from kaja.people.models import Person
from kaja.sharing import delivery, shares
from tests import factories
from tests.cast import Cast
from tests.networks import meta
from tests.networks.kit import POST, film
from tests.peers import meta as peer
from tests.peers.meta import Server

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with peer.running() as running, meta.hosts(running.base):
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        settings.BASE_URL = "https://kaja.example"
        yield running


def session(server: Server) -> Session:
    return Session("17", "nordwind", {"access": server.token("instagram", "17")})


def prepared(liis: Session, post: Post) -> Sending:
    return Sending("", post, datetime.now(UTC), instagram.prepare(http(), liis, post))


def test_liis_signs_in_for_sixty_days_as_the_professional_account(server: Server, cast: Cast) -> None:
    meta.app("instagram")
    account = meta.signed_in(server, cast.liis, "instagram")
    assert (account.external_id, account.handle) == ("17", "nordwind")
    assert account.expires_at is not None
    assert account.expires_at - timezone.now() > timedelta(days=59)


def test_an_idle_permission_is_renewed(server: Server, cast: Cast) -> None:
    meta.app("instagram")
    account = meta.signed_in(server, cast.liis, "instagram")
    known = server.tokens[account.secrets["access"]]
    known.made -= timedelta(days=10)
    ConnectedAccount.objects.update(expires_at=timezone.now() + timedelta(days=50))
    connecting.renew_due()
    account.refresh_from_db()
    assert account.expires_at is not None
    assert account.expires_at - timezone.now() > timedelta(days=59)


def test_the_picture_of_the_story_goes_out_with_words_and_link(server: Server) -> None:
    liis = session(server)
    instagram.publish(http(), liis, prepared(liis, replace(POST, picture=meta.picture(server))))
    (one,) = server.of("17")
    assert (one["words"], one["pictures"][0]["alt"]) == (POST.text, "Õhtune robot")


def test_several_pictures_stand_in_a_row(server: Server) -> None:
    liis = session(server)
    pictures = tuple(meta.picture(server, name=f"p{number}") for number in range(3))
    instagram.publish(http(), liis, prepared(liis, replace(POST, pictures=pictures)))
    assert len(server.of("17")[0]["pictures"]) == 3


def test_nothing_goes_out_without_a_picture_that_fits(server: Server) -> None:
    liis = session(server)
    too_wide, webp = meta.picture(server, (2000, 500), name="wide"), meta.picture(server, name="web", form="WEBP")
    for pictures, reason in (((), "needs-picture"), ((too_wide,), "refused"), ((webp,), "refused")):
        with pytest.raises(Permanent) as refused:
            instagram.prepare(http(), liis, replace(POST, pictures=pictures))
        assert refused.value.reason == reason
    assert server.containers == {}


def test_figures_are_read(server: Server) -> None:
    liis = session(server)
    receipt = instagram.publish(http(), liis, prepared(liis, replace(POST, picture=meta.picture(server))))
    server.posts[receipt.post_id]["figures"] = {"views": 90, "likes": 3, "comments": 2, "shares": 1}
    told = instagram.figures(http(), liis, [receipt.post_id, "1"])
    one = told[receipt.post_id]
    assert (one.views, one.likes, one.replies, one.reposts, one.quotes) == (90, 3, 2, 1, None)
    assert told["1"].gone


# --- what a person is told --------------------------------------------------------------------------------------------
def account(server: Server, cast: Cast) -> ConnectedAccount:
    meta.app("instagram")
    return meta.signed_in(server, cast.liis, "instagram")


def large(width: int = 1200, height: int = 800) -> Media:
    return factories.picture(width=width, height=height)


def test_a_story_goes_all_the_way_with_its_picture_as_jpeg_from_kaja_s_own_address(server: Server, cast: Cast) -> None:
    liis, image = account(server, cast), large()
    share = shares.share_now(person=cast.liis, item=factories.item(image=image), account=liis, text="Vaata")
    address = f"https://kaja.example{image.jpeg_path}"
    server.web[address] = Client().get(image.jpeg_path).content
    delivery.deliver(share.pk, worker="t")
    share.refresh_from_db()
    assert share.state == "published"
    assert server.of("17")[0]["pictures"] == [{"address": address, "alt": "A robot"}]


@pytest.mark.parametrize(("wide", "high", "fits"), [(1200, 800, True), (800, 1000, True), (800, 1200, False)])
def test_a_picture_is_measured_before_it_is_planned(
    server: Server, cast: Cast, wide: int, high: int, *, fits: bool
) -> None:
    liis, item = account(server, cast), factories.item(image=large(width=wide, height=high))
    if fits:
        shares.share_now(person=cast.liis, item=item, account=liis, text="Vaata")
        return
    with pytest.raises(ValidationError) as refused:
        shares.share_now(person=cast.liis, item=item, account=liis, text="Vaata")
    assert "4:5" in refused.value.messages[0]


def test_the_composer_says_that_a_picture_is_needed_and_that_links_cannot_be_clicked(
    server: Server, cast: Cast, signed_in: SignIn
) -> None:
    liis, item = account(server, cast), factories.item()
    page = signed_in(cast.liis)
    sent = {"to": [f"account:{liis.pk}"], "text": "Vaata"}
    said = page.post(f"/share/{item.pk}/check/", sent).content.decode()
    assert "takes no post without a picture" in said
    assert "Nobody can click the link on Instagram" in said
    with pytest.raises(ValidationError) as refused:
        shares.share_now(person=cast.liis, item=item, account=liis, text="Vaata")
    assert refused.value.code == "needs-picture"


def test_the_composer_shows_the_picture_and_no_card(server: Server, cast: Cast, signed_in: SignIn) -> None:
    liis, image = account(server, cast), large()
    item = factories.item(image=image)
    said = signed_in(cast.liis).post(f"/share/{item.pk}/check/", {"to": [f"account:{liis.pk}"], "text": "Vaata"})
    assert 'class="pic square"' in said.content.decode()
    assert "without a picture" not in said.content.decode()


# --- films ------------------------------------------------------------------------------------------------------------
def test_a_film_is_fetched_by_meta_and_posted_when_it_is_ready(server: Server) -> None:
    address = "https://kaja.example/files/robot.mp4?key=k"
    server.web[address], server.slow_pictures = film().read(0, 90_000), True
    liis, post = session(server), replace(POST, film=film(address=address))
    waiting = prepared(liis, post)
    with pytest.raises(Retry) as asked:
        instagram.publish(http(), liis, waiting)
    assert asked.value.reason == "still-processing"
    assert not server.posts
    server.containers[waiting.prepared["container"]]["status"] = "FINISHED"
    instagram.publish(http(), liis, waiting)
    (made,) = server.posts.values()
    assert [one["address"] for one in made["pictures"]] == [address]
    assert POST.link in made["words"]
    assert instagram.find(http(), liis, waiting) is not None


def test_a_film_that_meta_cannot_fetch_or_read_is_no_post(server: Server) -> None:
    liis, address = session(server), "https://kaja.example/files/robot.mp4"
    for given in ("http://kaja.internal/robot.mp4", address):
        with pytest.raises((Permanent, Retry)):
            instagram.prepare(http(), liis, replace(POST, film=film(address=given)))
    server.web[address] = film().read(0, 90_000)
    post = replace(POST, film=film(address=address))
    broken = prepared(liis, post)
    server.containers[broken.prepared["container"]] |= {"status": "ERROR", "error_message": "UNSUPPORTED"}
    with pytest.raises(Permanent) as refused:
        instagram.publish(http(), liis, broken)
    assert refused.value.reason == "file-refused"

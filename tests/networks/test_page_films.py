"""Films on a Facebook Page against a strict stand-in: sent in parts, out once, waited for while Meta works on them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from kaja.content import fits, media
from kaja.content.models import Attachment, Media
from kaja.networks import answers, phases
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import facebook_page
from kaja.networks.contract import Http, Permanent, Post, Request, Response, Retry, Sending, Session, Unknown
from kaja.outbound import http
from kaja.sharing import claiming, delivery, settling, shares
from kaja.sharing.models import Attempt, Share
from kaja.sharing.reasons import sentence
from tests import factories
from tests.cast import Cast
from tests.networks import meta
from tests.networks.kit import POST, film
from tests.peers import meta as peer
from tests.peers.meta import Server
from tests.peers.serving import as_json

pytestmark = pytest.mark.django_db
FILM = replace(POST, film=film())


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(answers, "PAUSES", (0.0, 0.0))
    with peer.running() as running, meta.hosts(running.base):
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        settings.BASE_URL = "https://kaja.example"
        yield running


@pytest.fixture
def page(server: Server) -> Session:
    kept = {"access": server.token("facebook", "100", page=True), "person": server.token("facebook", "17")}
    return Session("100", "Nordwind", kept)


def sending(prepared: dict[str, Any], post: Post = FILM, *, ago: timedelta = timedelta()) -> Sending:
    return Sending("", post, datetime.now(UTC) - ago, prepared)


def test_a_film_goes_up_in_parts_that_nobody_sees_and_is_finished_once(server: Server, page: Session) -> None:
    prepared = facebook_page.prepare(http(), page, FILM)
    (there,) = server.films.values()
    assert (bytes(there["got"]), there["at"]) == (film().read(0, 90_000), "uploading")
    assert server.of("100") == []
    receipt = facebook_page.publish(http(), page, sending(prepared))
    (one,) = server.of("100")
    assert (one["words"], one["film"], receipt.post_id) == (POST.text, film().read(0, 90_000), one["id"])
    assert receipt.url == f"https://www.facebook.com/{one['id']}"
    assert facebook_page.publish(http(), page, sending(prepared)) == receipt
    assert len(server.of("100")) == 1


def test_while_meta_works_on_a_film_it_is_neither_out_nor_said_again(server: Server, page: Session) -> None:
    server.slow_films = True
    prepared = facebook_page.prepare(http(), page, FILM)
    for _twice in range(2):
        with pytest.raises(Unknown, match="still-processing"):
            facebook_page.publish(http(), page, sending(prepared))
    with pytest.raises(Retry) as waiting:
        facebook_page.find(http(), page, sending(prepared))
    assert (waiting.value.reason, waiting.value.after) == ("still-processing", timedelta(seconds=30))
    server.finish_films()
    found = facebook_page.find(http(), page, sending(prepared))
    assert found == facebook_page.publish(http(), page, sending(prepared))
    assert len(server.of("100")) == 1


def test_a_film_that_meta_cannot_read_is_refused_for_good(server: Server, page: Session) -> None:
    server.slow_films = True
    prepared = facebook_page.prepare(http(), page, FILM)
    with pytest.raises(Unknown):
        facebook_page.publish(http(), page, sending(prepared))
    server.finish_films(broken=True)
    assert facebook_page.find(http(), page, sending(prepared)) is None
    with pytest.raises(Permanent) as refused:
        facebook_page.publish(http(), page, sending(prepared))
    assert (refused.value.reason, server.of("100")) == ("file-refused", [])


def test_a_film_that_was_never_finished_is_certainly_not_there(server: Server, page: Session) -> None:
    prepared = facebook_page.prepare(http(), page, FILM)
    assert facebook_page.find(http(), page, sending(prepared)) is None


def cut_off(session: Session, at: int) -> tuple[Http, dict[str, Any]]:
    """A way on which Meta asks for patience at the part of this number, and what an upload on it brings."""
    parts = 0

    def speak(request: Request) -> Response:
        nonlocal parts
        parts += b"video_file_chunk" in request.body
        if b"video_file_chunk" in request.body and parts == at:
            return Response(400, {}, b'{"error": {"code": 32, "message": "Page request limit reached"}}')
        return http()(request)

    return speak, facebook_page.prepare(speak, session, FILM)


def test_an_upload_cut_off_in_the_middle_goes_on_where_it_was(server: Server, page: Session) -> None:
    _speak, prepared = cut_off(page, 3)
    (there,) = server.films.values()
    assert (len(there["got"]), list(prepared["span"])) == (80_000, [80_000, 90_000])
    facebook_page.publish(http(), page, sending(prepared))
    (one,) = server.of("100")
    assert (one["film"], len(server.films)) == (film().read(0, 90_000), 1)


@pytest.mark.parametrize("arrived", [0, 40_000, 80_000, 90_000])
def test_meta_says_where_an_upload_goes_on_whatever_kaja_thinks(server: Server, page: Session, arrived: int) -> None:
    _speak, prepared = cut_off(page, 2)
    (there,) = server.films.values()
    there["got"] = bytearray(film().read(0, arrived))
    facebook_page.publish(http(), page, sending(prepared))
    (one,) = server.of("100")
    assert one["film"] == film().read(0, 90_000)


@pytest.mark.parametrize("wanted", [(0, 40_000), (40_000, 40_000), (200_000, 240_000), (0, 900_000), None])
def test_meta_may_not_lead_an_upload_in_circles(page: Session, wanted: tuple[int, int] | None) -> None:
    calls = 0

    def speak(request: Request) -> Response:
        nonlocal calls
        calls += 1
        assert calls < 30
        if b"video_file_chunk" not in request.body:
            return Response(200, {}, b'{"video_id": "1", "upload_session_id": "2", "start_offset": "0", '
                                     b'"end_offset": "40000"}')  # fmt: skip
        told = {"start_offset": str(wanted[0]), "end_offset": str(wanted[1])} if wanted else {}
        return as_json(200, told)

    prepared = facebook_page.prepare(speak, page, FILM)
    with pytest.raises(Retry):
        facebook_page.FILMS._send(speak, page, prepared, film())


def test_what_ended_at_meta_is_begun_anew_and_a_post_that_is_there_is_not(server: Server, page: Session) -> None:
    prepared = facebook_page.prepare(http(), page, FILM)
    kept = dict(server.films)
    server.films.clear()
    with pytest.raises(Retry) as gone:
        facebook_page.publish(http(), page, sending(prepared))
    assert (gone.value.reason, gone.value.anew) == ("expired", True)
    server.films |= kept
    facebook_page.publish(http(), page, sending(prepared))
    server.films.clear()  # its number leads nowhere, but the post stands in the list
    with pytest.raises(Unknown):
        facebook_page.publish(http(), page, sending(prepared))
    found = facebook_page.find(http(), page, sending(prepared))
    assert (found.post_id if found else "") == server.of("100")[0]["id"]


def test_a_film_that_is_not_known_is_no_proof_until_it_would_be(server: Server, page: Session) -> None:
    prepared = facebook_page.prepare(http(), page, FILM)
    server.films.clear()
    with pytest.raises(Unknown):
        facebook_page.find(http(), page, sending(prepared))
    assert facebook_page.find(http(), page, sending(prepared, ago=phases.LAG)) is None


def test_a_film_too_small_or_no_film_is_refused_before_anything_is_posted(server: Server, page: Session) -> None:
    for wrong in (film(500), replace(film(), read=lambda start, end: b"x" * (end - start))):
        with pytest.raises(Permanent) as refused:
            facebook_page.prepare(http(), page, replace(POST, film=wrong))
        assert refused.value.reason == "file-refused"
    assert server.of("100") == []


@pytest.mark.parametrize(
    ("status", "published", "stage"),
    [
        ({"video_status": "uploading", "uploading_phase": {"status": "in_progress"}}, True, phases.Stage.WAITS),
        ({"video_status": "upload_complete", "processing_phase": {"status": "not_started"}}, True, phases.Stage.WAITS),
        ({"video_status": "processing", "processing_phase": {"status": "in_progress"}}, True, phases.Stage.WORKS),
        ({"video_status": "ready"}, False, phases.Stage.WORKS),
        ({"video_status": "ready", "publishing_phase": {"status": "in_progress"}}, True, phases.Stage.WORKS),
        ({"video_status": "ready", "publishing_phase": {"status": "complete"}}, True, phases.Stage.OUT),
        ({"video_status": "ready"}, True, phases.Stage.OUT),
        ({"video_status": "error"}, True, phases.Stage.BROKEN),
        ({"video_status": "processing", "processing_phase": {"status": "error"}}, True, phases.Stage.BROKEN),
    ],
)
def test_how_far_a_film_is_stands_in_several_words(
    page: Session, status: dict[str, Any], published: bool, stage: phases.Stage
) -> None:
    told = as_json(200, {"id": "1", "status": status, "published": published})
    assert facebook_page.FILMS._stage(lambda _request: told, page, {"film": "1"})[0] is stage


# --- all the way ------------------------------------------------------------------------------------------------------
@pytest.fixture
def share(server: Server, cast: Cast) -> Share:
    """A story with a film, on its way to the Page."""
    meta.app("facebook_page")
    account = meta.signed_in(server, cast.eda, "facebook_page")
    item = factories.item("NW-7 moves", kind="video")
    path = next((Path(__file__).parent.parent / "content").rglob("place.mp4"))
    with path.open("rb") as file:
        row = media.receive(person=cast.kadri, file=file, size=path.stat().st_size, name="place.mp4", alt="A robot")
    Attachment.objects.create(item=item, media=row)
    return shares.share_now(person=cast.eda, item=item, account=account, text="See it move")


def jobs(share: Share) -> list[tuple[str, int | None]]:
    """What the last look of several puts into the queue, and as which look."""
    DBTaskResult.objects.all().delete()
    settling.look(share.pk, settling.LOOKS - 1)
    told = [job.args_kwargs["kwargs"] for job in DBTaskResult.objects.all()]
    return [(one["function"], one["arguments"].get("looks")) for one in told]


def test_the_film_of_a_story_goes_out_on_the_page(server: Server, share: Share) -> None:
    delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    (one,) = server.of("100")
    row = Media.objects.get(kind="video")
    assert (share.state, share.post_id, one["film"]) == ("published", one["id"], media.part(row, 0, media.length(row)))
    assert one["words"].startswith("See it move")


def test_a_film_that_takes_an_hour_is_waited_for_and_nobody_is_asked(server: Server, share: Share) -> None:
    server.slow_films = True
    delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    assert (share.state, share.reason) == ("unknown", "still-processing")
    assert "works on" in sentence(share)
    Attempt.objects.update(started_at=timezone.now() - timedelta(hours=1))
    for _look in range(settling.LOOKS + 2):
        assert jobs(share) == [("kaja.sharing.settling.look", settling.LOOKS - 1)]
    server.finish_films()
    settling.look(share.pk)
    share.refresh_from_db()
    assert (share.state, len(server.of("100"))) == ("published", 1)


def test_while_meta_works_on_it_its_person_is_asked_nothing(server: Server, share: Share, cast: Cast) -> None:
    server.slow_films = True
    delivery.deliver(share.pk, worker="one")
    client = Browser()
    client.force_login(cast.eda)
    for address in ("/shares/", f"/shares/{share.pk}/"):
        said = " ".join(client.get(address).content.decode().split())
        assert "Being made ready there" in said, address
        assert "Did it go out?" not in said, address
        assert "The network still works on the pictures or the video." in said, address
    feed = client.get("/").content.decode()
    assert "“NW-7 moves” is on its way" in feed
    Share.objects.filter(pk=share.pk).update(updated_at=timezone.now() - settling.AT_WORK)
    assert "Did it go out?" in client.get(f"/shares/{share.pk}/").content.decode()


def test_a_film_that_takes_too_long_is_asked_about(server: Server, share: Share) -> None:
    server.slow_films = True
    delivery.deliver(share.pk, worker="one")
    Attempt.objects.update(started_at=timezone.now() - settling.AT_WORK)
    assert jobs(share) == [("kaja.sharing.notices.undecided", None)]


def test_a_worker_that_dies_in_the_upload_or_after_it_leaves_one_post(server: Server, share: Share) -> None:
    (claimed,) = claiming.claim([share.pk], worker="one")
    assert delivery.prepare(claimed) is not None
    claimed.refresh_from_db()
    post = delivery._post(claimed, BY_KEY["facebook_page"])
    assert claimed.account is not None
    page = Session("100", "Nordwind", claimed.account.secrets)
    claimed.payload = (claimed.payload or {}) | {"prepared": facebook_page.prepare(http(), page, post)}
    claimed.save()
    facebook_page.publish(http(), page, sending(claimed.payload["prepared"], post))
    Share.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    settling.sweep()
    settling.look(share.pk)
    share.refresh_from_db()
    assert (share.state, len(server.of("100"))) == ("published", 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"size": 2_000_000_001}, "2,000 MB is the most"),
        ({"seconds": 14_401}, "is the most"),
        ({"width": 2100, "height": 900}, "from 9:16 upright to 16:9 across"),
        ({"width": 1080, "height": 1920}, ""),
        ({"width": 1920, "height": 1080}, ""),
    ],
)
def test_what_the_page_does_not_take_is_told_before(changes: dict[str, int], why: str) -> None:
    row = Media(kind="video", mime="video/mp4", size=1_000, seconds=5, width=160, height=90, codec="h264")
    for name, value in changes.items():
        setattr(row, name, value)
    said = fits.look(row, BY_KEY["facebook_page"])
    assert (said.verdict == fits.CANNOT) == bool(why)
    assert why in " ".join(said.reasons)

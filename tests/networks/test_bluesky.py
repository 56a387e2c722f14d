"""Bluesky against a real server."""

import os
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from kaja.networks.connectors import bluesky
from kaja.networks.contract import (
    Connected,
    NeedsReconnect,
    Permanent,
    Picture,
    Post,
    Request,
    Response,
    Sending,
    Session,
    Silence,
    Unknown,
)
from kaja.outbound import http
from tests.networks.kit import film
from tests.peers.bluesky_server import PASSWORD, Server

pytestmark = [pytest.mark.bluesky, pytest.mark.xdist_group("bluesky")]


def test_all_who_want_this_server_run_in_one_process(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("There is one process.")
    assert request.node.nodeid.endswith("@bluesky")


def sending(key: str, what: Post | None = None) -> Sending:
    return Sending(key, what or post(), datetime.now(UTC))


def post(text: str = "Õhtu #kaja https://k.example/abc", **fields: Any) -> Post:
    base: dict[str, Any] = {
        "text": text,
        "link": "https://k.example/abc",
        "link_title": "NW-7",
        "link_description": "Quiet.",
        "language": "et",
        "created_at": datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    }
    return Post(**base | fields)


def session(connected: Connected) -> Session:
    return Session(connected.external_id, connected.handle, connected.secrets)


@pytest.fixture
def liis(bluesky_server: Server) -> Session:
    return session(bluesky.sign_in(http(), bluesky_server.account(), PASSWORD))


def picture() -> Picture:
    out = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "JPEG")
    return Picture(out.getvalue(), "image/jpeg", "A teal robot", 60, 40)


def test_a_post_stands_there_with_its_link_hashtag_and_card(bluesky_server: Server, liis: Session) -> None:
    key = bluesky.new_record_key()
    receipt = bluesky.publish(http(), liis, sending(key, post(picture=picture())))
    (record,) = bluesky_server.records(liis.external_id)
    value: Any = record["value"]
    assert receipt.post_id == record["uri"]
    assert value["text"] == "Õhtu #kaja https://k.example/abc"
    assert value["langs"] == ["et"]
    tag, link = value["facets"]
    assert (tag["index"]["byteStart"], tag["index"]["byteEnd"]) == (6, 11)
    assert tag["features"][0]["tag"] == "kaja"
    assert link["features"][0]["uri"] == "https://k.example/abc"
    assert value["embed"]["external"]["title"] == "NW-7"
    assert value["embed"]["external"]["thumb"]["mimeType"] == "image/jpeg"


def test_a_picture_without_a_link_goes_with_its_words(bluesky_server: Server, liis: Session) -> None:
    bluesky.publish(http(), liis, sending(bluesky.new_record_key(), post("Look", link="", picture=picture())))
    (record,) = bluesky_server.records(liis.external_id)
    value: Any = record["value"]
    assert value["embed"]["images"][0]["alt"] == "A teal robot"


def test_a_mention_becomes_a_link_to_the_account_and_a_name_nobody_has_stays_text(
    bluesky_server: Server, liis: Session
) -> None:
    handle = bluesky_server.account()
    words = post(f"Õhtu 🤖 @{handle} ja @nobody-at-all.test", link="")
    bluesky.publish(http(), liis, sending(bluesky.new_record_key(), words))
    (record,) = bluesky_server.records(liis.external_id)
    value: Any = record["value"]
    (mention,) = value["facets"]
    assert mention["features"][0]["did"] == bluesky.identify(http(), handle)[0]
    covered = value["text"].encode()[mention["index"]["byteStart"] : mention["index"]["byteEnd"]]
    assert covered.decode() == f"@{handle}"


def test_the_same_key_sent_twice_is_one_post(bluesky_server: Server, liis: Session) -> None:
    key = bluesky.new_record_key()
    first = bluesky.publish(http(), liis, sending(key, post()))
    assert bluesky.publish(http(), liis, sending(key, post())) == first
    assert len(bluesky_server.records(liis.external_id)) == 1


def test_an_answer_lost_after_the_server_stored_the_post_is_found_by_looking(
    bluesky_server: Server, liis: Session
) -> None:
    real = http()

    def loses_answers(request: Request) -> Response:
        answer = real(request)
        if "createRecord" in request.url:
            raise Silence("cut")
        return answer

    receipt = bluesky.publish(loses_answers, liis, sending(bluesky.new_record_key(), post()))
    assert receipt.post_id == bluesky_server.records(liis.external_id)[0]["uri"]


def test_silence_before_the_server_got_it_is_unknown_and_nothing_is_there(
    bluesky_server: Server, liis: Session
) -> None:
    real = http()

    def swallows(request: Request) -> Response:
        if "createRecord" in request.url:
            raise Silence("cut")
        return real(request)

    key = bluesky.new_record_key()
    with pytest.raises(Unknown):
        bluesky.publish(swallows, liis, sending(key, post()))
    assert bluesky.find(http(), liis, sending(key)) is None
    assert bluesky_server.records(liis.external_id) == []


def test_a_text_over_the_limit_is_refused_for_good(liis: Session) -> None:
    with pytest.raises(Permanent):
        bluesky.publish(http(), liis, sending(bluesky.new_record_key(), post("x" * 301)))


def test_a_dead_token_wants_the_person_to_sign_in_again(liis: Session) -> None:
    dead = Session(liis.external_id, liis.handle, {**liis.secrets, "access": "eyJhbGciOiJIUzI1NiJ9.e30.x"})
    with pytest.raises(NeedsReconnect):
        bluesky.publish(http(), dead, sending(bluesky.new_record_key(), post()))


def test_a_session_renews_itself_and_goes_on_posting(liis: Session) -> None:
    fresh = session(bluesky.renew(http(), liis))
    assert fresh.secrets["refresh"] != liis.secrets["refresh"]
    assert bluesky.publish(http(), fresh, sending(bluesky.new_record_key(), post())).post_id


def test_a_wrong_password_is_told_apart_from_a_name_nobody_has(bluesky_server: Server) -> None:
    with pytest.raises(Permanent) as wrong:
        bluesky.sign_in(http(), bluesky_server.account(), "not this one")
    with pytest.raises(Permanent) as nobody:
        bluesky.sign_in(http(), "nobody-at-all.test", PASSWORD)
    assert (wrong.value.reason, nobody.value.reason) == ("wrong-password", "no-account")


def test_only_app_passwords_are_taken_where_it_matters(bluesky_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky.HOSTS, "any_password", False)
    with pytest.raises(Permanent, match="not-app-password"):
        bluesky.sign_in(http(), "liis.test", PASSWORD)


def test_a_removed_post_is_gone_and_removing_it_again_is_fine(bluesky_server: Server, liis: Session) -> None:
    receipt = bluesky.publish(http(), liis, sending(bluesky.new_record_key(), post()))
    bluesky.remove(http(), liis, receipt.post_id)
    bluesky.remove(http(), liis, receipt.post_id)
    assert bluesky_server.records(liis.external_id) == []


def test_several_pictures_stand_in_the_post_beside_the_link_in_its_words(bluesky_server: Server, liis: Session) -> None:
    shown = tuple(Picture(picture().content, "image/jpeg", f"Robot {number}", 60, 40) for number in range(6))
    bluesky.publish(http(), liis, sending(bluesky.new_record_key(), post(pictures=shown, picture=picture())))
    (record,) = bluesky_server.records(liis.external_id)
    value: Any = record["value"]
    assert value["embed"]["$type"] == "app.bsky.embed.images"
    assert [one["alt"] for one in value["embed"]["images"]] == ["Robot 0", "Robot 1", "Robot 2", "Robot 3"]
    assert value["embed"]["images"][0]["aspectRatio"] == {"width": 60, "height": 40}
    assert value["facets"][-1]["features"][0]["uri"] == "https://k.example/abc"


def test_a_film_is_posted_with_its_words_and_shape(liis: Session, bluesky_server: Server) -> None:
    key = bluesky.new_record_key()
    receipt = bluesky.publish(http(), liis, sending(key, post(film=film())))
    (record,) = bluesky_server.records(liis.external_id)
    value: Any = record["value"]
    embed = value["embed"]
    assert embed["$type"] == "app.bsky.embed.video"
    assert embed["video"]["mimeType"] == "video/mp4"
    assert (embed["alt"], embed["aspectRatio"]) == ("A robot", {"width": 160, "height": 90})
    assert bluesky.publish(http(), liis, sending(key, post(film=film()))) == receipt

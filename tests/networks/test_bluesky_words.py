"""What Bluesky makes of words (places in UTF-8 bytes) and of answers that are not what they should be."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from kaja.networks import counting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import bluesky
from kaja.networks.contract import (
    NeedsReconnect,
    Outcome,
    Permanent,
    Request,
    Response,
    Retry,
    Sending,
    Session,
    Unknown,
)
from tests.networks.kit import POST

SESSION = Session("did:plc:liis", "liis.test", {"kind": "password", "pds": "https://pds.example", "access": "a"})
DIDS = {"nordwind.bsky.social": "did:plc:nordwind"}


def pieces(text: str) -> list[tuple[str, str]]:
    """Each facet as what it covers, cut out of the bytes as Bluesky does, and what it stands for."""
    found = []
    for facet in bluesky.facets(text, DIDS):
        (feature,) = facet["features"]
        covered = text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((covered, feature.get("uri") or feature.get("tag") or feature["did"]))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Õhtu #kaja", [("#kaja", "kaja")]),
        ("👩🏽‍🚀👨‍👩‍👧 #öö_töö!", [("#öö_töö", "öö_töö")]),
        ("#kaja2026, #2026 ja #nr1.", [("#kaja2026", "kaja2026"), ("#nr1", "nr1")]),
        ("Vaata (https://k.ee/l/abc).", [("https://k.ee/l/abc", "https://k.ee/l/abc")]),
        ("https://et.example/wiki/Kaja_(lind)", [("https://et.example/wiki/Kaja_(lind)",) * 2]),
        ("„https://k.ee/õ“ 🤖", [("https://k.ee/õ", "https://k.ee/õ")]),
        ("https://k.ee/a-#osa https://k.ee/@mari", [("https://k.ee/a-#osa",) * 2, ("https://k.ee/@mari",) * 2]),
        ("🤖 @Nordwind.bsky.social!", [("@Nordwind.bsky.social", "did:plc:nordwind")]),
        ("liis@nordwind.example @nobody.test @kaja", []),
        ("#" + "x" * 65, []),
        ("a#b ##", []),
    ],
)
def test_links_hashtags_and_mentions_lie_where_they_stand_in_bytes(text: str, expected: list[Any]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Õhtu", 4),
        ("👩🏽‍🚀", 1),
        ("👨‍👩‍👧‍👦🇪🇪", 2),
        ("e\u0301", 1),
        ("한국", 2),
        ("https://kaja.example/l/abc1234", 30),
    ],
)
def test_people_count_letters_as_they_see_them(text: str, length: int) -> None:
    assert counting.count(BY_KEY["bluesky"], text).count == length


def test_three_hundred_letters_are_the_limit_and_three_thousand_bytes_too() -> None:
    network = BY_KEY["bluesky"]
    assert counting.count(network, "õ" * 300).valid
    assert not counting.count(network, "õ" * 301).valid
    family = "👨‍👩‍👧‍👦"
    assert counting.count(network, family * 120).valid
    assert not counting.count(network, family * 121).valid  # 121 letters, but 3,025 bytes


def answering(status: int, body: bytes, headers: dict[str, str] | None = None, on: str = "createRecord") -> Any:
    """A server that answers so to one call, and knows no record."""

    def speak(request: Request) -> Response:
        if on in request.url:
            return Response(status, headers or {}, body)
        return Response(400, {}, b'{"error": "RecordNotFound"}')

    return speak


def error(name: str) -> bytes:
    return json.dumps({"error": name, "message": name}).encode()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", Unknown),
        (200, b"<html>", Unknown),
        (200, b"[]", Unknown),
        (200, b'{"uri": 7}', Unknown),
        (200, b"\xff\xfe", Unknown),
        (400, error("InvalidRequest"), Permanent),
        (400, error("ExpiredToken"), NeedsReconnect),
        (401, b"not json", NeedsReconnect),
        (400, error("AccountTakedown"), NeedsReconnect),
        (403, error("Forbidden"), Permanent),
        (413, b"", Permanent),
        (500, error("InternalServerError"), Unknown),
        (502, error("UpstreamFailure"), Unknown),
    ],
)
def test_every_answer_to_a_post_ends_in_one_of_the_four_outcomes(
    status: int, body: bytes, outcome: type[Outcome]
) -> None:
    with pytest.raises(outcome) as ended:
        bluesky.publish(answering(status, body), SESSION, Sending(bluesky.new_record_key(), POST, POST.created_at))
    assert type(ended.value) is outcome


@pytest.mark.parametrize(("header", "least"), [("retry-after", 90), ("ratelimit-reset", 3_000_000_000)])
def test_the_network_says_how_long_to_wait(header: str, least: int) -> None:
    with pytest.raises(Retry) as asked:
        bluesky.publish(
            answering(429, b"", {header: str(least)}), SESSION, Sending(bluesky.new_record_key(), POST, POST.created_at)
        )
    assert asked.value.after in (timedelta(seconds=90), timedelta(days=1))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"blob"'])
def test_a_picture_whose_answer_is_odd_is_sent_again_since_nobody_saw_it(body: bytes) -> None:
    with pytest.raises(Retry):
        bluesky._upload(answering(200, body, on="uploadBlob"), SESSION, b"x", "image/jpeg")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"posts": null}', b"<html>"])
def test_figures_that_cannot_be_read_are_not_taken_for_deleted_posts(body: bytes) -> None:
    with pytest.raises(Unknown):
        bluesky.figures(answering(200, body, on="getPosts"), None, ["at://did:plc:x/app.bsky.feed.post/3k"])


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"service": 3}', b'{"service": [null, {"id": "#atproto_pds"}]}', b"<"]
)
def test_an_odd_directory_is_an_outcome_and_no_crash(body: bytes) -> None:
    with pytest.raises((Permanent, Unknown)):
        bluesky.identify(answering(200, body, on="plc"), "did:plc:abc")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"accessJwt": 1}'])
def test_an_odd_answer_to_a_renewal_is_in_doubt_and_does_not_break_the_account(body: bytes) -> None:
    session = Session("did:plc:liis", "liis.test", {**SESSION.secrets, "refresh": "r"})
    with pytest.raises(Unknown):
        bluesky.renew(answering(200, body, on="refreshSession"), session)


def test_record_keys_are_tids_that_sort_by_time() -> None:
    keys = [bluesky.new_record_key() for _number in range(200)]
    assert len(set(keys)) == 200
    assert all(len(key) == 13 and key[0] in "234567ab" and set(key) <= set(bluesky.TID_LETTERS) for key in keys)
    assert keys[0][:9] <= keys[-1][:9]

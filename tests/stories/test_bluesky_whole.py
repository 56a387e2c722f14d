"""A share on the whole of Bluesky: others like, repost and answer it, and its person sees that; they delete it there,
and Kaja notices."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kaja.measurement import collecting, own
from kaja.measurement.models import Reading, Snapshot
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Request
from kaja.outbound import http
from kaja.people.models import Person
from kaja.sharing import delivery, settling, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.peers.bluesky_server import PASSWORD, Server, eventually

pytestmark = [
    pytest.mark.bluesky,
    pytest.mark.xdist_group("bluesky"),
    pytest.mark.django_db(transaction=True),
]


def shared(person: Person, server: Server) -> Share:
    account = connecting.connect_with_password(
        person=person, network=BY_KEY["bluesky"], handle=server.account(), password=PASSWORD
    )
    share = shares.share_now(
        person=person, item=factories.item("NW-7"), account=account, text="Täna 🤖 #kaja — vaata {link}, palun"
    )
    delivery.deliver(share.pk, worker="story")
    share.refresh_from_db()
    assert share.state == State.PUBLISHED, (share.reason, share.detail)
    return share


def told(server: Server, share: Share) -> dict[str, Any]:
    """What the AppView says of the post; empty when it knows none."""
    query = f"{server.appview}/xrpc/app.bsky.feed.getPosts?uris={share.post_id}"
    posts: list[dict[str, Any]] = json.loads(http()(Request("GET", query, {})).body)["posts"]
    return posts[0] if posts else {}


def read(share: Share) -> None:
    """The time to read this share has come."""
    collecting.begin(share.pk)
    Reading.objects.filter(share=share).update(due_at=timezone.now())
    collecting.read_due()


def test_what_others_do_with_a_post_is_seen_by_its_person(cast: Cast, bluesky_server: Server) -> None:
    share = shared(cast.liis, bluesky_server)
    post = bluesky_server.records(share.post_id.split("/")[2])[0]
    subject = {"uri": post["uri"], "cid": post["cid"]}
    mart, eda = bluesky_server.somebody(), bluesky_server.somebody()
    mart.likes(subject)
    eda.likes(subject)
    eda.reposts(subject)
    mart.replies(subject, "Tubli!")

    def counted() -> bool:
        post = told(bluesky_server, share)
        return [post.get(name) for name in ("likeCount", "repostCount", "replyCount")] == [2, 1, 1]

    eventually(counted, "the AppView counts two likes, a repost and a reply")
    read(share)

    figures = own.of_share(share)
    for name, value in (("likes", 2), ("reposts", 1), ("replies", 1)):
        assert (figures[name].value, figures[name].provenance) == (value, "network")
        assert figures[name].read_at is not None
    assert figures["clicks"].provenance == "measured"  # what Kaja counted stands apart from what the network told
    browser = Client()
    browser.force_login(cast.liis)
    assert "2 likes" in browser.get("/impact/").content.decode()
    answer = browser.get(f"/shares/{share.pk}/")
    assert share.post_url in answer.content.decode()


def test_a_post_that_its_person_deleted_over_there_is_noticed(cast: Cast, bluesky_server: Server) -> None:
    share = shared(cast.liis, bluesky_server)
    eventually(lambda: bool(told(bluesky_server, share)), "the AppView knows the post")
    assert share.account is not None
    BY_KEY["bluesky"].api.remove(http(), connecting.session(share.account), share.post_id)  # type: ignore[union-attr, misc]
    eventually(lambda: not told(bluesky_server, share), "the AppView forgets the post")
    read(share)
    assert Snapshot.objects.get(share=share).gone
    settling.missing(share=share.pk)
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.REMOVED, "gone-there")
    browser = Client()
    browser.force_login(cast.liis)
    assert "no longer on the network" in browser.get(f"/shares/{share.pk}/").content.decode()


def test_a_post_that_the_appview_does_not_show_yet_is_not_taken_for_deleted(cast: Cast, bluesky_server: Server) -> None:
    share = shared(cast.liis, bluesky_server)
    settling.missing(share=share.pk)
    share.refresh_from_db()
    assert share.state == State.PUBLISHED

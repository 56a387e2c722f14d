"""The conformance kit: what every network of the catalogue has to do alike.

A network that publishes needs a stage here: a server that behaves as the real one (the real one itself where it can be
had), with a fault that can be switched on. A network with only a dialog needs nothing: its constant is all there is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaja.networks.contract import (
    Api,
    File,
    Http,
    NeedsReconnect,
    Network,
    Permanent,
    Picture,
    Post,
    Receipt,
    Response,
    Retry,
    Sending,
    Session,
    Unknown,
)
from tests.peers.faulty import GARBLED, Fault

LINK = "https://k.example/l/abc1234"
POST = Post(
    text=f"Õhtu 🤖 #kaja {LINK}",
    link=LINK,
    link_title="NW-7",
    link_description="Quiet.",
    language="et",
    created_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
)


def sending(key: str, post: Post | None = None) -> Sending:
    """`post` (words with a link of their own, as every share has) under this key, first tried just now."""
    link = f"https://k.example/l/{key[-12:]}"
    return Sending(key, post or replace(POST, text=POST.text.replace(LINK, link), link=link), datetime.now(UTC))


def film(size: int = 90_000, *, address: str = "") -> File:
    """A film as far as the stand-ins look at one: it begins as an MP4 does."""
    content = b"\x00\x00\x00\x18ftypmp42" + bytes(number % 251 for number in range(size - 12))
    return File("video/mp4", size, "robot.mp4", lambda start, end: content[start:end], "A robot", 160, 90, 5, address)


@dataclass
class Stage:
    """One network with a server and an account on it. `creates` is in the address of the call that makes a post;
    `posts` tells how many posts the account has there; `dead_tokens` are secrets that the network takes no longer."""

    network: Network
    http: Http
    session: Session
    fault: Fault
    creates: str
    posts: Callable[[], int]
    dead_tokens: dict[str, str]
    # Of networks that can edit: what is in the address of the call that changes a post, and what a post says there.
    edits: str = ""
    says: Callable[[str], str] = str

    @property
    def api(self) -> Api:
        assert self.network.api is not None
        return self.network.api

    def key(self) -> str:
        """A key of the network's own kind; where it has no use for one it only makes this post's words its own."""
        return self.api.new_record_key() if self.api.new_record_key else secrets.token_hex(8)


def preparing(network: Network, picture: Picture | None = None) -> Network:
    """The network as delivery speaks with it: what `prepare` brings is kept by key, and goes along with every attempt
    and every look. `picture` stands in each post of a network that takes none without."""
    assert network.api is not None
    api, kept = network.api, dict[str, Any]()

    def fit(one: Sending) -> Sending:
        post = replace(one.post, pictures=(picture,)) if picture else one.post
        return replace(one, post=post, prepared=kept.get(one.key, {}))

    def publish(http: Http, session: Session, one: Sending) -> Receipt:
        if one.key not in kept and api.prepare:
            kept[one.key] = api.prepare(http, session, fit(one).post)
        return api.publish(http, session, fit(one))

    def find(http: Http, session: Session, one: Sending) -> Receipt | None:
        assert api.find is not None
        return api.find(http, session, fit(one))

    return replace(network, api=replace(api, publish=publish, find=find))


# --- stories of every network that publishes -----------------------------------------------------------------------
def a_post_is_there_once_and_is_found_by_its_key(stage: Stage) -> None:
    said = sending(stage.key())
    receipt = stage.api.publish(stage.http, stage.session, said)
    assert receipt.post_id
    assert receipt.url.startswith(("https://", "http://localhost", "http://127.0.0.1"))
    assert stage.api.publish(stage.http, stage.session, said) == receipt
    if stage.api.find:
        assert stage.api.find(stage.http, stage.session, said) == receipt
    assert stage.posts() == 1


def what_was_never_sent_is_not_found(stage: Stage) -> None:
    if stage.api.find:
        assert stage.api.find(stage.http, stage.session, sending(stage.key())) is None


def a_removed_post_is_gone_and_removing_it_again_is_fine(stage: Stage) -> None:
    if stage.api.remove is None:
        assert not stage.network.can_delete
        return
    receipt = stage.api.publish(stage.http, stage.session, sending(stage.key()))
    stage.api.remove(stage.http, stage.session, receipt.post_id)
    stage.api.remove(stage.http, stage.session, receipt.post_id)
    assert stage.posts() == 0


def a_dead_permission_wants_the_person(stage: Stage) -> None:
    dead = replace(stage.session, secrets={**stage.session.secrets, **stage.dead_tokens})
    with pytest.raises(NeedsReconnect):
        stage.api.publish(stage.http, dead, sending(stage.key()))
    assert stage.posts() == 0


def a_refusal_is_final(stage: Stage) -> None:
    assert stage.network.limits is not None
    too_long = replace(POST, text="x" * max(4000, stage.network.limits.text + 1), link="")
    with pytest.raises(Permanent):
        stage.api.publish(stage.http, stage.session, sending(stage.key(), too_long))
    assert stage.posts() == 0


def patience_that_is_asked_for_is_kept(stage: Stage) -> None:
    stage.fault.kind = "limited"
    with pytest.raises(Retry) as asked:
        stage.api.publish(stage.http, stage.session, sending(stage.key()))
    assert asked.value.after == timedelta(seconds=120)
    assert stage.posts() == 0


def a_server_that_is_not_there_is_tried_again(stage: Stage) -> None:
    stage.fault.kind = "refused"
    with pytest.raises(Retry):
        stage.api.publish(stage.http, stage.session, sending(stage.key()))


def a_permission_refused_on_the_way_wants_the_person(stage: Stage) -> None:
    stage.fault.kind = "denied"
    with pytest.raises(NeedsReconnect):
        stage.api.publish(stage.http, stage.session, sending(stage.key()))


def doubt_is_unknown_and_the_same_key_settles_it(stage: Stage) -> None:
    """Cut before, too slow, or an error of the server: nobody can know, until the same key is asked for or sent (where
    a network lets nobody look: until its person says that it is not there, and the same is sent)."""
    for kind in ("cut-before", "slow", "broken"):
        stage.fault.kind, said, before = kind, sending(stage.key()), stage.posts()
        with pytest.raises(Unknown):
            stage.api.publish(stage.http, stage.session, said)
        stage.fault.kind = ""
        if stage.api.find:
            assert stage.api.find(stage.http, stage.session, said) is None
        stage.api.publish(stage.http, stage.session, said)
        assert stage.posts() == before + 1


def a_lost_or_unreadable_answer_never_makes_two(stage: Stage) -> None:
    """The post is there and the answer is not: at once, by the next look or when the same is sent it is that one."""
    for kind in ("cut-after", "garbled"):
        stage.fault.kind, said, before = kind, sending(stage.key()), stage.posts()
        with suppress(Unknown):
            stage.api.publish(stage.http, stage.session, said)
        stage.fault.kind = ""
        if stage.api.find:
            assert stage.api.find(stage.http, stage.session, said) is not None
        assert stage.api.publish(stage.http, stage.session, said).post_id
        assert stage.posts() == before + 1


def what_the_network_did_not_say_itself_proves_nothing(stage: Stage) -> None:
    """A look is answered by something on the way: a page to sign in to a guest network, a gateway that knows no such
    address, half an answer. Neither is the post there by that, nor is it not."""
    if stage.api.find is None:
        return
    said = sending(stage.key())
    stage.api.publish(stage.http, stage.session, said)
    page = b"<html>Please sign in to the guest network</html>"
    for nonsense in (Response(200, {}, page), Response(404, {}, page), Response(200, {}, b"{}"), GARBLED):
        with pytest.raises((Unknown, Retry)):
            stage.api.find(lambda _request, answer=nonsense: answer, stage.session, said)


def figures_of_a_fresh_post_are_numbers_or_not_told(stage: Stage) -> None:
    if stage.api.figures is None:
        return
    receipt = stage.api.publish(stage.http, stage.session, sending(stage.key()))
    told = stage.api.figures(stage.http, stage.session, [receipt.post_id])[receipt.post_id]
    assert told.gone or told.likes in (0, None)


# --- stories of every network that can edit ------------------------------------------------------------------------
NEW = "Parem & <veel> parem (päriselt) 🤖"


def edited(stage: Stage) -> Callable[[Http, Session, str, str], None] | None:
    """The edit of a network that has one; else that its constant says so."""
    if stage.api.edit is None:
        assert not stage.network.can_edit
        assert stage.api.words is None
        return None
    assert stage.network.can_edit
    assert stage.edits
    stage.fault.on = stage.edits
    return stage.api.edit


def an_edited_post_says_the_new_words_and_stays_the_one_it_was(stage: Stage) -> None:
    if edit := edited(stage):
        receipt = stage.api.publish(stage.http, stage.session, sending(stage.key()))
        for _twice in range(2):
            edit(stage.http, stage.session, receipt.post_id, NEW)
        assert stage.says(receipt.post_id) == NEW
        assert stage.posts() == 1
        if stage.api.words:
            assert stage.api.words(stage.http, stage.session, receipt.post_id) == NEW


def an_edit_of_a_post_that_is_gone_says_so(stage: Stage) -> None:
    if edit := edited(stage):
        receipt = stage.api.publish(stage.http, stage.session, sending(stage.key()))
        assert stage.api.remove
        stage.api.remove(stage.http, stage.session, receipt.post_id)
        with pytest.raises(Permanent) as refused:
            edit(stage.http, stage.session, receipt.post_id, NEW)
        assert refused.value.reason == "gone-there"
        if stage.api.words:
            assert stage.api.words(stage.http, stage.session, receipt.post_id) is None


def an_edit_ends_as_every_call_does(stage: Stage) -> None:
    """Refused and limited: nothing was done; doubt is doubt; a dead permission wants the person; none of it makes two."""
    if (edit := edited(stage)) is None:
        return
    receipt = stage.api.publish(stage.http, stage.session, sending(stage.key()))
    ends: dict[str, type[Exception]] = {"refused": Retry, "limited": Retry, "broken": Unknown, "cut-before": Unknown}
    for kind, outcome in ends.items():
        stage.fault.kind = kind
        with pytest.raises(outcome):
            edit(stage.http, stage.session, receipt.post_id, NEW)
        stage.fault.kind = ""
        assert stage.says(receipt.post_id) != NEW, kind
    dead = replace(stage.session, secrets={**stage.session.secrets, **stage.dead_tokens})
    with pytest.raises(NeedsReconnect):
        edit(stage.http, dead, receipt.post_id, NEW)
    too_long = "x" * max(4000, (stage.network.limits.text if stage.network.limits else 0) + 1)
    if stage.network.limits and stage.network.limits.text < 4000:
        with pytest.raises(Permanent):
            edit(stage.http, stage.session, receipt.post_id, too_long)
    stage.fault.kind = "cut-after"
    with pytest.raises(Unknown):
        edit(stage.http, stage.session, receipt.post_id, NEW)
    stage.fault.kind = ""
    assert (stage.says(receipt.post_id), stage.posts()) == (NEW, 1)


STORIES = (
    a_post_is_there_once_and_is_found_by_its_key,
    what_was_never_sent_is_not_found,
    a_removed_post_is_gone_and_removing_it_again_is_fine,
    a_dead_permission_wants_the_person,
    a_refusal_is_final,
    patience_that_is_asked_for_is_kept,
    a_server_that_is_not_there_is_tried_again,
    a_permission_refused_on_the_way_wants_the_person,
    doubt_is_unknown_and_the_same_key_settles_it,
    a_lost_or_unreadable_answer_never_makes_two,
    what_the_network_did_not_say_itself_proves_nothing,
    figures_of_a_fresh_post_are_numbers_or_not_told,
    an_edited_post_says_the_new_words_and_stays_the_one_it_was,
    an_edit_of_a_post_that_is_gone_says_so,
    an_edit_ends_as_every_call_does,
)

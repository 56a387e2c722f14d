"""The conformance kit: what every network of the catalogue has to do alike.

A network that publishes needs a stage here: a server that behaves as the real one (the real one itself where it can be
had), with a fault that can be switched on. A network with only a dialog needs nothing: its constant is all there is.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from kaja.networks.catalogue import BY_KEY
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
    Request,
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
    # Of networks that carry files: what is in the address of a call that brings one, or a part of one, and how many
    # uploads it knows of. `apart`: a film of `kit.film` comes in several parts. `resumes`: an upload that was cut off
    # goes on where it was, unless the network `forgets` them all.
    uploads: str = ""
    begun: Callable[[], int] = int
    apart: bool = False
    resumes: bool = False
    forgets: Callable[[], None] = lambda: None
    # Its servers keep files of any kind.
    any_file: bool = False
    # It fetches files from Kaja: where one has to lie, and how it is put there.
    put: Callable[[File], File] | None = None
    # What the network has to do before a post with a film can be made.
    works: Callable[[], None] = lambda: None
    # Of networks that pass posts on: one that may be passed on.
    parent: str = ""
    # How many posts there were before the one that is being brought.
    before: int = 0

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


@dataclass
class Bringing:
    """A post on its way as delivery brings it (kaja/sharing/delivery.py): what `prepare` brought is kept, doubt about it
    is a reason to try again, doubt about the post is settled by looking; where nobody may look, by its person."""

    stage: Stage
    said: Sending
    kept: dict[str, Any] | None = None

    def attempt(self) -> Receipt:
        """One attempt. Raises how it ended."""
        network = BY_KEY[self.stage.network.key]
        api, http, session = network.api, self.stage.http, self.stage.session
        assert api
        if api.prepare and self.kept is None:
            try:
                self.kept = json.loads(json.dumps(api.prepare(http, session, self.said.post)))
            except Unknown as doubt:
                raise Retry(doubt.reason, doubt.detail) from doubt
        return api.publish(http, session, self._sending())

    def _sending(self) -> Sending:
        return replace(self.said, prepared=self.kept or {})

    def all_the_way(self, tries: int = 6) -> Receipt:
        """Attempts until it is out. Raises Permanent and NeedsReconnect."""
        for _try in range(tries):
            try:
                return self.attempt()
            except Retry as again:
                self.kept = None if again.anew else self.kept
                self.stage.works()
            except Unknown:
                if found := self._looked(tries):
                    return found
        raise AssertionError("It never came out")

    def _looked(self, tries: int) -> Receipt | None:
        api = BY_KEY[self.stage.network.key].api
        assert api
        if api.find is None:  # its person looks, and says that it is not there, or that it is
            return Receipt("seen", "") if self.stage.posts() > self.stage.before else None
        for _look in range(tries):
            try:
                return api.find(self.stage.http, self.stage.session, self._sending())
            except (Unknown, Retry):
                self.stage.works()
        raise AssertionError("Nobody ever knew")


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


def a_wrong_clock_hides_no_post(stage: Stage) -> None:
    """Our clock was an hour ahead, or behind, when the first attempt began: by it the post is older than that, or young.
    The answers of the network tell what time it is there."""
    if stage.api.find is None:
        return
    said, hour = sending(stage.key()), timedelta(hours=1)
    receipt = stage.api.publish(stage.http, stage.session, said)

    def ours_is_ahead(request: Request) -> Response:
        answer = stage.http(request)
        date = {"date": format_datetime(datetime.now(UTC) - hour, usegmt=True)}
        return replace(answer, headers={**answer.headers, **date})

    assert stage.api.find(ours_is_ahead, stage.session, replace(said, since=said.since + hour)) == receipt
    assert stage.api.find(stage.http, stage.session, replace(said, since=said.since - hour)) == receipt


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


# --- stories of every network that carries films, documents or another's post ---------------------------------------
WRONG = ("cut-before", "cut-after", "broken", "garbled")


def paper(size: int = 3_000) -> File:
    """A document as far as the stand-ins look at one."""
    content = b"%PDF-1.7" + bytes(number % 251 for number in range(size - 8))
    return File("application/pdf", size, "guide.pdf", lambda start, end: content[start:end], "A guide")


def carried(stage: Stage) -> list[str]:
    """What the network's posts may carry besides pictures, by its constant."""
    able = {"film": stage.api.films, "document": stage.api.documents, "reshare": stage.api.reshare is not None}
    assert not stage.api.films or (stage.network.takes and stage.network.takes.videos)
    assert not stage.api.documents or (stage.network.takes and stage.network.takes.documents)
    assert not (stage.api.films or stage.api.documents) or stage.uploads
    assert not stage.api.reshare or stage.parent
    return [name for name, can in able.items() if can]


def carrying(stage: Stage, what: str, *, file: File | None = None) -> Bringing:
    """A post that carries this, with words of its own."""
    said = sending(stage.key())
    stage.before = stage.posts()
    if what == "reshare":
        words = said.post.text.replace(said.post.link, "").strip()
        more: dict[str, Any] = {"reshares": stage.parent, "link": "", "text": f"{words} {said.key[-6:]}"}
    elif what == "film":
        more = {"film": stage.put(file or film()) if stage.put else file or film()}
    else:
        more = {"document": file or paper()}
    return Bringing(stage, replace(said, post=replace(said.post, **more)))


def what_a_post_carries_is_there_once(stage: Stage) -> None:
    for what in carried(stage):
        one = carrying(stage, what)
        first = one.all_the_way()
        assert stage.posts() == stage.before + 1, what
        assert one.all_the_way() == first, what
        assert stage.posts() == stage.before + 1, what


def no_answer_lost_on_the_way_makes_two(stage: Stage) -> None:
    """Each call of the way is cut off once, before and after it got there, or ends in nonsense: one post comes out."""
    for what in carried(stage):
        way = _calls(stage, carrying(stage, what))
        assert way, what
        for place in range(way):
            for kind in WRONG:
                one = carrying(stage, what)
                stage.fault.on, stage.fault.kind, stage.fault.skip, stage.fault.times = "", kind, place, 1
                one.all_the_way()
                stage.fault.kind = ""
                assert stage.posts() == stage.before + 1, (what, kind, place)


def _calls(stage: Stage, one: Bringing) -> int:
    """How many calls it takes when all goes well."""
    number, speak = 0, stage.http

    def counted(request: Request) -> Response:
        nonlocal number
        number += 1
        return speak(request)

    stage.http = counted
    one.all_the_way()
    stage.http = speak
    return number


def a_part_without_an_answer_begins_no_upload_anew(stage: Stage) -> None:
    if not stage.apart:
        return
    for kind in WRONG:
        one, begun = carrying(stage, "film"), stage.begun()
        stage.fault.on, stage.fault.kind, stage.fault.skip, stage.fault.times = stage.uploads, kind, 1, 1
        one.all_the_way()
        assert (stage.posts(), stage.begun()) == (stage.before + 1, begun + 1), kind


def _arrived(stage: Stage, one: Bringing) -> int:
    """How many calls of the upload the network took, on the way to a post that comes out however often its person has
    to sign in again."""
    number, speak = 0, stage.http

    def counted(request: Request) -> Response:
        nonlocal number
        answer = speak(request)
        number += answer.status < 400 and stage.uploads in f"{request.method} {urlsplit(request.url).path}"
        return answer

    stage.http = counted
    for _sign_in in range(5):
        with suppress(NeedsReconnect):
            one.all_the_way()
            break
    stage.http = speak
    return number


def an_upload_cut_off_goes_on_from_the_part_that_is_missing(stage: Stage) -> None:
    """Refused, limited or cut until the attempt is over: no part that has arrived is sent a second time."""
    if not stage.resumes:
        assert not stage.apart
        return
    parts = _arrived(stage, carrying(stage, "film"))
    assert parts >= 3
    for kind in ("limited", "denied", "broken", "cut-before"):
        one, begun = carrying(stage, "film"), stage.begun()
        stage.fault.on, stage.fault.kind, stage.fault.skip, stage.fault.times = stage.uploads, kind, 2, 3
        arrived = _arrived(stage, one)
        assert (stage.posts(), stage.begun(), arrived) == (stage.before + 1, begun + 1, parts), kind
        assert stage.fault.kind == "", kind


def an_upload_that_the_network_forgot_begins_anew(stage: Stage) -> None:
    if not stage.resumes:
        return
    one = carrying(stage, "film")
    stage.fault.on, stage.fault.kind, stage.fault.skip, stage.fault.times = stage.uploads, "limited", 2, 2
    with pytest.raises(Retry):
        one.attempt()
    stage.forgets()
    assert stage.begun() == 0
    one.all_the_way()
    assert (stage.posts(), stage.begun()) == (stage.before + 1, 1)


@contextmanager
def refused_on_the_way(stage: Stage, what: str, kind: str) -> Iterator[Bringing]:
    """The upload meets this fault: nothing is out, and afterwards the same post goes out once."""
    one, begun = carrying(stage, what), stage.begun()
    stage.fault.on, stage.fault.kind = stage.uploads, kind
    stage.fault.skip, stage.fault.times = int(stage.apart and what == "film"), None
    yield one
    assert stage.posts() == stage.before, what
    stage.fault.kind = ""
    one.all_the_way()
    assert stage.posts() == stage.before + 1, what
    assert not (stage.resumes and what == "film") or stage.begun() == begun + 1


def a_permission_refused_in_an_upload_wants_the_person_and_nothing_is_out(stage: Stage) -> None:
    for what in carried(stage):
        if what == "reshare":
            continue
        with refused_on_the_way(stage, what, "denied") as one, pytest.raises(NeedsReconnect):
            one.all_the_way()


def patience_asked_for_in_an_upload_is_kept(stage: Stage) -> None:
    for what in carried(stage):
        if what == "reshare":
            continue
        with refused_on_the_way(stage, what, "limited") as one:
            with pytest.raises(Retry) as asked:
                one.attempt()
            assert asked.value.after == timedelta(seconds=120), what


def a_file_of_another_kind_is_refused_for_good(stage: Stage) -> None:
    for what in carried(stage):
        if what == "reshare" or stage.any_file:
            continue
        page = b"<html>" + b" " * 89_994
        file = File("video/mp4" if what == "film" else "application/pdf", 90_000, "x", lambda a, b: page[a:b])
        with pytest.raises(Permanent) as refused:
            carrying(stage, what, file=file).all_the_way()
        assert refused.value.reason in ("file-refused", "refused"), what
        assert stage.posts() == stage.before, what


def a_post_that_cannot_be_passed_on_is_refused_for_good(stage: Stage) -> None:
    if stage.api.reshare is None:
        return
    one = carrying(stage, "reshare")
    one.said = replace(one.said, post=replace(one.said.post, reshares=f"{stage.parent}9"))
    with pytest.raises(Permanent) as refused:
        one.all_the_way()
    assert refused.value.reason == "reshare-refused"
    assert stage.posts() == stage.before


STORIES = (
    what_a_post_carries_is_there_once,
    no_answer_lost_on_the_way_makes_two,
    a_part_without_an_answer_begins_no_upload_anew,
    an_upload_cut_off_goes_on_from_the_part_that_is_missing,
    an_upload_that_the_network_forgot_begins_anew,
    a_permission_refused_in_an_upload_wants_the_person_and_nothing_is_out,
    patience_asked_for_in_an_upload_is_kept,
    a_file_of_another_kind_is_refused_for_good,
    a_post_that_cannot_be_passed_on_is_refused_for_good,
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
    a_wrong_clock_hides_no_post,
    figures_of_a_fresh_post_are_numbers_or_not_told,
    an_edited_post_says_the_new_words_and_stays_the_one_it_was,
    an_edit_of_a_post_that_is_gone_says_so,
    an_edit_ends_as_every_call_does,
)

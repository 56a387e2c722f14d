"""LinkedIn against a strict peer: the company's app, signing in, posting once, words that arrive as they were typed."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as quietly
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from kaja.content import media
from kaja.content.models import Attachment, Item, Media
from kaja.measurement import collecting, own, rollups
from kaja.measurement.models import NetworkDay, Snapshot
from kaja.measurement.models import Reading as Due
from kaja.networks import answers, company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import linkedin
from kaja.networks.contract import (
    Client,
    File,
    Http,
    NeedsReconnect,
    Outcome,
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
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.outbound import http
from kaja.people.models import Person
from kaja.sharing import claiming, delivery, reasons, settling, shares
from kaja.sharing.models import Share
from kaja.sharing.rows import Row
from tests import factories
from tests.cast import Cast
from tests.networks.kit import POST, film
from tests.peers import linkedin as peer
from tests.peers.faulty import Fault, around, proxy
from tests.peers.linkedin import Server

pytestmark = pytest.mark.django_db
LINKEDIN = BY_KEY["linkedin"]
KEYS = {"client_id": "86abc", "client_secret": "s3cret"}
ANSWERS = Path(__file__).parent / "answers" / "linkedin"


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(answers, "PAUSES", (0.0, 0.0))
    with peer.running() as running:
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        monkeypatch.setattr(linkedin, "HOSTS", linkedin.Hosts(running.base, running.base))
        running.redirects.add(f"{settings.BASE_URL}{reverse('account-oauth-back', args=['linkedin'])}")
        yield running


def session(server: Server, **more: str) -> Session:
    client = Client("86abc", "", secret="s3cret", settings={"version": "202609"})
    return Session(peer.urn("liis"), "Liis", {"access": server.token()} | more, client)


def sending(post: Post = POST, *, ago: timedelta = timedelta(), **prepared: object) -> Sending:
    return Sending("", post, datetime.now(UTC) - ago, prepared)


def app(cast: Cast, **given: str) -> NetworkApp:
    return company_apps.save(person=cast.aado, network=LINKEDIN, given=KEYS | given)


def journey(server: Server, person: Person) -> dict[str, str]:
    address = connecting.begin_oauth(person=person, network=LINKEDIN, handle="")
    return dict(parse_qsl(urlsplit(server.allow(address)).query))


def signed_in(server: Server, person: Person) -> ConnectedAccount:
    return connecting.finish_oauth(person=person, network=LINKEDIN, told=journey(server, person))


# --- the company's app ----------------------------------------------------------------------------------------------
def found(server: Server, cast: Cast, **given: str) -> list[tuple[bool, str]]:
    app(cast, **given)
    towards = connecting.client(LINKEDIN)
    row = company_apps.of(LINKEDIN)
    assert row is not None
    told = company_apps.test(person=cast.aado, app=row, network=LINKEDIN, http=http(), towards=towards)
    return [(one.passed, one.remedy) for one in told]


def test_good_keys_are_told_from_wrong_ones_without_anybodys_account(server: Server, cast: Cast) -> None:
    assert found(server, cast) == [(True, ""), (True, "")]
    (known, remedy), _version = found(server, cast, client_secret="other")
    assert not known
    assert "Auth" in remedy


@pytest.mark.parametrize(
    ("version", "day", "passed"),
    [
        ("202609", date(2026, 11, 25), True),
        ("202609", date(2027, 7, 20), False),
        ("202511", date(2026, 11, 25), False),
        ("September", date(2026, 11, 25), False),
        ("202613", date(2026, 11, 25), False),
    ],
)
def test_a_version_that_ends_soon_is_told_two_months_before(version: str, day: date, passed: bool) -> None:
    assert linkedin._version_finding(version, day).passed == passed


def test_without_the_companys_app_only_the_window_is_offered(cast: Cast) -> None:
    assert not company_apps.works_by_api(LINKEDIN)
    app(cast)
    assert company_apps.works_by_api(LINKEDIN)


# --- signing in -----------------------------------------------------------------------------------------------------
def test_liis_signs_in_and_her_permission_lasts_sixty_days(server: Server, cast: Cast) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    assert (account.external_id, account.display_name) == (peer.urn("liis"), "Liis Tamm")
    assert account.expires_at is not None
    assert timedelta(days=59) < account.expires_at - timezone.now() <= timedelta(days=60)
    assert next(iter(server.tokens)) not in str(account.sealed)


def test_a_second_journey_renews_the_same_account(server: Server, cast: Cast) -> None:
    app(cast)
    first = signed_in(server, cast.liis)
    ConnectedAccount.objects.update(expires_at=timezone.now() + timedelta(days=2))
    again = signed_in(server, cast.liis)
    assert again.pk == first.pk
    assert again.expires_at is not None
    assert again.expires_at > timezone.now() + timedelta(days=59)


def test_who_says_no_or_comes_back_with_another_answer_is_not_connected(server: Server, cast: Cast) -> None:
    app(cast)
    client = connecting.client(LINKEDIN)
    begun = linkedin.begin(http(), client, "")
    for told, reason in (
        ({"error": "user_cancelled_authorize", "state": begun.state}, "sign-in-denied"),
        ({"error": "something_else", "state": begun.state}, "sign-in-refused"),
        ({"code": "x", "state": "other"}, "sign-in-refused"),
        ({"code": "never given", "state": begun.state}, "sign-in-refused"),
    ):
        with pytest.raises(Permanent) as refused:
            linkedin.finish(http(), client, begun.pending, told)
        assert refused.value.reason == reason


def test_an_app_that_lacks_a_product_is_said_to_be_the_administrators_matter(server: Server, cast: Cast) -> None:
    app(cast)
    server.products.discard("w_member_social")
    with pytest.raises(ValidationError, match="administrator"):
        signed_in(server, cast.liis)


def test_a_permission_that_ended_wants_the_person_and_nothing_is_renewed_in_vain(server: Server, cast: Cast) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    ConnectedAccount.objects.update(expires_at=timezone.now() - timedelta(days=1))
    server.tokens.clear()
    with pytest.raises(NeedsReconnect):
        connecting.speaking(account, lambda opened: linkedin.publish(http(), opened, sending()))


def test_an_approved_app_renews_by_itself(server: Server, cast: Cast) -> None:
    app(cast)
    server.refresh = True
    account = signed_in(server, cast.liis)
    ConnectedAccount.objects.update(expires_at=timezone.now() - timedelta(days=1))
    server.tokens.clear()
    receipt = connecting.speaking(account, lambda opened: linkedin.publish(http(), opened, sending()))
    assert receipt.post_id in server.made
    server.refreshers.clear()
    server.tokens.clear()
    ConnectedAccount.objects.update(expires_at=timezone.now() - timedelta(days=1))
    with pytest.raises(NeedsReconnect):
        connecting.speaking(account, lambda opened: linkedin.publish(http(), opened, sending()))


def test_leaving_gives_the_permission_back(server: Server, cast: Cast) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    connecting.disconnect(person=cast.liis, account=account)
    assert not server.tokens
    account.refresh_from_db()
    assert (account.state, account.sealed) == ("disconnected", None)


@pytest.mark.parametrize("approved", [True, False])
def test_whether_kaja_can_renew_by_itself_is_told_with_the_connection(
    server: Server, cast: Cast, approved: bool
) -> None:
    app(cast)
    server.refresh = approved
    client = connecting.client(LINKEDIN)
    begun = linkedin.begin(http(), client, "")
    told = dict(parse_qsl(urlsplit(server.allow(begun.address)).query))
    assert linkedin.finish(http(), client, begun.pending, told).renews is approved


# --- words ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "little"),
    [
        ("Meet us (Tallinn) #kaja2026", r"Meet us \(Tallinn\) {hashtag|\#|kaja2026}"),
        ("C# @mari", r"C\# \@mari"),
        ("#1 #2026 ##x", r"\#1 \#2026 \#\#x"),
        ("#õhtu, #два!", r"{hashtag|\#|õhtu}, {hashtag|\#|два}!"),
        ("#nii_naa #a-b", r"\#nii\_naa \#a-b"),
        (r"a\b *c* ~d~ <e> [f] {g|h}", r"a\\b \*c\* \~d\~ \<e\> \[f\] \{g\|h\}"),
        ("Hi @[Nordwind (OÜ)](urn:li:organization:77)!", r"Hi @[Nordwind \(OÜ\)](urn:li:organization:77)!"),
        ("@[Nordwind](urn:li:share:77)", r"\@\[Nordwind\]\(urn:li:share:77\)"),
        ("https://x.ee/a_b?c=#d (https://x.ee)", r"https://x.ee/a\_b?c=\#d \(https://x.ee\)"),
    ],
)
def test_little_text_as_linkedin_documents_it(typed: str, little: str) -> None:
    assert linkedin.little(typed) == little


ODD = [*"|{}@[]()<>#\\*_~ aõ1:/.\nц🤖", "#kaja", "https://", "{hashtag|", "urn:li:share:1"]


@quietly(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(ODD), max_size=40).map("".join) | st.text(max_size=60))
def test_whatever_is_typed_is_read_as_it_was_typed(typed: str) -> None:
    assert peer.shown(linkedin.little(typed)) == typed


def test_the_peer_cuts_off_what_is_not_escaped_as_linkedin_does() -> None:
    assert peer.shown("Meet us (Tallinn)") == "Meet us "


def test_escaping_a_text_full_of_odd_signs_takes_no_time() -> None:
    for odd in ("#" + "a" * 3000 + "_", "@[" * 1500, "#a" * 1500, "{" * 3000):
        begun = datetime.now(UTC)
        linkedin.little(odd)
        assert datetime.now(UTC) - begun < timedelta(seconds=1)


# --- posts ----------------------------------------------------------------------------------------------------------
def picture(alt: str = "Õhtune robot (2)") -> Picture:
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return Picture(out.getvalue(), "image/jpeg", alt, 40, 30)


def said(server: Server, post: Post) -> dict[str, object]:
    """The post as LinkedIn has it, with its pictures uploaded before and ready."""
    liis = session(server)
    prepared = linkedin.prepare(http(), liis, post) | {"ready": ""}
    receipt = linkedin.publish(http(), liis, sending(post, **prepared))
    return server.made[receipt.post_id]


def test_a_link_has_a_card_with_its_title_and_the_picture_that_was_uploaded_for_it(server: Server) -> None:
    made = said(server, replace(POST, picture=picture()))
    (image,) = server.images
    card = {"source": POST.link, "title": "NW-7", "description": "Quiet.", "thumbnail": image}
    assert made["content"] == {"article": card}
    assert made["shown"] == POST.text
    assert server.images[image]["content"] == picture().content


def test_a_link_without_title_and_picture_has_a_card_all_the_same(server: Server) -> None:
    made = said(server, replace(POST, link_title="", link_description=""))
    assert made["content"] == {"article": {"source": POST.link, "title": POST.link}}


def test_words_alone_are_a_post(server: Server) -> None:
    assert "content" not in said(server, replace(POST, link=""))


def test_one_picture_and_several_carry_their_words_unescaped(server: Server) -> None:
    one = said(server, replace(POST, link="", picture=picture(), text="Vaata"))
    (image,) = server.images
    assert one["content"] == {"media": {"id": image, "altText": "Õhtune robot (2)"}}
    many = said(server, replace(POST, pictures=tuple(picture(f"Pilt {n}") for n in range(25)), text="Vaata veel"))
    content = many["content"]
    assert isinstance(content, dict)
    assert [one["altText"] for one in content["multiImage"]["images"]] == [f"Pilt {n}" for n in range(20)]


def test_a_picture_is_given_time_and_more_where_linkedin_asks_for_it(server: Server) -> None:
    liis, post = session(server), replace(POST, picture=picture())
    prepared = linkedin.prepare(http(), liis, post)
    with pytest.raises(Retry) as early:
        linkedin.publish(http(), liis, sending(post, **prepared))
    assert early.value.after is not None
    assert timedelta(seconds=15) < early.value.after <= timedelta(seconds=20)
    server.processing = True
    with pytest.raises(Retry):
        linkedin.publish(http(), liis, sending(post, **prepared | {"ready": ""}))
    assert not server.made


def test_a_file_that_is_no_picture_is_refused_for_good(server: Server) -> None:
    with pytest.raises(Permanent):
        linkedin.prepare(http(), session(server), replace(POST, picture=replace(picture(), content=b"<svg>")))


@pytest.mark.parametrize(
    "host",
    [
        "http://uploads.linkedin.com",
        "https://linkedin.com.evil.example",
        "https://evil.example",
        "https://x@a.linkedin.com",
    ],
)
def test_the_token_is_shown_to_no_server_but_linkedins(server: Server, host: str) -> None:
    server.upload_host = host
    with pytest.raises(Permanent, match="not LinkedIn"):
        linkedin.prepare(http(), session(server), replace(POST, picture=picture()))
    assert linkedin._is_theirs("https://www.linkedin.com/dms-uploads/x")


def test_words_are_changed_and_a_post_is_removed_twice_without_harm(server: Server) -> None:
    liis = session(server)
    receipt = linkedin.publish(http(), liis, sending())
    assert receipt.url == f"https://www.linkedin.com/feed/update/{receipt.post_id}/"
    linkedin.edit(http(), liis, receipt.post_id, "Parem (nii)")
    assert server.made[receipt.post_id]["shown"] == "Parem (nii)"
    linkedin.remove(http(), liis, receipt.post_id)
    linkedin.remove(http(), liis, receipt.post_id)
    with pytest.raises(Permanent):
        linkedin.edit(http(), liis, receipt.post_id, "Mis")


# --- refusals -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ahead", [True, False])
def test_the_first_post_is_ours_also_by_a_wrong_clock(
    server: Server, monkeypatch: pytest.MonkeyPatch, ahead: bool
) -> None:
    """Ours is an hour ahead, or behind; LinkedIn's answer tells what time it is there."""
    liis, speak, hour = session(server), http(), timedelta(hours=1)
    if not ahead:
        later = str((time.time_ns() // 1_000_000 + 3_600_000 << 22) + 1)
        monkeypatch.setattr(server, "number", lambda: later)
    receipt = linkedin.publish(speak, liis, sending())

    def elsewhere(request: Request) -> Response:
        answer = speak(request)
        date = format_datetime(datetime.now(UTC) + (-hour if ahead else hour), usegmt=True)
        return replace(answer, headers={**answer.headers, "date": date})

    assert linkedin.publish(elsewhere, liis, sending(ago=-hour if ahead else timedelta())) == receipt


def test_the_same_words_again_are_the_first_post_and_an_older_one_is_none_of_ours(server: Server) -> None:
    liis = session(server)
    first = linkedin.publish(http(), liis, sending())
    assert linkedin.publish(http(), liis, sending(ago=timedelta(hours=3))) == first
    assert len(server.made) == 1
    later = replace(sending(), since=datetime.now(UTC) + timedelta(minutes=10))
    with pytest.raises(Permanent) as refused:
        linkedin.publish(http(), liis, later)
    assert refused.value.reason == "duplicate"


def test_a_version_that_is_served_no_longer_waits_for_the_administrator(server: Server) -> None:
    liis = session(server)
    assert liis.client is not None
    old = replace(liis, client=replace(liis.client, settings={"version": "202401"}))
    with pytest.raises(Retry) as waiting:
        linkedin.publish(http(), old, sending())
    assert (waiting.value.reason, waiting.value.after) == ("network-version", timedelta(hours=1))


def test_a_permission_that_lacks_a_scope_wants_the_person(server: Server) -> None:
    with pytest.raises(NeedsReconnect):
        linkedin.publish(http(), session(server, access=server.token(scope="openid profile")), sending())


def test_words_that_grow_too_long_by_escaping_are_refused_with_their_reason(server: Server) -> None:
    with pytest.raises(Permanent) as refused:
        linkedin.publish(http(), session(server), sending(replace(POST, text="(" * 1600, link="")))
    assert refused.value.reason == "too-long"


def test_the_days_limit_is_waited_for_until_midnight(server: Server) -> None:
    server.most = 0
    with pytest.raises(Retry) as waiting:
        linkedin.publish(http(), session(server), sending())
    assert waiting.value.after is not None
    ends = datetime.now(UTC) + waiting.value.after
    assert (ends.hour, ends.minute) in ((0, 4), (0, 5))
    assert linkedin._patience("slow down", datetime.now(UTC)) == timedelta(hours=1)


def recorded(name: str) -> Http:
    told = json.loads((ANSWERS / f"{name}.json").read_text())
    return answering(told["status"], json.dumps(told["body"]).encode() if told["body"] else b"", told["headers"])


def answering(status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Http:
    def speak(request: Request) -> Response:
        return Response(status, headers or {}, body)

    return speak


def test_answers_as_linkedin_gives_them_end_as_they_should() -> None:
    liis = Session(peer.urn("liis"), "Liis", {"access": "a"})
    number = "urn:li:share:7399146032652296192"
    receipt = Receipt(number, f"https://www.linkedin.com/feed/update/{number}/")
    assert linkedin.publish(recorded("published"), liis, sending()) == receipt
    made = datetime(2025, 11, 25, 18, 4, tzinfo=UTC)
    assert linkedin.publish(recorded("refused"), liis, replace(sending(), since=made)) == receipt
    with pytest.raises(Retry):
        linkedin.publish(recorded("limited"), liis, sending())


@pytest.mark.parametrize(
    ("speak", "outcome"),
    [
        (answering(201), Unknown),
        (answering(201, headers={"x-restli-id": "7"}), Unknown),
        (answering(200, b"[]"), Unknown),
        (answering(302, b"", {"location": "https://x.example"}), Unknown),
        (answering(408), Unknown),
        (answering(500, b"oops"), Unknown),
        (answering(409), Retry),
        (answering(400, b'{"code": "VERSION_MISSING"}'), Retry),
        (answering(400, b"oops"), Permanent),
        (answering(404), Permanent),
        (answering(422, b'{"message": "DUPLICATE_POST of something"}'), Permanent),
        (answering(401, b"[]"), NeedsReconnect),
    ],
)
def test_every_other_answer_is_one_of_the_outcomes(speak: Http, outcome: type[Outcome]) -> None:
    with pytest.raises(outcome):
        linkedin.publish(speak, Session("urn:li:person:1", "Liis", {"access": "a"}), sending())


# --- exactly once, with the person's help ---------------------------------------------------------------------------
def lost(
    server: Server,
    cast: Cast,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    item: Item | None = None,
) -> Share:
    """A share whose answer never came: the post is there (cut-after) or not (cut-before)."""
    app(cast)
    account = signed_in(server, cast.liis)
    item = item or factories.item("NW-7")
    share = shares.share_now(person=cast.liis, item=item, account=account, text="Just once (#kaja)")
    with proxy(server.base, Fault(kind, on="POST /rest/posts")) as address:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, address.split("://")[1]]
        with monkeypatch.context() as patched:
            patched.setattr(linkedin, "HOSTS", linkedin.Hosts(server.base, address))
            delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    return share


@pytest.mark.parametrize("kind", ["cut-after", "cut-before"])
def test_after_a_lost_answer_liis_is_asked_and_her_no_makes_no_second_post(
    server: Server, cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    share = lost(server, cast, settings, monkeypatch, kind)
    there = len(server.made)
    assert (share.state, there) == ("unknown", 1 if kind == "cut-after" else 0)
    settling.look(share.pk)
    settling.sweep()
    share.refresh_from_db()
    assert share.state == "unknown"  # nobody but she can look
    assert "nobody but you" in reasons.sentence(share)
    shares.deny(person=cast.liis, share=share)
    share.refresh_from_db()
    shares.retry(person=cast.liis, share=share)
    delivery.deliver(share.pk, worker="two")
    share.refresh_from_db()
    (only,) = server.made.values()
    assert (share.state, share.post_id) == ("published", only["id"])
    assert only["shown"] == share.text


def test_a_post_that_only_liis_knows_of_is_not_said_to_be_deleted_there(
    server: Server, cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = lost(server, cast, settings, monkeypatch, "cut-after")
    shares.confirm(person=cast.liis, share=share)
    share.refresh_from_db()
    assert not Row(share).removes_there
    browser = Browser()
    browser.force_login(cast.liis)
    assert "I deleted it there" in browser.get(reverse("share", args=[share.pk])).content.decode()


# --- from the item to the post --------------------------------------------------------------------------------------
def delivered(share: Share) -> Share:
    """Two turns of a worker: the first uploads and waits, the second posts."""
    delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    assert (share.state, share.reason) == ("planned", "still-processing")
    assert share.not_before > timezone.now() + timedelta(seconds=15)
    frozen = dict(share.payload or {})
    frozen["prepared"] = frozen["prepared"] | {"ready": timezone.now().isoformat()}
    Share.objects.filter(pk=share.pk).update(not_before=timezone.now(), payload=frozen)
    delivery.deliver(share.pk, worker="two")
    share.refresh_from_db()
    return share


def test_the_picture_of_an_item_stands_on_the_card_and_is_uploaded_once(server: Server, cast: Cast) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    item = factories.item("NW-7 is here", summary="Quiet.", image=factories.picture("teal"))
    share = delivered(shares.share_now(person=cast.liis, item=item, account=account, text="Quiet at last"))
    (made,), (image,) = server.made.values(), server.images
    assert made["content"]["article"] | {"source": ""} == {
        "source": "", "title": "NW-7 is here", "description": "Quiet.", "thumbnail": image
    }  # fmt: skip
    assert made["content"]["article"]["source"] in share.text
    assert (share.state, share.post_id) == ("published", made["id"])
    shares.remove(person=cast.liis, share=share)
    assert not server.made


def test_a_post_of_pictures_shows_them_with_their_alt_texts(server: Server, cast: Cast) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    item = factories.item("Party", kind="images", url="")
    for place, colour in enumerate(("teal", "navy", "gold", "red", "black")):
        Attachment.objects.create(item=item, media=factories.picture(colour, alt=f"{colour} robot"), position=place)
    delivered(shares.share_now(person=cast.liis, item=item, account=account, text="What a night"))
    (made,) = server.made.values()
    told = [one["altText"] for one in made["content"]["multiImage"]["images"]]
    assert told == ["teal robot", "navy robot", "gold robot", "red robot", "black robot"]


# --- films, documents, the company's own post -----------------------------------------------------------------------
def paper(content: bytes = b"%PDF-1.4 pages") -> File:
    return File("application/pdf", len(content), "guide.pdf", lambda start, end: content[start:end])


def test_a_film_goes_up_in_its_parts_and_is_posted_when_linkedin_is_done_with_it(server: Server) -> None:
    server.part, server.processing = 40_000, True
    liis, post = session(server), replace(POST, film=film(), picture=picture())
    prepared = linkedin.prepare(http(), liis, post)
    (known,) = server.films.values()
    assert b"".join(known["got"][place] for place in range(3)) == film().read(0, 90_000)
    assert not server.images  # no picture beside it
    with pytest.raises(Retry) as waiting:
        linkedin.publish(http(), liis, sending(post, **prepared))
    assert waiting.value.reason == "still-processing"
    assert waiting.value.after is not None
    assert not server.made
    server.processing = False
    receipt = linkedin.publish(http(), liis, sending(post, **prepared))
    (video,) = server.films
    assert server.made[receipt.post_id]["content"] == {"media": {"id": video, "title": "NW-7"}}
    assert server.made[receipt.post_id]["shown"] == post.text


def test_a_film_that_linkedin_cannot_read_is_refused_for_good_and_one_it_forgot_is_sent_anew(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film())
    prepared = linkedin.prepare(http(), liis, post)
    server.failing = True
    with pytest.raises(Permanent) as refused:
        linkedin.publish(http(), liis, sending(post, **prepared))
    assert refused.value.reason == "file-refused"
    server.films.clear()
    with pytest.raises(Retry) as gone:
        linkedin.publish(http(), liis, sending(post, **prepared))
    assert gone.value.anew
    assert not server.made


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"uploadInstructions": "none"},
        {"uploadInstructions": [{"firstByte": 0, "lastByte": 5, "uploadUrl": "https://a.linkedin.com"}]},
        {"uploadInstructions": [{"firstByte": 3, "lastByte": 9, "uploadUrl": "https://a.linkedin.com"}]},
        {"uploadInstructions": [{"firstByte": 0, "lastByte": 99, "uploadUrl": "https://a.linkedin.com"}]},
    ],
)
def test_parts_that_are_not_the_whole_film_are_never_sent(told: dict[str, object]) -> None:
    with pytest.raises(Retry):
        linkedin._parts(told, 10)


def test_a_look_that_goes_wrong_is_no_doubt_about_the_post(server: Server) -> None:
    with pytest.raises(Retry):
        linkedin._ready(answering(500), session(server), sending(POST, film="urn:li:video:1"))


def cut_off(server: Server, liis: Session, post: Post, *, on: str, skip: int = 0) -> dict[str, Any]:
    """What an upload brings whose calls to this address ask for patience, after so many went well."""
    server.part = 40_000
    return linkedin.prepare(around(http(), Fault("limited", on, skip)), liis, post)


def test_a_film_that_was_cut_off_goes_on_at_the_part_that_is_missing(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film())
    prepared = cut_off(server, liis, post, on="PUT", skip=2)
    (known,) = server.films.values()
    assert (sorted(known["got"]), known["whole"]) == ([0, 1], False)
    receipt = linkedin.publish(http(), liis, sending(post, **json.loads(json.dumps(prepared))))
    assert b"".join(known["got"][place] for place in range(3)) == film().read(0, 90_000)
    (video,) = server.films
    assert server.made[receipt.post_id]["content"] == {"media": {"id": video, "title": "NW-7"}}


def test_a_film_whose_end_was_told_and_got_no_answer_is_not_told_again(server: Server) -> None:
    """LinkedIn says itself that it has the whole; it would take no part and no end a second time."""
    liis, post = session(server), replace(POST, film=film())
    server.part = 40_000
    prepared = linkedin.prepare(around(http(), Fault("cut-after", "action=finalizeUpload")), liis, post)
    assert prepared["parts"]
    assert linkedin.publish(http(), liis, sending(post, **prepared)).post_id in server.made


@pytest.mark.parametrize("ended", ["by-our-clock", "by-theirs", "refused-for-good"])
def test_a_film_whose_addresses_have_ended_begins_anew(server: Server, ended: str) -> None:
    liis, post = session(server), replace(POST, film=film())
    prepared = cut_off(server, liis, post, on="PUT", skip=1)
    (known,) = server.films.values()
    http_of = http()
    if ended == "by-our-clock":
        prepared |= {"ends": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()}
    elif ended == "by-theirs":
        known["ends"] = 0
    else:
        http_of = on_put(404)
    with pytest.raises(Retry) as gone:
        linkedin.publish(http_of, liis, sending(post, **prepared))
    assert (gone.value.reason, gone.value.anew) == ("media-expired", True)
    assert len(known["got"]) == 1
    assert not server.made


def test_a_film_that_is_cut_off_again_is_a_reason_to_try_again_and_no_doubt(server: Server) -> None:
    liis, post = session(server), replace(POST, film=film())
    prepared = cut_off(server, liis, post, on="PUT", skip=1)
    for kind, outcome in {"limited": Retry, "broken": Retry, "denied": NeedsReconnect}.items():
        with pytest.raises(outcome) as asked:
            linkedin.publish(around(http(), Fault(kind, "PUT")), liis, sending(post, **prepared))
        assert not getattr(asked.value, "anew", False), kind
    linkedin.publish(http(), liis, sending(post, **prepared))
    assert len(server.made) == 1


def on_put(status: int) -> Http:
    """The way to LinkedIn, but for uploads: those are answered with this."""
    speak = http()
    return lambda request: Response(status, {}, b"") if request.method == "PUT" else speak(request)


def test_a_document_is_posted_with_its_title_after_it_was_given_time(server: Server) -> None:
    liis, post = session(server), replace(POST, document=paper(), picture=picture())
    prepared = linkedin.prepare(http(), liis, post)
    with pytest.raises(Retry):
        linkedin.publish(http(), liis, sending(post, **prepared))
    receipt = linkedin.publish(http(), liis, sending(post, **prepared | {"ready": ""}))
    (document,) = server.images
    assert server.made[receipt.post_id]["content"] == {"media": {"id": document, "title": "NW-7"}}
    with pytest.raises(Permanent) as refused:
        linkedin.prepare(http(), liis, replace(post, document=paper(b"<html>")))
    assert refused.value.reason == "file-refused"


@pytest.mark.parametrize(
    ("address", "urn"),
    [
        ("https://www.linkedin.com/embed/feed/update/urn:li:share:7399146032652296192?collapsed=1",
         "urn:li:share:7399146032652296192"),
        ("https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A739/", "urn:li:ugcPost:739"),
        ("https://www.linkedin.com/posts/nordwind_quiet-activity-7399146032652296192-abcd", ""),
        ("https://www.linkedin.com/feed/update/urn:li:activity:7399146032652296192/", ""),
        ("https://evil.example/feed/update/urn:li:share:7399146032652296192/", ""),
        ("https://nordwind.example/story", ""),
    ],
)  # fmt: skip
def test_the_companys_own_post_is_known_by_the_address_that_names_it(address: str, urn: str) -> None:
    assert linkedin.reshare(address) == urn


def test_the_companys_post_is_passed_on_once_with_ones_own_words(server: Server, cast: Cast) -> None:
    app(cast)
    account, parent = signed_in(server, cast.liis), "urn:li:share:7399146032652296192"
    server.public.add(parent)
    item = factories.item("Our post", url=f"https://www.linkedin.com/feed/update/{parent}/")
    share = shares.share_now(person=cast.liis, item=item, account=account, text="Proud of this one")
    assert (share.link, share.text) == (None, "Proud of this one")
    delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    (made,) = server.made.values()
    assert (made["reshareContext"], made["shown"]) == ({"parent": parent}, "Proud of this one")
    assert "content" not in made
    assert (share.state, share.post_id) == ("published", made["id"])
    # Elsewhere it is a link like any other.
    window = shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["x"], text="Proud of this")
    assert window.link is not None


def test_after_a_lost_answer_a_post_is_not_passed_on_twice(
    server: Server, cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = "urn:li:share:7399146032652296192"
    server.public.add(parent)
    item = factories.item("Our post", url=f"https://www.linkedin.com/feed/update/{parent}/")
    share = lost(server, cast, settings, monkeypatch, "cut-after", item=item)
    shares.deny(person=cast.liis, share=share)
    share.refresh_from_db()
    shares.retry(person=cast.liis, share=share)
    delivery.deliver(share.pk, worker="two")
    share.refresh_from_db()
    assert (share.state, len(server.made)) == ("published", 1)


def test_a_post_that_cannot_be_passed_on_says_why(server: Server) -> None:
    with pytest.raises(Permanent) as refused:
        linkedin.publish(http(), session(server), sending(replace(POST, link="", reshares="urn:li:share:1")))
    assert refused.value.reason == "reshare-refused"
    assert not server.made


def test_whoever_writes_the_companys_name_after_an_at_mentions_its_page(server: Server, cast: Cast) -> None:
    app(cast, company_name="Nordwind (OÜ)", company_number="https://www.linkedin.com/company/77/admin/")
    account = signed_in(server, cast.liis)
    text = "@Nordwind (OÜ) and x@Nordwind (OÜ), @nordwind"
    share = shares.share_now(
        person=cast.liis, item=factories.item("T", kind="text", url=""), account=account, text=text
    )
    delivery.deliver(share.pk, worker="one")
    (made,) = server.made.values()
    assert made["commentary"] == r"@[Nordwind \(OÜ\)](urn:li:organization:77) and x\@Nordwind \(OÜ\), \@nordwind"
    browser = Browser()
    browser.force_login(cast.liis)
    page = browser.get(f"/share/{share.item_id}/?to=account:{account.pk}").content.decode()
    assert "Write @Nordwind (OÜ) to mention" in page


def kept(kind: str, name: str) -> Media:
    folder = Path(__file__).parent.parent / "content"
    found = next(folder.rglob(name))
    with found.open("rb") as file:
        return media.receive(person=Person.objects.get(email__startswith="kadri"), file=file,
                             size=found.stat().st_size, name=name, alt=f"A {kind}")  # fmt: skip


def test_the_film_of_an_item_is_posted_from_where_kaja_keeps_it(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    monkeypatch.setattr(peer, "SMALLEST_FILM", 1)
    item = factories.item("NW-7 moves", kind="video")
    row = kept("video", "place.mp4")
    Media.objects.filter(pk=row.pk).update(seconds=5)
    Attachment.objects.create(item=item, media=row)
    share = shares.share_now(person=cast.liis, item=item, account=account, text="See it move")
    delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    (made,) = server.made.values()
    (film_there,) = server.films.values()
    assert b"".join(film_there["got"].values()) == media.part(row, 0, media.length(row))
    assert made["content"]["media"]["title"] == "NW-7 moves"
    assert share.state == "published"
    assert share.link is not None  # it stands in the words, so that clicks are counted


def test_a_worker_that_dies_while_uploading_leaves_no_doubt(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app(cast)
    account = signed_in(server, cast.liis)
    item = factories.item("Guide", image=factories.picture("teal"))
    share = shares.share_now(person=cast.liis, item=item, account=account, text="Read it")
    (claimed,) = claiming.claim([share.pk], worker="one")
    assert delivery.prepare(claimed) is not None
    Share.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    settling.sweep()
    share.refresh_from_db()
    assert (share.state, share.tries.get().outcome) == ("planned", "cut off")
    # Once what was uploaded is stored the call may have been made: then only Liis can tell.
    payload = {**(share.payload or {}), "prepared": {"ready": ""}}
    Share.objects.update(state="sending", worker="one", lease_until=timezone.now() - timedelta(seconds=1),
                         payload=payload)  # fmt: skip
    share.tries.update(finished_at=None)
    settling.sweep()
    share.refresh_from_db()
    assert share.state == "unknown"


def test_a_long_upload_carries_its_lease_on(server: Server, cast: Cast) -> None:
    app(cast)
    share = shares.share_now(
        person=cast.liis, item=factories.item("NW-7"), account=signed_in(server, cast.liis), text="Now"
    )
    (claimed,) = claiming.claim([share.pk], worker="one")
    claimed.lease_until = timezone.now() + timedelta(seconds=5)
    Share.objects.update(lease_until=claimed.lease_until)
    delivery._awake(claimed, answering(200))(Request("GET", "https://x.example"))
    share.refresh_from_db()
    assert share.lease_until is not None
    assert share.lease_until > timezone.now() + timedelta(minutes=4)


# --- the second app: figures for their author alone -----------------------------------------------------------------
SECOND = {"client_id": "77fig", "client_secret": "f1gures"}


def allowed(server: Server, person: Person, account: ConnectedAccount, name: str = "liis") -> ConnectedAccount:
    """The person agrees a second time, signed in there as `name`."""
    address = connecting.begin_reading(person=person, account=account)
    told = dict(parse_qsl(urlsplit(server.allow(address, name)).query))
    return connecting.finish_oauth(person=person, network=LINKEDIN, told=told)


def posted_by_liis(server: Server, cast: Cast) -> Share:
    app(cast)
    account = signed_in(server, cast.liis)
    share = shares.share_now(person=cast.liis, item=factories.item("NW-7"), account=account, text="Quiet")
    delivery.deliver(share.pk, worker="one")
    share.refresh_from_db()
    return share


def second_app(cast: Cast) -> NetworkApp:
    return company_apps.save(person=cast.aado, network=LINKEDIN, given=SECOND, use=NetworkApp.Use.FIGURES)


def test_figures_are_read_by_the_second_app_after_a_second_consent(server: Server, cast: Cast) -> None:
    share = posted_by_liis(server, cast)
    collecting.begin(share.pk)
    assert not Due.objects.exists()  # nothing is read before she has agreed
    second_app(cast)
    assert share.account is not None
    account = allowed(server, cast.liis, share.account)
    assert account.pk == share.account.pk
    collecting.catch_up(account=account.pk)
    server.told[share.post_id] = {"IMPRESSION": 431, "REACTION": 12, "LINK_CLICKS": 0}
    collecting.read_due()
    told = Snapshot.objects.get()
    assert (told.views, told.likes, told.clicks) == (431, 12, 0)
    assert (told.replies, told.reposts) == (None, None)  # not told is not zero
    # The app that posts still does.
    linkedin.publish(http(), connecting.session(account), sending(replace(POST, text="Again", link="")))


def test_what_linkedin_tells_liis_is_in_no_total_of_the_company(server: Server, cast: Cast) -> None:
    share = posted_by_liis(server, cast)
    second_app(cast)
    assert share.account is not None
    collecting.catch_up(account=allowed(server, cast.liis, share.account).pk)
    server.told[share.post_id] = {"IMPRESSION": 431, "REACTION": 12}
    collecting.read_due()
    rollups.rebuild()
    assert NetworkDay.objects.get().shares == 1
    assert sum(NetworkDay.objects.values_list("likes", flat=True)) == 0
    assert own.of_share(share)["likes"].value == 12


def test_another_members_permission_reads_nothing_and_is_erased(server: Server, cast: Cast) -> None:
    share = posted_by_liis(server, cast)
    second_app(cast)
    assert share.account is not None
    account = allowed(server, cast.liis, share.account, name="mart")
    collecting.catch_up(account=account.pk)
    collecting.read_due()
    account.refresh_from_db()
    assert account.sealed_figures is None
    assert not Snapshot.objects.exists()
    assert account.state == "works"  # posting goes on


def test_the_second_permission_is_renewed_in_its_last_day_and_goes_with_the_account(server: Server, cast: Cast) -> None:
    share = posted_by_liis(server, cast)
    second_app(cast)
    server.refresh = True
    assert share.account is not None
    account = allowed(server, cast.liis, share.account)
    soon = timezone.now() + timedelta(hours=2)
    ConnectedAccount.objects.update(figures_until=soon)
    assert connecting.reading(account, lambda opened: str(opened.secrets["access"])) in server.tokens
    account.refresh_from_db()
    assert account.figures_until is not None
    assert account.figures_until > timezone.now() + timedelta(days=59)
    connecting.disconnect(person=cast.liis, account=account)
    account.refresh_from_db()
    assert account.sealed_figures is None


def test_an_ended_second_permission_is_told_on_her_page_and_mart_may_not_touch_it(server: Server, cast: Cast) -> None:
    share = posted_by_liis(server, cast)
    browser = Browser()
    browser.force_login(cast.liis)
    assert "Let Kaja read my figures" not in browser.get("/me/accounts/").content.decode()
    second_app(cast)
    assert "Let Kaja read my figures" in browser.get("/me/accounts/").content.decode()
    assert share.account is not None
    account = allowed(server, cast.liis, share.account)
    assert "Stop reading figures" in browser.get("/me/accounts/").content.decode()
    ConnectedAccount.objects.update(figures_until=timezone.now() - timedelta(hours=1))
    with pytest.raises(NeedsReconnect):
        connecting.reading(account, lambda _opened: None)
    assert "Let Kaja read my figures" in browser.get("/me/accounts/").content.decode()
    with pytest.raises(PermissionDenied):
        connecting.begin_reading(person=cast.mart, account=account)
    with pytest.raises(PermissionDenied):
        connecting.stop_reading(person=cast.mart, account=account)
    other = Browser()
    other.force_login(cast.mart)
    assert other.post(f"/me/accounts/{account.pk}/figures/").status_code == 404
    assert other.post(f"/me/accounts/{account.pk}/figures/stop/").status_code == 404


def test_both_apps_stand_on_the_administrators_page_with_their_steps(server: Server, cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.aado)
    assert "/settings/networks/linkedin/figures/" in browser.get("/settings/networks/").content.decode()
    page = browser.get("/settings/networks/linkedin/figures/").content.decode()
    assert "Community Management API" in page
    assert "Not possible at LinkedIn" in page
    assert browser.get("/settings/networks/bluesky/figures/").status_code == 404
    wrong = browser.post("/settings/networks/linkedin/figures/", {"client_id": "77fig", "client_secret": "no"})
    assert wrong.status_code == 302
    assert "Copy the client ID" in browser.get("/settings/networks/linkedin/figures/").content.decode()
    browser.post("/settings/networks/linkedin/figures/", SECOND)
    assert "Keys work" in browser.get("/settings/networks/linkedin/figures/").content.decode()
    app(cast)
    browser.post("/settings/networks/linkedin/figures/forget/")
    assert list(NetworkApp.objects.values_list("use", flat=True)) == ["posting"]

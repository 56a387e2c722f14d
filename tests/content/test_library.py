"""Editors write, reviewers approve, the others meet 404."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from kaja import outbound
from kaja.audit.models import Line
from kaja.content import captions, feeds, items, media, review
from kaja.content.models import Feed, Item, Media, ReviewStep
from kaja.outbound import Fetched, Refused
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
PAGE = b"""<html lang="et"><title>NW-7</title><meta property="og:description" content="Vaikne">
<meta property="og:image" content="/p.jpg"></html>"""


def jpeg(width: int = 40, height: int = 30) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fetched]:
    """A small internet: address -> what it answers; everything else does not answer."""
    known: dict[str, Fetched] = {}

    def fetch(url: str, **_options: object) -> Fetched:
        if url not in known:
            raise Refused("unreachable", "The server does not answer. Try again in a minute.")
        return known[url]

    monkeypatch.setattr(outbound, "fetch", fetch)
    return known


def page(url: str, content: bytes = PAGE, kind: str = "text/html") -> Fetched:
    return Fetched(url, 200, {"content-type": kind}, content)


def test_an_editor_pastes_an_address_and_gets_a_draft_with_its_picture(
    cast: Cast, signed_in: SignIn, web: dict[str, Fetched]
) -> None:
    web["https://nordwind.example/nw-7"] = page("https://nordwind.example/nw-7")
    web["https://nordwind.example/p.jpg"] = page("https://nordwind.example/p.jpg", jpeg(), "image/jpeg")
    category = factories.category()
    answer = signed_in(cast.eda).post("/library/new/", {"url": "nordwind.example/nw-7", "category": category.pk})
    item = Item.objects.get()
    assert answer["Location"] == f"/library/{item.pk}/"
    assert (item.title, item.summary, item.language, item.state) == ("NW-7", "Vaikne", "et", "draft")
    assert item.image is not None
    assert Line.objects.filter(verb="item.created", actor=cast.eda).exists()


def test_a_page_that_does_not_answer_is_told_and_the_address_is_kept(
    cast: Cast, signed_in: SignIn, web: dict[str, Fetched]
) -> None:
    form = {"url": "https://gone.example/a", "category": factories.category().pk}
    answer = signed_in(cast.eda).post("/library/new/", form)
    assert answer.status_code == 422
    assert "does not answer" in answer.content.decode()
    assert 'value="https://gone.example/a"' in answer.content.decode()
    by_hand = signed_in(cast.eda).post("/library/new/", {**form, "by-hand": "1"})
    assert by_hand.status_code == 302
    assert Item.objects.get().url == "https://gone.example/a"


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://localhost:8000/", "http://169.254.169.254/latest", "http://[::1]/", "file:///etc/passwd",
     "http://10.0.0.1/", "http://0x7f000001/", "ftp://x.example/"],
)  # fmt: skip
def test_no_inner_address_can_be_fetched(cast: Cast, signed_in: SignIn, address: str) -> None:
    answer = signed_in(cast.eda).post("/library/new/", {"url": address, "category": factories.category().pk})
    assert answer.status_code == 422
    assert not Item.objects.exists()


def test_the_whole_way_from_draft_to_the_feed(cast: Cast, signed_in: SignIn) -> None:
    item = items.create(person=cast.eda, title="NW-7", url="https://nordwind.example/", category=factories.category())
    editor, reviewer = signed_in(cast.eda), signed_in(cast.rein)
    editor.post(f"/library/{item.pk}/submit/")
    assert "NW-7" in reviewer.get("/review/").content.decode()
    reviewer.post(f"/library/{item.pk}/approve/")
    item.refresh_from_db()
    assert item.state == "in_review"  # it has no words yet
    editor.post(f"/library/{item.pk}/words/", {"language": "en", "network": "", "text": "The fridge lost."})
    reviewer.post(f"/library/{item.pk}/return/", {"reason": "Shorter title, please"})
    item.refresh_from_db()
    assert item.state == "draft"
    assert "Shorter title, please" in editor.get(f"/library/{item.pk}/").content.decode()
    editor.post(f"/library/{item.pk}/submit/")
    reviewer.post(f"/library/{item.pk}/approve/")
    assert "The fridge lost." in signed_in(cast.liis).get("/").content.decode()
    assert list(ReviewStep.objects.values_list("what", flat=True)) == ["submitted", "returned", "submitted", "approved"]


def test_a_return_without_a_reason_is_not_taken(cast: Cast) -> None:
    item = factories.item(state="in_review")
    with pytest.raises(ValidationError):
        review.return_(person=cast.rein, item=item, reason="  ")


def test_nobody_approves_their_own_item_while_somebody_else_can(cast: Cast) -> None:
    item = factories.item("Mine", "words", state="in_review", author=cast.kadri)
    with pytest.raises(ValidationError):
        review.approve(person=cast.kadri, item=item)
    Person.objects.filter(pk=cast.rein.pk).update(is_active=False)
    review.approve(person=cast.kadri, item=item)
    assert item.state == "approved"


def test_an_item_planned_for_later_waits_for_its_time(cast: Cast) -> None:
    later = timezone.now() + timedelta(days=2)
    item = factories.item("Later", "w", state="in_review", live_from=later, live_until=later + timedelta(days=1))
    review.approve(person=cast.rein, item=item)
    assert (item.status, item.live_from) == ("approved", later)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [(timedelta(days=2), timedelta(days=1)), (timedelta(0), timedelta(days=9000)), (timedelta(days=-9000), None)],
)
def test_absurd_times_are_refused(cast: Cast, begins: timedelta, ends: timedelta | None) -> None:
    now = timezone.now()
    with pytest.raises(ValidationError):
        items.create(
            person=cast.eda,
            title="x",
            url="https://x.example/",
            category=factories.category(),
            live_from=now + begins,
            live_until=now + ends if ends else None,
        )


def test_two_editors_do_not_overwrite_each_other(cast: Cast) -> None:
    item = factories.item(state="draft")
    seen = item.updated_at.isoformat()
    items.change(person=cast.eda, item=item, seen=seen, title="Hers")
    with pytest.raises(ValidationError):
        items.change(person=cast.kadri, item=item, seen=seen, title="Mine")
    item.refresh_from_db()
    assert item.title == "Hers"


def test_what_is_live_stays_as_it_was_approved_until_its_change_is_approved_too(cast: Cast) -> None:
    item = factories.item("Live")
    assert items.change(person=cast.eda, item=item, pinned=True).pk == item.pk
    change = items.change(person=cast.eda, item=item, title="Changed")
    item.refresh_from_db()
    assert (item.title, item.state, item.pinned) == ("Live", "approved", True)
    assert (change.title, change.state, change.replaces, change.pinned) == ("Changed", "draft", item, True)


def test_a_withdrawn_item_leaves_every_feed(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Gone soon")
    signed_in(cast.kadri).post(f"/library/{item.pk}/withdraw/", {"reason": "wrong figure"})
    assert "Gone soon" not in signed_in(cast.liis).get("/").content.decode()
    assert ReviewStep.objects.get().reason == "wrong figure"


def test_the_form_saves_times_in_the_editors_time_zone_and_keeps_what_was_typed(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("A", state="draft")
    form = {
        "title": "B", "url": item.url, "summary": "", "language": "en", "category": item.category_id,
        "live_from": "2027-01-05T09:00", "live_until": "2027-01-09T09:00", "locations": ["Riga"],
    }  # fmt: skip
    assert signed_in(cast.eda).post(f"/library/{item.pk}/", form).status_code == 302
    item.refresh_from_db()
    assert item.live_from is not None
    assert item.live_from.isoformat() == "2027-01-05T07:00:00+00:00"
    assert item.audience is not None
    assert item.audience.label == "Riga"
    wrong = signed_in(cast.eda).post(
        f"/library/{item.pk}/", {**form, "title": "Kept", "live_until": "2026-01-01T09:00"}
    )
    assert wrong.status_code == 422
    assert "Kept" in wrong.content.decode()


def test_words_are_checked_for_each_network_and_never_there_twice(cast: Cast) -> None:
    item = factories.item()
    captions.add(person=cast.eda, item=item, language="en", text="One")
    for text, network in (("One", ""), ("", ""), ("x" * 290, "bluesky"), ("x" * 3001, "")):
        with pytest.raises(ValidationError):
            captions.add(person=cast.eda, item=item, language="en", text=text, network=network)
    for number in range(14):
        captions.add(person=cast.eda, item=item, language="en", text=f"Words {number}")
    with pytest.raises(ValidationError):
        captions.add(person=cast.eda, item=item, language="en", text="One too many")


def test_refused_words_come_back_in_their_field(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item()
    answer = signed_in(cast.eda).post(
        f"/library/{item.pk}/words/", {"language": "en", "network": "bluesky", "text": "y" * 400}
    )
    assert answer.status_code == 422
    assert "y" * 400 in answer.content.decode()


def test_a_feed_becomes_drafts_once_however_often_it_is_read(cast: Cast, web: dict[str, Fetched]) -> None:
    rss = b"""<rss version="2.0"><channel><title>News</title><item><title>One</title><link>https://n.example/1</link></item>
    <item><title>Two</title><link>https://n.example/2</link></item></channel></rss>"""
    web["https://n.example/rss"] = page("https://n.example/rss", rss, "application/rss+xml")
    feed, reading = feeds.add(person=cast.eda, url="n.example/rss", category=factories.category())
    assert (reading.new, Item.objects.filter(state="draft").count()) == (2, 2)
    assert feeds.read(feed).new == 0
    assert Item.objects.count() == 2
    with pytest.raises(ValidationError):
        feeds.add(person=cast.eda, url="n.example/rss", category=factories.category())


def test_a_feed_that_fails_remembers_why_and_waits_longer(cast: Cast, web: dict[str, Fetched]) -> None:
    feed = Feed.objects.create(url="https://down.example/rss", category=factories.category())
    feeds.read_due()
    feed.refresh_from_db()
    assert feed.failures == 1
    assert "does not answer" in feed.trouble
    assert feed.next_read_at > timezone.now() + timedelta(minutes=100)


def test_a_picture_is_written_anew_without_what_a_camera_knows(cast: Cast, client: Client) -> None:
    out, exif = BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (59.0, 26.0, 0.0)}
    Image.new("RGB", (3000, 2000), "teal").save(out, "JPEG", exif=exif)
    kept = media.keep(out.getvalue(), alt="Teal")
    assert (kept.width, kept.height) == (1200, 800)
    answer = client.get(kept.path)
    served = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not Image.open(BytesIO(served)).getexif()
    assert media.keep(out.getvalue()).pk == kept.pk
    content, width, _height = media.for_network(kept, most_bytes=20_000)
    assert len(content) <= 20_000
    assert width <= 1200


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", jpeg()[:200]])
def test_what_is_no_picture_is_refused(cast: Cast, signed_in: SignIn, content: bytes) -> None:
    with pytest.raises(ValidationError):
        media.keep(content)
    assert not Media.objects.exists()


def test_a_broken_picture_is_told_in_the_form(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("A", state="draft")
    form = {"title": "A", "url": item.url, "language": "en", "category": item.category_id}
    broken = SimpleUploadedFile("x.jpg", b"not a picture", "image/jpeg")
    answer = signed_in(cast.eda).post(f"/library/{item.pk}/", {**form, "picture": broken})
    assert answer.status_code == 422
    assert "no picture that Kaja can read" in answer.content.decode()


PAGES = ["/library/", "/library/new/", "/library/sources/", "/review/"]


@pytest.mark.parametrize("path", PAGES)
def test_advocates_and_people_without_a_role_meet_404_and_strangers_the_sign_in(
    cast: Cast, signed_in: SignIn, client: Client, path: str
) -> None:
    assert signed_in(cast.liis).get(path).status_code == 404
    assert signed_in(cast.sten).get(path).status_code == 404
    assert client.get(path).status_code == 302


def test_verbs_refuse_whoever_may_not(cast: Cast) -> None:
    item = factories.item(state="in_review")
    for wrong in (cast.sten, cast.liis):
        for verb in (
            lambda: items.create(person=wrong, title="x", category=item.category),
            lambda: items.change(person=wrong, item=item, title="x"),
            lambda: items.withdraw(person=wrong, item=item, reason=""),
            lambda: items.look_up(person=wrong, address="https://x.example/"),
            lambda: captions.add(person=wrong, item=item, language="en", text="x"),
            lambda: review.submit(person=wrong, item=item),
            lambda: review.approve(person=wrong, item=item),
            lambda: review.return_(person=wrong, item=item, reason="x"),
            lambda: feeds.add(person=wrong, url="https://x.example/", category=item.category),
        ):
            with pytest.raises(PermissionDenied):
                verb()
    with pytest.raises(PermissionDenied):
        review.approve(person=cast.eda, item=item)


def test_what_is_meant_for_riga_cannot_be_read_in_tallinn(cast: Cast, signed_in: SignIn) -> None:
    from kaja.people import audiences

    riga = audiences.everyone_or(teams=[], locations=["Riga"], languages=[])
    item = factories.item("For Riga", audience=riga)
    assert signed_in(cast.mart).get(f"/read/{item.pk}/").status_code == 200
    assert signed_in(cast.liis).get(f"/read/{item.pk}/").status_code == 404
    draft = factories.item("Draft", state="draft")
    assert signed_in(cast.liis).get(f"/read/{draft.pk}/").status_code == 404
    assert signed_in(cast.eda).get(f"/read/{draft.pk}/").status_code == 200


def test_a_feed_that_fails_for_weeks_is_still_tried_once_a_day(cast: Cast, web: dict[str, Fetched]) -> None:
    feed = Feed.objects.create(url="https://down.example/rss", category=factories.category(), failures=400)
    feeds.read_due()
    feed.refresh_from_db()
    assert timezone.now() < feed.next_read_at <= timezone.now() + timedelta(days=1)


def test_a_picture_as_tall_as_a_tower_is_made_smaller(cast: Cast) -> None:
    out = BytesIO()
    Image.new("RGB", (10, 20000), "teal").save(out, "PNG")
    kept = media.keep(out.getvalue())
    assert kept.height <= 4800


def test_what_can_be_seen_through_is_seen_on_white(cast: Cast, client: Client) -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    served = b"".join(client.get(media.keep(out.getvalue()).path).streaming_content)  # type: ignore[attr-defined]
    pixel = Image.open(BytesIO(served)).convert("RGB").getpixel((10, 10))
    assert pixel == (255, 255, 255)


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", "http://["), ("url", "https://a b/"), ("url", "javascript:alert(1)"), ("url", "https://x.example/" + "a" * 2000),
     ("title", "x" * 301), ("summary", "x" * 4001), ("language", "english"), ("language", "")],
)  # fmt: skip
def test_what_could_not_be_shared_or_stored_is_refused_by_its_field(cast: Cast, field: str, value: str) -> None:
    fields = {"title": "T", "url": "https://x.example/", "category": factories.category(), field: value}
    with pytest.raises(ValidationError) as refused:
        items.create(person=cast.eda, **fields)  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == [field]


def test_an_address_in_letters_of_any_alphabet_can_be_shared(cast: Cast) -> None:
    made = items.create(
        person=cast.eda, title="Õun", url="https://et.wikipedia.org/wiki/Õun", category=factories.category()
    )
    assert made.url == "https://et.wikipedia.org/wiki/%C3%95un"


def test_words_for_a_network_that_is_none_are_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        captions.add(person=cast.eda, item=factories.item(), language="en", text="x", network="myspace")
    with pytest.raises(ValidationError):
        captions.add(person=cast.eda, item=factories.item(), language="<b>", text="x")

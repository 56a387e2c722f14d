"""Nine kinds of item: what each needs, how it is kept, when it is over, and that nothing written is lost (A3)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kaja.content import attaching, captions, items, kinds, particulars, review
from kaja.content.forms import ItemForm
from kaja.content.models import Attachment, Item, Media
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
TALLINN = ZoneInfo("Europe/Tallinn")


def draft(person: Person, kind: str, **fields: Any) -> Item:
    fields.setdefault("category", factories.category())
    return items.create(person=person, title=fields.pop("title", "Õhtu laboris"), kind=kind, **fields)


def page_of(item: Item) -> dict[str, Any]:
    """What the editor's page sends when nothing is changed."""
    form = ItemForm(item=item)
    sent = {name: form[name].value() for name in form.fields}
    for name in ("live_from", "live_until"):
        if sent.get(name):
            sent[name] = f"{sent[name]:%Y-%m-%dT%H:%M}"
    return {name: value for name, value in sent.items() if value not in (None, False)}


def other_media(kind: str, name: str) -> Media:
    return Media.objects.create(
        kind=kind,
        name=name,
        size=120_000,
        file="x",
        width=0,
        height=0,
        mime="application/pdf",
        sha256=name.ljust(64, "0"),
    )


# --- beginning ------------------------------------------------------------------------------------------------------
def test_the_page_for_a_new_post_offers_every_kind_and_each_begins_its_own_draft(cast: Cast, signed_in: SignIn) -> None:
    eda = signed_in(cast.eda)
    chooser = eda.get("/library/new/").content.decode()
    category = factories.category()
    for kind in kinds.KINDS.values():
        if kind.key == Item.Kind.LINK:
            continue
        assert f"?kind={kind.key}" in chooser
        form = {"title": f"A new {kind.key}", "category": category.pk, "language": "et"}
        answer = eda.post(f"/library/new/?kind={kind.key}", form)
        item = Item.objects.get(title=f"A new {kind.key}")
        assert answer["Location"] == f"/library/{item.pk}/"
        assert (item.kind, item.language, item.state) == (kind.key, "et", "draft")
        assert eda.get(f"/library/{item.pk}/").status_code == 200
        assert eda.get(f"/read/{item.pk}/").status_code == 200


def test_a_title_is_asked_for_and_what_was_chosen_stays(cast: Cast, signed_in: SignIn) -> None:
    form = {"title": " ", "category": factories.category().pk, "language": "et"}
    answer = signed_in(cast.eda).post("/library/new/?kind=event", form)
    assert answer.status_code == 422
    assert "Give it a title." in answer.content.decode()
    assert '<option value="et" selected>' in answer.content.decode()


# --- what each needs ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("article", "The article has no text yet."),
        ("images", "It has no pictures yet."),
        ("video", "It needs a video, or the address of one."),
        ("document", "It needs a document, or the address of one."),
        ("event", "“Begins” is not filled in yet."),
        ("say", "Say what you invite colleagues to tell."),
    ],
)
def test_a_draft_may_lack_what_its_kind_needs_but_is_not_approved_without(cast: Cast, kind: str, sentence: str) -> None:
    item = draft(cast.eda, kind)
    captions.add(person=cast.eda, item=item, language="en", text="Words")
    review.submit(person=cast.eda, item=item)
    with pytest.raises(ValidationError, match=sentence):
        review.approve(person=cast.rein, item=item)


def test_whole_items_of_every_kind_are_approved(cast: Cast) -> None:
    whole: dict[str, dict[str, Any]] = {
        "link": {"url": "https://nordwind.example/a"},
        "article": {"body": "Once upon a time."},
        "images": {},
        "video": {"url": "https://nordwind.example/film"},
        "document": {"url": "https://nordwind.example/guide.pdf", "details": {"what": "guide"}},
        "job": {"details": {"place": "Riga", "remote": "hybrid"}},
        "event": {"details": {"begins": "2027-01-10T18:00"}},
        "text": {},
        "say": {"summary": "What did you learn?", "details": {"hashtag": "#NordwindLearns"}},
    }
    assert set(whole) == set(kinds.KINDS)
    for kind, fields in whole.items():
        item = draft(cast.eda, kind, **fields)
        if kind == "images":
            attaching.add(person=cast.eda, item=item, media=factories.picture())
        if kind != "say":
            captions.add(person=cast.eda, item=item, language="en", text="Words")
        review.submit(person=cast.eda, item=item)
        review.approve(person=cast.rein, item=item)
        assert item.status == "live", kind


def test_what_is_approved_can_not_be_emptied(cast: Cast) -> None:
    article = draft(cast.eda, "article", body="Text")
    Item.objects.filter(pk=article.pk).update(state="approved", live_from=timezone.now(), approved_at=timezone.now())
    emptied = items.change(person=cast.kadri, item=article, body="  ")
    with pytest.raises(ValidationError, match="no text yet"):
        factories.reviewed(cast.kadri, cast.rein, emptied)
    pictures = draft(cast.eda, "images", title="Pictures")
    only = attaching.add(person=cast.eda, item=pictures, media=factories.picture())
    Item.objects.filter(pk=pictures.pk).update(state="approved", live_from=timezone.now())
    without = attaching.remove(person=cast.kadri, attachment=only)
    with pytest.raises(ValidationError, match="no pictures yet"):
        factories.reviewed(cast.kadri, cast.rein, without)
    assert pictures.attachments.count() == 1


@pytest.mark.parametrize(
    ("kind", "details", "field"),
    [
        ("event", {"begins": "soon"}, "detail_begins"),
        ("event", {"begins": "2027-01-10T18:00", "ends": "2027-01-10T17:00"}, "detail_ends"),
        ("event", {"begins": "2027-03-28T03:30", "zone": "Europe/Tallinn"}, "detail_begins"),
        ("event", {"begins": "2027-01-10T18:00", "zone": "Moon/Base"}, "detail_zone"),
        ("event", {"begins": "2027-01-10T18:00", "online": "javascript:alert(1)"}, "detail_online"),
        ("job", {"last_day": "31.12."}, "detail_last_day"),
        ("job", {"remote": "sometimes"}, "detail_remote"),
        ("job", {"place": "x" * 500}, "detail_place"),
        ("say", {"hashtag": "two words"}, "detail_hashtag"),
        ("job", {"salary": "high"}, "details"),
        ("job", ["place"], "details"),
    ],
)
def test_details_that_make_no_sense_are_told_at_their_field(cast: Cast, kind: str, details: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        draft(cast.eda, kind, details=details)
    assert field in refused.value.message_dict


# --- another kind ---------------------------------------------------------------------------------------------------
def test_another_kind_keeps_everything_that_was_written(cast: Cast, signed_in: SignIn) -> None:
    item = draft(cast.eda, "event", details={"begins": "2027-01-10T18:00", "place": "Tallinn"}, summary="Come.")
    eda = signed_in(cast.eda)
    eda.post(f"/library/{item.pk}/", page_of(item) | {"kind": "article", "title": "Typed in the same moment"})
    item.refresh_from_db()
    assert (item.kind, item.title, item.summary) == ("article", "Typed in the same moment", "Come.")
    eda.post(f"/library/{item.pk}/", page_of(item) | {"body": "# Text", "kind": "say"})
    item.refresh_from_db()
    assert (item.kind, item.body, item.url) == ("say", "# Text", "")
    eda.post(f"/library/{item.pk}/", page_of(item) | {"kind": "event"})
    item.refresh_from_db()
    assert item.details["begins"] == "2027-01-10T18:00"
    assert item.details["place"] == "Tallinn"
    assert item.body == "# Text"


def test_an_address_waits_aside_while_the_kind_has_no_use_for_it(cast: Cast) -> None:
    item = draft(cast.eda, "link", url="https://nordwind.example/a")
    item = items.change(person=cast.eda, item=item, kind="article")
    assert item.url.endswith("/stories/ohtu-laboris/")
    item = items.change(person=cast.eda, item=item, kind="say")
    assert item.url == ""
    item = items.change(person=cast.eda, item=item, kind="link")
    assert item.url == "https://nordwind.example/a"


def test_what_was_approved_keeps_its_kind(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="keeps its kind"):
        items.change(person=cast.kadri, item=factories.item(), kind="text")


# --- when it is over ------------------------------------------------------------------------------------------------
def test_an_event_leaves_the_feed_at_its_end_on_its_own_clock(cast: Cast, signed_in: SignIn) -> None:
    details = {"begins": "2027-01-10T18:00", "ends": "2027-01-10T20:00", "zone": "America/New_York"}
    item = draft(cast.eda, "event", details=details)
    assert item.live_until == datetime(2027, 1, 10, 20, tzinfo=ZoneInfo("America/New_York"))
    moved = items.change(person=cast.eda, item=item, details={**details, "ends": "2027-01-10T22:00"})
    assert moved.live_until == datetime(2027, 1, 10, 22, tzinfo=ZoneInfo("America/New_York"))
    page = signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    assert "It leaves the feed when it is over:" in page
    assert 'name="live_until"' not in page


def test_an_event_without_an_end_is_over_with_its_day_and_a_job_after_its_last(cast: Cast) -> None:
    assert draft(cast.eda, "event", details={"begins": "2027-01-10T18:00"}).live_until == datetime(
        2027, 1, 11, tzinfo=TALLINN
    )
    assert draft(cast.eda, "job", details={"last_day": "2027-02-01"}).live_until == datetime(2027, 2, 2, tzinfo=TALLINN)
    assert draft(cast.eda, "job").live_until is None


def test_a_time_with_an_offset_is_brought_to_the_clock_of_the_event(cast: Cast) -> None:
    item = draft(cast.eda, "event", details={"begins": "2027-01-10T16:00:00Z", "zone": "Europe/Tallinn"})
    assert item.details["begins"] == "2027-01-10T18:00"
    assert kinds.moment(item, "begins") == datetime(2027, 1, 10, 18, tzinfo=TALLINN)


def test_an_event_says_what_its_time_is_on_the_clock_of_the_reader(cast: Cast) -> None:
    item = draft(cast.eda, "event", details={"begins": "2027-01-10T18:00", "zone": "Europe/Berlin"})
    with timezone.override("Europe/Tallinn"):
        assert particulars.of(item).facts[0].text == "18:00 in Berlin, 19:00 your time"
    with timezone.override("Europe/Madrid"):
        assert particulars.of(item).facts[0].text == "18:00"


# --- files ----------------------------------------------------------------------------------------------------------
def upload(colour: str) -> SimpleUploadedFile:
    with factories.picture(colour, alt="").file.open("rb") as file:
        return SimpleUploadedFile(f"{colour}.webp", file.read(), "image/webp")


def test_pictures_are_added_described_moved_and_removed(cast: Cast, signed_in: SignIn) -> None:
    item, eda = draft(cast.eda, "images"), signed_in(cast.eda)
    files = [upload(colour) for colour in ("teal", "navy", "gold")]
    assert eda.post(f"/library/{item.pk}/files/", {"file": files}).status_code == 302
    first, second, third = item.attachments.all()
    eda.post(f"/library/{item.pk}/files/{third.pk}/move/", {"to": "0"})
    assert [one.pk for one in item.attachments.all()] == [third.pk, first.pk, second.pk]
    eda.post(f"/library/{item.pk}/files/{first.pk}/describe/", {"alt": "A <b>teal</b> robot"})
    assert "A &lt;b&gt;teal&lt;/b&gt; robot" in eda.get(f"/library/{item.pk}/").content.decode()
    eda.post(f"/library/{item.pk}/files/{second.pk}/remove/")
    assert [one.pk for one in item.attachments.all()] == [third.pk, first.pk]
    item.refresh_from_db()
    assert item.image_id == first.media_id  # the one that came first stands for the item in lists
    eda.post(f"/library/{item.pk}/files/{first.pk}/remove/")
    item.refresh_from_db()
    assert item.image_id == third.media_id
    assert Media.objects.filter(pk=second.media_id).exists()


def test_who_writes_while_pictures_are_added_can_still_save(cast: Cast, signed_in: SignIn) -> None:
    item, eda = draft(cast.eda, "images"), signed_in(cast.eda)
    typed = page_of(item) | {"title": "Typed meanwhile"}
    eda.post(f"/library/{item.pk}/files/", {"file": upload("teal")})
    assert eda.post(f"/library/{item.pk}/", typed).status_code == 302
    item.refresh_from_db()
    assert (item.title, item.image is not None) == ("Typed meanwhile", True)


def test_a_video_plays_on_its_card(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Film", "Look", kind="video")
    item.attachments.create(media=other_media("video", "film.mp4"))
    page = signed_in(cast.liis).get("/").content.decode()
    assert '<video class="player" controls' in page
    assert 'aria-label="film.mp4"' in page


def test_what_does_not_fit_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    item, eda = draft(cast.eda, "images"), signed_in(cast.eda)
    for content, sentence in ((b"<svg/>", "no picture"), (b"", "Choose a file first")):
        sent = {"file": SimpleUploadedFile("a.svg", content)} if content else {}
        page = eda.post(f"/library/{item.pk}/files/", sent, follow=True).content.decode()
        assert sentence in page
    with pytest.raises(ValidationError, match="another kind of file: Picture"):
        attaching.add(person=cast.eda, item=item, media=other_media("document", "guide.pdf"))
    with pytest.raises(ValidationError, match="takes no files"):
        attaching.add(person=cast.eda, item=draft(cast.eda, "text", title="T"), media=factories.picture())
    attaching.add(person=cast.eda, item=item, media=factories.picture())
    with pytest.raises(ValidationError, match="there already"):
        attaching.add(person=cast.eda, item=item, media=factories.picture())
    for number in range(9):
        attaching.add(person=cast.eda, item=item, media=factories.picture(width=80 + number))
    with pytest.raises(ValidationError, match="There are 10 already"):
        attaching.add(person=cast.eda, item=item, media=factories.picture(width=200))


def test_a_document_takes_the_place_of_the_one_before_and_stands_on_the_card_to_download(
    cast: Cast, signed_in: SignIn
) -> None:
    item = draft(cast.eda, "document", details={"what": "guide"})
    attaching.add(person=cast.eda, item=item, media=other_media("document", "old.pdf"))
    attaching.add(person=cast.eda, item=item, media=other_media("document", "guide.pdf"))
    assert [one.media.name for one in item.attachments.all()] == ["guide.pdf"]
    Item.objects.filter(pk=item.pk).update(state="approved", live_from=timezone.now(), approved_at=timezone.now())
    page = signed_in(cast.liis).get("/").content.decode()
    assert 'download="guide.pdf"' in page
    assert "One-page guide" in page
    assert "PDF" in page


def test_nobody_but_editors_touches_files_and_a_live_item_changes_once_it_is_approved(cast: Cast) -> None:
    item = factories.item("Party", "Words", kind="images")
    for person in (cast.liis, cast.rein, cast.viivi):
        with pytest.raises(PermissionDenied):
            attaching.add(person=person, item=item, media=factories.picture())
    change = attaching.add(person=cast.eda, item=item, media=factories.picture()).item
    assert (change.replaces, item.attachments.count()) == (item, 0)
    factories.reviewed(cast.eda, cast.rein, change)
    only = Attachment.objects.get()
    assert only.item == item
    with pytest.raises(PermissionDenied):
        attaching.remove(person=cast.liis, attachment=only)
    with pytest.raises(PermissionDenied):
        attaching.describe(person=cast.liis, attachment=only, alt="x")
    with pytest.raises(PermissionDenied):
        attaching.move(person=cast.liis, attachment=only, to=0)


# --- cards ----------------------------------------------------------------------------------------------------------
def test_cards_show_what_the_kind_has(cast: Cast, signed_in: SignIn) -> None:
    factories.item(
        "Open day",
        "Come",
        kind="event",
        details={"begins": "2027-01-10T18:00", "place": "Lab <1>", "zone": "Europe/Tallinn"},
    )
    factories.item(
        "Riga job", "Come", kind="job", details={"place": "Riga", "remote": "hybrid", "last_day": "2027-02-01"}
    )
    pictured = factories.item("Party", "Look", kind="images", image=None)
    for place, colour in enumerate(("teal", "navy", "gold", "red")):
        media = factories.picture(colour, alt=f"A {colour} robot")
        Attachment.objects.create(item=pictured, media=media, position=place)
    factories.item("Say", kind="say", url="", summary="What did you learn?", details={"hashtag": "NordwindLearns"})
    page = signed_in(cast.liis).get("/").content.decode()
    assert 'datetime="2027-01-10T18:00:00+02:00"' in page
    for words in ("Lab &lt;1&gt;", "Riga", "Partly from home", "Apply by 1 February", "A gold robot", "+1",
                  "What did you learn?", "#NordwindLearns", "Say it yourself"):  # fmt: skip
        assert words in page, words
    assert "A red robot" not in page


def test_whatever_changes_of_a_kind_is_drawn_at_once(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Open day", "Come", kind="event", details={"begins": "2027-01-10T18:00", "place": "Lab"})
    liis = signed_in(cast.liis)
    assert "Lab" in liis.get("/").content.decode()
    row = items.change(person=cast.kadri, item=item, details={"begins": "2027-01-10T18:00", "place": "Town hall"})
    assert "Town hall" not in liis.get("/").content.decode()
    factories.reviewed(cast.kadri, cast.rein, row)
    assert "Town hall" in liis.get("/").content.decode()


def test_expired_events_leave_the_feed(cast: Cast, signed_in: SignIn) -> None:
    item = draft(cast.eda, "event", title="Past event", details={"begins": "2027-01-10T18:00"})
    Item.objects.filter(pk=item.pk).update(state="approved", live_from=timezone.now() - timedelta(days=3))
    assert "Past event" in signed_in(cast.liis).get("/").content.decode()
    Item.objects.filter(pk=item.pk).update(live_until=timezone.now() - timedelta(minutes=1))
    assert "Past event" not in signed_in(cast.liis).get("/").content.decode()

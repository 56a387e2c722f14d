"""Media: what is taken, what it becomes, what is refused and how it is served (B5)."""

import errno
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from kaja.audit.models import Line
from kaja.content import files, fits, gallery, items, media, mp4, particulars, webm
from kaja.content.models import Attachment, Item, Media
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
FIXTURES = Path(__file__).with_name("fixtures")
FILMS = {"camera.mov": (160, 90), "place.mov": (90, 160), "place.mp4": (160, 90), "place.webm": (160, 90)}


def picture(form: str = "JPEG", size: tuple[int, int] = (1600, 900), **options: Any) -> bytes:
    out = BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, form, **options)
    return out.getvalue()


def pdf(pages: int = 2, change: Callable[[PdfWriter], object] = lambda _writer: None) -> bytes:
    writer, out = PdfWriter(), BytesIO()
    for _page in range(pages):
        writer.add_blank_page(595, 842)
    change(writer)
    writer.write(out)
    return out.getvalue()


def taken(person: Person, content: bytes, name: str = "a file", alt: str = "") -> Media:
    return media.receive(person=person, file=BytesIO(content), size=len(content), name=name, alt=alt)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# --- pictures -------------------------------------------------------------------------------------------------------
def test_the_place_where_a_phone_took_a_picture_is_in_none_of_its_sizes(cast: Cast, client: Client) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone of Liis"
    exif[0x8825] = {1: "N", 2: (59.0, 26.0, 13.2), 3: "E", 4: (24.0, 45.0, 13.0)}
    original = picture(exif=exif, comment=b"secret place")
    assert Image.open(BytesIO(original)).getexif().get_ifd(0x8825)  # The camera wrote it indeed.
    row = taken(cast.eda, original)
    addresses = [part.split()[0] for part in (row.srcset + ", " + row.srcset_avif).split(", ")]
    assert [width for _suffix, width in row.sizes] == [480, 1200, 1600]
    assert len(addresses) == 6
    for address in addresses:
        answer = client.get(address)
        served = body(answer)
        kept = Image.open(BytesIO(served))
        assert not kept.getexif()
        assert kept.info.keys().isdisjoint({"exif", "comment", "xmp", "icc_profile"})
        assert b"secret" not in served
        assert answer["Content-Type"] == f"image/{address.rsplit('.', 1)[1]}"


def test_avif_is_smaller_than_webp() -> None:
    amr = Path("kaja/static/kaja/img/amr.jpg").read_bytes()
    from kaja.content import pictures

    for one in pictures.written(pictures.opened(amr)):
        assert len(one.avif) < len(one.webp)


def test_a_zip_behind_a_picture_is_gone_and_an_animation_becomes_its_first_picture(cast: Cast, client: Client) -> None:
    hidden = BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    row = taken(cast.eda, picture("PNG", (30, 20)) + hidden.getvalue())
    assert b"evil" not in body(client.get(row.path))
    frames, out = [Image.new("RGB", (40, 20), colour) for colour in ("red", "blue")], BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    still = Image.open(BytesIO(body(client.get(taken(cast.eda, out.getvalue()).path))))
    assert getattr(still, "n_frames", 1) == 1
    red, _green, blue = still.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red > 200 > blue


HEADER = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
PIXELS = b"IDAT" + zlib.compress(b"\0" * 100_000)


def chunk(content: bytes) -> bytes:
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


BOMB = b"\x89PNG\r\n\x1a\n" + chunk(HEADER) + chunk(PIXELS) + chunk(b"IEND")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG pictures can carry scripts"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "SVG pictures can carry scripts"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"GIF89a/*<script>alert(1)</script>*/=1", "no picture that Kaja can read"),
        (b"\xff\xd8\xff\xe0<html><script>alert(1)</script>", "no picture that Kaja can read"),
        (BOMB, "50 megapixels"),
        (b"PK\x03\x04 a docx", "Save it as PDF"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (b"MZ\x90\0 a program", "Kaja cannot tell what this is"),
        (b"", "Kaja cannot tell what this is"),
        (b"%PDF-1.4\n<script>alert(1)</script>", "This PDF is broken"),
        (b"\0\0\0\x18ftypisom" + b"\0" * 40, "broken, or not all of it"),
        (b"\x1a\x45\xdf\xa3\x9f" + b"\0" * 40, "broken, or not all of it"),
    ],
)
def test_what_is_not_what_it_says_is_refused_with_a_sentence(cast: Cast, content: bytes, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        taken(cast.eda, content, "holiday.jpg")
    assert sentence in refused.value.messages[0]
    assert not Media.objects.exists()


def test_the_name_says_nothing_about_what_a_file_is(cast: Cast) -> None:
    row = taken(cast.eda, pdf(), "../../etc/holi\u202eday\x07.jpg")
    assert (row.kind, row.mime, row.name) == ("document", "application/pdf", "holiday.jpg")


# --- films ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FILMS)
def test_a_film_keeps_its_pictures_and_loses_its_place_and_names(cast: Cast, signed_in: SignIn, name: str) -> None:
    original = (FIXTURES / name).read_bytes()
    row = taken(cast.eda, original, name)
    assert (row.kind, row.width, row.height) == ("video", *FILMS[name])
    assert row.seconds == pytest.approx(2.0, abs=0.2)
    served = body(signed_in(cast.liis).get(row.path))
    assert len(served) == len(original)
    for secret in (b"+59.43", b"\xa9xyz", b"loci", b"Secret place", b"udta", b"LOCATION"):
        assert secret not in served
    # What the player needs is where it was: the same codec, length and size, read anew from what is served.
    again = (webm if name.endswith("webm") else mp4).look(BytesIO(served), len(served))
    assert (again.width, again.height, again.codec, again.seconds) == (row.width, row.height, row.codec, row.seconds)


def test_the_samples_hold_what_is_to_be_removed() -> None:
    """The test above would prove nothing if the cameras had written no place."""
    assert b"\xa9xyz" in (FIXTURES / "camera.mov").read_bytes()
    assert b"+59.43" in (FIXTURES / "place.mov").read_bytes()
    assert b"loci" in (FIXTURES / "place.mp4").read_bytes()
    assert b"LOCATION" in (FIXTURES / "place.webm").read_bytes()


def box(name: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", 8 + len(content), name) + content


def track(kind: bytes, codec: bytes, place: int, length: int) -> bytes:
    entry = box(codec, b"\0" * 24 + struct.pack(">HH", 320, 240) + b"\0" * 50)
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stsz", struct.pack(">III", 0, 0, 1), struct.pack(">I", length)),
        box(b"stsc", struct.pack(">II", 0, 1), struct.pack(">III", 1, 1, 1)),
        box(b"stco", struct.pack(">II", 0, 1), struct.pack(">I", place)),
    )
    handler = box(b"hdlr", b"\0" * 8 + kind + b"\0" * 13)
    return box(b"trak", box(b"tkhd", b"\0" * 84), box(b"mdia", box(b"mdhd", b"\0" * 24), handler, box(b"minf", table)))


def film(*tracks: tuple[bytes, bytes, bytes], extra: bytes = b"") -> bytes:
    """A film of tracks (kind, codec, the bytes of its only sample)."""
    head = box(b"ftyp", b"isom\0\0\0\0isom")
    place, samples, index = len(head) + 8, b"", b""
    for kind, codec, sample in tracks:
        index += track(kind, codec, place + len(samples), len(sample))
        samples += sample
    header = box(b"mvhd", b"\0" * 12 + struct.pack(">II", 1000, 5000) + b"\0" * 80)
    return head + box(b"mdat", samples) + box(b"moov", header, index) + extra


PLACES = b"59.4370,24.7536 at 12:00"


def test_a_track_of_sensors_is_emptied_with_its_samples(cast: Cast, signed_in: SignIn) -> None:
    content = film((b"vide", b"avc1", b"pictures!"), (b"meta", b"gpmd", PLACES), extra=box(b"uuid", PLACES))
    row = taken(cast.eda, content)
    served = body(signed_in(cast.eda).get(row.path))
    assert PLACES not in served
    assert b"gpmd" not in served
    assert b"pictures!" in served
    assert row.seconds == 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (film((b"vide", b"xyz9", b"a")), "browsers do not play"),
        (film((b"vide", b"encv", b"a")), "protected against copying"),
        (film((b"soun", b"mp4a", b"a")), "no picture in this video"),
        (film((b"vide", b"avc1", b"a"))[:-9], "not all of it has arrived"),
        (film((b"vide", b"avc1", b"a"), (b"meta", b"gpmd", PLACES)) + box(b"moof", b""), "does not take"),
        (film((b"vide", b"avc1", b"a")) + b"<html>", "not all of it has arrived"),
    ],
)
def test_a_film_that_could_not_be_played_or_cleaned_is_refused(cast: Cast, content: bytes, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        taken(cast.eda, content)
    assert sentence in refused.value.messages[0]


@pytest.mark.parametrize("name", FILMS)
def test_a_film_that_is_cut_or_changed_anywhere_never_breaks_the_reader(name: str) -> None:
    whole = (FIXTURES / name).read_bytes()
    look = (webm if name.endswith("webm") else mp4).look
    for at in range(0, len(whole), 7):
        for content in (
            whole[:at],
            whole[:at] + b"\xff\xff\xff" + whole[at + 3 :],
            whole[:at] + b"\0\0" + whole[at + 2 :],
        ):
            try:
                look(BytesIO(content), len(content))
            except mp4.Unfit:
                continue


# --- documents ------------------------------------------------------------------------------------------------------
def test_a_pdf_is_counted_and_its_first_page_drawn(cast: Cast, signed_in: SignIn, client: Client) -> None:
    row = taken(cast.eda, pdf(3), "Juhend.pdf")
    assert (row.kind, row.pages) == ("document", 3)
    drawn = Image.open(BytesIO(body(client.get(row.small_path))))
    assert drawn.width == 480
    assert drawn.height > drawn.width
    answer = signed_in(cast.sten).get(row.path)
    assert answer["Content-Disposition"] == 'attachment; filename="Juhend.pdf"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def launch(writer: PdfWriter) -> None:
    """Starts a program when it is opened."""
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")}
    )


def script(writer: PdfWriter) -> None:
    """Runs a script when somebody presses a place on the page; the action is an object of its own."""
    action = writer._add_object(
        DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("alert(1)")})
    )
    link = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/A"): action,
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (script, "act by themselves"),
        (lambda writer: writer.add_attachment("evil.exe", b"MZ"), "act by themselves"),
        (launch, "act by themselves"),
        (lambda writer: writer.encrypt("secret"), "locked with a password"),
    ],
)
def test_a_pdf_that_acts_or_is_locked_is_refused(
    cast: Cast, change: Callable[[PdfWriter], object], sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        taken(cast.eda, pdf(1, change))
    assert sentence in refused.value.messages[0]


def test_a_pdf_that_takes_too_long_is_refused_and_holds_nobody_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PDF_SECONDS", 0.01)
    with pytest.raises(ValidationError, match="too tangled"):
        taken(cast.eda, pdf())


# --- limits and the disk --------------------------------------------------------------------------------------------
def test_what_is_larger_than_the_setting_is_refused(cast: Cast, settings: Any) -> None:
    settings.MEDIA_MAX_DOCUMENT = 1000
    with pytest.raises(ValidationError, match="The document is larger than 0 MB"):
        taken(cast.eda, pdf(50))


def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_named: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(type(default_storage), "save", full, raising=False)
    monkeypatch.setattr(default_storage, "save", full, raising=False)
    for content in (picture(size=(30, 20)), (FIXTURES / "place.mp4").read_bytes(), pdf()):
        with pytest.raises(ValidationError, match="no room left on the disk"):
            taken(cast.eda, content)
    assert not Media.objects.exists()


def test_an_upload_that_goes_too_far_is_let_go_while_it_comes(cast: Cast, signed_in: SignIn, settings: Any) -> None:
    settings.MEDIA_MAX_PICTURE = settings.MEDIA_MAX_VIDEO = settings.MEDIA_MAX_DOCUMENT = 3_000_000
    large = SimpleUploadedFile("film.mp4", b"\0" * 4_000_000)
    fine = SimpleUploadedFile("fine.png", picture("PNG", (30, 20)))
    answer = signed_in(cast.eda).post("/media/", {"files": [fine, large]}, headers={"accept": "application/json"})
    told = answer.json()
    assert [one["name"] for one in told["media"]] == ["fine.png"]
    assert told["refused"] == [
        {"name": "film.mp4", "sentence": "The file is larger than 3 MB. Save it smaller and try again."}
    ]


# --- the still of a film --------------------------------------------------------------------------------------------
def test_a_film_shows_the_still_that_was_chosen_everywhere_and_lets_it_go(cast: Cast, signed_in: SignIn) -> None:
    row, browser = (
        taken(cast.eda, (FIXTURES / "place.mp4").read_bytes(), "film.mp4", "Liis and a robot"),
        signed_in(cast.eda),
    )
    page = f"/library/media/{row.pk}/"
    assert "data-frame" in browser.get(page).content.decode()
    browser.post(f"{page}still/", {"still": SimpleUploadedFile("a.png", picture("PNG", (320, 180))), "alt": ""})
    row.refresh_from_db()
    kept = Media.objects.get(sha256__startswith=row.still)
    assert (kept.kind, kept.alt) == (Media.Kind.PICTURE, "Liis and a robot")
    assert f'poster="{row.still_path}"' in " ".join(browser.get(page).content.decode().split())
    assert browser.get(row.still_path).status_code == browser.get(row.small_path).status_code == 200
    item = factories.item("A film", kind="video", url="")
    Attachment.objects.create(item=item, media=row, position=0)
    assert particulars.of(Item.objects.with_attachments().get(pk=item.pk)).poster == row.still_path
    with pytest.raises(ValidationError, match="still picture of a video"):
        media.remove(person=cast.eda, media=kept)
    browser.post(f"{page}still/", {"none": "1"})
    row.refresh_from_db()
    assert (row.still_path, row.small_path) == ("", "")
    media.remove(person=cast.eda, media=kept)


@pytest.mark.parametrize(
    ("sent", "said"),
    [(b"", "Choose a picture first."), (b"<svg/>", "SVG pictures can carry"), (b"%PDF-1.4", "no picture")],
)
def test_what_is_no_picture_is_no_still(cast: Cast, signed_in: SignIn, sent: bytes, said: str) -> None:
    row = taken(cast.eda, (FIXTURES / "place.mp4").read_bytes(), "film.mp4")
    files = {"still": SimpleUploadedFile("a.png", sent)} if sent else {}
    answer = signed_in(cast.eda).post(f"/library/media/{row.pk}/still/", files)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with pytest.raises(PermissionDenied):
        media.show_still(person=cast.liis, media=row, content=picture())
    with pytest.raises(ValidationError, match="Only a video"):
        media.show_still(person=cast.eda, media=taken(cast.eda, picture()), content=picture())


# --- serving --------------------------------------------------------------------------------------------------------
@pytest.fixture
def reel(cast: Cast) -> tuple[Media, bytes]:
    row = taken(cast.eda, (FIXTURES / "place.mp4").read_bytes(), "Liis „kohv“.mp4")
    return row, files.read(row.file.name or "")


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [("bytes=0-99", 206, 0, 100), ("bytes=8000-", 206, 8000, None), ("bytes=-10", 206, -10, None),
     ("bytes=0-999999999", 206, 0, None), ("bytes=1-1", 206, 1, 2), ("bytes=0-1,4-5", 200, 0, None),
     ("lines=1-2", 200, 0, None), ("", 200, 0, None)],
)  # fmt: skip
def test_a_player_gets_the_stretch_it_asks_for(
    cast: Cast, signed_in: SignIn, reel: tuple[Media, bytes], asked: str, status: int, start: int, end: int | None
) -> None:
    row, whole = reel
    headers = {"accept-encoding": "gzip"} | ({"range": asked} if asked else {})
    answer = signed_in(cast.liis).get(row.path, headers=headers)
    assert (answer.status_code, body(answer)) == (status, whole[start:end])
    assert answer["Content-Length"] == str(len(whole[start:end]))
    assert "Content-Encoding" not in answer
    if status == 206:
        first = start if start >= 0 else len(whole) + start
        assert answer["Content-Range"] == f"bytes {first}-{first + len(whole[start:end]) - 1}/{len(whole)}"


def test_a_stretch_that_is_not_there_what_is_known_already_and_the_head(
    cast: Cast, signed_in: SignIn, reel: tuple[Media, bytes]
) -> None:
    row, whole = reel
    liis = signed_in(cast.liis)
    beyond = liis.get(row.path, headers={"range": "bytes=99999999-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")
    first = liis.head(row.path)
    assert (first["Content-Length"], first["Accept-Ranges"], first.content) == (str(len(whole)), "bytes", b"")
    assert "immutable" in first["Cache-Control"]
    assert liis.get(row.path, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_films_and_documents_are_for_those_who_are_signed_in_or_hold_the_key(
    cast: Cast, client: Client, reel: tuple[Media, bytes]
) -> None:
    row, whole = reel
    assert client.get(row.path).status_code == 302
    assert client.get(f"{row.path}?key=made:up").status_code == 302
    address = media.fetched(row).removeprefix("http://localhost:8000")
    assert body(client.get(address)) == whole
    other = taken(cast.eda, pdf(), "a.pdf")
    key = address.partition("?key=")[2]
    assert client.get(f"{other.path}?key={key}").status_code == 302


def test_no_page_of_ours_can_be_served_from_media(cast: Cast, signed_in: SignIn, reel: tuple[Media, bytes]) -> None:
    row, _whole = reel
    stem = row.sha256[:32]
    for path in (f"/files/{stem}.html", f"/files/{stem}.pdf", f"/files/{stem}.webm", "/files/../kaja.sqlite3",
                 f"/pictures/{stem}.svg", f"/pictures/{stem}.webp"):  # fmt: skip
        assert signed_in(cast.liis).get(path).status_code == 404
    named = signed_in(cast.liis).get(row.path)["Content-Disposition"]
    assert named.startswith("inline; filename*=utf-8''Liis%20")


# --- networks -------------------------------------------------------------------------------------------------------
def verdict(row: Media, network: str) -> tuple[str, str]:
    fit = fits.look(row, BY_KEY[network])
    return fit.verdict, " ".join(fit.reasons)


def test_each_network_says_whether_a_file_fits_and_why_not() -> None:
    large = Media(kind="picture", width=1200, height=800, size=7_200_000, sizes=[["", 1200], ["-large", 2000]])
    assert verdict(large, "bluesky") == ("made", "It is 7.2 MB, and 0.95 MB is the most. Kaja makes it smaller.")
    assert verdict(large, "threads") == ("fits", "Goes as JPEG, 2000 × 1333.")
    narrow = Media(kind="picture", width=200, height=100, size=9_000, sizes=[["-small", 200]])
    assert verdict(narrow, "threads") == ("cannot", "It is 200 pixels wide, and 320 is the least.")
    assert verdict(Media(kind="picture", width=1200, height=60, sizes=[]), "threads")[0] == "cannot"
    reel = Media(kind="video", mime="video/mp4", codec="h264", seconds=200, size=1_000_000, width=1920, height=1080)
    assert verdict(reel, "x") == ("cannot", "It is 3:20 min long, and 2:20 min is the most.")
    assert verdict(reel, "linkedin") == ("fits", "Goes as it is.")
    assert verdict(Media(kind="video", mime="video/webm", seconds=10, size=1), "bluesky")[0] == "cannot"
    assert verdict(Media(kind="video", mime="video/mp4", codec="h265", seconds=9, size=1), "x")[0] == "cannot"
    paper = Media(kind="document", pages=400, size=1_000_000)
    assert verdict(paper, "linkedin") == ("cannot", "It has 400 pages, and 300 is the most.")
    assert verdict(paper, "x") == ("cannot", "It takes no documents. Share a link to it.")
    assert "words and a link" in verdict(paper, "facebook")[1]


def test_the_editor_sees_what_networks_make_of_an_item_with_its_files(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Album")
    assert fits.of_item(item) == []
    reel = taken(cast.eda, (FIXTURES / "place.mp4").read_bytes(), "b.mp4")
    Attachment.objects.create(item=item, media=reel)
    page = signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    assert "It is 2 s long, and 3 s is the least." in page
    assert "It takes no videos." in page


def test_five_pictures_are_one_too_many_where_four_are_taken() -> None:
    five = [Media(kind="picture", width=1200, height=800, size=1000, sizes=[["", 1200]]) for _n in range(5)]
    assert fits.together(five, BY_KEY["x"]).reasons == ["It takes 4 pictures at most, and there are 5."]
    assert fits.together(five, BY_KEY["linkedin"]).verdict == "fits"
    mixed = [*five[:1], Media(kind="video", mime="video/mp4", seconds=5, size=1)]
    assert fits.together(mixed, BY_KEY["linkedin"]).verdict == "cannot"


# --- pages ----------------------------------------------------------------------------------------------------------
def test_an_editor_uploads_several_files_and_is_asked_what_they_show(cast: Cast, signed_in: SignIn) -> None:
    eda = signed_in(cast.eda)
    sent = [SimpleUploadedFile("a.png", picture("PNG", (30, 20))), SimpleUploadedFile("b.pdf", pdf()),
            SimpleUploadedFile("c.svg", b"<svg/>")]  # fmt: skip
    answer = eda.post("/media/", {"files": sent}, follow=True)
    page = answer.content.decode()
    assert "c.svg: SVG pictures can carry scripts" in page
    first, second = Media.objects.order_by("pk")
    assert f'name="alt-{first.pk}"' in page
    assert f'name="alt-{second.pk}"' in page
    assert "2 files do not say yet what they show." in page
    eda.post("/library/media/alt/", {f"alt-{first.pk}": " A grey  field ", f"alt-{second.pk}": ""})
    assert [row.alt for row in Media.objects.order_by("pk")] == ["A grey field", ""]
    assert "1 file does not say yet what it shows." in eda.get("/library/media/").content.decode()
    assert Line.objects.filter(verb="media.added", actor=cast.eda).count() == 2


def test_an_upload_that_is_refused_or_empty_stays_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.eda).post("/media/", {"files": SimpleUploadedFile("x.svg", b"<svg/>")})
    assert answer.status_code == 422
    assert "SVG pictures can carry scripts" in answer.content.decode()
    assert "Choose one or more files" in signed_in(cast.eda).post("/media/").content.decode()


def test_a_description_that_is_too_long_stays_in_its_field(cast: Cast, signed_in: SignIn) -> None:
    row = taken(cast.eda, picture(size=(30, 20)))
    answer = signed_in(cast.eda).post("/library/media/alt/", {"alone": "1", f"alt-{row.pk}": "y" * 1001})
    assert answer.status_code == 422
    assert "y" * 1001 in answer.content.decode()


def test_what_a_post_shows_stays_and_what_none_shows_can_go(cast: Cast, signed_in: SignIn) -> None:
    eda = signed_in(cast.eda)
    shown, attached, told, free = (taken(cast.eda, picture(size=(30, n)), f"{n}.jpg") for n in (21, 22, 23, 24))
    factories.item("NW-7", image=shown)
    Attachment.objects.create(item=factories.item("Album"), media=attached)
    factories.item("Article", body=f"![]({told.path})")
    for row in (shown, attached, told):
        answer = eda.post(f"/library/media/{row.pk}/remove/", follow=True)
        assert "It is used in 1 post. Take it out there first." in answer.content.decode()
    name = free.file.name or ""
    assert default_storage.exists(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda do: do())
        eda.post(f"/library/media/{free.pk}/remove/")
    assert not Media.objects.filter(pk=free.pk).exists()
    assert not default_storage.exists(name)
    assert "In 1 post" in eda.get("/library/media/").content.decode()


def test_the_page_is_searched_and_narrowed(cast: Cast) -> None:
    taken(cast.eda, picture(size=(30, 20)), "robot.jpg", "NW-7 in the hall")
    taken(cast.eda, pdf(), "guide.pdf")

    def found(**wish: str) -> list[str]:
        return [row.name for row in gallery.media(gallery.Filter(**wish))]

    assert found() == ["guide.pdf", "robot.jpg"]
    assert found(kind="document") == ["guide.pdf"]
    assert found(words="hall nw-7") == ["robot.jpg"]
    assert found(alt="missing") == ["guide.pdf"]
    assert found(kind="nonsense") == ["guide.pdf", "robot.jpg"]


def test_the_page_asks_the_database_as_often_for_a_thousand_as_for_ten(cast: Cast, signed_in: SignIn) -> None:
    eda = signed_in(cast.eda)

    def fill(begin: int, end: int) -> None:
        rows = Media.objects.bulk_create(
            Media(
                sha256=f"{n:064x}", width=1200, height=800, mime="image/webp", name=f"{n}.jpg", file="pictures/x.webp"
            )
            for n in range(begin, end)
        )
        for row in rows[:5]:
            factories.item(f"Post {row.pk}", image=row)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert eda.get("/library/media/").status_code == 200
        return len(queries)

    fill(0, 10)
    asked()  # The first page of a process asks for the company too.
    few = asked()
    fill(10, 1000)
    assert asked() == few <= 11


def test_whoever_may_not_edit_neither_uploads_nor_describes_nor_removes(cast: Cast, signed_in: SignIn) -> None:
    row = taken(cast.eda, picture(size=(30, 20)))
    for wrong in (cast.liis, cast.sten, cast.rein, cast.viivi):
        for verb in (
            lambda: taken(wrong, picture(size=(31, 20))),
            lambda: media.reword(person=wrong, media=row, alt="x"),
            lambda: media.remove(person=wrong, media=row),
        ):
            with pytest.raises(PermissionDenied):
                verb()
        assert signed_in(wrong).post("/media/", {"files": SimpleUploadedFile("a.png", b"x")}).status_code == 404


def test_the_same_file_twice_is_one_row_and_keeps_the_better_description(cast: Cast) -> None:
    content = picture(size=(30, 20))
    first = taken(cast.eda, content)
    assert taken(cast.eda, content, alt="A field").pk == first.pk
    assert taken(cast.eda, content, alt="Another").alt == "A field"


def test_a_fragment_and_json_are_for_scripts(cast: Cast, signed_in: SignIn) -> None:
    eda = signed_in(cast.eda)

    def send(**headers: str) -> Any:
        file = SimpleUploadedFile("a.png", picture("PNG", (30, 20)))
        return eda.post("/media/", {"files": file}, headers=headers)

    fragment = send(**{"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "What does it show?" in fragment
    told = json.loads(send(accept="application/json").content)
    assert told["media"][0]["small_path"].endswith("-small.webp")


def test_a_picture_in_a_post_and_in_its_change_is_used_by_one_post(cast: Cast) -> None:
    one = media.keep(picture(), alt="A robot")
    item = factories.item("NW-7", "Words", image=one)
    items.change(person=cast.eda, item=item, title="Another title")
    assert media.users(one) == [item]
    assert [tile.items for tile in gallery.tiles([one])] == [[item]]

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from kaja.guidelines import acknowledgement, documents, faq, pdf, pictures, publication
from kaja.guidelines.models import Acknowledgement, Edition, Picture
from kaja.people.models import Person
from tests.cast import Cast
from tests.guidelines.writing import adopted, next_version, published

pytestmark = pytest.mark.django_db
EDITOR = ["edit/", "edit/preview/", "edit/changes/", "edit/templates/short/"]
POSTS = ["edit/begin/", "edit/add/", "edit/publish/", "edit/discard/", "edit/link/", "versions/1/restore/"]


def piece_form(piece: dict[str, Any], **texts: str) -> dict[str, str]:
    form = {"seen": documents.stamp(piece)}
    for language in ("en", "et"):
        form |= {f"{language}-{name}": text for name, text in texts.items()}
    return form


def test_everybody_reads_in_their_language_and_a_stranger_is_sent_to_sign_in(cast: Cast, client: Client) -> None:
    published(cast.eda)
    assert client.get("/guidelines/")["Location"].startswith("/signin/")
    for somebody in (cast.liis, cast.sten, cast.viivi, cast.aado):
        client.force_login(somebody)
        assert "Say that you work here" in client.get("/guidelines/").content.decode()
    cast.liis.language = "et"
    cast.liis.save()
    client.force_login(cast.liis)
    assert "Ütle, et töötad siin" in client.get("/guidelines/").content.decode()


@pytest.mark.parametrize("path", [*EDITOR, *POSTS])
def test_one_who_may_not_write_finds_no_editor(cast: Cast, client: Client, path: str) -> None:
    published(cast.eda)
    documents.begin(person=cast.eda)
    for somebody in (cast.liis, cast.rein, cast.sten):
        client.force_login(somebody)
        answer = client.post(f"/guidelines/{path}") if path in POSTS else client.get(f"/guidelines/{path}")
        assert answer.status_code == 404


def test_without_guidelines_the_page_says_who_acts_next(cast: Cast, client: Client) -> None:
    client.force_login(cast.liis)
    assert "Your editors have not published them yet" in client.get("/guidelines/").content.decode()
    client.force_login(cast.eda)
    assert "Choose a template" in client.get("/guidelines/").content.decode()
    assert client.get("/guidelines/answers/").status_code == 200
    assert client.get("/guidelines/versions/1/").status_code == 404


def test_an_editor_adopts_a_template_writes_a_piece_and_publishes_without_a_script(cast: Cast, client: Client) -> None:
    client.force_login(cast.eda)
    refused = client.post(
        "/guidelines/edit/templates/short/", {"company": "Nordwind & Co", "hashtag": "", "contact": ""}
    )
    assert refused.status_code == 422
    assert "Nordwind &amp; Co" in refused.content.decode()
    given = {"company": "Nordwind & Co", "hashtag": "#NW Team", "contact": "Priit", "email": "p@nordwind.example"}
    assert client.post("/guidelines/edit/templates/short/", given).status_code == 302
    draft = documents.draft()
    assert draft is not None
    piece = draft.content["policy"][1]
    assert "#NWTeam" in piece["words"]["en"]["do"]
    opened = client.get(f"/guidelines/edit/?document=policy&piece={piece['id']}").content.decode()
    assert 'name="en-title"' in opened
    assert 'name="et-title"' in opened
    form = piece_form(piece, title="Say it", text="", do="Yes", dont="No")
    assert client.post(f"/guidelines/edit/pieces/{piece['id']}/", form).status_code == 302
    assert (
        client.post(f"/guidelines/edit/pieces/{piece['id']}/move/", {"to": "0", "document": "policy"}).status_code
        == 302
    )
    assert client.post("/guidelines/edit/publish/", {"weight": "matters", "note": "First"}).status_code == 302
    edition = documents.current()
    assert edition is not None
    assert edition.content["policy"][0]["words"]["en"]["title"] == "Say it"


def test_a_list_grows_and_shrinks_by_its_lines(cast: Cast, client: Client) -> None:
    client.force_login(cast.eda)
    documents.begin(person=cast.eda)
    number = documents.add(person=cast.eda, document="style", kind="questions")
    form = {
        "en-title": "Q",
        "en-0-0": "Why?",
        "en-0-1": "Because.",
        "en-1-0": "",
        "en-1-1": "",
        "en-2-0": "Who?",
        "en-2-1": "You.",
    }
    assert client.post(f"/guidelines/edit/pieces/{number}/", form).status_code == 302
    draft = documents.draft()
    assert draft is not None
    assert draft.content["style"][0]["words"]["en"]["rows"] == [["Why?", "Because."], ["Who?", "You."]]


def test_a_refused_piece_comes_back_filled(cast: Cast, client: Client) -> None:
    client.force_login(cast.eda)
    piece = adopted(cast.eda).content["policy"][1]
    form = piece_form(piece, title="Kept words", text="y" * 2001)
    answer = client.post(f"/guidelines/edit/pieces/{piece['id']}/", form)
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert "too long" in answer.content.decode()
    gone = client.post("/guidelines/edit/pieces/00000000/", form)
    assert gone.status_code == 422
    for bad in ({"weight": "matters", "begins": "yesterday"}, {"weight": "?"}):
        refused = client.post("/guidelines/edit/publish/", {**bad, "note": "My note"})
        assert refused.status_code == 422
        assert "My note" in refused.content.decode()


def test_the_public_page_shows_the_pages_without_addresses_and_closes(cast: Cast, client: Client) -> None:
    edition = published(cast.eda)
    row = publication.change(person=cast.eda, open_=True)
    stranger = Client()
    page = stranger.get(f"/g/{row.token}/")
    assert page.status_code == 200
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert "Say that you work here" in page.content.decode()
    assert "priit.oja@nordwind.example" not in page.content.decode()
    assert "Confirm" not in page.content.decode()
    assert stranger.get(f"/g/{row.token}/pdf/").content.startswith(b"%PDF")
    assert b"priit.oja@" not in pdf.made(edition, "en", public=True)
    listed = publication.change(person=cast.eda, open_=True, listed=True)
    assert "X-Robots-Tag" not in stranger.get(f"/g/{listed.token}/")
    publication.change(person=cast.eda, open_=False)
    assert stranger.get(f"/g/{row.token}/").status_code == 404
    assert stranger.get(f"/g/{row.token}/pdf/").status_code == 404
    assert stranger.get("/g/guess/").status_code == 404


@pytest.mark.parametrize("language", ["en", "et"])
def test_the_pdf_is_tagged_a4_in_the_language(cast: Cast, client: Client, language: str) -> None:
    published(cast.eda)
    client.force_login(cast.liis)
    answer = client.get(f"/guidelines/versions/1/pdf/?language={language}")
    content = answer.content
    assert answer["Content-Type"] == "application/pdf"
    assert b"/StructTreeRoot" in content
    assert f"/Lang({language})".encode() in content.replace(b" ", b"")
    assert re.search(rb"/MediaBox\s*\[0 0 595\.\d+ 841\.\d+\]", content)


def test_answers_are_found_by_their_words_endings_or_not(cast: Cast, client: Client) -> None:
    edition = published(cast.eda)
    assert faq.search(edition, "ajakirjanikule", "et")[0].question.startswith(
        "Mida teha, kui mulle kirjutab ajakirjanik"
    )
    assert faq.search(edition, "AJAKIRJANIK", "et") == faq.search(edition, "ajakirjanikule", "et")
    assert len(faq.search(edition, "", "en")) == 6
    assert faq.search(edition, "zebra", "en") == []
    client.force_login(cast.sten)
    page = client.get("/guidelines/answers/?words=journalist").content.decode()
    assert "What if a journalist" in page
    assert "May I use artificial" not in page
    assert "data-copy" in page


def test_what_changed_is_shown_to_everybody_and_the_draft_only_to_editors(cast: Cast, client: Client) -> None:
    published(cast.eda)
    next_version(cast.eda, matters=True, title="Quite other words")
    client.force_login(cast.liis)
    page = client.get("/guidelines/versions/2/changes/").content.decode()
    assert re.search(r"<ins>[^<]*Quite", page)
    assert "<del>" in page


def test_a_picture_is_written_anew_and_what_is_none_is_refused(cast: Cast, client: Client) -> None:
    client.force_login(cast.eda)
    documents.begin(person=cast.eda)
    number = documents.add(person=cast.eda, document="style", kind="picture")
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG", pnginfo=None)
    file = io.BytesIO(out.getvalue() + b"<script>alert(1)</script>")
    file.name = "x.png"
    answer = client.post(f"/guidelines/edit/pieces/{number}/", {"en-title": "Good", "en-alt": "Red", "file": file})
    assert answer.status_code == 302
    row = Picture.objects.get()
    served = b"".join(client.get(f"/guidelines/pictures/{row.sha256}.jpg"))
    assert served.startswith(b"\xff\xd8")
    assert b"script" not in served
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", b"%PDF-1.4", b"", b"GIF89a"):
        bad = io.BytesIO(content)
        bad.name = "x.png"
        refused = client.post(f"/guidelines/edit/pieces/{number}/", {"en-title": "Typed", "file": bad})
        assert refused.status_code == 422
    draft = documents.draft()
    assert draft is not None
    assert draft.content["style"][0]["picture"] == row.sha256
    documents.publish(person=cast.eda, matters=True)
    assert pdf.made(documents.version(1), "en").startswith(b"%PDF")


def test_a_bomb_of_a_picture_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(Exception, match=r"megapixels|no picture"):
        pictures.keep(out.getvalue())


@pytest.mark.parametrize(
    "path", ["/guidelines/", "/guidelines/confirmed/", "/guidelines/edit/", "/", "/guidelines/answers/"]
)
def test_pages_ask_the_same_number_of_questions_of_ten_and_of_a_thousand(cast: Cast, client: Client, path: str) -> None:
    edition = published(cast.eda)
    client.force_login(cast.kadri)
    client.get(path)
    counts = []
    for people in (10, 1000):
        crew = [
            Person(email=f"{people}-{n}@x.example", first_name="A", last_name=str(n), joined_at=timezone.now())
            for n in range(people)
        ]
        Person.objects.bulk_create(crew)
        Acknowledgement.objects.bulk_create(Acknowledgement(edition=edition, person=one) for one in crew[::2])
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert acknowledgement.count(edition).confirmed == 505


def test_a_version_that_begins_later_is_shown_to_editors_only(cast: Cast, client: Client) -> None:
    published(cast.eda)
    next_version(cast.eda, matters=True)
    Edition.objects.filter(number=2).update(in_force_from=timezone.now() + timedelta(days=2))
    client.force_login(cast.liis)
    for page in ("", "changes/", "pdf/"):
        assert client.get(f"/guidelines/versions/2/{page}").status_code == 404
    client.force_login(cast.eda)
    assert client.get("/guidelines/versions/2/").status_code == 200

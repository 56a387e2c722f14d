"""Items from a file in the browser, CSV or Excel: dry run, import, undo as one step; five thousand rows as a job."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tasks_db.models import DBTaskResult
from openpyxl import Workbook

from kaja import csvfile
from kaja.audit.models import Line
from kaja.content import captions, importing, items, review
from kaja.content.importing import Fate
from kaja.content.models import Item
from kaja.people import imports
from kaja.people.models import Import, Person
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
HEAD = "Title,URL,Category,Until,Caption en\n"


def kept(person: Person, *rows: str) -> Import:
    return imports.keep(
        person=person, kind="items", name="posts.csv", content=(HEAD + "\n".join(rows)).encode(),
        options={"category": factories.category().pk},
    )  # fmt: skip


def brought(client: Client, content: bytes, name: str = "posts.csv") -> Import:
    form = {"file": SimpleUploadedFile(name, content), "category": factories.category().pk}
    answer = client.post("/library/import/", form)
    assert answer.status_code == 302, answer.content
    return Import.objects.get(key=answer["Location"].split("/")[3])


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    book.save(out)
    return out.getvalue()


def test_the_whole_way_from_a_file_to_drafts_and_back(cast: Cast, signed_in: SignIn) -> None:
    factories.item(url="https://n.example/old")
    client = signed_in(cast.eda)
    rows = (
        "A,https://n.example/a,,,Look at A",
        "Old,https://n.example/old,,,",
        "Odd,https://n.example/b,Thougt,,",
        ",,,,",
    )
    upload = brought(client, (HEAD + "\n".join(rows)).encode())
    page = client.get(f"/library/import/{upload.key}/").content.decode()
    for words in (
        "Nothing is written yet",
        "a draft with 1 caption",
        "there already",
        "There is no category “Thougt”",
        "Import 1 row",
    ):
        assert words in page
    assert Item.objects.count() == 1
    only = client.get(f"/library/import/{upload.key}/?fate=left_out").content.decode()
    assert "Odd" in only
    assert "Look at A" not in only
    client.post(f"/library/import/{upload.key}/go/")
    item = Item.objects.get(url="https://n.example/a")
    assert (item.state, item.author, item.captions.get().text) == ("draft", cast.eda, "Look at A")
    assert Line.objects.filter(verb="items.imported", actor=cast.eda).exists()
    client.post(f"/library/import/{upload.key}/undo/")
    assert not Item.objects.filter(url="https://n.example/a").exists()


def test_undoing_leaves_what_somebody_has_touched_and_names_it(cast: Cast) -> None:
    upload = kept(cast.eda, *(f"P{n},https://n.example/{n},,,Words" for n in range(5)))
    importing.begin(upload=upload, person=cast.eda)
    changed, worded, sent = (Item.objects.get(title=f"P{n}") for n in (0, 1, 2))
    items.change(person=cast.kadri, item=changed, summary="Better")
    captions.add(person=cast.kadri, item=worded, language="en", text="More words")
    review.submit(person=cast.eda, item=sent)
    done, left = importing.undo(upload=Import.objects.get(), person=cast.eda)
    assert (done, len(left)) == (2, 3)
    assert sorted(Item.objects.values_list("title", flat=True)) == ["P0", "P1", "P2"]
    assert any("further than a draft" in said for said in left)
    with pytest.raises(ValidationError, match="cannot be undone"):
        importing.undo(upload=Import.objects.get(), person=cast.eda)


def test_twelve_hundred_rows_are_a_job_that_goes_on_where_it_was_broken_off(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = kept(cast.eda, *(f"P{n},https://n.example/{n},,," for n in range(1200)))
    importing.begin(upload=upload, person=cast.eda)
    assert Item.objects.count() == 0
    assert DBTaskResult.objects.count() == 1
    assert b"0 of 1,200 rows are done" in signed_in(cast.eda).get(f"/library/import/{upload.key}/").content
    some, turns = importing._some, []

    def broken_off(number: int, plan: importing.Plan) -> None:
        turns.append(number)
        if len(turns) == 3:
            raise KeyboardInterrupt
        some(number, plan)

    monkeypatch.setattr(importing, "_some", broken_off)
    with pytest.raises(KeyboardInterrupt):
        importing.run(number=upload.pk)
    assert Item.objects.count() == Import.objects.get().done == 2 * importing.TOGETHER
    monkeypatch.undo()
    importing.run(number=upload.pk)
    importing.run(number=upload.pk)  # a job may run twice
    upload.refresh_from_db()
    assert (Item.objects.count(), upload.state, upload.counts) == (1200, "done", {"new": 1200})
    done, left = importing.undo(upload=upload, person=cast.eda)
    assert (done, left, Item.objects.count()) == (1200, [], 0)


def test_excel_is_read_like_csv_with_its_dates_and_numbers(cast: Cast) -> None:
    content = workbook(
        ("Title", "Link", "Until"),
        ("Õun", "https://n.example/a", date(2027, 1, 31)),
        (),
        (2027, "https://n.example/b", None),
    )
    plan = importing.plan(content, person=cast.eda, category=factories.category())
    assert [(row.line, row.title, row.fate) for row in plan.rows] == [(2, "Õun", Fate.NEW), (4, "2027", Fate.NEW)]
    assert plan.rows[0].fields["live_until"].date() == date(2027, 1, 31)
    assert plan.encoding == "xlsx"


def test_a_formula_in_excel_is_no_text(cast: Cast) -> None:
    content = workbook(("Title", "Link"), ('=HYPERLINK("https://evil.example")', "https://n.example/a"))
    (row,) = importing.plan(content, person=cast.eda, category=factories.category()).rows
    assert (row.fate, "formula" in row.why) == (Fate.LEFT_OUT, True)


def test_a_workbook_that_unfolds_without_end_or_defines_entities_is_refused() -> None:
    good = workbook(("Title",), ("A",))

    def repacked(name: str, content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.namelist():
                new.writestr(part, content if part == name else old.read(part))
            if name not in old.namelist():
                new.writestr(name, content)
        return out.getvalue()

    bomb = repacked("xl/media/zeros.bin", b"\0" * (csvfile.MOST_UNPACKED + 1))
    assert len(bomb) < 1_000_000
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    for content in (bomb, repacked("xl/worksheets/sheet1.xml", entities), good[:-50], b"PK\x03\x04" + b"x" * 50):
        with pytest.raises(csvfile.Unreadable):
            csvfile.read(content)


def test_columns_can_be_corrected_also_to_further_words(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.eda)
    upload = brought(client, b"Name,Where,Title,Say\nReal title,https://n.example/a,Wrong,Words here\n")
    client.post(
        f"/library/import/{upload.key}/columns/",
        {"column-0": "title", "column-1": "url", "column-2": "", "column-3": "words"},
    )
    upload.refresh_from_db()
    (row,) = importing.plan_of(upload, person=cast.eda).rows
    assert (row.title, row.fields["url"], row.words) == ("Real title", "https://n.example/a", [("en", "Words here")])


def test_only_editors_import_and_only_their_own_files(cast: Cast, signed_in: SignIn) -> None:
    upload = kept(cast.eda, "A,https://n.example/a,,,")
    assert signed_in(cast.kadri).get(f"/library/import/{upload.key}/").status_code == 404
    with pytest.raises(ValidationError):
        importing.begin(upload=upload, person=cast.kadri)
    with pytest.raises(PermissionDenied):
        importing.begin(upload=upload, person=cast.liis)
    with pytest.raises(PermissionDenied):
        importing.undo(upload=upload, person=cast.liis)
    answer = signed_in(cast.eda).post(
        "/library/import/", {"file": SimpleUploadedFile("x.csv", b"Name\nA\n"), "category": 1}
    )
    assert answer.status_code == 422

"""People from a file in the browser: nothing before the button, everything can be taken back, nobody is locked out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kaja.audit.models import Line
from kaja.people import importing, imports
from kaja.people.importing import Fate
from kaja.people.models import Import, Person, RoleGrant, Team
from tests import samples
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
HEAD = "Employee ID;First Name;Last name;E-mail;Team;Status\n"
LIIS = "N1;Liis;Tamm;liis.tamm@nordwind.example;Product;active"
NEW = "N2;Õnne;Uus;onne@nordwind.example;Cloud;active"


def file(*rows: str, name: str = "staff.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (HEAD + "\n".join(rows)).encode())


def brought(client: Client, *rows: str) -> Import:
    answer = client.post("/people/import/", {"file": file(*rows)})
    assert answer.status_code == 302, answer.content
    return Import.objects.get(key=answer["Location"].split("/")[3])


def kept(person: Person, *rows: str) -> Import:
    return imports.keep(person=person, kind="people", name="staff.csv", content=(HEAD + "\n".join(rows)).encode())


def people() -> list[tuple[Any, ...]]:
    return list(
        Person.objects.get_queryset().order_by("pk").values_list("email", "last_name", "team__name", "is_active")
    )


def test_the_dry_run_tells_every_rows_fate_and_writes_nothing(cast: Cast, signed_in: SignIn) -> None:
    before = people()
    client = signed_in(cast.kadri)
    upload = brought(client, LIIS, NEW, "N3;Nobody;;nobody@;;active", "N2;Õnne;Uus;onne@nordwind.example;Cloud;active")
    page = client.get(f"/people/import/{upload.key}/").content.decode()
    for words in (
        "Nothing is written yet",
        "Team: Product, until now Sales",
        "is no e-mail address",
        "line 3",
        "Import 2 people",
    ):
        assert words in page
    assert people() == before


def test_the_button_does_what_was_shown_and_pressing_twice_does_it_once(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.kadri)
    upload = brought(client, LIIS, NEW)
    for _press in range(2):
        client.post(f"/people/import/{upload.key}/go/")
    upload.refresh_from_db()
    assert (upload.state, upload.counts, bytes(upload.content)) == ("done", {"new": 1, "changed": 1}, b"")
    assert Person.objects.get(email="liis.tamm@nordwind.example").team == Team.objects.get(
        name="Product", department=""
    )
    assert Line.objects.filter(verb="people.imported", actor=cast.kadri).count() == 1
    assert b"Undo the import" in client.get(f"/people/import/{upload.key}/").content


def test_undoing_puts_everybody_back_but_for_those_whom_somebody_has_touched(cast: Cast, signed_in: SignIn) -> None:
    before = people()
    client = signed_in(cast.kadri)
    Person.objects.filter(pk=cast.mart.pk).update(employee_id="N9")
    upload = brought(
        client,
        LIIS,
        NEW,
        "N4;Tõnu;Teine;tonu@nordwind.example;Cloud;active",
        "N9;Mart;Kask;mart.kask@nordwind.example;;left",
    )
    client.post(f"/people/import/{upload.key}/go/")
    assert not Person.objects.get(pk=cast.mart.pk).is_active
    Person.objects.filter(email="tonu@nordwind.example").update(joined_at=timezone.now())
    client.post(f"/people/import/{upload.key}/undo/")
    assert [row for row in people() if row[0] != "tonu@nordwind.example"] == before
    upload.refresh_from_db()
    assert upload.state == "undone"
    assert upload.options["left"] == ["Tõnu Teine: they have been invited or have joined."]
    with pytest.raises(ValidationError):
        importing.undo(upload=upload, actor=cast.kadri)


def test_people_who_are_not_in_the_file_leave_only_when_asked_and_no_administrator_ever(cast: Cast) -> None:
    for number, person in enumerate(Person.objects.get_queryset()):
        Person.objects.filter(pk=person.pk).update(employee_id=f"E{number}")
    upload = kept(cast.kadri, NEW)
    absent = {person.first_name for person in importing.plan_of(upload, actor=cast.kadri).absent}
    assert absent == {"Liis", "Mart", "Eda", "Rein", "Viivi", "Sten"}  # neither Aado nor Kadri herself
    importing.begin(upload=upload, actor=cast.kadri)
    assert not Person.objects.get_queryset().filter(is_active=False).exists()
    again = kept(cast.kadri, NEW)
    importing.begin(upload=again, actor=cast.kadri, let_leave=True)
    assert {person.first_name for person in Person.objects.get_queryset().filter(is_active=False)} == absent
    importing.undo(upload=Import.objects.get(pk=again.pk), actor=cast.kadri)
    assert not Person.objects.get_queryset().filter(is_active=False).exists()


def test_the_last_administrator_is_never_closed_by_a_file(cast: Cast) -> None:
    upload = kept(cast.aado, "N1;Aado;Kuusk;aado.kuusk@nordwind.example;;left")
    plan = importing.plan_of(upload, actor=cast.aado)
    assert [row.fate for row in plan.rows] == [Fate.LEFT_OUT]
    importing.begin(upload=upload, actor=cast.aado, let_leave=True)
    assert Person.objects.get(pk=cast.aado.pk).is_active


def test_a_column_can_be_corrected_and_two_cannot_be_one(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.kadri)
    upload = brought(client, NEW)
    client.post(
        f"/people/import/{upload.key}/columns/",
        {
            "column-0": "employee_id",
            "column-1": "last_name",
            "column-2": "first_name",
            "column-3": "email",
            "column-4": "",
            "column-5": "status",
        },
    )
    upload.refresh_from_db()
    (row,) = importing.plan_of(upload, actor=cast.kadri).rows
    assert (row.fields["first_name"], row.fields["last_name"], row.team[1]) == ("Uus", "Õnne", "")
    answer = client.post(
        f"/people/import/{upload.key}/columns/", {"column-1": "email", "column-3": "email"}, follow=True
    )
    assert "cannot be the same field" in answer.content.decode()
    upload.refresh_from_db()
    assert upload.columns["1"] == "last_name"


def test_a_file_is_seen_only_by_who_brought_it_and_forgotten_after_a_day(cast: Cast, signed_in: SignIn) -> None:
    upload = kept(cast.kadri, NEW)
    for address in ("", "problems.csv"):
        assert signed_in(cast.aado).get(f"/people/import/{upload.key}/{address}").status_code == 404
    assert signed_in(cast.aado).post(f"/people/import/{upload.key}/go/").status_code == 404
    with pytest.raises(ValidationError):
        importing.begin(upload=upload, actor=cast.aado)
    assert len(upload.key) >= 32
    imports.forget_old()
    assert Import.objects.exists()
    Import.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    imports.forget_old()
    assert not Import.objects.exists()


def test_whoever_may_not_invite_may_not_import_even_with_a_key(cast: Cast) -> None:
    upload = kept(cast.eda, NEW)
    with pytest.raises(PermissionDenied):
        importing.begin(upload=upload, actor=cast.eda)
    with pytest.raises(PermissionDenied):
        importing.undo(upload=upload, actor=cast.eda)
    # Permission lost between the button and the worker: nothing is written, and the page says so.
    mine = kept(cast.kadri, NEW)
    Import.objects.filter(pk=mine.pk).update(state="running")
    RoleGrant.objects.filter(person=cast.kadri).delete()
    importing.run(number=mine.pk)
    mine.refresh_from_db()
    assert (mine.state, Person.objects.get_queryset().filter(email="onne@nordwind.example").exists()) == (
        "failed",
        False,
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"\xd0\xcf\x11\xe0old", b"just words", b"Name\nA\n"])
def test_what_is_no_table_of_people_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn, content: bytes) -> None:
    answer = signed_in(cast.kadri).post("/people/import/", {"file": SimpleUploadedFile("x.csv", content)})
    assert answer.status_code == 422
    assert 'class="hint bad"' in answer.content.decode()
    assert not Import.objects.exists()


def test_rows_with_problems_come_as_a_table_that_calculates_nothing(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.kadri)
    upload = brought(client, "N1;=cmd();X;x@nordwind.example;;active")
    told = client.get(f"/people/import/{upload.key}/problems.csv").content.decode("utf-8-sig")
    assert told.splitlines()[0] == "Row,Name,E-mail,Why"
    assert "'=cmd() X" in told


@pytest.mark.parametrize("name", ["people.csv", "people-dirty.csv", "people-dirty-latin1.csv"])
def test_real_dirt_goes_the_whole_way_and_back(cast: Cast, name: str) -> None:
    before = people()
    content = samples.folder(name).read_bytes()
    upload = imports.keep(person=cast.kadri, kind="people", name=name, content=content)
    plan = importing.plan_of(upload, actor=cast.kadri)
    importing.begin(upload=upload, actor=cast.kadri)
    if plan.counts[Fate.NEW] > imports.AT_ONCE:
        importing.run(number=upload.pk)
    assert Person.objects.get_queryset().count() == len(before) + plan.counts[Fate.NEW]
    again = importing.plan(content, actor=cast.kadri)
    assert again.counts[Fate.NEW] == again.counts[Fate.CHANGED] == 0
    importing.undo(upload=Import.objects.get(pk=upload.pk), actor=cast.kadri)
    assert people() == before

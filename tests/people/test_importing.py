"""People from a file: what each row will do, and that nobody is made twice, lost or taken over."""

from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied

from kaja.csvfile import Unreadable
from kaja.people import importing
from kaja.people.importing import Fate
from kaja.people.models import Person, Team
from tests import samples
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HEAD = "Employee ID;First Name;Last name;E-mail;Dept.;Team;Location;Country;Languages;Status\n"


def plan(*rows: str) -> importing.Plan:
    return importing.plan((HEAD + "\n".join(rows)).encode())


def fates(planned: importing.Plan) -> list[Fate]:
    return [row.fate for row in planned.rows]


def test_new_people_are_advocates_in_their_teams_who_have_not_joined() -> None:
    planned = plan(
        "N1;Õnne;Žukov;onne@nordwind.example;Engineering;Cloud;Tallinn;ee;eesti; ;active".replace("; ;", ";")
    )
    assert fates(planned) == [Fate.NEW]
    assert not Person.objects.exists()
    importing.apply(plan=planned)
    person = Person.objects.get()
    assert (person.name, person.country, person.languages, person.joined_at) == ("Õnne Žukov", "EE", ["et"], None)
    assert person.team == Team.objects.get(department="Engineering", name="Cloud")
    assert person.roles == {"advocate"}
    assert not person.has_usable_password()


def test_the_same_file_again_changes_nothing_and_a_later_one_only_what_differs() -> None:
    row = "N1;Liis;Tamm;liis@nordwind.example;Sales;Sales;Tallinn;EE;et|en;active"
    importing.apply(plan=plan(row))
    assert fates(plan(row)) == [Fate.SAME]
    married = plan("N1;Liis;Kask;liis.kask@nordwind.example;Sales;Sales;Tallinn;EE;et|en;active")
    assert married.rows[0].changes == ["email", "last_name"]
    importing.apply(plan=married)
    assert [person.email for person in Person.objects.all()] == ["liis.kask@nordwind.example"]


def test_capitals_spaces_and_country_marks_make_no_new_place_or_person() -> None:
    planned = plan(
        "N1;A;A;a@n.example;;Cloud;Tallinn;EE;et;active",
        "N2;B;B;  B@N.EXAMPLE ;;Cloud;TALLINN;EE;et;active",
        "N3;C;C;c@n.example;;Cloud;Tallinn, EE;EE;et;active",
        "N2;B;B;b@n.example;;Cloud;Tallinn;EE;et;active",
    )
    assert fates(planned) == [Fate.NEW, Fate.NEW, Fate.NEW, Fate.LEFT_OUT]
    assert {row.fields["location"] for row in planned.rows} == {"Tallinn"}
    assert "line 3" in planned.rows[3].why


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("N1;A;A;;;;;;;active", "no e-mail address"),
        ("N1;A;A;a@@n.example;;;;;;active", "is no e-mail"),
        ("N1;;A;a@n.example;;;;;;active", "no first name"),
        ("N1;A;A;a@n.example", "4 cells"),
        ("N1;A;A;a@n.example;;;;;;active;more;cells", "12 cells"),
        ('N1;"=HYPERLINK(1)";A;a@n.example;;;;;;active', "formula"),
        ("N1;A;A;a@n.example;;;;;;lahkunud", "have left"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_with_its_reason(row: str, why: str) -> None:
    planned = plan(row)
    assert fates(planned) == [Fate.LEFT_OUT]
    assert why in planned.rows[0].why
    importing.apply(plan=planned)
    assert not Person.objects.exists()


def test_two_rows_that_disagree_about_one_person_make_one_account_and_say_so() -> None:
    planned = plan("N1;A;A;a@n.example;;;;;;active", "N9;A;B;a@n.example;;;;;;active")
    assert fates(planned) == [Fate.NEW, Fate.LEFT_OUT]
    assert "Line 3" in planned.rows[0].notes[0]


def test_who_has_left_is_closed_but_an_administrator_only_on_the_page(cast: Cast) -> None:
    planned = plan(
        f";Liis;Tamm;{cast.liis.email};;;;;;inactive",
        f";Aado;Kuusk;{cast.aado.email};;;;;;inactive",
    )
    assert fates(planned) == [Fate.CLOSED, Fate.LEFT_OUT]
    importing.apply(plan=planned)
    cast.liis.refresh_from_db()
    cast.aado.refresh_from_db()
    assert (cast.liis.is_active, cast.aado.is_active) == (False, True)


def test_a_manager_cannot_take_an_administrator_over_by_a_new_address(cast: Cast) -> None:
    Person.objects.filter(pk=cast.aado.pk).update(employee_id="N7")
    content = (HEAD + "N7;Aado;Kuusk;mine@n.example;;;;;;active").encode()
    assert importing.plan(content, actor=cast.kadri).rows[0].fate == Fate.LEFT_OUT
    assert importing.plan(content, actor=cast.aado).rows[0].fate == Fate.CHANGED


def test_an_address_that_is_somebody_elses_is_not_taken(cast: Cast) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(employee_id="N7")
    assert fates(plan(f"N7;Liis;Tamm;{cast.mart.email};;;;;;active")) == [Fate.LEFT_OUT]


def test_only_who_may_invite_may_import(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        importing.plan(HEAD.encode(), actor=cast.liis)
    with pytest.raises(PermissionDenied):
        importing.apply(plan=plan("N1;A;A;a@n.example;;;;;;active"), actor=cast.eda)


def test_a_file_without_the_needed_columns_is_refused() -> None:
    with pytest.raises(Unreadable, match="must name the columns"):
        importing.plan(b"Name,Phone\nA,1\n")


def test_real_files_of_a_personnel_system_come_in_whole() -> None:
    folder = samples.folder()
    clean = importing.plan((folder / "people.csv").read_bytes())
    assert clean.counts == Counter({Fate.NEW: 495, Fate.LEFT_OUT: 5})
    importing.apply(plan=clean)
    dirty = importing.plan((folder / "people-dirty.csv").read_bytes())
    assert dirty.counts[Fate.NEW] == 0
    assert all(row.why for row in dirty.rows if row.fate == Fate.LEFT_OUT)
    importing.apply(plan=dirty)
    assert Person.objects.count() == 495
    western = importing.plan((folder / "people-dirty-latin1.csv").read_bytes())
    assert western.encoding == "cp1252"
    assert set(fates(western)) <= {Fate.SAME, Fate.CHANGED}

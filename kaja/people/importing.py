"""People from a file of the personnel system: what each row will do, then doing it (J1).

Never two accounts of one person: a person is found again by the employee number, else by the e-mail address; so a file
may be taken again and again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja import csvfile
from kaja.audit import lines
from kaja.people import company, imports
from kaja.people.models import Import, Person, RoleGrant, Team
from kaja.people.roles import Permission, Role, require

HEADINGS: dict[str, tuple[str, ...]] = {
    "email": ("email", "e mail", "mail", "e mail address", "email address", "e post", "e posti aadress", "meil"),
    "employee_id": ("employee id", "employee number", "personnel number", "id", "töötaja number", "töötaja id"),
    "first_name": ("first name", "given name", "firstname", "eesnimi"),
    "last_name": ("last name", "surname", "family name", "lastname", "perekonnanimi", "perenimi"),
    "job_title": ("job title", "title", "position", "ametinimetus", "amet", "ametikoht"),
    "team": ("team", "meeskond", "tiim"),
    "department": ("department", "dept", "osakond"),
    "location": ("location", "office", "place", "city", "asukoht", "kontor", "linn"),
    "country": ("country", "riik"),
    "languages": ("languages", "language", "keeled", "keel"),
    "status": ("status", "state", "olek", "staatus"),
}  # fmt: skip
NAMES = {
    "email": gettext_lazy("E-mail"),
    "employee_id": gettext_lazy("Employee number"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "job_title": gettext_lazy("Job title"),
    "team": gettext_lazy("Team"),
    "department": gettext_lazy("Department"),
    "location": gettext_lazy("Place"),
    "country": gettext_lazy("Country"),
    "languages": gettext_lazy("Languages"),
    "status": gettext_lazy("Status"),
}
COMPARED = ("email", "employee_id", "first_name", "last_name", "job_title", "location", "country", "languages")
LANGUAGES = {
    "estonian": "et", "eesti": "et", "english": "en", "inglise": "en", "german": "de", "saksa": "de", "latvian": "lv",
    "läti": "lv", "russian": "ru", "vene": "ru", "finnish": "fi", "soome": "fi", "swedish": "sv", "rootsi": "sv",
    "lithuanian": "lt", "leedu": "lt", "ee": "et", "gb": "en", "se": "sv",
}  # fmt: skip
CODES = frozenset({
    "et", "en", "de", "lv", "ru", "fi", "sv", "lt", "pl", "uk", "fr", "es", "it", "nl", "da", "no", "nb", "cs", "sk",
    "hu", "ro", "bg", "el", "pt", "tr", "is", "ga", "mt", "sl", "hr", "sr",
})  # fmt: skip
GONE = ("inactive", "left", "terminated", "lahkunud", "lõpetanud", "mitteaktiivne")


class Fate(Enum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    CLOSED = "closed"
    SAME = "same"
    LEFT_OUT = "left out"


@dataclass
class Planned(imports.Planned[Fate]):
    """One row. `team` is (department, name), as teams are told apart."""

    team: tuple[str, str] = ("", "")
    person: Person | None = None
    changes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.fields.get('first_name', '')} {self.fields.get('last_name', '')}".strip()

    @property
    def said(self) -> list[str]:
        return [*filter(None, [self.why]), *self.differences]

    @property
    def differences(self) -> list[str]:
        """What would change, in words: "Team: Sales, until now Product"."""
        said: list[str] = []
        person = self.person
        if person is None or self.fate not in (Fate.CHANGED, Fate.CLOSED):
            return said
        for name in self.changes:
            now = self.team[1] if name == "team" else _shown(self.fields[name])
            was = (person.team.name if person.team else "") if name == "team" else _shown(getattr(person, name))
            said.append(
                _("%(field)s: %(now)s, until now %(was)s") % {"field": NAMES[name], "now": now, "was": was}
                if was
                else f"{NAMES[name]}: {now}"
            )
        return said


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class Plan(imports.Plan[Planned]):
    """`absent` are people of the personnel system (they have an employee number) whom the file does not name,
    administrators left aside."""

    absent: list[Person]


# --- reading --------------------------------------------------------------------------------------------------------
def plan(content: bytes, *, actor: Person | None = None, said: dict[str, str] | None = None) -> Plan:
    """What a file would do, row by row; writes nothing. `actor` None is the command line; `said` corrects which column
    (its place) is which field. Raises csvfile.Unreadable with a sentence, and PermissionDenied."""
    require(actor is None or actor.may(Permission.INVITE_PEOPLE))
    sheet = csvfile.read(content)
    at = csvfile.placed(sheet.header, HEADINGS, said or {})
    missing = [name for name in ("email", "first_name") if name not in at]
    if missing:
        raise csvfile.Unreadable(
            _("The first line must name the columns; e-mail and first name are needed. Found: %s.")
            % ", ".join(cell for cell in sheet.header if cell)
        )
    rows = [_row(row, at, len(sheet.header)) for row in sheet.rows]
    _settle_places(rows)
    _leave_doubles_out(rows)
    _compare(rows, trusted=actor is None or Role.ADMINISTRATOR in actor.roles)
    used = {place: name for name, place in at.items()}
    return Plan(rows, sheet.encoding, sheet.delimiter, sheet.header, used, _absent(rows, actor))


def _absent(rows: list[Planned], actor: Person | None) -> list[Person]:
    """Who is in no row, not even in one that is left out: a row that cannot be read is no reason to close anybody."""
    numbers = {str(row.fields.get("employee_id", "")) for row in rows}
    emails = {str(row.fields.get("email", "")) for row in rows}
    administrators = RoleGrant.objects.filter(role=Role.ADMINISTRATOR).values("person")
    people = Person.objects.get_queryset().filter(is_active=True).exclude(employee_id="").exclude(pk__in=administrators)
    return [
        one
        for one in people.select_related("team").order_by("last_name", "pk")
        if one.employee_id not in numbers and one.email.lower() not in emails and (actor is None or one.pk != actor.pk)
    ]


def _row(row: csvfile.Row, at: dict[str, int], width: int) -> Planned:
    planned = Planned(row.line, Fate.NEW)
    if len(row.cells) < width or any(row.cells[width:]):
        planned.fate, planned.why = (
            Fate.LEFT_OUT,
            _("It has %(cells)d cells, the first line has %(width)d.") % {"cells": len(row.cells), "width": width},
        )
    cells = {name: row.cells[place] if place < len(row.cells) else "" for name, place in at.items()}
    for name, cell in cells.items():
        if (mended := csvfile.mended(cell)) != cell:
            planned.notes.append(_("“%(was)s” is read as “%(now)s”.") % {"was": cell, "now": mended})
            cells[name] = mended
    _fill(planned, cells)
    if planned.fate != Fate.LEFT_OUT:
        planned.why = _fault(planned, cells)
        planned.fate = Fate.LEFT_OUT if planned.why else Fate.NEW
    return planned


def _fill(planned: Planned, cells: dict[str, str]) -> None:
    department, team = cells.get("department", "")[:120], cells.get("team", "")[:120]
    planned.team = (department, team) if team else ("", department)
    planned.fields = {
        "email": cells["email"].lower(),
        "employee_id": cells.get("employee_id", "")[:40],
        "first_name": cells["first_name"][:80],
        "last_name": cells.get("last_name", "")[:80],
        "job_title": cells.get("job_title", "")[:120],
        "location": re.sub(r",\s*[A-Z]{2}$", "", cells.get("location", ""))[:80],
        "country": cells.get("country", "").upper()[:2],
        "languages": _languages(cells.get("languages", ""), planned.notes),
    }
    status = cells.get("status", "").lower()
    planned.fields["is_active"] = not status.startswith(GONE)


def _languages(cell: str, notes: list[str]) -> list[str]:
    found: list[str] = []
    for word in re.split(r"[|,;/\s]+", cell.lower()):
        code = LANGUAGES.get(word, word)
        if code in CODES:
            if code not in found:
                found.append(code)
        elif word:
            notes.append(_("“%s” is no language Kaja knows.") % word)
    return found


def _fault(planned: Planned, cells: dict[str, str]) -> str:
    email = str(planned.fields["email"])
    if not email:
        return _("There is no e-mail address.")
    try:
        validate_email(email)
    except ValidationError:
        return _("“%s” is no e-mail address.") % email[:80]
    if not planned.fields["first_name"]:
        return _("There is no first name.")
    formula = next((cell for cell in cells.values() if csvfile.is_formula(cell)), "")
    return _("“%s” is a formula, not a text.") % formula[:40] if formula else ""


def _settle_places(rows: Iterable[Planned]) -> None:
    """Places that differ in capitals only are one place, written as most rows write it."""
    rows = list(rows)
    written = Counter(str(row.fields["location"]) for row in rows if row.fields.get("location"))
    usual: dict[str, str] = {}
    for place, _n in written.most_common():
        usual.setdefault(place.casefold(), place)
    for row in rows:
        place = str(row.fields.get("location", ""))
        if place:
            row.fields["location"] = usual[place.casefold()]
            if (
                written.total() > 50
                and sum(n for other, n in written.items() if other.casefold() == place.casefold()) < 3
            ):
                row.notes.append(_("Hardly anybody else is at “%s”. Is it spelled right?") % place)


def _leave_doubles_out(rows: list[Planned]) -> None:
    """Of rows about one person (address or number) the first counts; one that says something else is named."""
    seen: dict[str, Planned] = {}
    for row in rows:
        if row.fate == Fate.LEFT_OUT:
            continue
        keys = [f"@{row.fields['email']}"] + ([f"#{row.fields['employee_id']}"] if row.fields["employee_id"] else [])
        first = next((seen[key] for key in keys if key in seen), None)
        if first is None:
            seen.update(dict.fromkeys(keys, row))
            continue
        row.fate = Fate.LEFT_OUT
        same = first.fields == row.fields and first.team == row.team
        why = _("The same person as in line %d.") if same else _("Line %d is about them too, and says something else.")
        row.why = why % first.line
        if not same:
            first.notes.append(_("Line %d says something else about this person; this line counts.") % row.line)


def _compare(rows: list[Planned], *, trusted: bool) -> None:
    """Who is here already, and what would change. Whoever changes an administrator's address could become them by
    resetting the password: only an administrator (`trusted`) may."""
    wanted = [row for row in rows if row.fate != Fate.LEFT_OUT]
    known = list(Person.objects.get_queryset().select_related("team"))
    by_email = {person.email.lower(): person for person in known}
    administrators = set(RoleGrant.objects.filter(role=Role.ADMINISTRATOR).values_list("person", flat=True))
    by_number = {person.employee_id: person for person in known if person.employee_id}
    for row in wanted:
        row.person = by_number.get(str(row.fields["employee_id"])) or by_email.get(str(row.fields["email"]))
        if row.person is None:
            if not row.fields["is_active"]:
                row.fate, row.why = Fate.LEFT_OUT, _("They have left, and have no account here.")
            continue
        taken = by_email.get(str(row.fields["email"]))
        if taken is not None and taken.pk != row.person.pk:
            row.fate, row.why = Fate.LEFT_OUT, _("%s belongs to somebody else here.") % row.fields["email"]
            continue
        row.changes = [
            name for name in COMPARED if row.fields[name] and getattr(row.person, name) != row.fields[name]
        ] + (["team"] if row.team[1] and row.team != _key(row.person.team) else [])
        row.fate = Fate.CHANGED if row.changes else Fate.SAME
        if row.person.is_active and not row.fields["is_active"]:
            row.fate = Fate.CLOSED
        if row.person.pk in administrators and (row.fate == Fate.CLOSED or (row.changes and not trusted)):
            row.fate, row.why = (
                Fate.LEFT_OUT,
                _("An administrator is changed on the page of people, by an administrator."),
            )


def _key(team: Team | None) -> tuple[str, str]:
    return (team.department, team.name) if team else ("", "")


# --- doing ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def apply(*, plan: Plan, actor: Person | None = None) -> Counter[Fate]:
    """Do what the plan says, all of it or nothing. `actor` None is the command line. New people are advocates who have
    not joined yet: invite them, or let them ask for a code by e-mail."""
    require(actor is None or actor.may(Permission.INVITE_PEOPLE))
    _do(plan, actor)
    return plan.counts


def _do(plan: Plan, actor: Person | None, *, let_leave: bool = False) -> list[dict[str, Any]]:
    """Do it; what was made of each row, so that it can be undone."""
    teams = {_key(team): team for team in Team.objects.all()}
    for row in plan.rows:
        if row.team[1] and row.fate in (Fate.NEW, Fate.CHANGED, Fate.CLOSED) and row.team not in teams:
            teams[row.team] = Team.objects.create(department=row.team[0], name=row.team[1])
    made: list[Person] = []
    done: list[dict[str, Any]] = []
    for row in plan.rows:
        if row.fate == Fate.NEW:
            person = Person(**row.fields, team=teams.get(row.team))
            person.set_unusable_password()
            made.append(person)
        elif row.fate in (Fate.CHANGED, Fate.CLOSED) and row.person is not None:
            done.append(_change(row, teams, actor))
    Person.objects.bulk_create(made, batch_size=1000)
    RoleGrant.objects.bulk_create(
        (RoleGrant(person=person, role=Role.ADVOCATE, granted_by=actor) for person in made), batch_size=1000
    )
    for person in plan.absent if let_leave else ():
        done.append(_let_leave(person, actor))
    counts = plan.counts
    lines.write(
        actor=actor,
        verb="people.imported",
        on=company.current(),
        counts={fate.name.lower(): counts[fate] for fate in Fate}
        | ({"let_leave": len(plan.absent)} if let_leave else {}),
    )
    return [{"id": person.pk, "new": True} for person in made] + done


def _change(row: Planned, teams: dict[tuple[str, str], Team], actor: Person | None) -> dict[str, Any]:
    assert row.person is not None
    person = row.person
    before = {name: _value(person, name) for name in row.changes}
    for name in row.changes:
        setattr(person, name, teams[row.team] if name == "team" else row.fields[name])
    closed = row.fate == Fate.CLOSED
    if closed:
        person.is_active, person.left_at = False, timezone.now()
    person.save()
    lines.write(actor=actor, verb="person.imported", on=person, changed=row.changes, closed=closed)
    after = {name: _value(person, name) for name in row.changes}
    return {"id": person.pk, "before": before, "after": after, "closed": closed}


def _value(person: Person, name: str) -> Any:
    return person.team_id if name == "team" else getattr(person, name)


def _let_leave(person: Person, actor: Person | None) -> dict[str, Any]:
    Person.objects.filter(pk=person.pk).update(is_active=False, left_at=timezone.now())
    lines.write(actor=actor, verb="person.closed", on=person, reason=_("Not in the personnel file any more."))
    return {"id": person.pk, "before": {}, "after": {}, "closed": True}


# --- from the browser: dry run, import, undo ------------------------------------------------------------------------
def plan_of(upload: Import, *, actor: Person) -> Plan:
    """What a kept file would do. Raises csvfile.Unreadable."""
    imports.owned(upload, actor)
    return plan(imports.content_of(upload), actor=actor, said=upload.columns)


def begin(*, upload: Import, actor: Person, let_leave: bool = False) -> None:
    """Import a kept file; with `let_leave` people who are not in it any more are closed too. Raises ValidationError
    when that has begun already, and csvfile.Unreadable."""
    require(actor.may(Permission.INVITE_PEOPLE))
    planned = plan_of(upload, actor=actor)
    rows = len(planned.rows) - planned.counts[Fate.SAME] - planned.counts[Fate.LEFT_OUT]
    imports.start(upload=upload, person=actor, run="kaja.people.importing.run", rows=rows, let_leave=let_leave)


def run(*, number: int) -> None:
    """Do an import that has begun: all of it or nothing, once."""
    with transaction.atomic():
        upload = Import.objects.select_for_update().filter(pk=number, state=Import.State.RUNNING).first()
        if upload is None:
            return
        actor = upload.person
        try:
            planned = plan_of(upload, actor=actor)
        except (csvfile.Unreadable, PermissionDenied) as error:
            trouble = str(error) or _("You may not do this any more. Nothing was imported.")
            imports.finish(upload, state=Import.State.FAILED, trouble=trouble)
            return
        let_leave = bool(upload.options.get("let_leave"))
        upload.made = _do(planned, actor, let_leave=let_leave)
        upload.counts = {fate.name.lower(): n for fate, n in planned.counts.items()}
        upload.counts |= {"let_leave": len(planned.absent)} if let_leave else {}
        upload.done = len(planned.rows)
        imports.finish(upload)


@transaction.atomic
def undo(*, upload: Import, actor: Person) -> tuple[int, list[str]]:
    """Take an import back: new people who have not been invited, joined or given roles go, changes that nobody has
    changed again are put back, closed accounts open. Returns how many, and a sentence for each that was left."""
    require(actor.may(Permission.INVITE_PEOPLE))
    stored = imports.undoing(upload=upload, person=actor)
    trusted = Role.ADMINISTRATOR in actor.roles
    left: list[str] = []
    done = 0
    people = Person.objects.get_queryset().prefetch_related("grants")
    entries = {int(entry["id"]): entry for entry in stored.made}
    numbers = list(entries)
    for begin in range(0, len(numbers), 500):
        for person in people.filter(pk__in=numbers[begin : begin + 500]):
            held = {grant.role for grant in person.grants.all()}
            entry = entries[person.pk]
            if Role.ADMINISTRATOR in held and not trusted:
                why = _("only an administrator changes an administrator")
            else:
                why = _take_away(person, held) if entry.get("new") else _put_back(person, entry)
            if why:
                left.append(f"{person.name}: {why}.")
            else:
                done += 1
    imports.undone(stored, left)
    lines.write(actor=actor, verb="people.import_undone", on=company.current(), undone=done, left=len(left))
    return done, left


def _take_away(person: Person, held: set[str]) -> str:
    """Remove somebody the import made; or why not."""
    if person.joined_at or person.invited_at or person.last_login:
        return _("they have been invited or have joined")
    if held != {Role.ADVOCATE}:
        return _("somebody gave them other roles")
    try:
        with transaction.atomic():
            person.delete()
    except (ProtectedError, RestrictedError):
        return _("other rows belong to them")
    return ""


def _put_back(person: Person, entry: dict[str, Any]) -> str:
    """Put back what the import changed; or why not."""
    before, after = entry["before"], entry["after"]
    if any(_value(person, name) != value for name, value in after.items()):
        return _("somebody has changed them since")
    if entry["closed"] and person.is_active:
        return _("their account has been opened since")
    team = before.get("team")
    if team is not None and not Team.objects.filter(pk=team).exists():
        return _("their team is there no longer")
    if "email" in before and Person.objects.get_queryset().filter(email=before["email"]).exclude(pk=person.pk).exists():
        return _("their old address belongs to somebody else now")
    for name, value in before.items():
        setattr(person, "team_id" if name == "team" else name, value)
    if entry["closed"]:
        person.is_active, person.left_at = True, None
    person.save()
    return ""

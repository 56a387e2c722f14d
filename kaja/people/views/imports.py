"""People from a file in the browser: what is theirs in the pages of an import."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaja.people import importing
from kaja.people.access import SignedRequest
from kaja.people.importforms import FileForm
from kaja.people.importing import Fate
from kaja.people.importpages import Pages, Words
from kaja.people.models import Import, Person
from kaja.people.roles import Permission


def _read(content: bytes, person: Person, _chosen: dict[str, Any]) -> dict[str, object]:
    importing.plan(content, actor=person)
    return {}


def _begin(upload: Import, request: SignedRequest) -> None:
    importing.begin(upload=upload, actor=request.user, let_leave="let-leave" in request.POST)


def _undo(upload: Import, person: Person) -> tuple[str, list[str]]:
    done, left = importing.undo(upload=upload, actor=person)
    return ngettext("%d person is as before.", "%d people are as before.", done) % done, left


PAGES = Pages(
    kind=Import.Kind.PEOPLE,
    permission=Permission.INVITE_PEOPLE,
    name="people-import",
    section="people",
    home="people",
    words=Words(
        title=gettext_lazy("Import people"),
        back=gettext_lazy("Back to people"),
        start=gettext_lazy(
            "From a file of the personnel system. First you see what would happen to each; nobody is invited."
        ),
        columns=gettext_lazy(
            "A first line names the columns, in English or Estonian; e-mail and first name are needed. People are "
            "found again by employee number, else by e-mail address, so the same file may be brought again and again."
        ),
        trying=gettext_lazy("Nothing is written yet, and nobody is invited. See what would happen to each."),
    ),
    form=FileForm,
    columns=importing.NAMES,
    fates={
        Fate.NEW: (gettext_lazy("New"), "ok"),
        Fate.CHANGED: (gettext_lazy("Will change"), "info"),
        Fate.CLOSED: (gettext_lazy("Leaves"), "warn"),
        Fate.SAME: (gettext_lazy("Same"), ""),
        Fate.LEFT_OUT: (gettext_lazy("Left out"), "bad"),
    },
    acting=frozenset({Fate.NEW, Fate.CHANGED, Fate.CLOSED}),
    quiet=frozenset({Fate.SAME}),
    counted={"let_leave": gettext_lazy("Not in the file, closed")},
    template="people/import_try.html",
    read=_read,
    plan_of=lambda upload, person: importing.plan_of(upload, actor=person),
    begin=_begin,
    undo=_undo,
    headings=lambda: [_("Name"), _("E-mail")],
    told=lambda row: [row.name, str(row.fields.get("email", ""))],
)
index, attempt, columns, go, undo, problems = PAGES.views()

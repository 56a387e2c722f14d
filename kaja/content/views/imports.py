"""Items from a file in the browser: what is theirs in the pages of an import."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaja.content import importing
from kaja.content.forms import ITEM_COLUMNS, ItemsFileForm
from kaja.content.importing import Fate
from kaja.people.importpages import Pages, Words
from kaja.people.models import Import, Person
from kaja.people.roles import Permission


def _read(content: bytes, person: Person, chosen: dict[str, Any]) -> dict[str, object]:
    importing.plan(content, person=person, category=chosen["category"])
    return {"category": chosen["category"].pk}


def _undo(upload: Import, person: Person) -> tuple[str, list[str]]:
    done, left = importing.undo(upload=upload, person=person)
    return ngettext("%d draft is removed.", "%d drafts are removed.", done) % done, left


PAGES = Pages(
    kind=Import.Kind.ITEMS,
    permission=Permission.EDIT_CONTENT,
    name="items-import",
    section="library",
    home="sources",
    words=Words(
        title=gettext_lazy("Import posts"),
        back=gettext_lazy("Back to sources"),
        start=gettext_lazy("From a table. First you see what each row would become."),
        columns=gettext_lazy(
            "A first line names the columns, in English or Estonian: a title is needed; link, summary, category, "
            "language, begin, end and any number of captions (“caption en”, “caption et”) are taken too. Rows become "
            "drafts."
        ),
        trying=gettext_lazy("Nothing is written yet. See what each row would become."),
    ),
    form=ItemsFileForm,
    columns=ITEM_COLUMNS,
    fates={
        Fate.NEW: (gettext_lazy("New"), "ok"),
        Fate.KNOWN: (gettext_lazy("There already"), ""),
        Fate.LEFT_OUT: (gettext_lazy("Cannot be read"), "bad"),
    },
    acting=frozenset({Fate.NEW}),
    template="content/import_try.html",
    read=_read,
    plan_of=lambda upload, person: importing.plan_of(upload, person=person),
    begin=lambda upload, request: importing.begin(upload=upload, person=request.user),
    undo=_undo,
    headings=lambda: [_("Title")],
    told=lambda row: [row.title],
)
index, attempt, columns, go, undo, problems = PAGES.views()

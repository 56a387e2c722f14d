"""The pages of an import in the browser: upload, dry run, import, undo. Nothing is written before the button.

An app says what is its own in one constant (`Pages`): its columns, its verbs and its words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja import csvfile
from kaja.people import access, importforms, imports
from kaja.people.access import SignedRequest, View
from kaja.people.importforms import ColumnsForm, FileForm
from kaja.people.imports import Plan, Planned
from kaja.people.models import Import, Person
from kaja.people.roles import Permission

PAGE, LATEST = 50, 5


@dataclass(frozen=True)
class Words:
    """What the pages say: their title, the way back, what is said on the first page, of the columns and before the
    button."""

    title: Promise
    back: Promise
    start: Promise
    columns: Promise
    trying: Promise


@dataclass(frozen=True)
class Pages:
    """One kind of import. `name` begins the names of its addresses, `section` is the page of what it makes and `home`
    the one it is opened from; `columns` are the fields in words.

    `fates` are those of a row, with their words and look: `acting` ones are done by the button, `quiet` ones are shown
    when asked for. `counted` are other things that are counted when it is done.

    `read` tries a file just brought, and says what to keep with it; `undo` returns how many are as before, in words,
    and a sentence for each that is not. A row with a problem is told under `headings`, after its number and before why.
    """

    kind: Import.Kind
    permission: Permission
    name: str
    section: str
    home: str
    words: Words
    form: type[FileForm]
    columns: dict[str, Any]
    fates: Mapping[Any, tuple[Promise, str]]
    acting: frozenset[Any]
    template: str
    read: Callable[[bytes, Person, dict[str, Any]], dict[str, object]]
    plan_of: Callable[[Import, Person], Plan[Any]]
    begin: Callable[[Import, SignedRequest], None]
    undo: Callable[[Import, Person], tuple[str, list[str]]]
    headings: Callable[[], list[str]]
    told: Callable[[Any], list[str]]
    quiet: frozenset[Any] = frozenset()
    counted: Mapping[str, Promise] | None = None

    def views(self) -> tuple[View, View, View, View, View, View]:
        """index, attempt, columns, go, undo, problems: guarded, for the urls."""
        guard, both = access.page(self.permission), require_http_methods(["GET", "POST"])
        return (
            both(guard(self._index)),
            require_GET(guard(self._attempt)),
            require_POST(guard(self._columns)),
            require_POST(guard(self._go)),
            require_POST(guard(self._undo)),
            require_GET(guard(self._problems)),
        )

    def _index(self, request: SignedRequest) -> HttpResponse:
        """Choose a file; the last imports, which can be undone."""
        form = self.form(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                content = file.read()
                options = self.read(content, request.user, form.cleaned_data)
                upload = imports.keep(
                    person=request.user, kind=self.kind, name=file.name, content=content, options=options
                )
            except csvfile.Unreadable as error:
                form.add_error("file", str(error))
            else:
                return self._tried(upload.key)
        latest = self._own(request).exclude(state=Import.State.TRIED).defer("content", "made")[:LATEST]
        context = {"pages": self, "section": self.section, "form": form, "url": f"{self.name}-try", "latest": latest}
        return render(request, "people/import.html", context, status=422 if form.errors else 200)

    def _own(self, request: SignedRequest) -> QuerySet[Import]:
        return imports.of(request.user, self.kind)

    def _upload(self, request: SignedRequest, key: str) -> Import:
        return get_object_or_404(self._own(request), key=key)

    def _tried(self, key: str) -> HttpResponse:
        return redirect(f"{self.name}-try", key=key)

    def _refused(self, request: SignedRequest, error: csvfile.Unreadable) -> HttpResponse:
        messages.error(request, str(error))
        return redirect(self.name)

    def _attempt(self, request: SignedRequest, key: str) -> HttpResponse:
        """What would become of each row; or, once begun, how far it is and what came of it."""
        upload = self._upload(request, key)
        if upload.state != Import.State.TRIED:
            return render(request, "people/import_done.html", self._stage(upload))
        try:
            plan = self.plan_of(upload, request.user)
        except csvfile.Unreadable as error:
            return self._refused(request, error)
        return render(request, self.template, self._dry(request, upload, plan))

    def _stage(self, upload: Import) -> dict[str, Any]:
        names = {_short(fate): word for fate, (word, _look) in self.fates.items()} | dict(self.counted or {})
        counts = [(names[name], n) for name, n in upload.counts.items() if n and name in names]
        return {
            "section": self.section, "upload": upload, "counts": counts, "may_undo": imports.may_undo(upload),
            "back": self.name, "undo": f"{self.name}-undo", "all": self.section,
        }  # fmt: skip

    def _dry(self, request: SignedRequest, upload: Import, plan: Plan[Any]) -> dict[str, Any]:
        wish, n = request.GET.get("fate", ""), plan.counts
        chosen = next((fate for fate in self.fates if _short(fate) == wish), None)
        # What happens comes first; what stays the same is asked for.
        rows: list[Planned[Any]] = [
            row for row in plan.rows if (row.fate == chosen if chosen else row.fate not in self.quiet)
        ]
        if wish == "noted":
            rows = [row for row in plan.rows if row.notes]
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        return {
            "pages": self, "section": self.section, "upload": upload, "plan": plan, "page": page, "wish": wish,
            "address": f"&fate={wish}" if wish else "",
            "rows": [(row, *self.fates[row.fate]) for row in page],
            "chips": [(_short(fate), word, n[fate]) for fate, (word, _look) in self.fates.items() if n[fate]],
            "noted": sum(bool(row.notes) for row in plan.rows), "acting": sum(n[fate] for fate in self.acting),
            "all": len(plan.rows) - sum(n[fate] for fate in self.quiet),
            "table": importforms.table(plan.encoding, plan.delimiter),
            "columns": ColumnsForm(header=plan.header, columns=plan.columns, labels=self.columns),
            "counts": {_short(fate): n[fate] for fate in self.fates},
            "problems": any(row.why or row.notes for row in plan.rows),
            "to": {what: f"{self.name}-{what}" for what in ("columns", "go", "problems")},
        }  # fmt: skip

    def _columns(self, request: SignedRequest, key: str) -> HttpResponse:
        """Correct which column is which field; one that makes the file unreadable is not taken."""
        upload = self._upload(request, key)
        header = csvfile.read(imports.content_of(upload)).header if upload.content else []
        form = ColumnsForm(request.POST, header=header, columns=[""] * len(header), labels=self.columns)
        if form.is_valid() and header:
            before, upload.columns = upload.columns, form.said()
            try:
                self.plan_of(upload, request.user)
            except csvfile.Unreadable as error:
                messages.error(request, str(error))
                upload.columns = before
            else:
                imports.correct(upload=upload, person=request.user, columns=form.said())
        return self._tried(key)

    def _go(self, request: SignedRequest, key: str) -> HttpResponse:
        """Do it. Somebody who presses twice gets one import."""
        try:
            self.begin(self._upload(request, key), request)
        except csvfile.Unreadable as error:
            return self._refused(request, error)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return self._tried(key)

    def _undo(self, request: SignedRequest, key: str) -> HttpResponse:
        try:
            said, left = self.undo(self._upload(request, key), request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            more = " " + _("%d were left, see why below.") % len(left) if left else ""
            messages.success(request, said + more)
        return self._tried(key)

    def _problems(self, request: SignedRequest, key: str) -> HttpResponse:
        """The rows that are left out or were corrected, with their reasons, as CSV."""
        try:
            plan = self.plan_of(self._upload(request, key), request.user)
        except csvfile.Unreadable as error:
            return self._refused(request, error)
        rows = [
            [str(row.line), *self.told(row), "; ".join(filter(None, [row.why, *row.notes]))]
            for row in plan.rows
            if row.why or row.notes
        ]
        return HttpResponse(
            csvfile.write([[_("Row"), *self.headings(), _("Why")], *rows]),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="rows-with-problems.csv"'},
        )


def _short(fate: Enum) -> str:
    """A fate as an address and a count name it."""
    return fate.name.lower()

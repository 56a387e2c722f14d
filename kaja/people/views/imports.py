"""People from a file in the browser: upload, dry run, import, undo. Nothing is written before the button."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja import csvfile
from kaja.people import access, importforms, importing, imports
from kaja.people.access import SignedRequest
from kaja.people.importforms import ColumnsForm, FileForm
from kaja.people.importing import Fate
from kaja.people.models import Import
from kaja.people.roles import Permission

PAGE, LATEST = 50, 5
KIND = Import.Kind.PEOPLE
LOOKS = {Fate.NEW: "ok", Fate.CHANGED: "info", Fate.CLOSED: "warn", Fate.SAME: "", Fate.LEFT_OUT: "bad"}


def fates() -> dict[Fate, str]:
    """The fates in words."""
    return {
        Fate.NEW: _("New"),
        Fate.CHANGED: _("Will change"),
        Fate.CLOSED: _("Leaves"),
        Fate.SAME: _("Same"),
        Fate.LEFT_OUT: _("Left out"),
    }


@require_http_methods(["GET", "POST"])
@access.page(Permission.INVITE_PEOPLE)
def index(request: SignedRequest) -> HttpResponse:
    """Choose a file; the last imports, which can be undone."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            content = file.read()
            importing.plan(content, actor=request.user)
            upload = imports.keep(person=request.user, kind=KIND, name=file.name, content=content)
        except csvfile.Unreadable as error:
            form.add_error("file", str(error))
        else:
            return redirect("people-import-try", key=upload.key)
    context = {
        "section": "people", "form": form, "url": "people-import-try",
        "latest": imports.of(request.user, KIND).exclude(state="tried").defer("content", "made")[:LATEST],
    }  # fmt: skip
    return render(request, "people/import.html", context, status=422 if form.errors else 200)


def _upload(request: SignedRequest, key: str) -> Import:
    return get_object_or_404(imports.of(request.user, KIND), key=key)


@require_GET
@access.page(Permission.INVITE_PEOPLE)
def attempt(request: SignedRequest, key: str) -> HttpResponse:
    """What would become of each row; or, once begun, how far it is and what came of it."""
    upload = _upload(request, key)
    if upload.state != Import.State.TRIED:
        names = {
            **{fate.name.lower(): word for fate, word in fates().items()},
            "let_leave": _("Not in the file, closed"),
        }
        return _stage(request, upload, names)
    try:
        plan = importing.plan_of(upload, actor=request.user)
    except csvfile.Unreadable as error:
        messages.error(request, str(error))
        return redirect("people-import")
    return render(request, "people/import_try.html", _tried(request, upload, plan))


def _stage(request: SignedRequest, upload: Import, names: dict[str, str]) -> HttpResponse:
    counts = [(names[name], n) for name, n in upload.counts.items() if n and name in names]
    context = {
        "section": "people", "upload": upload, "counts": counts, "may_undo": imports.may_undo(upload),
        "back": "people-import", "undo": "people-import-undo", "all": "people",
    }  # fmt: skip
    return render(request, "people/import_done.html", context)


def _tried(request: SignedRequest, upload: Import, plan: importing.Plan) -> dict[str, Any]:
    wish, words = request.GET.get("fate", ""), fates()
    chosen = next((fate for fate in Fate if fate.name.lower() == wish), None)
    # What happens comes first; what stays the same is asked for.
    rows = [row for row in plan.rows if (row.fate == chosen if chosen else row.fate != Fate.SAME)]
    if wish == "noted":
        rows = [row for row in plan.rows if row.notes]
    acting = sum(plan.counts[fate] for fate in (Fate.NEW, Fate.CHANGED, Fate.CLOSED))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {
        "section": "people", "upload": upload, "plan": plan, "page": page, "wish": wish,
        "address": f"&fate={wish}" if wish else "",
        "rows": [(row, words[row.fate], LOOKS[row.fate]) for row in page],
        "chips": [(fate.name.lower(), words[fate], plan.counts[fate]) for fate in Fate if plan.counts[fate]],
        "noted": sum(bool(row.notes) for row in plan.rows), "acting": acting,
        "listed": len(plan.rows) - plan.counts[Fate.SAME],
        "table": importforms.table(plan.encoding, plan.delimiter),
        "columns": ColumnsForm(header=plan.header, columns=plan.columns, labels=importing.NAMES),
        "counts": {fate.name.lower(): plan.counts[fate] for fate in Fate},
    }  # fmt: skip


@require_POST
@access.page(Permission.INVITE_PEOPLE)
def columns(request: SignedRequest, key: str) -> HttpResponse:
    """Correct which column is which field; one that makes the file unreadable is not taken."""
    upload = _upload(request, key)
    header = csvfile.read(imports.content_of(upload)).header if upload.content else []
    form = ColumnsForm(request.POST, header=header, columns=[""] * len(header), labels=importing.NAMES)
    if form.is_valid():
        try:
            importing.plan(bytes(upload.content), actor=request.user, said=form.said())
        except csvfile.Unreadable as error:
            messages.error(request, str(error))
        else:
            imports.correct(upload=upload, person=request.user, columns=form.said())
    return redirect("people-import-try", key=key)


@require_POST
@access.page(Permission.INVITE_PEOPLE)
def go(request: SignedRequest, key: str) -> HttpResponse:
    """Do it. Somebody who presses twice gets one import."""
    upload = _upload(request, key)
    try:
        importing.begin(upload=upload, actor=request.user, let_leave="let-leave" in request.POST)
    except csvfile.Unreadable as error:
        messages.error(request, str(error))
        return redirect("people-import")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("people-import-try", key=key)


@require_POST
@access.page(Permission.INVITE_PEOPLE)
def undo(request: SignedRequest, key: str) -> HttpResponse:
    try:
        done, left = importing.undo(upload=_upload(request, key), actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = ngettext("%d person is as before.", "%d people are as before.", done) % done
        messages.success(request, said + (" " + _("%d were left, see why below.") % len(left) if left else ""))
    return redirect("people-import-try", key=key)


@require_GET
@access.page(Permission.INVITE_PEOPLE)
def problems(request: SignedRequest, key: str) -> HttpResponse:
    """The rows that are left out or were corrected, with their reasons, as CSV."""
    upload = _upload(request, key)
    try:
        plan = importing.plan_of(upload, actor=request.user)
    except csvfile.Unreadable as error:
        messages.error(request, str(error))
        return redirect("people-import")
    rows = [
        [str(row.line), row.name, str(row.fields.get("email", "")), "; ".join(filter(None, [row.why, *row.notes]))]
        for row in plan.rows
        if row.why or row.notes
    ]
    content = csvfile.write([[_("Row"), _("Name"), _("E-mail"), _("Why")], *rows])
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="rows-with-problems.csv"'},
    )

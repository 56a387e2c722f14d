"""Items from a file in the browser: upload, dry run, import, undo. Nothing is written before the button."""

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
from kaja.content import importing
from kaja.content.forms import ITEM_COLUMNS, ItemsFileForm
from kaja.content.importing import Fate
from kaja.people import access, importforms, imports
from kaja.people.access import SignedRequest
from kaja.people.importforms import ColumnsForm
from kaja.people.models import Import
from kaja.people.roles import Permission

PAGE, LATEST = 50, 5
KIND = Import.Kind.ITEMS
LOOKS = {Fate.NEW: "ok", Fate.KNOWN: "", Fate.LEFT_OUT: "bad"}


def fates() -> dict[Fate, str]:
    """The fates in words."""
    return {Fate.NEW: _("New"), Fate.KNOWN: _("There already"), Fate.LEFT_OUT: _("Cannot be read")}


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def index(request: SignedRequest) -> HttpResponse:
    """Choose a file; the last imports, which can be undone."""
    form = ItemsFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, category = form.cleaned_data["file"], form.cleaned_data["category"]
        try:
            content = file.read()
            importing.plan(content, person=request.user, category=category)
            options = {"category": category.pk}
            upload = imports.keep(person=request.user, kind=KIND, name=file.name, content=content, options=options)
        except csvfile.Unreadable as error:
            form.add_error("file", str(error))
        else:
            return redirect("items-import-try", key=upload.key)
    context = {
        "section": "library", "form": form, "url": "items-import-try",
        "latest": imports.of(request.user, KIND).exclude(state="tried").defer("content", "made")[:LATEST],
    }  # fmt: skip
    return render(request, "content/import.html", context, status=422 if form.errors else 200)


def _upload(request: SignedRequest, key: str) -> Import:
    return get_object_or_404(imports.of(request.user, KIND), key=key)


@require_GET
@access.page(Permission.EDIT_CONTENT)
def attempt(request: SignedRequest, key: str) -> HttpResponse:
    """What would become of each row; or, once begun, how far it is and what came of it."""
    upload = _upload(request, key)
    if upload.state != Import.State.TRIED:
        names = {fate.name.lower(): word for fate, word in fates().items()}
        context = {
            "section": "library", "upload": upload, "may_undo": imports.may_undo(upload),
            "counts": [(names[name], n) for name, n in upload.counts.items() if n and name in names],
            "back": "items-import", "undo": "items-import-undo", "all": "library",
        }  # fmt: skip
        return render(request, "people/import_done.html", context)
    try:
        plan = importing.plan_of(upload, person=request.user)
    except csvfile.Unreadable as error:
        messages.error(request, str(error))
        return redirect("items-import")
    return render(request, "content/import_try.html", _tried(request, upload, plan))


def _tried(request: SignedRequest, upload: Import, plan: importing.Plan) -> dict[str, Any]:
    wish, words = request.GET.get("fate", ""), fates()
    chosen = next((fate for fate in Fate if fate.name.lower() == wish), None)
    rows = [row for row in plan.rows if chosen is None or row.fate == chosen]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {
        "section": "library", "upload": upload, "plan": plan, "page": page, "wish": wish,
        "address": f"&fate={wish}" if wish else "",
        "rows": [(row, words[row.fate], LOOKS[row.fate]) for row in page],
        "chips": [(fate.name.lower(), words[fate], plan.counts[fate]) for fate in Fate if plan.counts[fate]],
        "acting": plan.counts[Fate.NEW],
        "table": importforms.table(plan.encoding, plan.delimiter),
        "columns": ColumnsForm(header=plan.header, columns=plan.columns, labels=ITEM_COLUMNS),
        "problems": plan.counts[Fate.LEFT_OUT] + plan.counts[Fate.KNOWN],
    }  # fmt: skip


@require_POST
@access.page(Permission.EDIT_CONTENT)
def columns(request: SignedRequest, key: str) -> HttpResponse:
    """Correct which column is which field; one that makes the file unreadable is not taken."""
    upload = _upload(request, key)
    header = csvfile.read(imports.content_of(upload)).header if upload.content else []
    form = ColumnsForm(request.POST, header=header, columns=[""] * len(header), labels=ITEM_COLUMNS)
    if form.is_valid() and header:
        before, upload.columns = upload.columns, form.said()
        try:
            importing.plan_of(upload, person=request.user)
        except csvfile.Unreadable as error:
            messages.error(request, str(error))
            upload.columns = before
        else:
            imports.correct(upload=upload, person=request.user, columns=form.said())
    return redirect("items-import-try", key=key)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def go(request: SignedRequest, key: str) -> HttpResponse:
    """Do it. Somebody who presses twice gets one import."""
    upload = _upload(request, key)
    try:
        importing.begin(upload=upload, person=request.user)
    except csvfile.Unreadable as error:
        messages.error(request, str(error))
        return redirect("items-import")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("items-import-try", key=key)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def undo(request: SignedRequest, key: str) -> HttpResponse:
    try:
        done, left = importing.undo(upload=_upload(request, key), person=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = ngettext("%d draft is removed.", "%d drafts are removed.", done) % done
        messages.success(request, said + (" " + _("%d were left, see why below.") % len(left) if left else ""))
    return redirect("items-import-try", key=key)


@require_GET
@access.page(Permission.EDIT_CONTENT)
def problems(request: SignedRequest, key: str) -> HttpResponse:
    """The rows that become nothing, with their reasons, as CSV."""
    try:
        plan = importing.plan_of(_upload(request, key), person=request.user)
    except csvfile.Unreadable as error:
        messages.error(request, str(error))
        return redirect("items-import")
    rows = [[str(row.line), row.title, row.why] for row in plan.rows if row.why]
    return HttpResponse(
        csvfile.write([[_("Row"), _("Title"), _("Why")], *rows]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="rows-with-problems.csv"'},
    )

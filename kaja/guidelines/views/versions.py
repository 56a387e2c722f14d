"""Versions: adopt a template, compare, preview, publish, go back; who has confirmed; the public link's switch."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.guidelines import acknowledgement, differences, documents, pieces, publication, sheets, starters
from kaja.guidelines.forms import AdoptForm, PublishForm
from kaja.guidelines.models import Edition
from kaja.guidelines.views import writing
from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

WRITE = Permission.EDIT_CONTENT
BY_PAGE = 50


@require_http_methods(["GET", "POST"])
@access.page(WRITE)
def adopt(request: SignedRequest, starter: str) -> HttpResponse:
    """A template with the company's own names; what is refused comes back filled."""
    if starter not in starters.STARTERS:
        raise Http404
    us = company.current()
    form = AdoptForm(request.POST or None, initial={"company": us.name, "hashtag": us.hashtag, "email": ""})
    if request.method == "POST" and form.is_valid():
        answers = starters.Answers(**form.cleaned_data, short=us.short_name, colour=us.colour)
        try:
            documents.adopt(person=request.user, starter=starter, answers=answers)
        except ValidationError as error:
            for name, sentences in getattr(error, "error_dict", {None: error.messages}).items():
                form.add_error(name, sentences)
        else:
            messages.success(request, _("The draft is filled in. Read it, change what is different with you, publish."))
            return redirect("guide-editor")
    context = {"section": "library", "form": form, "starter": starters.STARTERS[starter]}
    return render(request, "guidelines/adopt.html", context, status=422 if form.errors else 200)


@require_GET
@access.page(WRITE)
def preview(request: SignedRequest) -> HttpResponse:
    """The draft as people would read it; `?language=` shows the other one."""
    draft = documents.draft()
    if draft is None:
        return redirect("guide-editor")
    language = request.GET.get("language", "")
    language = language if language in pieces.LANGUAGES else get_language() or "en"
    context = {
        "section": "library",
        "draft": draft,
        "last": documents.newest(),
        "language": language,
        "sheets": sheets.sheets(draft, language),
    }
    return render(request, "guidelines/preview.html", context)


def _compared(request: SignedRequest, new: Edition, old: Edition | None) -> HttpResponse:
    language = request.GET.get("language", "")
    language = language if language in pieces.LANGUAGES else get_language() or "en"
    before = old.content if old else pieces.cleaned({})
    context = {
        "section": "guidelines" if new.state == Edition.State.PUBLISHED else "library",
        "new": new,
        "old": old,
        "language": language,
        "changes": differences.between(before, new.content, language),
        "may_write": documents.may_write(request.user),
    }
    return render(request, "guidelines/changes.html", context)


@require_GET
@access.page(WRITE)
def compare(request: SignedRequest) -> HttpResponse:
    """The draft beside what was published last."""
    draft = documents.draft()
    return _compared(request, draft, documents.newest()) if draft else redirect("guide-editor")


@require_GET
@access.page
def changes(request: SignedRequest, number: int) -> HttpResponse:
    """What a version changed, for everybody who is asked to read it."""
    new = documents.readable(person=request.user, number=number)
    old = Edition.objects.filter(state=Edition.State.PUBLISHED, number__lt=number).first()
    return _compared(request, new, old)


@require_POST
@access.page(WRITE)
def publish(request: SignedRequest) -> HttpResponse:
    form = PublishForm(request.POST)
    if not form.is_valid():
        return writing.page(request, 422, form=form)
    data = form.cleaned_data
    try:
        row = documents.publish(
            person=request.user, matters=data["weight"] == "matters", note=data["note"], begins=data["begins"]
        )
    except ValidationError as error:
        return writing.page(request, 422, form=form, publish_trouble=error.messages[0])
    messages.success(request, _("Version %d is published.") % row.number)
    return redirect("guidelines" if row.in_force_from == row.published_at else "guide-editor")


@require_POST
@access.page(WRITE)
def discard(request: SignedRequest) -> HttpResponse:
    try:
        documents.discard(person=request.user)
    except ValidationError as error:
        return writing.page(request, 422, trouble=error.messages[0])
    messages.success(request, _("The draft is thrown away. What is in force stays."))
    return redirect("guide-editor")


@require_POST
@access.page(WRITE)
def restore(request: SignedRequest, number: int) -> HttpResponse:
    try:
        documents.restore(person=request.user, number=number)
    except ValidationError as error:
        return writing.page(request, 422, trouble=error.messages[0])
    messages.success(request, _("The draft has the words of version %d. Publish it when it is right.") % number)
    return redirect("guide-editor")


@require_POST
@access.page(WRITE)
def link(request: SignedRequest) -> HttpResponse:
    """The public link: `open`, `listed`, or a new address (`renew`)."""
    if "renew" in request.POST:
        publication.renew(person=request.user)
        messages.success(request, _("The link has a new address. The old one leads nowhere."))
    else:
        row = publication.change(person=request.user, open_="open" in request.POST, listed="listed" in request.POST)
        messages.success(request, _("The public link is open.") if row.open else _("The public link is closed."))
    return redirect("guide-editor")


@require_GET
@access.page
def confirmed(request: SignedRequest) -> HttpResponse:
    """How many have confirmed, and who has not; for the programme manager."""
    if not acknowledgement.may_see_names(request.user):
        raise Http404
    edition = documents.current()
    if edition is None:
        return redirect("guidelines")
    rows = acknowledgement.missing(person=request.user, edition=edition)
    context = {
        "section": "guidelines",
        "edition": edition,
        "count": acknowledgement.count(edition),
        "page": Paginator(rows, BY_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "guidelines/confirmed.html", context)

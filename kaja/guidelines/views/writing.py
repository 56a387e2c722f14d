"""The block editor: pieces of a draft, one open at a time, both languages side by side."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.guidelines import acknowledgement, documents, pictures, publication, sheets, starters
from kaja.guidelines import editor as shown
from kaja.guidelines.forms import PublishForm, from_post
from kaja.guidelines.models import Edition
from kaja.guidelines.pieces import DOCUMENTS, KINDS, SIGNS
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

WRITE = Permission.EDIT_CONTENT


def address(document: str, piece: str = "") -> str:
    """The editor with this document, and this piece open."""
    return f"{reverse('guide-editor')}?document={document}" + (f"&piece={piece}#piece-{piece}" if piece else "")


def page(request: SignedRequest, status: int = 200, **more: Any) -> HttpResponse:
    """The editor as the address says, with what a refused form brings."""
    draft, last = documents.draft(), documents.newest()
    document = request.GET.get("document", "")
    language = request.GET.get("language", "") or get_language() or "en"
    context: dict[str, Any] = {
        "section": "library",
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
        "draft": draft,
        "last": last,
        "document": document if document in DOCUMENTS else DOCUMENTS[0],
        "titles": sheets.TITLES,
        "kinds": KINDS,
        "signs": SIGNS,
        "starters": starters.STARTERS,
        "versions": Edition.objects.filter(state=Edition.State.PUBLISHED).defer("content")[:12],
        "count": acknowledgement.count(last) if last else None,
        "link": publication.link(),
        "form": PublishForm(initial={"weight": "matters"}),
        "may_see_names": acknowledgement.may_see_names(request.user),
    } | more
    if draft:
        context["lines"] = shown.lines(
            draft, last, context["document"], language, request.GET.get("piece", ""), more.get("refused")
        )
        # Moving draws the list anew; what is being typed in an open piece must not be lost by it.
        context["moving"] = not any(line.open for line in context["lines"])
    context["link_address"] = publication.address(context["link"]) if context["link"] else ""
    return render(request, "guidelines/editor.html", context, status=status)


@require_GET
@access.page(WRITE)
def show(request: SignedRequest) -> HttpResponse:
    return page(request)


@require_POST
@access.page(WRITE)
def begin(request: SignedRequest) -> HttpResponse:
    documents.begin(person=request.user)
    return redirect("guide-editor")


@require_POST
@access.page(WRITE)
def add(request: SignedRequest) -> HttpResponse:
    document = request.POST.get("document", "")
    try:
        piece = documents.add(person=request.user, document=document, kind=request.POST.get("kind", ""))
    except ValidationError as error:
        return page(request, 422, trouble=error.messages[0])
    return redirect(address(document, piece))


@require_POST
@access.page(WRITE)
def change(request: SignedRequest, piece: str) -> HttpResponse:
    """Save a piece; what is refused comes back filled."""
    draft = documents.draft()
    try:
        document, place = documents.find(draft.content, piece) if draft else ("", 0)
    except ValidationError as error:
        return page(request, 422, trouble=error.messages[0])
    if draft is None:
        return page(request, 422, trouble=_("There is no draft any more: somebody has published it or thrown it away."))
    given = from_post(request.POST, draft.content[document][place])
    try:
        _take_picture(request, given)
        documents.change(person=request.user, piece=piece, given=given, seen=request.POST.get("seen", ""))
    except ValidationError as error:
        return page(
            request, 422, document=document, refused=shown.Refused(piece, given, error.messages[0]),
        )  # fmt: skip
    messages.success(request, _("Saved."))
    return redirect(address(document, piece if "stay" in request.POST else ""))


def _take_picture(request: HttpRequest, given: dict[str, Any]) -> None:
    file = request.FILES.get("file")
    if file is not None:
        if file.size is None or file.size > pictures.LARGEST_FILE:
            raise ValidationError(_("The picture is larger than 10 MB. Save it smaller and try again."))
        given["picture"] = pictures.keep(file.read()).sha256


@require_POST
@access.page(WRITE)
def move(request: SignedRequest, piece: str) -> HttpResponse:
    to = request.POST.get("to", "")
    try:
        documents.move(person=request.user, piece=piece, to=int(to) if to.isascii() and to.isdigit() else 0)
    except ValidationError as error:
        return page(request, 422, trouble=error.messages[0])
    return redirect(address(request.POST.get("document", DOCUMENTS[0])))


@require_POST
@access.page(WRITE)
def remove(request: SignedRequest, piece: str) -> HttpResponse:
    try:
        documents.remove(person=request.user, piece=piece)
    except ValidationError as error:
        return page(request, 422, trouble=error.messages[0])
    messages.success(request, _("Removed. Older versions keep it."))
    return redirect(address(request.POST.get("document", DOCUMENTS[0])))

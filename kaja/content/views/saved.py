"""Saved views of the library: keep, rename, share, delete."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.content import saved
from kaja.content.models import SavedView
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_http_methods(["GET", "POST"])
@access.page(Permission.READ_LIBRARY)
def index(request: SignedRequest) -> HttpResponse:
    """The views one sees; POST keeps the filters of `query` under `name`, and goes back to them."""
    trouble, given = "", request.POST
    if request.method == "POST":
        name, query, shared = given.get("name", ""), given.get("query", ""), bool(given.get("shared"))
        try:
            view = saved.save(person=request.user, name=name, query=query, shared=shared)
        except ValidationError as error:
            trouble = " ".join(error.messages)
        else:
            messages.success(request, _("The view “%s” is kept.") % view.name)
            return redirect(f"{reverse('library')}?{view.query}")
    return _page(request, trouble)


def _page(request: SignedRequest, trouble: str = "", wrong: int = 0) -> HttpResponse:
    """The list of views; with trouble, what was typed stays in the form it was typed into."""
    views = list(saved.of(request.user).select_related("person"))
    context = {
        "section": "library",
        "views": views,
        "may_share": saved.may_share(request.user),
        "trouble": trouble,
        "wrong": wrong,
        "name": request.POST.get("name", ""),
        "shared": bool(request.POST.get("shared")),
        "query": request.POST.get("query", request.GET.urlencode()),
    }
    return render(request, "content/views.html", context, status=422 if trouble else 200)


def _own(request: SignedRequest, number: int) -> SavedView:
    return get_object_or_404(SavedView, pk=number, person=request.user)


@require_POST
@access.page(Permission.READ_LIBRARY)
def change(request: SignedRequest, number: int) -> HttpResponse:
    view = _own(request, number)
    try:
        saved.change(
            person=request.user,
            view=view,
            name=request.POST.get("name", ""),
            shared=bool(request.POST.get("shared")),
        )
    except ValidationError as error:
        return _page(request, " ".join(error.messages), wrong=number)
    return redirect("library-views")


@require_POST
@access.page(Permission.READ_LIBRARY)
def remove(request: SignedRequest, number: int) -> HttpResponse:
    saved.remove(person=request.user, view=_own(request, number))
    return redirect("library-views")

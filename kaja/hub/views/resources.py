"""The resources hub."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kaja.hub import resources
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page
def show(request: SignedRequest) -> HttpResponse:
    """`?words=` and `?kind=` narrow."""
    words, kind = request.GET.get("words", "")[:100], request.GET.get("kind", "")[:20]
    since = resources.visit(request.user)
    context = {
        "section": "resources",
        "hub": resources.read(request.user, words=words, kind=kind, since=since),
        "wish": {"words": words, "kind": kind},
        "kinds": resources.SHELVES.items(),
        "may_share": request.user.may(Permission.SHARE),
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
    }
    return render(request, "hub/_resources.html" if request.htmx else "hub/resources.html", context)

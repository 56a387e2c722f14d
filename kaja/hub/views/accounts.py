"""My accounts: what is connected and how it is."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kaja.hub import accounts
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page(Permission.SHARE)
def show(request: SignedRequest) -> HttpResponse:
    """`?open=<network>` opens the form of a network, `?handle=` fills it."""
    context = {"section": "accounts", "page": accounts.read(request.user)}
    return render(request, "hub/accounts.html", context)

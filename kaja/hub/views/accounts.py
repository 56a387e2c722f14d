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
    """`?open=<network>` opens the form of a network, `?handle=` fills it; `?wanted=` and `?came=` (accounts) say that
    somebody meant to renew the one and came back as the other, `?new=1` that this one is new."""
    page = accounts.read(request.user)
    mixed = accounts.mixed(page, **{name: request.GET.get(name, "") for name in ("wanted", "came", "new")})
    context = {"section": "accounts", "page": page, "mixed": mixed}
    return render(request, "hub/accounts.html", context)

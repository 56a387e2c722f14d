"""My impact."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kaja.hub import impact
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page(Permission.SHARE)
def show(request: SignedRequest) -> HttpResponse:
    accounts = [(account, BY_KEY[account.network]) for account in connecting.accounts(request.user)]
    context = {"section": "impact", "impact": impact.read(request.user), "accounts": accounts}
    return render(request, "hub/impact.html", context)

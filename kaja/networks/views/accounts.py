"""My accounts: what is connected and how it is, connect, disconnect."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.models import ConnectedAccount
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page(Permission.SHARE)
def show(request: SignedRequest) -> HttpResponse:
    accounts = [(account, BY_KEY[account.network]) for account in connecting.accounts(request.user)]
    have = {network.key for _account, network in accounts}
    context = {
        "section": "accounts",
        "accounts": accounts,
        "broken": sum(account.state == ConnectedAccount.State.NEEDS_RECONNECT for account, _network in accounts),
        "connectable": [network for network in offered() if network.connect and network.key not in have],
        "dialogs": [network for network in offered() if network.dialog and network.key not in have],
    }
    return render(request, "networks/accounts.html", context)


@require_POST
@access.page(Permission.SHARE)
def connect_instantly(request: SignedRequest, key: str) -> HttpResponse:
    network = next((one for one in offered() if one.key == key and "instant" in one.connect), None)
    if network is None:
        raise PermissionDenied
    connecting.connect_instantly(person=request.user, network=network)
    messages.success(request, _("%s is connected.") % network.name)
    return redirect("accounts")


@require_POST
@access.page(Permission.SHARE)
def connect_with_password(request: SignedRequest, key: str) -> HttpResponse:
    """Name and app password; a refusal comes back with the name as it was typed."""
    network = next((one for one in offered() if one.key == key), None)
    if network is None:
        raise PermissionDenied
    handle, password = request.POST.get("handle", ""), request.POST.get("password", "")
    try:
        connecting.connect_with_password(person=request.user, network=network, handle=handle, password=password)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('accounts')}?{urlencode({'handle': handle[:100], 'open': key})}")
    messages.success(request, _("%s is connected.") % network.name)
    return redirect("accounts")


@require_POST
@access.page(Permission.SHARE)
def disconnect(request: SignedRequest, number: int) -> HttpResponse:
    account = get_object_or_404(connecting.accounts(request.user), pk=number)
    connecting.disconnect(person=request.user, account=account)
    messages.success(request, _("Disconnected. The keys are erased."))
    return redirect("accounts")

"""Connecting and disconnecting accounts; the page that shows them is the hub's."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.networks import connecting, dpop
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.models import ConnectedAccount
from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


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
def begin_oauth(request: SignedRequest, key: str) -> HttpResponse:
    """To the network's own sign-in. A page between, because a form may lead to our own pages only (content policy)."""
    network = next((one for one in offered() if one.key == key), None)
    if network is None:
        raise PermissionDenied
    handle, number = request.POST.get("handle", "")[:200], request.POST.get("account", "")
    account = _own(request, int(number)) if number.isdecimal() else None
    try:
        address = connecting.begin_oauth(person=request.user, network=network, handle=handle, account=account)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('accounts')}?{urlencode({'handle': handle[:100], 'open': key})}")
    return render(request, "networks/going.html", {"address": address, "network": network, "section": "accounts"})


def _own(request: SignedRequest, number: int) -> ConnectedAccount:
    return get_object_or_404(connecting.accounts(request.user), pk=number)


@require_POST
@access.page(Permission.SHARE)
def begin_reading(request: SignedRequest, number: int) -> HttpResponse:
    """To the network once more, for the permission to read figures."""
    account = _own(request, number)
    try:
        address = connecting.begin_reading(person=request.user, account=account)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("accounts")
    context = {"address": address, "network": BY_KEY[account.network], "section": "accounts"}
    return render(request, "networks/going.html", context)


@require_POST
@access.page(Permission.SHARE)
def stop_reading(request: SignedRequest, number: int) -> HttpResponse:
    connecting.stop_reading(person=request.user, account=_own(request, number))
    messages.success(request, _("Kaja reads no more figures there. What was read stays with you."))
    return redirect("accounts")


@require_GET
def finish_oauth(request: HttpRequest, key: str) -> HttpResponseBase:
    """Back from the network. A loopback client comes back to 127.0.0.1, where there is no session: on to ours."""
    base = urlsplit(settings.BASE_URL)
    if request.get_host() != base.netloc and request.get_host().startswith("127.0.0.1"):
        return redirect(f"{settings.BASE_URL}{request.get_full_path()}")
    return _finish(request, key)


@access.page(Permission.SHARE)
def _finish(request: SignedRequest, key: str) -> HttpResponse:
    network = next((one for one in offered() if one.key == key), None)
    if network is None:
        raise PermissionDenied
    try:
        back = connecting.come_back(person=request.user, network=network, told=request.GET.dict())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("accounts")
    if back.wanted is None:
        messages.success(request, _("%s is connected.") % network.name)
        return redirect("accounts")
    mixed = {"wanted": back.wanted.pk, "came": back.account.pk, "new": int(back.fresh)}
    return redirect(f"{reverse('accounts')}?{urlencode(mixed)}")  # what became of it is said there


@require_GET
def client_document(_request: HttpRequest, key: str) -> HttpResponse:
    """Who Kaja is, for networks that read it from its own address (atproto OAuth)."""
    network = next((one for one in offered() if one.key == key and "oauth" in one.connect), None)
    if network is None or network.api is None or not settings.BASE_URL.startswith("https://"):
        raise Http404
    if network.app is not None or network.own_servers:  # these know Kaja by another way
        raise Http404
    client = connecting.client(network)
    document = {
        "client_id": client.client_id,
        "client_name": f"Kaja, {company.current().name}",
        "client_uri": settings.BASE_URL,
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": network.api.scope,
        "redirect_uris": [client.redirect_uri],
        "dpop_bound_access_tokens": True,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [dpop.public(client.key or {})]},
    }
    return JsonResponse(document)


@require_POST
@access.page(Permission.SHARE)
def disconnect(request: SignedRequest, number: int) -> HttpResponse:
    account = get_object_or_404(connecting.accounts(request.user), pk=number)
    connecting.disconnect(person=request.user, account=account)
    messages.success(request, _("Disconnected. The keys are erased."))
    return redirect("accounts")

"""The networks of this installation for its administrator: what each can do, the keys of the company's apps, and what
posting costs."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.networks import company_apps, connecting, standing
from kaja.networks.forms import AppForm
from kaja.networks.standing import Standing
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import spending


@require_GET
@access.page(Permission.CHANGE_SETTINGS)
def index(request: SignedRequest) -> HttpResponse:
    rows = standing.all_of_them()
    context = {
        "section": "company-settings",
        "rows": rows,
        "missing": sum(row.keys == standing.Keys.MISSING for row in rows),
        "refused": sum(row.keys == standing.Keys.REFUSED for row in rows),
    }
    return render(request, "hub/networks.html", context)


def _wanted(key: str) -> Standing:
    row = standing.one(key)
    if row is None or row.network.app is None:
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@access.page(Permission.CHANGE_SETTINGS)
def one(request: SignedRequest, key: str) -> HttpResponse:
    """The keys of one network; saved, they are tested at once."""
    row = _wanted(key)
    assert row.network.app is not None
    form = AppForm(request.POST or None, wanted=row.network.app, app=row.app)
    if request.method == "POST" and form.is_valid():
        try:
            company_apps.save(person=request.user, network=row.network, given=form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _test(request, row.network.key)
            return redirect("network-app", key)
    context = {
        "section": "company-settings", "row": row, "form": form,
        "secure": settings.BASE_URL.startswith("https://"), "spent": spending.this_month(row.network),
    }  # fmt: skip
    return render(request, "hub/network.html", context, status=422 if form.errors else 200)


def _test(request: SignedRequest, key: str) -> None:
    """Ask the network, and say in one sentence what it said; the page shows every check."""
    network = _wanted(key).network
    found = connecting.test_app(person=request.user, network=network)
    if not found:
        messages.success(request, _("Saved."))
    elif all(one.passed for one in found):
        messages.success(request, _("The keys work. People can connect their accounts on %s now.") % network.name)
    else:
        messages.error(request, _("Not all is well yet. Below stands what to do."))


@require_POST
@access.page(Permission.CHANGE_SETTINGS)
def test(request: SignedRequest, key: str) -> HttpResponse:
    row = _wanted(key)
    if row.app is None:
        raise Http404
    _test(request, key)
    return redirect("network-app", key)


@require_POST
@access.page(Permission.CHANGE_SETTINGS)
def forget(request: SignedRequest, key: str) -> HttpResponse:
    row = _wanted(key)
    if row.app is None:
        raise Http404
    company_apps.forget(person=request.user, app=row.app)
    messages.success(request, _("The keys are erased. Sharing there opens the network’s own window."))
    return redirect("network-app", key)

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
from kaja.networks.models import NetworkApp
from kaja.networks.standing import Standing
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import spending

Use = NetworkApp.Use


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


def _wanted(key: str, use: Use) -> Standing:
    row = standing.one(key, use)
    if row is None or row.wanted is None:
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@access.page(Permission.CHANGE_SETTINGS)
def one(request: SignedRequest, key: str, use: Use = Use.POSTING) -> HttpResponse:
    """The keys of one of a network's apps; saved, they are tested at once."""
    row = _wanted(key, use)
    assert row.wanted is not None
    form = AppForm(request.POST or None, wanted=row.wanted, app=row.app)
    if request.method == "POST" and form.is_valid():
        try:
            company_apps.save(person=request.user, network=row.network, given=form.cleaned_data, use=use)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _test(request, row)
            return redirect(_page(use), key)
    context = {
        "section": "company-settings", "row": row, "form": form,
        "secure": settings.BASE_URL.startswith("https://"),
        "spent": None if row.reads else spending.this_month(row.network),
    }  # fmt: skip
    return render(request, "hub/network.html", context, status=422 if form.errors else 200)


def _page(use: Use) -> str:
    return "network-figures" if use == Use.FIGURES else "network-app"


def _test(request: SignedRequest, row: Standing) -> None:
    """Ask the network, and say in one sentence what it said; the page shows every check."""
    found = connecting.test_app(person=request.user, network=row.network, use=row.use)
    if not found:
        messages.success(request, _("Saved."))
    elif not all(one.passed for one in found):
        messages.error(request, _("Not all is well yet. Below stands what to do."))
    elif row.reads:
        messages.success(request, _("The keys work. People can let Kaja read their figures on %s.") % row.network.name)
    else:
        messages.success(request, _("The keys work. People can connect their accounts on %s now.") % row.network.name)


@require_POST
@access.page(Permission.CHANGE_SETTINGS)
def test(request: SignedRequest, key: str, use: Use) -> HttpResponse:
    row = _wanted(key, use)
    if row.app is None:
        raise Http404
    _test(request, row)
    return redirect(_page(use), key)


@require_POST
@access.page(Permission.CHANGE_SETTINGS)
def forget(request: SignedRequest, key: str, use: Use = Use.POSTING) -> HttpResponse:
    row = _wanted(key, use)
    if row.app is None:
        raise Http404
    company_apps.forget(person=request.user, app=row.app)
    if row.reads:
        messages.success(request, _("The keys are erased. Figures are read no more; posting goes on."))
    else:
        messages.success(request, _("The keys are erased. Sharing there opens the network’s own window."))
    return redirect(_page(use), key)

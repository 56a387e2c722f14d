"""The manager's home: the programme in one period, and its growth."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kaja.hub import home
from kaja.measurement import periods
from kaja.measurement.periods import Period
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


def _asked(request: SignedRequest) -> tuple[Period, str]:
    """The period the address asks for; an absurd one is this month, with the sentence that says what is wrong."""
    asked = {name: request.GET.get(name, "") for name in ("period", "from", "to")}
    try:
        return periods.asked(period=asked["period"], start=asked["from"], end=asked["to"]), ""
    except periods.Absurd as error:
        return periods.asked(), str(error)


@require_GET
@access.page(Permission.SEE_PROGRAMME)
def show(request: SignedRequest) -> HttpResponse:
    """`?period=week|month|quarter` or `?from=&to=`."""
    period, trouble = _asked(request)
    context = {"section": "programme", "home": home.read(request.user, period), "period": period, "trouble": trouble}
    context["may_hold"] = request.user.may(Permission.RUN_CRISIS)
    return render(request, "hub/programme.html", context, status=422 if trouble else 200)


@require_GET
@access.page(Permission.SEE_PROGRAMME)
def growth(request: SignedRequest) -> HttpResponse:
    period, trouble = _asked(request)
    context = {"section": "programme", "growth": home.grow(period), "period": period, "trouble": trouble}
    return render(request, "hub/growth.html", context, status=422 if trouble else 200)

"""A figure opened: as a drawer over the page it stands on, or as a page of its own."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kaja.measurement import explaining, explaining_own, goals, periods
from kaja.measurement.drawer import Explained, Scope
from kaja.people import access
from kaja.people.access import SignedRequest


@require_GET
@access.page
def figure(request: SignedRequest, name: str) -> HttpResponse:
    """`?from=&to=` or `?period=`; `share`, `item`, `network`, `team` or `campaign` narrow it; `page` turns the rows."""
    try:
        period = periods.asked(
            period=request.GET.get("period", ""), start=request.GET.get("from", ""), end=request.GET.get("to", "")
        )
    except periods.Absurd as error:
        return render(request, "measurement/refused.html", {"reason": str(error)}, status=422)
    explained = _explained(request, name, period)
    if explained is None:
        raise Http404
    query = request.GET.copy()
    query.pop("page", None)
    template = "measurement/_drawer.html" if request.htmx else "measurement/figure.html"
    section = "impact" if name.startswith(("own_", "share_")) and name != "share_rate" else "programme"
    section = "campaigns" if name.startswith("campaign_") else section
    return render(request, template, {"explained": explained, "section": section, "query": query.urlencode()})


def _explained(request: SignedRequest, name: str, period: periods.Period) -> Explained | None:
    page = max(_number(request, "page"), 1)
    if name.startswith("own_"):
        return explaining_own.explain(person=request.user, name=name, period=period, page=page)
    if name == "share_clicks":
        return explaining_own.of_share(person=request.user, share=_number(request, "share"), page=page)
    if name.startswith("campaign_"):
        return goals.explain(person=request.user, name=name, slug=request.GET.get("campaign", "")[:60], page=page)
    scope = Scope(request.GET.get("network", "")[:20], _number(request, "item"), _number(request, "team"))
    return explaining.programme(person=request.user, name=name, period=period, scope=scope, page=page)


def _number(request: SignedRequest, name: str) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0

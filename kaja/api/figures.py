"""Figures of the programme and of oneself, and each opened to the rows it was counted from (L4)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from ninja import Router
from ninja.params import functions as params

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.measurement import explaining, explaining_own, figures, goals, own, periods
from kaja.measurement.drawer import Explained, Scope
from kaja.measurement.periods import Period
from kaja.people.roles import Permission, require

router = Router(tags=["figures"])
MOST_PAGES = 1_000_000


def _asked(start: str, end: str) -> Period:
    try:
        return periods.asked(start=start, end=end)
    except periods.Absurd as error:
        raise ValidationError({"from": str(error)}) from error


@router.get("/figures/programme")
def programme(
    request: SignedRequest, start: str = params.Query("", alias="from"), end: str = params.Query("", alias="to")
) -> dict[str, Any]:
    """The programme from `from` to `to` (dates, both included); without them this month."""
    require(request.user.may(Permission.SEE_PROGRAMME))
    period = _asked(start, end)
    return {name: shapes.figure(one) for name, one in figures.programme(period.first, period.last).items()}


@router.get("/figures/me")
def me(
    request: SignedRequest, start: str = params.Query("", alias="from"), end: str = params.Query("", alias="to")
) -> dict[str, Any]:
    """What the caller's own shares brought. Nobody else can ask for it."""
    period, read = _asked(start, end), own.read(request.user)
    found = {"clicks": read.clicks(period), "shares": read.shares(period), "engagement": read.engagement(period)}
    return {name: shapes.figure(one) for name, one in found.items()}


@router.get("/figures/{name}")
def opened(
    request: SignedRequest,
    name: str,
    start: str = params.Query("", alias="from"),
    end: str = params.Query("", alias="to"),
    share: int = 0,
    item: int = 0,
    team: int = 0,
    network: str = "",
    campaign: str = "",
    page: int = 1,
) -> dict[str, Any]:
    """A figure with its formula, what goes in, and its rows: the last `columns` are numbers and add up to `sum`.

    `next` is the number of the following page of rows, null at the end.
    """
    period, page = _asked(start, end), min(max(page, 1), MOST_PAGES)
    if max(share, item, team) >= 2**63:
        raise Http404  # no row has such a number, and SQLite cannot even ask for it
    if name == "share_clicks":
        explained: Explained | None = explaining_own.of_share(person=request.user, share=share, page=page)
    elif name.startswith("campaign_"):
        explained = goals.explain(person=request.user, name=name, slug=campaign, page=page)
    elif name.startswith("own_"):
        explained = explaining_own.explain(person=request.user, name=name, period=period, page=page)
    else:
        scope = Scope(network=network, item=item, team=team)
        explained = explaining.programme(person=request.user, name=name, period=period, scope=scope, page=page)
    if explained is None:
        raise Http404
    return {
        "title": explained.figure.title,
        "period": explained.period,
        "figure": shapes.figure(explained.figure),
        "about": explained.about,
        "inputs": [vars(one) for one in explained.inputs],
        "columns": explained.table.heads,
        "rows": explained.table.rows,
        "sum": explained.table.foot,
        "count": explained.table.count,
        "next": explained.table.later,
        "rules": explained.rules or None,
    }

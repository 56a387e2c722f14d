"""The calendar, and moving what stands in it: by a form, which dragging sends as well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kaja.content import campaigns, scheduling
from kaja.content.models import Campaign, Category, Item
from kaja.hub import calendar
from kaja.hub.forms import MoveForm, SpanForm
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

NAMES = ("view", "day", "category", "campaign", "language")


@require_GET
@access.page(Permission.READ_LIBRARY)
def show(request: SignedRequest) -> HttpResponse:
    """`?view=month|week|agenda|day&day=2026-11-25&category=&campaign=&language=`."""
    wish = calendar.asked(**{name: request.GET.get(name, "") for name in NAMES})
    context = {
        "section": "calendar",
        "calendar": calendar.read(request.user, wish),
        "wish": wish,
        "here": quote(wish.query()),
        "here_query": wish.query(),
        "before": wish.query(day=wish.before),
        "now": wish.query(day=""),
        "after": wish.query(day=wish.after),
        "day_query": wish.query(day="", view=""),
        "views": [(view, _names()[view], wish.query(view=view)) for view in calendar.VIEWS],
        "weekdays": [WEEKDAYS_ABBR[day] for day in range(7)],
        "categories": Category.objects.all(),
        "campaigns": Campaign.objects.order_by("-begins_on")[:50],
        "languages": settings.LANGUAGES,
    }
    return render(request, "hub/calendar.html", context)


def _names() -> dict[str, str]:
    return {"month": _("Month"), "week": _("Week"), "agenda": _("Agenda")}


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def move(request: SignedRequest, number: int, named: str) -> HttpResponse:
    """Move a post's start, end or refresh date; `?day=` fills the form, `back` is where the calendar
    stood. What is approved moves when `sure` is sent too: it goes through review again."""
    what = scheduling.known(named)
    if what is None:
        raise Http404
    item = get_object_or_404(Item.objects.select_related("category"), pk=number)
    clock = scheduling.zone(request.user)
    before = {"start": item.live_from, "end": item.live_until}.get(what)
    day = before.astimezone(clock).date() if before else item.refresh_on
    form = MoveForm(request.POST or None, initial={"day": request.GET.get("day") or day})
    asks = scheduling.asks(item, what) and not scheduling.why_not(item, what)
    if request.method == "POST" and form.is_valid() and _meant(request, form, asks):
        try:
            moved = scheduling.move(person=request.user, item=item, day=form.cleaned_data["day"], what=what)
        except ValidationError as error:
            _put(form, error)
        else:
            return _done(
                request, scheduling.moved(moved, what, clock), undo={"day": day} | ({"sure": 1} if asks else {})
            )
    fixed = scheduling.why_not(item, what)
    return _asked(request, form, item.title, fixed=fixed, asks=asks, kept=what == "start" and bool(item.live_until))


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def span(request: SignedRequest, slug: str) -> HttpResponse:
    """Move a campaign's first or last day; what is not sent stays."""
    campaign = get_object_or_404(Campaign, slug=slug)
    days = {"begins_on": campaign.begins_on, "ends_on": campaign.ends_on}
    given = (
        {name: request.POST.get(name) or str(day) for name, day in days.items()} if request.method == "POST" else None
    )
    form = SpanForm(given, initial={name: request.GET.get(name) or day for name, day in days.items()})
    if request.method == "POST" and form.is_valid():
        try:
            moved = campaigns.change(person=request.user, campaign=campaign, **form.cleaned_data)
        except ValidationError as error:
            _put(form, error)
        else:
            said = _("“%(name)s” is from %(days)s now.") % {
                "name": moved.title,
                "days": campaigns.span(moved.begins_on, moved.ends_on),
            }
            return _done(request, said, undo=days)
    return _asked(request, form, campaign.title)


def _meant(request: SignedRequest, form: MoveForm, asks: bool) -> bool:
    """Whether to go on: what is asked about was answered, or is refused anyway."""
    return not asks or "sure" in request.POST or scheduling.passed(request.user, form.cleaned_data["day"])


def _put(form: forms.Form, error: ValidationError) -> None:
    for name, said in (error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}).items():
        form.add_error(name if name in form.fields else None, said)


def _done(request: SignedRequest, said: str, *, undo: Mapping[str, date | int | None]) -> HttpResponse:
    """Back to where the calendar stood; to a script, which draws the calendar anew, nothing."""
    query = "&".join(f"{name}={day}" for name, day in undo.items())
    messages.success(request, said, extra_tags=f"{request.path}?{query}")
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(f"{reverse('calendar')}?{request.POST.get('back', '')[:300]}")


def _asked(request: SignedRequest, form: forms.Form, title: str, **more: Any) -> HttpResponse:
    back = request.POST.get("back", request.GET.get("back", ""))[:300]
    context = {"section": "calendar", "form": form, "title": title, "back": back} | more
    page = "hub/_move.html" if request.htmx else "hub/move.html"
    # Also what is sent without having been asked: nothing has moved.
    return render(request, page, context, status=422 if request.method == "POST" else 200)

"""A person's queue: the week with its slots, what stands in them, and the slots themselves."""

from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, offered, shares, spacing, timing, week
from kaja.sharing.forms import DAYS, SlotForm
from kaja.sharing.rows import Row


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
@clock.shown
def index(request: SignedRequest) -> HttpResponse:
    networks = list(dict.fromkeys(account.network for account in connecting.accounts(request.user)))
    form = SlotForm(
        request.POST or None,
        networks=[(key, str(BY_KEY[key].name)) for key in networks],
        initial={"weekdays": [0, 1, 2, 3, 4], "time": "09:10"},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            timing.add(
                person=request.user, weekdays=data["weekdays"], at=data["time"], network=data["network"],
                why=data["why"] or "own",
            )  # fmt: skip
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Added to your queue."))
            return redirect("queue")
    return render(request, "sharing/queue.html", _shown(request, networks, form), status=422 if form.errors else 200)


def _shown(request: SignedRequest, networks: list[str], form: SlotForm) -> dict[str, Any]:
    mine, monday = list(timing.slots(request.user)), _monday(request)
    best = timing.best(request.user, networks)
    return {
        "section": "shares",
        "days": week.week(request.user, mine, monday),
        "groups": [(group, _days(group.weekdays)) for group in week.grouped(mine)],
        "paused": timing.is_paused(mine),
        "next": next(timing.free(request.user, mine=mine), None),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "until": monday + timedelta(days=6),
        "best": [
            (BY_KEY[one.network], one, offered.why(one), one.weekdays) for one in best.values() if one.source != "none"
        ],
        "form": form,
        "rules": company.current(),
        "farthest": int(spacing.FARTHEST.total_seconds() // 60),
    }


def _monday(request: SignedRequest) -> date:
    """The Monday of the week that is asked for, at most a year away; else of this one."""
    today = timezone.now().astimezone(clock.zone_of(request.user)).date()
    try:
        wanted = date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        wanted = today
    wanted = wanted if abs((wanted - today).days) <= 366 else today
    return wanted - timedelta(days=wanted.weekday())


def _days(weekdays: list[int]) -> str:
    if weekdays == [0, 1, 2, 3, 4]:
        return _("Weekdays")
    return _("Every day") if len(weekdays) == 7 else ", ".join(str(DAYS[day]) for day in weekdays)


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def remove(request: SignedRequest) -> HttpResponse:
    typed = request.POST.getlist("slot")[:50]
    numbers = [int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 15]
    if numbers:
        timing.remove(person=request.user, numbers=numbers)
        messages.success(request, _("Removed. What stands in it keeps its time."))
    return redirect("queue")


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def pause(request: SignedRequest) -> HttpResponse:
    timing.pause(person=request.user)
    messages.success(request, _("Your queue rests. Nothing in it goes out until you let it run again."))
    return redirect("queue")


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def resume(request: SignedRequest) -> HttpResponse:
    timing.resume(person=request.user)
    messages.success(request, _("Your queue runs again."))
    return redirect("queue")


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
@clock.shown
def move(request: SignedRequest, number: int) -> HttpResponse:
    """Another free slot for a planned share, or out of the queue."""
    share, error = get_object_or_404(shares.own(request.user), pk=number), ""
    if request.method == "POST":
        try:
            timing.move(person=request.user, share=share, place=request.POST.get("place", "")[:60])
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("Moved."))
            return redirect("queue")
    places = list(islice(timing.free(request.user, share.network), 12))
    context = {"section": "shares", "share": share, "row": Row(share), "places": places, "error": error}
    return render(request, "sharing/queue_move.html", context, status=422 if error else 200)

"""Changing many posts at once: what to do, what happened, taking it back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import bulk, choices, items, library
from kaja.content.library import Filter
from kaja.content.models import BulkChange, Category, Item, Topic
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.models import Audience
from kaja.people.roles import Permission

TOLD = 5


def _chosen(given: QueryDict) -> tuple[list[int], Filter]:
    """The numbers asked for: those ticked (`item`), or with `all` everything that fits the rest of the address."""
    wish = Filter.read(given)
    if given.get("all"):
        return list(library.items(wish).order_by("pk").values_list("pk", flat=True)), wish
    ticked = [int(one) for one in given.getlist("item") if one.isascii() and one.isdigit() and len(one) <= 18]
    return list(Item.objects.filter(pk__in=ticked).values_list("pk", flat=True)), wish


@require_http_methods(["GET", "POST"])
@access.page(Permission.READ_LIBRARY)
def change(request: SignedRequest) -> HttpResponse:
    """GET shows what can be done with the posts chosen, POST does it (`what`, and its value under the same name)."""
    given = request.POST if request.method == "POST" else request.GET
    numbers, wish = _chosen(given)
    what, error = given.get("what", ""), ValidationError([])
    if request.method == "POST":
        try:
            done = bulk.apply(person=request.user, chosen=numbers, what=what, typed=given.get(f"to_{what}", ""))
        except ValidationError as refused:
            error = refused
        else:
            return redirect("bulk-done", number=done.pk)
    return render(request, "content/bulk.html", _asked(request, given, numbers, wish, error),
                  status=422 if error.messages else 200)  # fmt: skip


def _asked(
    request: SignedRequest, given: QueryDict, numbers: list[int], wish: Filter, error: ValidationError
) -> dict[str, Any]:
    return {
        "section": "library",
        "numbers": [] if given.get("all") else numbers,
        "count": len(numbers),
        "many": len(numbers) > bulk.MOST,
        "some": Item.objects.filter(pk__in=numbers[:TOLD]).only("title"),
        "rest": max(len(numbers) - TOLD, 0),
        "wish": wish,
        "all": given.get("all", ""),
        "what": given.get("what", ""),
        "typed": {name.removeprefix("to_"): value for name, value in given.items() if name.startswith("to_")},
        "actions": bulk.offered(request.user),
        "categories": Category.objects.all(),
        "campaigns": choices.every().get("campaign", []),
        "audiences": Audience.objects.order_by("label"),
        "topics": Topic.objects.all(),
        "trouble": " ".join(error.messages),
    }


@require_GET
@access.page(Permission.READ_LIBRARY)
def show(request: SignedRequest, number: int) -> HttpResponse:
    """What a change did: how many, how many not and why, and the way back."""
    done = get_object_or_404(bulk.of(request.user), pk=number)
    context = {
        "section": "library",
        "done": done,
        "label": bulk.ACTIONS[done.what].label,
        "changed": done.rows.count(),
        "again": bulk.back_to_review(done),
        "left": _told(done.left),
        "kept": _told(done.kept),
        "titles": Item.objects.filter(pk__in=done.rows.values("item")).only("title").order_by("pk")[:TOLD],
    }
    return render(request, "content/bulk_done.html", context)


def _told(why: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each sentence with how many items it is about, and the first of them."""
    first = {number for one in why for number in one["items"][:TOLD]}
    known = Item.objects.only("title").in_bulk(first)
    return [
        {"why": one["why"], "n": len(one["items"]), "items": [known[n] for n in one["items"][:TOLD] if n in known]}
        for one in why
    ]


@require_POST
@access.page(Permission.READ_LIBRARY)
def stop(request: SignedRequest, number: int) -> HttpResponse:
    """End a change that is under way."""
    done: BulkChange = get_object_or_404(bulk.of(request.user), pk=number)
    try:
        bulk.stop(person=request.user, bulk=done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("bulk-done", number=number)


@require_POST
@access.page(Permission.READ_LIBRARY)
def undo(request: SignedRequest, number: int) -> HttpResponse:
    done: BulkChange = get_object_or_404(bulk.of(request.user), pk=number)
    try:
        bulk.undo(person=request.user, bulk=done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("bulk-done", number=number)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def still_right(request: SignedRequest, number: int) -> HttpResponse:
    """An evergreen post was looked at: back to where the button was pressed."""
    item = get_object_or_404(Item, pk=number)
    try:
        items.still_right(person=request.user, item=item)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("“%s” is due again in 180 days.") % item.title)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else reverse("library"))

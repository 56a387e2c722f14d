"""Other words for one's own share: on the network when it is out, and how they will look while one writes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, composing, corrections, hints, shares
from kaja.sharing.forms import WordsForm
from kaja.sharing.models import Share
from kaja.sharing.rows import Row


def _one(request: SignedRequest, number: int) -> Share:
    return get_object_or_404(shares.own(request.user).select_related("caption"), pk=number)


def looked_at(share: Share, text: str) -> dict[str, Any]:
    """What a page shows of words for a share: preview, count and hints."""
    at = max(share.not_before, timezone.now())
    return {
        "item": share.item,
        "host": composing.host(share.item),
        "looks": [composing.look_of(share, text)],
        "said": hints.said(
            person=share.person, item=share.item, text=text, networks=[share.network], caption=share.caption, at=at
        ),
    }


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
@clock.shown
def show(request: SignedRequest, number: int) -> HttpResponse:
    """The words of a post that is out, to be changed there; or why the network does not let us, and what to do then."""
    share = _one(request, number)
    standing = corrections.standing(share)
    beginning = {"text": shares.typed(share, standing.text if standing else None)}
    form = WordsForm(request.POST or None, initial=beginning)
    if request.method == "POST" and form.is_valid():
        try:
            asked = corrections.ask(person=request.user, share=share, text=form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error("text", error)
        else:
            done = _("The new words are on their way.") if asked else _("These words stand there already.")
            messages.success(request, done)
            return redirect("share", number=number)
    text = (form["text"].value() or "").replace("\r\n", "\n")[:10_000]
    row = Row(share)
    context = {
        "section": "shares",
        "row": row,
        "share": share,
        "form": form,
        "standing": standing,
        "may_anew": bool(row.no_edit) and shares.shareable(request.user, share.item),
    }
    page = context | looked_at(share, text)
    return render(request, "sharing/words.html", page, status=422 if form.errors else 200)


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def check(request: SignedRequest, number: int) -> HttpResponse:
    """Preview, count and hints of the words as they stand: what the page asks while one writes."""
    share = _one(request, number)
    text = request.POST.get("text", "").replace("\r\n", "\n")[:10_000]
    return render(request, "sharing/_checked.html", {"share": share} | looked_at(share, text))

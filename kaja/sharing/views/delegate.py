"""What a delegate sees: for whom they may prepare, what there is to prepare, the composer, what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import own_posts
from kaja.content.models import Item
from kaja.people import access, delegations
from kaja.people.access import SignedRequest
from kaja.people.models import Person
from kaja.sharing import clock, composing, delegates
from kaja.sharing.composing import Target
from kaja.sharing.forms import PrepareForm
from kaja.sharing.prepared import Prepared
from kaja.sharing.views import writing

# Refusals by code -> the field beside which they stand; all others stand beside the words.
FIELDS = {"time": "at", "crowd": "at", "cap": "at", "to": "to", "note": "note", "many": None, "crisis": None}


@require_GET
@access.page
@clock.shown
def desk(request: SignedRequest) -> HttpResponse:
    """For whom one may prepare, and what one has prepared."""
    rows = Paginator(delegates.prepared_by(request.user), 20).get_page(request.GET.get("page"))
    context = {
        "section": "shares",
        "held": delegations.held_by(request.user),
        "rows": [Prepared(row) for row in rows],
        "page": rows,
    }
    return render(request, "sharing/prepare_desk.html", context)


@require_GET
@access.page
def choose(request: SignedRequest, person: int) -> HttpResponse:
    """The stories that can be prepared for somebody."""
    executive = delegates.executive(delegate=request.user, number=person)
    words = request.GET.get("words", "").strip()[:80]
    found = (
        delegates.items(executive, by=request.user).select_related("category", "image").order_by("-live_from", "-pk")
    )
    if words:
        found = found.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    unready = own_posts.written_for(person=executive, by=request.user)
    unready = unready.filter(state__in=(Item.State.DRAFT, Item.State.IN_REVIEW))[:20]
    context = {"section": "shares", "executive": executive, "items": page, "page": page, "words": words}
    context |= {"unready": list(unready) if page.number == 1 and not words else []}
    return render(request, "sharing/prepare_choose.html", context)


@require_http_methods(["GET", "POST"])
@access.page
def compose(request: SignedRequest, person: int, number: int) -> HttpResponse:
    """The composer in somebody else's name: what is sent waits for their approval."""
    executive = delegates.executive(delegate=request.user, number=person)
    if not delegates.items(executive, by=request.user).filter(pk=number).exists():
        messages.error(request, _("This story is not meant for %s, or its time is over.") % executive.name)
        return redirect("prepare-choose", person=executive.pk)
    with timezone.override(clock.zone_of(executive)):
        return _composed(request, executive, _item(request, executive, number))


def _item(request: SignedRequest, executive: Person, number: int) -> Item:
    found = delegates.items(executive, by=request.user)
    shown = found.select_related("category", "image", "campaign").with_attachments()  # type: ignore[attr-defined]
    item: Item = get_object_or_404(shown, pk=number)
    return item


def _composed(request: SignedRequest, executive: Person, item: Item) -> HttpResponse:
    targets, captions = composing.accounts(executive), composing.captions(item, executive)
    choices = [(target.value, target.network.name) for target in targets]
    beginning = _beginning(item, targets, captions)
    sent = writing.mended(request, executive, item, targets)
    form = PrepareForm(sent, person=executive, choices=choices, initial=beginning)
    if "fix" in request.POST:
        form.errors.clear()
    elif request.method == "POST" and form.is_valid() and _prepared(request, executive, item, targets, form):
        messages.success(request, _("Sent to %s. Nothing goes out before the approval.") % executive.name)
        return redirect("prepare-desk")
    context = writing.page(request, executive, item, form, targets) | {
        "section": "shares",
        "executive": executive,
        "captions": captions,
        "elsewhere": clock.zone_of(executive) != clock.zone_of(request.user),
        "zone": str(clock.zone_of(executive)),
    }
    return render(request, "sharing/prepare.html", context, status=422 if form.errors else 200)


def _beginning(item: Item, targets: list[Target], captions: list[Any]) -> dict[str, Any]:
    first = next((target for target in targets if target.works), None)
    return {
        "to": [first.value] if first else [],
        "text": captions[0].text if captions else composing.opening(item),
        "caption": captions[0].pk if captions else None,
        "wish": uuid.uuid4().hex,
        "when": "now",
    }


def _prepared(request: SignedRequest, executive: Person, item: Item, targets: list[Target], form: PrepareForm) -> bool:
    """Whether it was sent; what can be mended becomes an error of the form."""
    data = form.cleaned_data
    try:
        delegates.prepare(
            person=request.user, executive=executive, item=item, text=data["text"], note=data["note"],
            accounts=[target.account for target in writing.chosen(targets, data["to"]) if target.account],
            when=data["when"] or "now", at=data["moment"], wish=data["wish"],
            caption=writing.caption(item, data["caption"]),
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(FIELDS.get(error.code or "", "text"), error)
        return False
    return True


@require_POST
@access.page
def check(request: SignedRequest, person: int, number: int) -> HttpResponse:
    """Preview, counts and hints while the delegate writes."""
    executive = delegates.executive(delegate=request.user, number=person)
    item = _item(request, executive, number)
    context = writing.checked(request, executive, item, composing.accounts(executive))
    context |= {"executive": executive, "button": "sharing/_prepare_button.html"}
    with timezone.override(clock.zone_of(executive)):
        return render(request, "sharing/_checked.html", context)


@require_POST
@access.page
def withdraw(request: SignedRequest, number: int) -> HttpResponse:
    """Take back what one prepared."""
    row = get_object_or_404(delegates.prepared_by(request.user), pk=number)
    try:
        delegates.withdraw(person=request.user, preparation=row)
    except ValidationError:
        messages.error(request, _("It has been decided meanwhile; see below."))
    else:
        messages.success(request, _("Taken back. Nothing goes out."))
    return redirect("prepare-desk")


@require_POST
@access.page
def take_out(request: SignedRequest, number: int, share: int) -> HttpResponse:
    """Take one network out of what one prepared."""
    row = get_object_or_404(delegates.prepared_by(request.user), pk=number)
    try:
        delegates.take_out(person=request.user, preparation=row, share=share)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Taken out. The others go on waiting."))
    return redirect("prepare-desk")

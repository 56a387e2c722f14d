"""The composer: one form, live preview, one share for each chosen place."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kaja.content import kinds
from kaja.content.models import Item
from kaja.networks.catalogue import BY_KEY
from kaja.people import access, delegations
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, composing, shares, timing
from kaja.sharing.composing import Target
from kaja.sharing.forms import ComposeForm
from kaja.sharing.models import Share
from kaja.sharing.states import State
from kaja.sharing.views import writing

OVER = gettext_lazy(
    "This story can no longer be shared: it was taken back, or its time is over. Your words are still here to copy."
)


def _item(request: SignedRequest, number: int) -> tuple[Item, bool]:
    """The item, and whether it can still be shared: words that are sent for one that ended meanwhile are not lost."""
    shown = Item.objects.for_person(request.user).filter(category__shareable=True)
    shown = shown.select_related("category", "image", "campaign").with_attachments()
    live = shown.live().filter(pk=number).first()
    if live or request.method == "GET":
        return get_object_or_404(shown.live(), pk=number), True
    return get_object_or_404(shown, pk=number, state__in=(Item.State.APPROVED, Item.State.WITHDRAWN)), False


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
@clock.shown
def show(request: SignedRequest, number: int) -> HttpResponse:
    item, live = _item(request, number)
    targets = composing.targets(request.user, item)
    captions = composing.captions(item, request.user)
    initial = _beginning(request, item, targets, captions)
    choices = [(target.value, target.network.name) for target in targets]
    sent = writing.mended(request, request.user, item, targets)
    form = ComposeForm(sent, person=request.user, choices=choices, initial=initial)
    mending = "fix" in request.POST
    if request.method == "POST" and not live:
        form.add_error(None, OVER)
    elif mending:
        form.errors.clear()
    elif request.method == "POST" and form.is_valid():
        made = _share(request, item, targets, form)
        if not form.errors:
            return _done(request, made)
    context = writing.page(request, request.user, item, form, targets) | {
        "section": "feed",
        "captions": captions,
        "inviting": not kinds.of(item).words,
        "held": delegations.held_by(request.user) if not item.original else [],
    }
    page = "sharing/_composer.html" if request.htmx else "sharing/compose.html"
    return render(request, page, context, status=422 if form.errors else 200)


def _done(request: SignedRequest, made: list[Share]) -> HttpResponse:
    """After Share: the page with a row for each place. In the dialog, when nothing is left to do, a toast is enough."""
    address = reverse("shares-sent") + "?" + "&".join(f"share={share.pk}" for share in made)
    if not request.htmx:
        return redirect(address)
    if any(share.way == Share.Way.DIALOG or share.state == State.HELD for share in made):
        return HttpResponse(headers={"HX-Redirect": address})
    names = ", ".join(dict.fromkeys(BY_KEY[share.network].name for share in made))
    if any(share.wished_at for share in made):  # Moved because of colleagues: the page says to when, and why.
        return HttpResponse(headers={"HX-Redirect": address})
    if any(share.not_before > timezone.now() for share in made):
        messages.success(request, _("Planned for %s. My shares has it until then.") % names)
    else:
        messages.success(request, _("On its way to %s. The first click is told here.") % names)
    return HttpResponse(status=204, headers={"Kaja-Share": str(made[-1].pk)})


def _beginning(request: SignedRequest, item: Item, targets: list[Target], captions: list[Any]) -> dict[str, Any]:
    """A fresh form: the words that stood on the card, and the place the person shared to last."""
    wanted, again = request.GET.get("caption", ""), request.GET.get("again", "")
    if (
        again.isascii()
        and again.isdigit()
        and len(again) < 15
        and (before := shares.own(request.user).filter(item=item, pk=again).first())
    ):
        return _anew(before, targets)
    caption = next((one for one in captions if str(one.pk) == wanted), captions[0] if captions else None)
    last = Share.objects.filter(person=request.user).order_by("-id").values_list("network", flat=True).first()
    first = next((target for target in targets if target.network.key == last), targets[0] if targets else None)
    return {
        "to": [first.value] if first else [],
        "text": caption.text if caption else composing.opening(item),
        "caption": caption.pk if caption else None,
        "wish": uuid.uuid4().hex,
        "when": "now",
    }


def _anew(before: Share, targets: list[Target]) -> dict[str, Any]:
    """A form with the words and the place of an earlier share of one's own."""
    same = [one.value for one in targets if one.network.key == before.network]
    return {
        "to": same[:1],
        "text": shares.typed(before),
        "caption": before.caption_id,
        "wish": uuid.uuid4().hex,
        "when": "now",
    }


def _share(request: SignedRequest, item: Item, targets: list[Target], form: ComposeForm) -> list[Share]:
    """One share for each place; what a person can mend becomes an error of the form, the others are made."""
    data, made = form.cleaned_data, []
    caption = writing.caption(item, data["caption"])
    for target in writing.chosen(targets, data["to"]):
        common: dict[str, Any] = {
            "person": request.user,
            "item": item,
            "text": data["text"],
            "caption": caption,
            "wish": f"{data['wish']}:{target.value}"[:80] if data["wish"] else "",
        }
        try:
            if target.account is None:
                made.append(shares.open_dialog(network=target.network, **common))
            else:
                when, at = data["when"] or "now", data["moment"]
                made.append(timing.share(account=target.account, when=when, at=at, **common))
        except ValidationError as error:
            field = "at" if error.code in ("time", "crowd", "cap") else "text"
            form.crowded = form.crowded or error.code == "crowd"
            if not set(error.messages) <= set(form.errors.get(field, [])):  # Once, however many places there are.
                form.add_error(field, error)
    return made


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def check(request: SignedRequest, number: int) -> HttpResponse:
    """Preview, counts and hints of the words as they stand: what the composer asks while one writes."""
    item = _item(request, number)[0]
    context = writing.checked(request, request.user, item, composing.targets(request.user, item))
    return render(request, "sharing/_checked.html", context | {"button": "sharing/_share_button.html"})

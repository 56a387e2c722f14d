"""One post as each network will show it, side by side: in suggested words, or in one's own from the composer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from kaja.content.models import Caption, Item
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission, require
from kaja.sharing import clock, composing

LANGUAGE_NAMES = {"en": "English", "et": "Eesti"}


def _item(request: SignedRequest, number: int) -> Item:
    """Any item for those who read the library, else one that the person could share now."""
    person = request.user
    rows = Item.objects.filter(category__shareable=True).select_related("category", "image", "campaign")
    rows = rows.prefetch_related("captions").with_attachments()
    if not person.may(Permission.READ_LIBRARY):
        require(person.may(Permission.SHARE))
        rows = rows.live().for_person(person)
    return get_object_or_404(rows, pk=number)


@require_http_methods(["GET", "POST"])
@access.page
@clock.shown
def show(request: SignedRequest, number: int) -> HttpResponse:
    """Own words come by POST, for they may be longer than an address; all else stands in the address."""
    item = _item(request, number)
    asked = request.POST if request.method == "POST" else request.GET
    own = request.POST.get("text", "").replace("\r\n", "\n")[:10_000]
    phone = asked.get("on") != "computer"
    words = _words(request, item)
    shown = {"": own} if own.strip() else words["by_network"]
    context = {
        "section": "library" if request.user.may(Permission.READ_LIBRARY) and not own else "feed",
        "item": item,
        "own": own,
        "phone": phone,
        "host": composing.host(item),
        "looks": composing.everywhere(request.user, item, shown, phone=phone),
        "language": item.language if own.strip() else words["language"],
        "languages": words["languages"],
        "captions": words["captions"],
        "caption": words["caption"],
        "editor": request.user.may(Permission.READ_LIBRARY),
    }
    return render(request, "sharing/previews.html", context)


def _words(request: SignedRequest, item: Item) -> dict[str, Any]:
    """The suggested words that were asked for: by network, with the language they are in and what else there is."""
    every = list(item.captions.all())
    order = {code: place for place, code in enumerate([*request.user.languages, item.language])}
    there = sorted({one.language for one in every}, key=lambda code: (order.get(code, 99), code))
    language = request.GET.get("lang", "")
    language = language if language in there else (there[0] if there else item.language)
    here = [one for one in every if one.language == language]
    general = [one for one in here if not one.network]
    chosen: Caption | None = next((one for one in general if str(one.pk) == request.GET.get("caption", "")), None)
    chosen = chosen or next(iter(general or here), None)
    by_network = {"": chosen.text if chosen else composing.opening(item).strip()}
    if chosen is None or not request.GET.get("caption"):
        by_network |= {one.network: one.text for one in reversed(here) if one.network}
    return {
        "by_network": by_network,
        "language": language,
        "languages": [(code, LANGUAGE_NAMES.get(code, code.upper())) for code in there],
        "captions": general,
        "caption": chosen,
    }

"""The feed page: whole, or its next cards for htmx."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kaja.content.models import Category
from kaja.guidelines import acknowledgement
from kaja.guidelines.models import Edition
from kaja.hub import campaigns, cards, feed
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page
def show(request: SignedRequest) -> HttpResponse:
    """`?category=` narrows, `?before=` goes on where the last page ended."""
    category, cursor = request.GET.get("category", ""), request.GET.get("before", "")
    read, may_share = feed.read(request.user, category=category, cursor=cursor), request.user.may(Permission.SHARE)
    context = {
        "section": "feed",
        "feed": read,
        "cards": [cards.drawn(cards.shown(card, may_share=may_share)) for card in read.cards],
        "category": category,
        "may_share": may_share,
    }
    if request.htmx and cursor:
        return render(request, "hub/_cards.html", context)
    context |= {
        "categories": Category.objects.all(),
        "shared_today": feed.shared_today(request.user),
        "reminder": _reminder(request),
        "hour": request.user.local(timezone.now()).hour,
        "panel": campaigns.running(request.user),
        "all_shared": read.all_shared and not (category or cursor),
    }
    return render(request, "hub/_feed.html" if request.htmx and not request.htmx.boosted else "hub/feed.html", context)


def _reminder(request: SignedRequest) -> Edition | None:
    """The version of the guidelines that waits for a confirmation, unless the person has put it off."""
    if request.session.get("guidelines_later", "") > timezone.now().isoformat():
        return None
    return acknowledgement.waiting(request.user)

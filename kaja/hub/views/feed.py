"""The feed page: whole, or its next cards for htmx."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kaja.content.models import Category
from kaja.hub import feed
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


def greeting_hour(request: SignedRequest) -> int:
    return request.user.local(timezone.now()).hour


@require_GET
@access.page
def show(request: SignedRequest) -> HttpResponse:
    """`?category=` narrows, `?before=` goes on where the last page ended."""
    category, cursor = request.GET.get("category", ""), request.GET.get("before", "")
    context = {
        "section": "feed",
        "feed": feed.read(request.user, category=category, cursor=cursor),
        "category": category,
        "may_share": request.user.may(Permission.SHARE),
    }
    if request.htmx and cursor:
        return render(request, "hub/_cards.html", context)
    context |= {
        "categories": Category.objects.all(),
        "shared_today": feed.shared_today(request.user),
        "hour": greeting_hour(request),
    }
    return render(request, "hub/_feed.html" if request.htmx and not request.htmx.boosted else "hub/feed.html", context)

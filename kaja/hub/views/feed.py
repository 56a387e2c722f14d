"""The feed page: whole, or its next cards for htmx."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kaja.content import categories
from kaja.guidelines import acknowledgement
from kaja.guidelines.models import Edition
from kaja.hub import campaigns, cards, feed
from kaja.networks import expiry
from kaja.networks.catalogue import BY_KEY
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.models import Person
from kaja.people.roles import Permission

VISIT = timedelta(minutes=30)
# Written down at most so often: reading the feed is no writing.
SEEN_EVERY = timedelta(minutes=5)


@require_GET
@access.page
def show(request: SignedRequest) -> HttpResponse:
    """`?category=` narrows, `?show=saved|hidden` is a shelf, `?before=` goes on where the last page ended."""
    category, cursor, shelf = (request.GET.get(name, "") for name in ("category", "before", "show"))
    since, may_share = _visit(request), request.user.may(Permission.SHARE)
    read = feed.read(request.user, category=category, cursor=cursor, shelf=shelf, since=since)
    context = {
        "section": "feed",
        "feed": read,
        "cards": [cards.drawn(cards.shown(card, may_share=may_share)) for card in read.cards],
        "category": category,
        "shelf": shelf if shelf in (feed.SAVED, feed.HIDDEN) else "",
        "may_share": may_share,
    }
    if request.htmx and cursor:
        return render(request, "hub/_cards.html", context)
    context |= {
        "categories": categories.every(),
        "shared_today": feed.shared_today(request.user),
        "reminder": _reminder(request),
        "ending": [(one, BY_KEY[one.network]) for one in expiry.ending(request.user)] if may_share else [],
        "hour": request.user.local(timezone.now()).hour,
        "panel": campaigns.running(request.user),
        "all_shared": read.all_shared and not (category or cursor or shelf),
    }
    return render(request, "hub/_feed.html" if request.htmx and not request.htmx.boosted else "hub/feed.html", context)


def _visit(request: SignedRequest) -> datetime | None:
    """When the visit before this one was: what began since is new. A visit ends after half an hour without the feed."""
    person, now = request.user, timezone.now()
    seen = person.feed_seen_at
    if seen is None or now - seen > VISIT:
        request.session["feed_new_since"] = seen.isoformat() if seen else ""
    if seen is None or now - seen > SEEN_EVERY:
        Person.objects.filter(pk=person.pk).update(feed_seen_at=now)
    return new_since(request)


def new_since(request: SignedRequest) -> datetime | None:
    """Since when a story is new to the person of this session; None on the first visit, when everything would be."""
    before = request.session.get("feed_new_since", "")
    return datetime.fromisoformat(before) if before else None


def _reminder(request: SignedRequest) -> Edition | None:
    """The version of the guidelines that waits for a confirmation, unless the person has put it off."""
    if request.session.get("guidelines_later", "") > timezone.now().isoformat():
        return None
    return acknowledgement.waiting(request.user)

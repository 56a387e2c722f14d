"""The calendar outside of Kaja: one's own address to subscribe to, and the same as a file."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from kaja.content import subscription
from kaja.hub import calendar, ical
from kaja.hub.calendar import Wish
from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.models import Person
from kaja.people.roles import Permission

NARROWING = ("category", "campaign", "language")


def _wish(request: HttpRequest) -> Wish:
    return calendar.asked(**{name: request.GET.get(name, "") for name in NARROWING})


@require_http_methods(["GET", "POST"])
@access.page(Permission.READ_LIBRARY)
def show(request: SignedRequest) -> HttpResponse:
    """One's own address, narrowed as the calendar was; POST makes one, a new one (`renew`), or ends it (`end`)."""
    query = _wish(request).query(view="", day="")
    if request.method == "POST":
        if "end" in request.POST:
            subscription.end(person=request.user)
            messages.success(request, _("The address is gone. Programmes that read it find nothing from now on."))
        else:
            had = subscription.of(request.user) is not None
            subscription.renew(person=request.user)
            said = _("This is your new address. The old one leads nowhere from now on.")
            messages.success(request, said if had else _("This is your address."))
        return redirect(f"{reverse('calendar-subscribe')}?{query}".rstrip("?"))
    row = subscription.of(request.user)
    address = f"{subscription.written(row)}?{query}".rstrip("?") if row else ""
    context = {
        "section": "calendar", "row": row, "address": address, "query": query,
        "opens": f"webcal://{address.partition('://')[2]}" if urlsplit(address).hostname else "",
    }  # fmt: skip
    return render(request, "hub/subscribe.html", context)


@require_GET
@access.page(Permission.READ_LIBRARY)
def download(request: SignedRequest) -> HttpResponse:
    """The calendar as it is now, as a file."""
    answer = HttpResponse(ical.written(request.user, _wish(request)), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{_name()}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
def read(request: HttpRequest, token: str) -> HttpResponse:
    """For calendar programmes: nobody is signed in, the address is the key; in the language of its person."""
    person = subscription.reader(token)
    with translation.override(_language(person)):
        content = ical.written(person, _wish(request))
    etag = ical.etag(content)
    unchanged = get_conditional_response(request, etag=etag)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8") if unchanged is None else unchanged
    answer["ETag"] = etag
    answer["Content-Disposition"] = f'inline; filename="{_name()}"'
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _language(person: Person) -> str:
    return person.language or company.current().language


def _name() -> str:
    return "kaja-calendar.ics"

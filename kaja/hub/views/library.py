"""The library's list, whole or as htmx narrows it, and as a file."""

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from kaja import csvfile
from kaja.content.library import Filter
from kaja.hub import library
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page(Permission.READ_LIBRARY)
def index(request: SignedRequest) -> HttpResponse:
    """Everything that narrows the list lives in the address (content.library.Filter), and `?page=`."""
    wish = Filter.read(request.GET)
    context = {
        "section": "library",
        "listing": library.read(request.user, wish, request.GET.get("page")),
        "wish": wish,
        "orders": library.orders(wish),
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
    }
    if not request.htmx or request.htmx.boosted:
        return render(request, "hub/library.html", context)
    answer = render(request, "hub/_library.html", context)
    # The address as it should be shared: without the parts that are empty.
    answer["HX-Push-Url"] = f"{reverse('library')}?{wish.address}".rstrip("?")
    return answer


@require_GET
@access.page(Permission.READ_LIBRARY)
def export(request: SignedRequest) -> StreamingHttpResponse:
    """What fits the address as a CSV file for spreadsheets."""
    wish, language = Filter.read(request.GET), translation.get_language()

    def lines() -> Iterator[str]:
        with translation.override(language):  # the stream is read when the request's own language is forgotten
            yield "\ufeff"  # so that spreadsheets read it as UTF-8
            for cells in library.exported(wish):
                yield csvfile.line(cells)

    name = f"library-{timezone.localdate():%Y-%m-%d}.csv"
    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

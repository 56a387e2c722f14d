"""An item for everybody it is meant for."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from kaja.content import articles, kinds, particulars
from kaja.content.models import Item
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page
def read(request: SignedRequest, number: int) -> HttpResponse:
    """Expired items stay readable; what is not meant for the person is not there."""
    items = Item.objects.select_related("category", "image", "author", "audience").with_attachments()
    if not request.user.may(Permission.READ_LIBRARY):
        items = items.for_person(request.user).filter(state=Item.State.APPROVED, live_from__isnull=False)
    item = get_object_or_404(items, pk=number)
    if item.status == "approved" and not request.user.may(Permission.READ_LIBRARY):
        raise Http404
    shareable = item.status == "live" and item.category.shareable and request.user.may(Permission.SHARE)
    context = {
        "section": "feed",
        "item": item,
        "kind": kinds.of(item),
        "what": particulars.of(item),
        "article": articles.html(item.body) if kinds.of(item).body else "",
        "hosted": kinds.hosted(item),
        "may_share": shareable,
    }
    return render(request, "content/read.html", context)

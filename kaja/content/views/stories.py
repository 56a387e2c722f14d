"""The public page of what Kaja hosts: no sign-in, in the company's look."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kaja.content import articles, kinds, media, particulars, previews
from kaja.content.models import Item, Media
from kaja.people import company


@require_GET
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """There while the item is approved and has begun; it outlives the feed, since posts lead to it. Withdrawn: gone."""
    rows = Item.objects.filter(state=Item.State.APPROVED, live_from__lte=timezone.now())
    item = get_object_or_404(rows.select_related("category", "image", "author").with_attachments(), slug=slug)
    if not kinds.hosted(item):
        raise Http404
    preview = previews.resolve(item)
    context = {
        "item": item,
        "what": particulars.of(item),
        "article": articles.html(item.body) if kinds.of(item).body else "",
        "minutes": articles.minutes(item.body) if item.body else 0,
        "preview": preview,
        "preview_image": previews.picture_address(preview.image) if preview.image else "",
        "linked_data": articles.linked_data(item, preview, publisher=company.current().name),
        "noindex": bool(item.details.get("noindex")),
        "address": item.url,
    }
    response = render(request, "content/story.html", context)
    if context["noindex"]:
        response["X-Robots-Tag"] = "noindex"
    return response


@require_GET
def jpeg(_request: HttpRequest, name: str) -> HttpResponse:
    """A kept picture as JPEG, for networks that fetch pictures and take no WebP. It never changes."""
    kept = Media.objects.filter(sha256__startswith=name, kind=Media.Kind.PICTURE).first()
    if kept is None or not kept.file or not kept.file.storage.exists(str(kept.file.name)):
        raise Http404
    content, _width, _height = media.for_network(kept, most_bytes=4_000_000)
    response = HttpResponse(content, content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response

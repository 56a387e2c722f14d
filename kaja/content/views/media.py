"""Media of the library: what is there, what shows it, uploading, alt texts, taking away."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kaja.content import fits, gallery, uploads
from kaja.content import media as verbs
from kaja.content.models import Media
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

MOST = 50  # numbers of fresh files in an address
Refused = list[tuple[str, str]]


@require_GET
@access.page(Permission.EDIT_CONTENT)
def index(request: SignedRequest) -> HttpResponse:
    """Filters live in the address: ?kind=&words=&alt=&page=; `fresh` names what was uploaded just now."""
    fresh = [int(one) for one in request.GET.get("fresh", "").split(",")[:MOST] if one.isascii() and one.isdigit()]
    context = _context(request, Media.objects.filter(pk__in=[one for one in fresh if one < 2**63]))
    return render(request, "content/_media_table.html" if request.htmx else "content/media.html", context)


def _context(request: SignedRequest, fresh: QuerySet[Media]) -> dict[str, Any]:
    given = {name: request.GET.get(name, "")[:100] for name in ("kind", "words", "alt")}
    page = Paginator(gallery.media(gallery.Filter(**given)), gallery.PAGE).get_page(request.GET.get("page"))
    return {
        "section": "library",
        "page": page,
        "tiles": gallery.tiles(page.object_list),
        "counts": gallery.counts(),
        "wish": given,
        "fresh": fresh,
        "address": "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value),
        "others": "".join(f"&{urlencode({name: given[name]})}" for name in ("words", "alt") if given[name]),
        "megabytes": {kind: verbs.most(kind) // verbs.MB for kind in Media.Kind.values},
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
        "may_edit": True,
    }


@require_POST
@access.page(Permission.EDIT_CONTENT)
def add(request: SignedRequest) -> HttpResponse:
    """Several files at once. A script gets a fragment or JSON; a plain form gets the page with what came."""
    taken, refused = _received(request)
    if request.accepts("text/html") is False or request.headers.get("Accept", "").startswith("application/json"):
        told = [{"name": name, "sentence": sentence} for name, sentence in refused]
        body = {"media": [as_json(row) for row in taken], "refused": told}
        return JsonResponse(body, status=200 if taken or not refused else 422)
    if request.htmx:
        context = {"fresh": taken, "refused": refused}
        return render(request, "content/_media_fresh.html", context, status=200 if taken else 422)
    if not taken:
        context = _context(request, Media.objects.none()) | {"refused": refused}
        return render(request, "content/media.html", context, status=422)
    for name, sentence in refused:
        messages.error(request, f"{name}: {sentence}")
    return redirect(f"/library/media/?fresh={','.join(str(row.pk) for row in taken)}#fresh")


def _received(request: SignedRequest) -> tuple[list[Media], Refused]:
    taken: list[Media] = []
    alt, sent = request.POST.get("alt", ""), request.FILES.getlist("files")
    refused = list(uploads.refused(request))  # Known only when the request has been read.
    for file in sent:
        name, size = file.name or "", file.size or 0
        try:
            row = verbs.receive(person=request.user, file=file, size=size, name=name, alt=alt)
        except ValidationError as error:
            refused.append((name, " ".join(error.messages)))
        else:
            taken += [row] if row not in taken else []
    if not taken and not refused:
        refused.append((_("Nothing was chosen"), _("Choose one or more files.")))
    return taken, refused


def as_json(row: Media) -> dict[str, Any]:
    """What a script needs to show it."""
    return {
        "id": row.pk, "kind": row.kind, "name": row.name, "path": row.path, "small_path": row.small_path,
        "alt": row.alt,
        "width": row.width, "height": row.height, "seconds": row.seconds, "pages": row.pages,
    }  # fmt: skip


@require_GET
@access.page(Permission.EDIT_CONTENT)
def show(request: SignedRequest, number: int) -> HttpResponse:
    media = get_object_or_404(Media.objects.select_related("added_by"), pk=number)
    return render(request, "content/media_one.html", _one(request, media))


def _one(request: SignedRequest, media: Media) -> dict[str, Any]:
    return {
        "section": "library",
        "media": media,
        "items": verbs.users(media),
        "fits": fits.everywhere(media),
        "elsewhere": fits.others(),
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
        "may_edit": True,
    }


@require_POST
@access.page(Permission.EDIT_CONTENT)
def reword(request: SignedRequest) -> HttpResponse:
    """Alt texts of one or several: fields alt-<number>. Empty fields say nothing; on its own page one is emptied."""
    given = {name[4:]: text for name, text in request.POST.items() if name.startswith("alt-") and name[4:].isdecimal()}
    rows = list(Media.objects.filter(pk__in=[int(number) for number in list(given)[:MOST] if len(number) < 19]))
    alone, done = "alone" in request.POST, 0
    for row in rows:
        text = str(given[str(row.pk)])
        if not (text.strip() or alone):
            continue
        try:
            verbs.reword(person=request.user, media=row, alt=text)
        except ValidationError as error:
            if alone:
                context = _one(request, row) | {"trouble": error.messages[0], "typed": text}
                return render(request, "content/media_one.html", context, status=422)
            messages.error(request, f"{row}: {error.messages[0]}")
        else:
            done += 1
    if done:
        said = ngettext("%d description is saved.", "%d descriptions are saved.", done) % done
        messages.success(request, _("Saved.") if alone else said)
    return redirect("media-one", number=rows[0].pk) if alone and rows else redirect("media")


@require_POST
@access.page(Permission.EDIT_CONTENT)
def still(request: SignedRequest, number: int) -> HttpResponse:
    """The picture before a film plays: a file (`still`, with `alt`), or none any more (`none`)."""
    media, sent = get_object_or_404(Media, pk=number), request.FILES.get("still")
    none, content = "none" in request.POST, sent.read(verbs.most(Media.Kind.PICTURE) + 1) if sent else b""
    try:
        if not content and not none:
            raise ValidationError(_("Choose a picture first."))
        verbs.show_still(
            person=request.user, media=media, content=None if none else content, alt=request.POST.get("alt", "")
        )
    except ValidationError as error:
        context = _one(request, media) | {"still_trouble": " ".join(error.messages)}
        return render(request, "content/media_one.html", context, status=422)
    messages.success(
        request, _("The still picture is gone.") if none else _("This is what stands there before it plays.")
    )
    return redirect("media-one", number=number)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def remove(request: SignedRequest, number: int) -> HttpResponse:
    media = get_object_or_404(Media, pk=number)
    try:
        verbs.remove(person=request.user, media=media)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("media-one", number=number)
    messages.success(request, _("Removed."))
    return redirect("media")

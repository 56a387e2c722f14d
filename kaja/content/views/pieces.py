"""Pieces of the editor's page: files of an item, how its link looks, how its article reads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaja.content import articles, attaching, looks, media, previews
from kaja.content.forms import LookForm
from kaja.content.models import Attachment, Item
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


def _item(number: int) -> Item:
    return get_object_or_404(Item.objects.select_related("category", "image").with_attachments(), pk=number)


def _back(request: SignedRequest, number: int, verb: Callable[[], int | None], done: str) -> HttpResponse:
    """Do it and come back to the files of the row it was done in; a refusal is told on the page."""
    try:
        number = verb() or number
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    response = redirect("item", number=number)
    response["Location"] += "#files"
    return response


@require_POST
@access.page(Permission.EDIT_CONTENT)
def attach(request: SignedRequest, number: int) -> HttpResponse:
    """Keep what was chosen, several at once, and attach it at the end."""
    item, alt = _item(number), request.POST.get("alt", "")

    def add() -> int:
        files = request.FILES.getlist("file")
        if not files:
            raise ValidationError(_("Choose a file first."))
        for file in files[:20]:
            name, size = file.name or "", file.size or 0
            kept = media.receive(person=request.user, file=file, size=size, name=name, alt=alt)
            row = attaching.add(person=request.user, item=item, media=kept).item_id
        return row

    return _back(request, number, add, _("Added."))


def _one(number: int, attachment: int) -> Attachment:
    return get_object_or_404(Attachment.objects.select_related("item"), pk=attachment, item=number)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def detach(request: SignedRequest, number: int, attachment: int) -> HttpResponse:
    row = _one(number, attachment)
    return _back(request, number, lambda: attaching.remove(person=request.user, attachment=row).pk, _("Removed."))


@require_POST
@access.page(Permission.EDIT_CONTENT)
def move(request: SignedRequest, number: int, attachment: int) -> HttpResponse:
    """One place up or down, or to the place `to`."""
    row, to = _one(number, attachment), request.POST.get("to", "")
    place = int(to) if to.isdecimal() and len(to) < 5 else 0
    return _back(request, number, lambda: attaching.move(person=request.user, attachment=row, to=place).pk, _("Moved."))


@require_POST
@access.page(Permission.EDIT_CONTENT)
def describe(request: SignedRequest, number: int, attachment: int) -> HttpResponse:
    row, alt = _one(number, attachment), request.POST.get("alt", "")
    return _back(request, number, lambda: attaching.describe(person=request.user, attachment=row, alt=alt), _("Saved."))


@require_POST
@access.page(Permission.EDIT_CONTENT)
def body(request: SignedRequest, number: int) -> HttpResponse:
    """How an article reads that is being written; without a script, a page of its own."""
    item = _item(number)
    context = {
        "section": "library",
        "item": item,
        "article": articles.html(request.POST.get("body", "")[:100_000]),
    }
    return render(request, "content/_article.html" if request.htmx else "content/reading_draft.html", context)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def look(request: SignedRequest, number: int) -> HttpResponse:
    """Save how the link looks on one network; `check` only shows it, which is asked while one writes."""
    item, key = _item(number), request.POST.get("look", "")
    form = LookForm(request.POST, request.FILES)
    if "check" in request.GET or not form.is_valid():
        return _shown(request, item, key, form)
    data, before = form.cleaned_data, looks.choose(item, key)
    try:
        image = before.own.image if before.own and not data["own_picture"] else None
        if data["picture"]:
            image = media.keep(data["picture"].read(), alt=data["title"] or item.title)
        said = {"title": data["title"], "text": data["text"]}
        item = previews.write(person=request.user, item=item, network=key, image=image, **said)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved. Links that are out show it too."))
    response = redirect("item", number=item.pk)
    response["Location"] += f"?look={before.key}#look"
    return response


def _shown(request: HttpRequest, item: Item, key: str, form: LookForm) -> HttpResponse:
    """The card with the words as they stand in the form."""
    look = looks.choose(item, key)
    beneath = looks.choose(item, "").shown if look.network else None
    typed: dict[str, Any] = {
        "title": form.data.get("title", "").strip()[:200] or (beneath.title if beneath else item.title),
        "text": form.data.get("text", "").strip()[:500] or (beneath.text if beneath else item.summary),
    }
    shown = replace(look, shown=replace(look.shown, **typed))
    return render(request, "content/_look_card.html", {"item": item, "look": shown, "form": form})

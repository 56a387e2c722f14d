"""One item for those who write and review it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.content import (
    articles,
    attaching,
    audiences_shown,
    caption_checks,
    captions,
    captions_shown,
    changes,
    fits,
    items,
    kinds,
    looks,
    media,
    notes,
    particulars,
    reactions,
    review,
    review_shown,
    steps,
)
from kaja.content.forms import ItemForm
from kaja.content.models import Caption, Item, ItemNote
from kaja.networks import abilities
from kaja.networks.catalogue import offered
from kaja.people import access, audiences
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


def _item(number: int) -> Item:
    rows = Item.objects.select_related("category", "audience", "image", "author", "feed", "credit", "replaces__author")
    rows = rows.prefetch_related("captions")
    return get_object_or_404(rows.with_attachments(), pk=number)


@require_http_methods(["GET", "POST"])
@access.page(Permission.READ_LIBRARY)
def show(request: SignedRequest, number: int) -> HttpResponse:
    item = _item(number)
    form = ItemForm(request.POST or None, request.FILES or None, item=item)
    if request.method == "POST" and form.is_valid() and (row := _saved(request, item, form)):
        _tell(request, item, row)
        return redirect("item", number=row.pk)
    return render(request, "content/item.html", _context(request, item, form), status=422 if form.errors else 200)


def _tell(request: SignedRequest, item: Item, row: Item) -> None:
    """Saved; and where, when what is live stays as it was approved."""
    if row.pk == item.pk:
        messages.success(request, _("Saved."))
    else:
        messages.success(request, _("Saved as a change. What was approved stays as it is until this is approved too."))


def _saved(request: SignedRequest, item: Item, form: ItemForm) -> Item | None:
    """Save the form; what a person can mend becomes an error of the form, and the answer is None."""
    data, fields = form.cleaned_data, form.values()
    chosen = {name: data[name] for name in ("teams", "locations", "languages")}
    try:
        fields["image"] = media.keep(data["picture"].read(), alt=data["alt"]) if data["picture"] else item.image
        if item.image and not data["picture"] and data["alt"] != item.image.alt:
            media.describe(item.image, alt=data["alt"])
        fields["audience"] = data["audience"] or audiences.everyone_or(**chosen)
        row = items.change(person=request.user, item=item, seen=data["seen"], **fields)
    except ValidationError as error:
        refuse(form, error)
        return None
    return row


def refuse(form: Form, error: ValidationError) -> None:
    """Say each error at its field, and above the form where this kind has no such field."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, said in by_field.items():
        form.add_error(name if name in form.fields else None, said)


def _context(request: SignedRequest, item: Item, form: ItemForm) -> dict[str, Any]:
    person, given = request.user, request.POST if "network" in request.POST else request.GET
    change = changes.revision(item) if item.state == Item.State.APPROVED else None
    waiting = steps.waiting([item])[0] if item.state == Item.State.IN_REVIEW else None
    history = list(item.root.steps.select_related("person"))
    chosen = captions_shown.choose(item, language=given.get("language", ""), network=given.get("network", ""))
    kind = kinds.of(item)
    return {
        "section": "library",
        "item": item,
        "kind": kind,
        "what": particulars.of(item),
        "attachments": attaching.of(item),
        "over_at": kinds.over_at(item),
        "hosted": kinds.hosted(item),
        "passed_on": abilities.of_address(str(form["url"].value() or "") if "url" in form.fields else item.url),
        "look": looks.choose(item, request.GET.get("look", "")) if item.category.shareable else None,
        "article": articles.html(form["body"].value() or "") if kind.body else "",
        "form": form,
        "chosen": chosen,
        "missing": review.missing(item),
        "rule_checks": caption_checks.checked(item),
        "unspoken": [name for code, name in settings.LANGUAGES if not captions.languages_of(item)[code]],
        "fits": fits.of_item(item) if item.category.shareable else [],
        "elsewhere": fits.others(),
        "reach": audiences_shown.number(audiences.size(item.audience), person),
        "steps": review_shown.told(item, history),
        "change": change,
        "waiting": waiting,
        "stages": review_shown.stages(waiting, history, review_shown.deciders(waiting)) if waiting else [],
        "comments": item.root.comments.select_related("person"),
        "versions": item.root.versions.count(),
        "may_edit": person.may(Permission.EDIT_CONTENT) and change is None,
        "readers": reactions.told(item),
        "notes": notes.about(item)[:50],
        "may_review": person.may(Permission.REVIEW_CONTENT),
        "decides": waiting is not None and waiting.waits_for(person),
    }


def _act(
    request: SignedRequest, number: int, verb: Callable[[Item], object], done: str, *, to: str = ""
) -> HttpResponse:
    item = _item(number)
    try:
        verb(item)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect(to) if to else redirect("item", number=number)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def submit(request: SignedRequest, number: int) -> HttpResponse:
    return _act(request, number, lambda item: review.submit(person=request.user, item=item), _("It is in review now."))


@require_POST
@access.page(Permission.READ_LIBRARY)
def withdraw(request: SignedRequest, number: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:2000]
    return _act(
        request, number, lambda item: items.withdraw(person=request.user, item=item, reason=reason), _("Withdrawn.")
    )


@require_POST
@access.page(Permission.EDIT_CONTENT)
def add_caption(request: SignedRequest, number: int) -> HttpResponse:
    """New words. Refused ones come back in the field, so that nothing typed is lost."""
    item, given = _item(number), request.POST
    language, network = given.get("language", ""), given.get("network", "")
    try:
        if language not in dict(settings.LANGUAGES) or network not in ("", *(one.key for one in offered())):
            raise ValidationError(_("Choose a language and a network."))
        made = captions.add(
            person=request.user, item=item, language=language, network=network,
            voice=given.get("voice", ""), text=given.get("text", ""),
        )  # fmt: skip
    except ValidationError as error:
        return _refused(request, item, error)
    if made.item_id != item.pk:
        _tell(request, item, made.item)
    return _to_words(made.item, language, network)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def change_caption(request: SignedRequest, number: int, caption: int) -> HttpResponse:
    """Other words in the place of these. Refused ones come back in the field."""
    item, row, given = _item(number), get_object_or_404(Caption, pk=caption, item=number), request.POST
    try:
        made = captions.change(
            person=request.user, caption=row, text=given.get("text", ""), voice=given.get("voice", "")
        )
    except ValidationError as error:
        return _refused(request, item, error, row)
    if made.item_id != item.pk:
        _tell(request, item, made.item)
    return _to_words(made.item, row.language, row.network)


def _refused(request: SignedRequest, item: Item, error: ValidationError, row: Caption | None = None) -> HttpResponse:
    form = ItemForm(item=item)
    context = _context(request, item, form) | {"refused": " ".join(error.messages), "typed": request.POST}
    if row is not None:
        chosen = captions_shown.choose(item, language=row.language, network=row.network)
        context |= {"refused_in": row.pk, "chosen": chosen}
    return render(request, "content/item.html", context, status=422)


def _to_words(item: Item, language: str, network: str) -> HttpResponse:
    return redirect(f"{captions_shown.address(item, language=language, network=network)}#words")


@require_POST
@access.page(Permission.EDIT_CONTENT)
def remove_caption(request: SignedRequest, number: int, caption: int) -> HttpResponse:
    row = get_object_or_404(Caption, pk=caption, item=number)
    try:
        left = captions.remove(person=request.user, caption=row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("item", number=number)
    messages.success(request, _("Removed.") if left.pk == number else _("Removed in a change. It waits for review."))
    return _to_words(left, row.language, row.network)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def answer_note(request: SignedRequest, number: int) -> HttpResponse:
    """Answer a reader's words, or only mark them as read."""
    note = get_object_or_404(ItemNote, pk=number)
    if "read" in request.POST:
        notes.mark_read(person=request.user, note=note)
        return redirect("item", number=note.item_id)
    try:
        notes.answer(person=request.user, note=note, text=request.POST.get("text", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Answered. The reader is told."))
    return redirect("item", number=note.item_id)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def check_caption(request: SignedRequest, number: int) -> HttpResponse:
    """What the rules say of words that are being written: of a caption (its number in the address), or of new ones."""
    item, given = _item(number), request.GET.get("caption", "")
    known = next((one for one in item.captions.all() if str(one.pk) == given), None)
    words = Caption(
        item=item,
        text=request.POST.get("text", "").replace("\r\n", "\n")[:3000],
        language=known.language if known else request.POST.get("language", "")[:8],
        network=known.network if known else request.POST.get("network", "")[:20],
    )
    return render(request, "content/_caption_hints.html", {"hints": caption_checks.of(words)})

"""Review: what waits for whom, one item with its differences, the decision; comments and versions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.content import categories, changes, comments, differences, review, review_shown, steps, versions
from kaja.content.models import Item
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

LOOKS, WHICH, PAGE = ("changes", "after", "before"), ("mine", "others", "decided"), 20


def _item(number: int) -> Item:
    rows = Item.objects.select_related("category", "audience", "image", "author", "replaces__author")
    return get_object_or_404(rows, pk=number)


@require_GET
@access.page(Permission.REVIEW_CONTENT)
def queue(request: SignedRequest) -> HttpResponse:
    """`?which=mine|others|decided`; the first that waits for the reader is opened beside the list."""
    context = _listed(request)
    if context["which"] == "mine" and context["page"]:
        context |= _opened(request, _item(context["page"][0].item.pk))
    return render(request, "content/queue.html", context)


@require_GET
@access.page(Permission.REVIEW_CONTENT)
def show(request: SignedRequest, number: int) -> HttpResponse:
    """One item: `?look=changes|after|before`, `?against=` another version than the usual one."""
    item = _item(number)
    return render(request, "content/queue.html", _listed(request) | _opened(request, item))


def _listed(request: SignedRequest) -> dict[str, Any]:
    found = review_shown.queue(request.user)
    which = request.GET.get("which", "")
    which = which if which in WHICH else "mine"
    rows = getattr(found, which)
    return {
        "section": "library",
        "may_review": True,
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
        "queue": found,
        "may_change_steps": categories.may_change(request.user),
        "which": which,
        "tabs": [("mine", _("For you"), len(found.mine)), ("others", _("For others"), len(found.others)),
                 ("decided", _("Decided by you"), len(found.decided))],
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip


def _opened(request: SignedRequest, item: Item) -> dict[str, Any]:
    """Everything the right side shows of one item."""
    version = versions.latest(item) or versions.first(item)
    base = differences.base(item, version)
    against = request.GET.get("against", "")
    if against.isascii() and against.isdigit() and int(against) < version.number:
        base = item.root.versions.filter(number=int(against)).first() or base
    rows = differences.Rows.of(version.content, *([base.content] if base else []))
    changed = differences.between(base.content if base else None, version.content, rows)
    # Of what nobody has seen yet everything is new: it is shown as it will look.
    look = request.GET.get("look", "") if request.GET.get("look") in LOOKS else "changes" if base else "after"
    waiting = steps.waiting([item])[0] if item.state == Item.State.IN_REVIEW else None
    history = list(item.root.steps.select_related("person"))
    said = list(item.root.comments.select_related("person"))
    threads = review_shown.threads(said)
    here = {one.about for one in changed}
    return {
        "item": item,
        "version": version,
        "base": base,
        "look": look,
        "changes": [(one, threads.get(one.about, [])) for one in changed],
        "told": differences.told(base.content if look == "before" and base else version.content, rows),
        "waiting": waiting,
        "mine": waiting is not None and waiting.waits_for(request.user),
        "stages": review_shown.stages(waiting, history, review_shown.deciders(waiting)) if waiting else [],
        "missing": review.missing(item) if waiting else [],
        "returned": next((one for one in reversed(history) if one.what == "returned"), None),
        "comments": [one for one in said if look != "changes" or one.about not in here],
        "said_above": any(one.about in here for one in said) and look == "changes",
        "about": [(one.about, one.label) for one in changed],
    }


def _decided(request: SignedRequest, number: int, *, approve: bool) -> HttpResponse:
    """A decision; what cannot be done comes back with the words that were typed."""
    item, given = _item(number), request.POST
    words, seen = given.get("reason", ""), given.get("version", "")
    looked = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None
    try:
        if approve:
            last = review.approve(person=request.user, item=item, words=words, seen=looked)
            done = _("Approved.") if last else _("Approved. It goes on to the next step.")
        else:
            review.return_(person=request.user, item=item, reason=words, seen=looked)
            done = _("Sent back.")
    except ValidationError as error:
        if "version" not in given:
            messages.error(request, " ".join(error.messages))
            return redirect("item", number=number)
        context = _listed(request) | _opened(request, item) | {"refused": " ".join(error.messages), "typed": words}
        return render(request, "content/queue.html", context, status=422)
    messages.success(request, done)
    return redirect("review-queue") if "version" in given else redirect("item", number=item.pk)


@require_POST
@access.page(Permission.REVIEW_CONTENT)
def approve(request: SignedRequest, number: int) -> HttpResponse:
    return _decided(request, number, approve=True)


@require_POST
@access.page(Permission.REVIEW_CONTENT)
def return_(request: SignedRequest, number: int) -> HttpResponse:
    return _decided(request, number, approve=False)


@require_POST
@access.page(Permission.READ_LIBRARY)
def comment(request: SignedRequest, number: int) -> HttpResponse:
    """Say something; the way back is the page it was said on."""
    item, given = _item(number), request.POST
    try:
        comments.add(person=request.user, item=item, text=given.get("text", ""), about=given.get("about", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    where = "review" if given.get("from") == "review" and request.user.may(Permission.REVIEW_CONTENT) else "item"
    return redirect(f"{redirect(where, number=number).url}#comments")


@require_GET
@access.page(Permission.READ_LIBRARY)
def history(request: SignedRequest, number: int) -> HttpResponse:
    """Every version; `?version=&against=` shows what is different between two of them."""
    item = _item(number)
    found = versions.of(item) or [versions.first(item)]
    rows = differences.Rows.of(*(one.content for one in found))
    before = {one.number: found[place + 1] if place + 1 < len(found) else None for place, one in enumerate(found)}
    listed = []
    for one in found:
        last = before[one.number]
        listed.append((one, differences.between(last.content if last else None, one.content, rows) if last else []))
    by_number = {str(one.number): one for one in found}
    chosen = by_number.get(request.GET.get("version", ""), found[0])
    base = by_number.get(request.GET.get("against", ""), before[chosen.number])
    context = {
        "section": "library",
        "item": item,
        "versions": listed,
        "chosen": chosen,
        "base": base,
        "changes": differences.between(base.content, chosen.content, rows) if base else [],
        "told": differences.told(chosen.content, rows),
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
    }
    return render(request, "content/versions.html", context)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def restore(request: SignedRequest, number: int, version: int) -> HttpResponse:
    try:
        row = changes.restore(person=request.user, item=_item(number), number=version)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("item-versions", number=number)
    messages.success(request, _("Taken back as a draft. Send it to review when it is as it should be."))
    return redirect("item", number=row.pk)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def discard(request: SignedRequest, number: int) -> HttpResponse:
    """Give up the change of an approved item."""
    item = changes.discard(person=request.user, change=get_object_or_404(Item, pk=number, replaces__isnull=False))
    messages.success(request, _("The change is gone. What was approved stays as it is."))
    return redirect("item", number=item.pk)

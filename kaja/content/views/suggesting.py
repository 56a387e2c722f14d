"""Suggest a page to Kaja: the button for the browser's bookmarks, and the form it opens."""

import json

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kaja.content import items
from kaja.content.forms import SuggestForm
from kaja.content.models import Item
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
def suggest(request: SignedRequest) -> HttpResponse:
    """`?url=&title=&text=` is what the bookmarklet or a phone's share sheet sends; nothing is kept until the button."""
    if request.method == "POST":
        form = SuggestForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                item = items.suggest(person=request.user, address=data.pop("url"), **data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return _thanks(request, item)
        return render(request, "content/suggest.html", {"section": "suggest", "form": form}, status=422)
    given = {name: request.GET.get(name, "")[:2000] for name in ("url", "title", "text")}
    if not given["url"] and given["text"].startswith("http"):
        given["url"], given["text"] = given["text"], ""  # some phones share the address as text
    found = items.suggestible(person=request.user, address=given["url"]) if given["url"] else None
    page = found.page if found else None
    form = SuggestForm(
        initial={
            "url": page.address if page else given["url"],
            "title": (page.title if page else given["title"])[:300],
            "why": given["text"],
            "summary": page.description if page else "",
            "language": page.language if page else "",
        }
    )
    context = {"section": "suggest", "form": form, "page": page, "unread": bool(given["url"]) and page is None}
    return render(request, "content/suggest.html", context)


def _thanks(request: SignedRequest, item: Item) -> HttpResponse:
    """Editors go on writing; everybody else goes back to the feed."""
    if request.user.may(Permission.EDIT_CONTENT):
        messages.success(request, _("It is a draft now. Add words, then send it to review."))
        return redirect("item", number=item.pk)
    messages.success(request, _("Thank you. An editor sees your suggestion with your name on it."))
    return redirect("feed")


@require_GET
@access.page(Permission.SHARE)
def button(request: SignedRequest) -> HttpResponse:
    context = {
        "section": "suggest",
        "bookmarklet": bookmarklet(),
        "address": f"{settings.BASE_URL}{reverse('suggest')}",
    }
    return render(request, "content/suggest_button.html", context)


def bookmarklet() -> str:
    """The address of the button that a person drags to their bookmarks: it opens our form with the page's address,
    title and what is selected. It is no script of our pages (our own policy would not run it there), but one that the
    person carries to the pages of others; that is why it is made here and stands in no template."""
    target = json.dumps(f"{settings.BASE_URL}{reverse('suggest')}")
    return (
        "javascript:(()=>{const e=encodeURIComponent,d=document;"
        f"open({target}+'?url='+e(location.href)+'&title='+e(d.title)"
        "+'&text='+e(String(getSelection()).slice(0,1000)),'_blank','noopener')})()"
    )

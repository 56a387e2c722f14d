"""A new item, from an address or by hand."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from kaja.content import items, kinds
from kaja.content.forms import AddressForm, NewForm
from kaja.content.models import Item
from kaja.outbound import Refused
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def new(request: SignedRequest) -> HttpResponse:
    """A page from the web, or `?kind=` of what is made here. An address that cannot be read can still be filled in by
    hand, and is kept."""
    kind = kinds.KINDS.get(request.GET.get("kind", ""))
    if kind is not None and kind.key != Item.Kind.LINK:
        return _made_here(request, kind)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if "by-hand" in request.POST:
                item = items.create(person=request.user, title=data["url"], url=data["url"], category=data["category"])
            else:
                item = items.create_from_url(person=request.user, address=data["url"], category=data["category"])
        except Refused as error:
            form.add_error("url", error.sentence)
        except ValidationError as error:
            form.add_error("url", " ".join(error.messages))
        else:
            return redirect("item", number=item.pk)
    others = [one for one in kinds.KINDS.values() if one.key != Item.Kind.LINK]
    context = {"section": "library", "form": form, "kinds": others}
    return render(request, "content/new.html", context, status=422 if form.errors else 200)


def _made_here(request: SignedRequest, kind: kinds.Kind) -> HttpResponse:
    """The beginning of a draft of this kind: its own editor asks for the rest."""
    form = NewForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        item = items.create(person=request.user, kind=kind.key, **form.cleaned_data)
        return redirect("item", number=item.pk)
    context = {"section": "library", "form": form, "kind": kind}
    return render(request, "content/new_kind.html", context, status=422 if form.errors else 200)

"""A new item, from an address or by hand."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kaja.content import items
from kaja.content.forms import AddressForm
from kaja.outbound import Refused
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def new(request: SignedRequest) -> HttpResponse:
    """From an address; what cannot be read can still be filled in by hand, with the address kept."""
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
    return render(request, "content/new.html", {"section": "library", "form": form}, status=422 if form.errors else 200)

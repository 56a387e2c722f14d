"""The library's list, and bringing things in: an address, a feed, by hand."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import feeds, items, kinds, library, review
from kaja.content.forms import AddressForm, NewForm
from kaja.content.models import Category, Feed, Item
from kaja.outbound import Refused
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page(Permission.READ_LIBRARY)
def index(request: SignedRequest) -> HttpResponse:
    """Filters live in the address: ?status=&category=&language=&words=&page="""
    given = {name: request.GET.get(name, "")[:100] for name in ("status", "category", "language", "words")}
    page = Paginator(library.items(library.Filter(**given)), library.PAGE).get_page(request.GET.get("page"))
    counts = library.counts()
    context = {
        "section": "library",
        "page": page,
        "wish": given,
        "tabs": [(status, library.names()[status], counts.get(status, 0)) for status in library.STATUSES],
        "all": sum(counts.values()),
        "categories": Category.objects.all(),
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
        "address": _address(given),
        "others": _address(given | {"status": ""}),
    }
    return render(request, "content/_table.html" if request.htmx else "content/library.html", context)


def _address(given: dict[str, str]) -> str:
    """Filters as the rest of an address, each with its &."""
    return "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value)


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


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def sources(request: SignedRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            feed, reading = feeds.add(person=request.user, **form.cleaned_data)
        except Refused as error:
            form.add_error("url", error.sentence)
        except ValidationError as error:
            form.add_error("url", " ".join(error.messages))
        else:
            messages.success(request, f"{feed}: {came(reading)}")
            return redirect("sources")
    context = {
        "section": "library",
        "form": form,
        "feeds": Feed.objects.select_related("category").order_by("title"),
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
    }
    return render(request, "content/sources.html", context, status=422 if form.errors else 200)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def read_feed(request: SignedRequest, number: int) -> HttpResponse:
    feed = get_object_or_404(Feed, pk=number)
    try:
        messages.success(request, came(feeds.read(feed)))
    except Refused as error:
        messages.error(request, error.sentence)
    return redirect("sources")


def came(reading: feeds.Reading) -> str:
    """What a reading brought, in words."""
    said = ngettext("%d new draft", "%d new drafts", reading.new) % reading.new
    if reading.left_out:
        said += ", " + ngettext("%d entry without an address left out", "%d entries without an address left out",
                                reading.left_out) % reading.left_out  # fmt: skip
    return said + "."


@require_GET
@access.page(Permission.REVIEW_CONTENT)
def queue(request: SignedRequest) -> HttpResponse:
    context = {"section": "review-queue", "page": Paginator(review.waiting(), 25).get_page(request.GET.get("page"))}
    return render(request, "content/queue.html", context)

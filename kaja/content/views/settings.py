"""Categories with their steps of review; a person's interests."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kaja.content import categories, steps
from kaja.content.forms import CategoryForm, StepForms, step_rows
from kaja.content.models import Category, Item, Topic
from kaja.people import access, persons
from kaja.people.access import SignedRequest
from kaja.people.roles import require


@require_GET
@access.page
def index(request: SignedRequest) -> HttpResponse:
    """Categories, and the way each goes."""
    require(categories.may_change(request.user))
    rows = [(one, steps.of(one)) for one in Category.objects.all()]
    return render(request, "content/categories.html", {"section": "company-settings", "rows": rows})


@require_http_methods(["GET", "POST"])
@access.page
def new(request: SignedRequest) -> HttpResponse:
    return _one(request, None)


@require_http_methods(["GET", "POST"])
@access.page
def one(request: SignedRequest, number: int) -> HttpResponse:
    return _one(request, get_object_or_404(Category, pk=number))


def _one(request: SignedRequest, category: Category | None) -> HttpResponse:
    require(categories.may_change(request.user))
    given = request.POST or None
    form = CategoryForm(given, initial=_initial(category))
    rows = StepForms(given, initial=step_rows(category), prefix="steps")
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        data = form.cleaned_data
        try:
            categories.save(
                person=request.user, category=category, names={"en": data["name_en"], "et": data["name_et"]},
                look=data["look"], shareable=data["shareable"], position=data["position"], review=rows.told(),
            )  # fmt: skip
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, _("Saved."))
            return redirect("categories")
    waiting = Item.objects.filter(category=category, state=Item.State.IN_REVIEW).count() if category else 0
    context = {"section": "company-settings", "category": category, "form": form, "steps": rows, "waiting": waiting}
    return render(request, "content/category.html", context, status=422 if given else 200)


def _initial(category: Category | None) -> dict[str, Any]:
    if category is None:
        return {"shareable": True, "look": "product", "position": Category.objects.count()}
    return {
        "name_en": category.names.get("en", ""), "name_et": category.names.get("et", ""), "look": category.look,
        "shareable": category.shareable, "position": category.position,
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
@access.page
def interests(request: SignedRequest) -> HttpResponse:
    """What a person wants more of, and what they do not want."""
    known: list[Category | Topic] = [*Category.objects.all(), *Topic.objects.all()]
    if request.method == "POST":
        wish = {one.slug: request.POST.get(f"wish-{one.slug}", "") for one in known}
        persons.change_own(
            person=request.user,
            interests=[slug for slug, said in wish.items() if said == "more"],
            hidden=[slug for slug, said in wish.items() if said == "none"],
        )
        messages.success(request, _("Saved."))
        return redirect("own-interests")
    rows = [(one, _wish(request, one.slug)) for one in known]
    return render(request, "content/interests.html", {"section": "own-settings", "rows": rows})


def _wish(request: SignedRequest, slug: str) -> str:
    return "more" if slug in request.user.interests else "none" if slug in request.user.hidden else ""

"""Audiences: those that are kept, building one, who is in it; who will see an item."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import audience_editor, audiences_shown, items
from kaja.content.audience_editor import Draft
from kaja.content.forms import BeginsForm
from kaja.content.models import Item
from kaja.people import access, audiences, rules
from kaja.people.access import SignedRequest
from kaja.people.models import Audience
from kaja.people.roles import Permission, require
from kaja.people.rules import Rule

PAGE, PEOPLE = 20, 50


def _may(request: SignedRequest) -> None:
    require(request.user.may(Permission.READ_LIBRARY) or request.user.may(Permission.SEE_PEOPLE))


@require_GET
@access.page
def index(request: SignedRequest) -> HttpResponse:
    _may(request)
    page = Paginator(Audience.objects.exclude(name=""), PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "people",
        "page": page,
        "kept": audiences_shown.kept(request.user, page.object_list),
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
        "may_see": request.user.may(Permission.SEE_PEOPLE),
    }
    return render(request, "content/audiences.html", context)


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def new(request: SignedRequest) -> HttpResponse:
    """Build a rule; `?item=` to use it for an item."""
    return _build(request, None)


@require_http_methods(["GET", "POST"])
@access.page
def one(request: SignedRequest, number: int) -> HttpResponse:
    _may(request)
    return _build(request, get_object_or_404(Audience.objects.exclude(name=""), pk=number))


def _build(request: SignedRequest, audience: Audience | None) -> HttpResponse:
    """Every press sends the whole draft; only *save* and *use* write."""
    wanted = request.GET.get("item", "")
    item = (
        Item.objects.filter(pk=int(wanted)).first()
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 18
        else None
    )
    begun = audience or (item.audience if item else None)
    draft = (
        audience_editor.read(request.POST) if request.method == "POST" else audience_editor.of(audiences.rule_of(begun))
    )
    form = BeginsForm(request.POST or None, initial={"name": audience.name if audience else ""})
    refused = ""
    try:
        rule = rules.parse(draft.json())
        if request.POST.get("do") in ("save", "use") and form.is_valid():
            answer = _written(request, audience, item, draft, rule, form)
            if answer is not None:
                return answer
    except ValidationError as error:
        refused, rule = " ".join(error.messages), _readable(draft)
    status = 422 if refused or (form.errors and request.POST.get("do") == "save") else 200
    return render(
        request, "content/audience.html", _context(request, audience, item, draft, rule, form, refused), status=status
    )


def _readable(draft: Draft) -> Rule:
    """The rule as far as it can be read, so that the page still shows numbers."""
    try:
        return rules.parse(draft.json())
    except ValidationError:
        return Rule()


def _written(
    request: SignedRequest, audience: Audience | None, item: Item | None, draft: Draft, rule: Rule, form: BeginsForm,
) -> HttpResponse | None:  # fmt: skip
    if draft.unfinished:
        raise ValidationError(_("A condition has no value yet. Choose one, or remove the condition."))
    data = form.cleaned_data
    if request.POST["do"] == "use" and item is not None:
        row = items.change(person=request.user, item=item, audience=audiences.for_rule(rule))
        messages.success(request, _("It is for them now."))
        return redirect("item", number=row.pk)
    if audience is None:
        audience = audiences.create(person=request.user, name=data["name"], rule=rule)
    else:
        audiences.change(
            person=request.user, audience=audience, rule=rule, name=data["name"], begins_at=data["begins_at"]
        )
    messages.success(request, _("Saved."))
    return redirect("audience", number=audience.pk)


def _context(
    request: SignedRequest, audience: Audience | None, item: Item | None, draft: Draft, rule: Rule,
    form: BeginsForm, refused: str,
) -> dict[str, Any]:  # fmt: skip
    person, known = request.user, audiences_shown.names()
    choices = audiences_shown.choices(known)
    asked = request.POST.get("ask", "")[:80] if person.may(Permission.SEE_PEOPLE) else ""
    history = list(audience.versions.select_related("made_by").order_by("-number")) if audience else []
    may_change = person.may(Permission.REVIEW_CONTENT) if audience else person.may(Permission.EDIT_CONTENT)
    return {
        "section": "people",
        "audience": audience,
        "item": item,
        "form": form,
        "refused": refused,
        "groups": audience_editor.shown(draft, choices, known),
        "fields": audience_editor.fields(choices),
        "said": rules.described(rule, known),
        "reach": audiences_shown.reach(rule, known, person),
        "faces": audiences.people(rule).joined().order_by("pk")[:5] if person.may(Permission.SEE_PEOPLE) else [],
        "asked": asked,
        "answers": audiences_shown.ask(rule, known, asked) if asked else [],
        "versions": [(one, rules.described(rules.parse(one.rule), known)) for one in history],
        "used": Item.objects.filter(audience=audience, replaces__isnull=True).count() if audience else 0,
        "may_change": may_change,
        "may_see": person.may(Permission.SEE_PEOPLE),
    }


@require_POST
@access.page(Permission.REVIEW_CONTENT)
def remove(request: SignedRequest, number: int) -> HttpResponse:
    audience = get_object_or_404(Audience.objects.exclude(name=""), pk=number)
    try:
        audiences.remove(person=request.user, audience=audience)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("audience", number=number)
    messages.success(request, _("Removed."))
    return redirect("audiences")


@require_GET
@access.page(Permission.SEE_PEOPLE)
def people(request: SignedRequest, number: int) -> HttpResponse:
    """Everybody who is in a kept audience; `?version=` by an earlier or later rule, `?joined=` yes or no."""
    audience = get_object_or_404(Audience.objects.exclude(name=""), pk=number)
    wanted = request.GET.get("version", "")
    version = (
        audience.versions.filter(number=int(wanted)).first()
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 9
        else None
    )
    rule = rules.parse(version.rule) if version else audiences.rule_of(audience)
    return _people(request, rule, {"audience": audience, "version": version, "section": "people"})


@require_GET
@access.page(Permission.READ_LIBRARY)
def of_item(request: SignedRequest, number: int) -> HttpResponse:
    """Who will see an item: numbers for its editors, names for those who may see them."""
    item = get_object_or_404(Item.objects.select_related("audience", "category", "replaces"), pk=number)
    return _people(
        request, audiences.rule_of(item.audience), {"item": item, "audience": item.audience, "section": "library"}
    )


def _people(request: SignedRequest, rule: Rule, context: dict[str, Any]) -> HttpResponse:
    person, known, joined = request.user, audiences_shown.names(), request.GET.get("joined", "")
    found = audiences.people(rule).select_related("team").order_by("first_name", "last_name", "pk")
    if joined in ("yes", "no"):
        found = found.filter(joined_at__isnull=joined == "no")
    may_see = person.may(Permission.SEE_PEOPLE)
    keep = f"&version={context['version'].number}" if context.get("version") else ""
    context |= {
        "said": rules.described(rule, known),
        "reach": audiences_shown.reach(rule, known, person),
        "page": Paginator(found, PEOPLE).get_page(request.GET.get("page")) if may_see else None,
        "joined": joined if joined in ("yes", "no") else "",
        "states": [("", _("Everybody")), ("yes", _("Joined")), ("no", _("Not joined yet"))],
        "keep": keep,
        "address": f"&joined={joined}{keep}" if joined in ("yes", "no") else keep,
        "may_see": may_see,
    }
    return render(request, "content/who.html", context)

"""Rules of the guidelines for those who write them: the list, one rule, tried on the last quarter."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.guidelines import documents, kinds, pieces, rules
from kaja.guidelines.models import Rule
from kaja.guidelines.rules import History
from kaja.hub import rule_fields
from kaja.networks.catalogue import offered
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import eyes, trying

WRITE = Permission.EDIT_CONTENT


@require_GET
@access.page(WRITE)
def index(request: SignedRequest) -> HttpResponse:
    context = {
        "section": "library",
        "rules": rules.histories(),
        "kinds": kinds.KINDS,
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
        "may_write": True,
    }
    return render(request, "hub/rules.html", context)


@require_http_methods(["GET", "POST"])
@access.page(WRITE)
def new(request: SignedRequest, kind: str) -> HttpResponse:
    """A rule that is not there yet; saved, it is a draft."""
    if kind not in kinds.KINDS:
        raise Http404
    if request.method != "POST":
        return _page(request, kind, None, rule_fields.of(None))
    return _written(request, kind, None)


@require_http_methods(["GET", "POST"])
@access.page(WRITE)
def one(request: SignedRequest, number: int) -> HttpResponse:
    """A rule as it stands; what is saved is its draft, or the draft of its next version."""
    past = rules.history(number)
    if request.method != "POST":
        return _page(request, past.last.kind, past, rule_fields.of(past.last))
    return _written(request, past.last.kind, past)


def _written(request: SignedRequest, kind: str, past: History | None) -> HttpResponse:
    values = rule_fields.typed(request.POST)
    try:
        made = rules.write(
            person=request.user, rule=past.rule if past else None, given=rule_fields.given(kind, values)
        )  # fmt: skip
        if "start" in request.POST:
            made = rules.start(person=request.user, rule=made.rule)
    except ValidationError as error:
        return _page(request, kind, past, values, " ".join(error.messages))
    messages.success(request, _("It is set to start.") if made.started else _("The draft is saved."))
    return redirect("rule", number=made.rule_id)


def _page(
    request: SignedRequest, kind: str, past: History | None, values: dict[str, Any], trouble: str = ""
) -> HttpResponse:
    text = request.GET.get("sample", "")[:2000]
    context: dict[str, Any] = {
        "section": "library",
        "kind": kinds.KINDS[kind],
        "key": kind,
        "past": past,
        "values": values,
        "trouble": trouble,
        "pieces": _pieces(),
        "networks": offered(),
        "languages": settings.LANGUAGES,
        "sides": [(code, name) for code, name in settings.LANGUAGES if code in pieces.LANGUAGES],
        "looking_teams": eyes.teams(),
        "usual_look": eyes.usual(),
        "sample": text,
        "sampled": trying.sample(past.last, text) if past and text else None,
    }
    page = "hub/_rule_sample.html" if request.htmx and "sample" in request.GET else "hub/rule.html"
    return render(request, page, context, status=422 if trouble else 200)


def _pieces() -> list[tuple[str, str]]:
    """Pieces a rule can come from, of the draft or of what is in force: id and heading."""
    edition, language = documents.draft() or documents.current(), get_language() or "en"
    language = language if language in pieces.LANGUAGES else "en"
    found = [piece for document in pieces.DOCUMENTS for piece in edition.content[document]] if edition else []
    return [(one["id"], pieces.summary(one, language)[0] or str(pieces.KINDS[one["kind"]].label)) for one in found]


@require_GET
@access.page(WRITE)
def tried(request: SignedRequest, number: int) -> HttpResponse:
    """What the rule would have said of the last quarter."""
    past = rules.history(number)
    context = {"section": "library", "past": past, "tried": trying.tried(past.last)}
    return render(request, "hub/_rule_tried.html" if request.htmx else "hub/rule_tried.html", context)


def _act(request: SignedRequest, number: int, verb: Callable[[Rule], object], done: str) -> HttpResponse:
    try:
        verb(rules.history(number).rule)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, done)
    return redirect("rule", number=number) if Rule.objects.filter(pk=number).exists() else redirect("rules")


@require_POST
@access.page(WRITE)
def call_back(request: SignedRequest, number: int) -> HttpResponse:
    done = _("It is a draft again.")
    return _act(request, number, lambda rule: rules.call_back(person=request.user, rule=rule), done)


@require_POST
@access.page(WRITE)
def discard(request: SignedRequest, number: int) -> HttpResponse:
    done = _("The draft is thrown away.")
    return _act(request, number, lambda rule: rules.discard(person=request.user, rule=rule), done)


@require_POST
@access.page(WRITE)
def end(request: SignedRequest, number: int) -> HttpResponse:
    done = _("The rule has ended. It stays in the list.")
    return _act(request, number, lambda rule: rules.end(person=request.user, rule=rule), done)


@require_POST
@access.page(WRITE)
def from_piece(request: SignedRequest, piece: str) -> HttpResponse:
    """Drafts of the words of a piece, to be tried and started."""
    try:
        made = rules.from_piece(person=request.user, piece=piece)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        if made:
            messages.success(request, _("Drafts of rules: %d. Try them, then start them.") % len(made))
        else:
            messages.success(request, _("Every line has its rule already."))
    return redirect("rules")

"""What the person decides about: what a delegate prepared, on its own page, or by the link of a letter."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.models import Person
from kaja.people.roles import Permission
from kaja.sharing import approval_links, clock, composing, delegates, hints
from kaja.sharing.approval_links import State
from kaja.sharing.forms import ApproveForm
from kaja.sharing.models import Preparation
from kaja.sharing.prepared import Prepared

# Refusals that a time mends.
TIMES = ("time", "passed", "paused", "crowd", "cap")
GONE = {State.FORGED: 404, State.EXPIRED: 410, State.DECIDED: 410}


def _one(request: SignedRequest, number: int) -> Preparation:
    return get_object_or_404(delegates.for_approval(request.user), pk=number)


def _shown(person: Person, row: Preparation, form: ApproveForm | None, refused: str = "") -> dict[str, Any]:
    """What both pages show: each network's preview in these words, where it goes, the time, and what is asked."""
    typed = str(form["text"].value() or "") if form is not None else ""
    text = row.text if form is None or form.as_is else typed or row.text
    looks = composing.prepared(row, delegates.going(row), text)
    waits = row.state == Preparation.State.WAITING
    fresh = delegates.new_time(row) if waits else None
    zone = clock.zone_of(person)
    return {
        "row": row,
        "prepared": Prepared(row),
        "item": row.item,
        "looks": looks,
        "host": composing.host(row.item),
        "person": person,
        "waits": waits,
        "decided": "" if waits else delegates.sentence(row),
        "asks": waits and (delegates.passed(row) or refused in TIMES),
        "late": waits and delegates.passed(row),
        "fresh": f"{fresh.astimezone(zone):%Y-%m-%dT%H:%M}" if fresh else "",
        "now": timezone.now().astimezone(zone),
        "form": form,
        "without": form.without if form is not None else [],
        "text": typed or row.text,
        "other_words": text != row.text,
        "said": hints.said(
            person=person, item=row.item, text=text, networks={look.target.network.key for look in looks},
            caption=row.caption, at=None,
        ),
    }  # fmt: skip


def _form(sent: QueryDict, person: Person, row: Preparation) -> ApproveForm:
    return ApproveForm(sent, person=person, places=[share.pk for share in delegates.going(row)])


@require_GET
@access.page(Permission.SHARE)
@clock.shown
def show(request: SignedRequest, number: int) -> HttpResponse:
    context = _shown(request.user, _one(request, number), None)
    return render(request, "sharing/approval.html", {"section": "shares", **context})


def _approved(person: Person, row: Preparation, form: ApproveForm, door: str) -> str | None:
    """Approve as the form says: None when done, else the code of the refusal, told by the form."""
    if not form.is_valid():
        return "time" if "at" in form.errors else "text"
    data = form.cleaned_data
    try:
        delegates.approve(
            person=person, preparation=row, text=None if form.as_is else data["text"], at=data["moment"],
            without=form.without, door=door,
        )  # fmt: skip
    except ValidationError as error:
        field = "at" if error.code in TIMES else "keep" if error.code == "to" else None if form.as_is else "text"
        form.add_error(field, error)
        return error.code or "text"
    return None


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def approve(request: SignedRequest, number: int) -> HttpResponse:
    """Let it go out; with `look` only show how other words would look."""
    row, refused = _one(request, number), None
    form = _form(request.POST, request.user, row)
    if "look" in request.POST:
        form.is_valid()
    else:
        refused = _approved(request.user, row, form, "page")
        if refused is None:
            messages.success(request, _("Approved. My shares has it until it is out."))
            return redirect("shares")
        row = _one(request, number)
    context = _shown(request.user, row, form, refused or "")
    return render(
        request, "sharing/approval.html", {"section": "shares", **context}, status=422 if form.errors else 200
    )


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def decline(request: SignedRequest, number: int) -> HttpResponse:
    row, typed = _one(request, number), request.POST.get("reason", "")
    try:
        delegates.decline(person=request.user, preparation=row, reason=typed)
    except ValidationError as error:
        context = _shown(request.user, _one(request, number), None)
        context |= {"section": "shares", "reason": typed, "reason_error": " ".join(error.messages)}
        return render(request, "sharing/approval.html", context, status=422)
    messages.success(request, _("Declined. Your delegate reads why."))
    return redirect("shares")


@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a letter's link. Opening it decides nothing; one press does, without signing in, and nothing else can
    be reached from here."""
    found = approval_links.find(token)
    person = found.preparation.person if found.preparation else None
    language = (person.language if person else "") or company.current().language
    zone = clock.zone_of(person) if person else timezone.get_default_timezone()
    with translation.override(language), timezone.override(zone):
        answer = _by_link(request, found, person)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        # No other site learns the address. "no-referrer" would have the browser send no origin with the press either.
        answer["Referrer-Policy"] = "same-origin"
        return answer


def _by_link(request: HttpRequest, found: approval_links.Found, person: Person | None) -> HttpResponse:
    if found.state != State.OPEN or found.preparation is None or person is None:
        said = delegates.sentence(found.preparation) if found.state == State.DECIDED and found.preparation else ""
        context = {"state": found.state.value, "said": said, "row": found.preparation}
        return render(request, "sharing/approval_gone.html", context, status=GONE[found.state])
    row = get_object_or_404(delegates.for_approval(person), pk=found.preparation.pk)
    form = refused = None
    if request.method == "POST":
        # The words are not for changing here: whoever wants others signs in.
        typed = request.POST.copy()
        typed.pop("text", None)
        form = _form(typed, person, row)
        try:
            refused = _approved(person, row, form, "link")
        except PermissionDenied:
            return render(request, "sharing/approval_gone.html", {"state": "forged"}, status=404)
        row = get_object_or_404(delegates.for_approval(person), pk=row.pk)
        if refused == "decided":  # The other of two presses was first.
            said = delegates.sentence(row)
            return render(request, "sharing/approval_gone.html", {"state": "decided", "said": said}, status=410)
        if refused is None:
            return render(request, "sharing/approval_done.html", {"row": row, "prepared": Prepared(row)})
    context = _shown(person, row, form, refused or "")
    return render(request, "sharing/approval_by_link.html", context, status=422 if refused else 200)

"""Crisis mode: hold everything, say what is known, decide about each post, open again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import crisis, shares
from kaja.sharing.crisis_forms import CrisisForm, ResumeForm, by_language
from kaja.sharing.models import Crisis
from kaja.sharing.rows import Row


def _lasting() -> Crisis | None:
    return Crisis.objects.filter(lasting=True).select_related("begun_by").first()


@require_http_methods(["GET", "POST"])
@access.page(Permission.RUN_CRISIS)
def show(request: SignedRequest) -> HttpResponse:
    """Before one begins: how many posts it would hold. While it lasts: its words, and what was under way."""
    lasting = _lasting()
    look = crisis.look(held=lasting is not None)
    form = CrisisForm(request.POST or None, groups=look.groups, lasting=lasting)
    if request.method == "POST" and form.is_valid():
        try:
            return _done(request, form, lasting)
        except ValidationError as error:
            form.put(error)
    context = {
        "section": "crisis", "form": form, "look": look, "lasting": lasting, "last": crisis.last(),
        "under_way": [Row(share) for share in crisis.under_way(lasting)] if lasting else [],
    }  # fmt: skip
    page = "sharing/crisis_now.html" if lasting else "sharing/crisis.html"
    return render(request, page, context, status=422 if form.errors else 200)


def _done(request: SignedRequest, form: CrisisForm, lasting: Crisis | None) -> HttpResponse:
    if lasting:
        crisis.change(person=request.user, **form.wishes())
        messages.success(request, _("Saved. Everybody reads it now."))
    else:
        begun = crisis.begin(person=request.user, **form.wishes())
        messages.success(request, _("Everything is on hold: %d posts. Everybody is being told.") % begun.held)
    return redirect("crisis")


@require_http_methods(["GET", "POST"])
@access.page(Permission.RUN_CRISIS)
def resume(request: SignedRequest) -> HttpResponse:
    lasting = _lasting()
    if lasting is None:
        return redirect("crisis")
    look = crisis.look(held=True)
    form = ResumeForm(request.POST or None, groups=look.groups)
    if request.method == "POST" and form.is_valid():
        try:
            farewell = by_language(form.cleaned_data, "farewell")
            crisis.end(person=request.user, decisions=form.decisions(), farewell=farewell)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Sharing is open again."))
            return redirect("crisis")
    rows = [(group, form[f"item-{group.item.pk}"]) for group in look.groups]
    context = {"section": "crisis", "form": form, "look": look, "rows": rows, "lasting": lasting}
    context["letters"] = lasting.letters.filter(refused=False).count()
    return render(request, "sharing/resume.html", context, status=422 if form.errors else 200)


@require_POST
@access.page(Permission.SHARE)
def go_on(request: SignedRequest, number: int) -> HttpResponse:
    """A person lets their own post go out after the hold."""
    share = get_object_or_404(shares.own(request.user), pk=number)
    try:
        crisis.go_on(person=request.user, share=share)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It goes out at its time, or now if that has passed."))
    return redirect("shares")

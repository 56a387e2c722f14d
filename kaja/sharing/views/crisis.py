"""Crisis mode: prepare and practise it, hold, say what is known, decide about each post, open again."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, crisis, shares
from kaja.sharing.crisis_forms import CrisisForm, ResumeForm, WordsForm, by_language, many
from kaja.sharing.forms import moment
from kaja.sharing.models import Crisis
from kaja.sharing.rows import Row


def _lasting() -> Crisis | None:
    return Crisis.objects.filter(lasting=True).select_related("begun_by", "topic", "campaign").first()


def _page(request: SignedRequest, page: str, form: WordsForm | ResumeForm, **context: Any) -> HttpResponse:
    context |= {"section": "crisis", "form": form}
    return render(request, page, context, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "POST"])
@access.page(Permission.RUN_CRISIS)
def show(request: SignedRequest) -> HttpResponse:
    """Before one begins: how many posts it would hold. While it lasts: its words, and what was under way."""
    if lasting := _lasting():
        return _now(request, lasting)
    look = crisis.look(held=False)
    form = CrisisForm(request.POST or None, groups=look.groups, row=crisis.planned(), parts=crisis.parts())
    if request.method == "POST" and form.is_valid():
        try:
            begun = crisis.begin(
                person=request.user, why=form.cleaned_data["why"], words=form.words(), withdraw=form.withdrawn(),
                only=form.only(),
            )  # fmt: skip
        except ValidationError as error:
            form.put(error)
        else:
            messages.success(request, _begun(begun))
            return redirect("crisis")
    return _page(request, "sharing/crisis.html", form, look=look, last=crisis.last(), plan=crisis.planned())


def _begun(row: Crisis) -> str:
    """What was done, in the moment in which it begins."""
    if row.searching:
        return _("On hold from this moment on. Everybody is being told; which posts it is about is being looked up.")
    if row.only:
        return _("On hold: %d posts. Everybody is being told.") % row.held
    return _("Everything is on hold: %d posts. Everybody is being told.") % row.held


def _now(request: SignedRequest, lasting: Crisis) -> HttpResponse:
    look = crisis.look(lasting, held=True)
    form = CrisisForm(request.POST or None, groups=look.groups, row=lasting)
    if request.method == "POST" and form.is_valid():
        try:
            crisis.change(person=request.user, words=form.words(), withdraw=form.withdrawn())
        except ValidationError as error:
            form.put(error)
        else:
            messages.success(request, _("Saved. Everybody reads it now."))
            return redirect("crisis")
    under_way = [Row(share) for share in crisis.under_way(lasting)]
    return _page(request, "sharing/crisis_now.html", form, look=look, lasting=lasting, under_way=under_way)


@require_http_methods(["GET", "POST"])
@access.page(Permission.RUN_CRISIS)
def prepare(request: SignedRequest) -> HttpResponse:
    """The words, written before anything happens."""
    row = crisis.planned()
    form = WordsForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            crisis.plan(person=request.user, words=form.words())
        except ValidationError as error:
            form.put(error)
        else:
            messages.success(request, _("Saved. A crisis, and an exercise, begin with these words."))
            return redirect("crisis-prepare")
    return _page(request, "sharing/crisis_prepare.html", form, plan=row)


@require_http_methods(["GET", "POST"])
@access.page(Permission.RUN_CRISIS)
def practise(request: SignedRequest) -> HttpResponse:
    """An exercise: the same form, and no effect."""
    look = crisis.look(held=False)
    form = CrisisForm(request.POST or None, groups=[], row=crisis.planned(), parts=crisis.parts())
    if request.method == "POST" and form.is_valid():
        try:
            done = crisis.rehearse(
                person=request.user, why=form.cleaned_data["why"], words=form.words(), only=form.only()
            )
        except ValidationError as error:
            form.put(error)
        else:
            return redirect("crisis-practised", done.pk)
    return _page(request, "sharing/crisis_practise.html", form, look=look, rehearsers=crisis.rehearsers())


@require_GET
@access.page(Permission.RUN_CRISIS)
def practised(request: SignedRequest, number: int) -> HttpResponse:
    """What an exercise showed: what would be held now, who would be told, what they would read."""
    rows = Crisis.objects.select_related("begun_by", "topic", "campaign")
    row = get_object_or_404(rows, pk=number, practice=True)
    readers = crisis.readers()
    context = {
        "section": "crisis", "exercise": row, "look": crisis.look(row, held=False), "readers": readers,
        "told": sum(number for _language, number in readers), "rehearsers": crisis.rehearsers(),
    }  # fmt: skip
    return render(request, "sharing/crisis_practised.html", context)


@require_http_methods(["GET", "POST"])
@access.page(Permission.RUN_CRISIS)
@clock.shown
def resume(request: SignedRequest) -> HttpResponse:
    """What each held post does. `set` gives one decision to all that are ticked, `look` only counts anew."""
    lasting = _lasting()
    if lasting is None:
        return redirect("crisis")
    look, when = crisis.look(lasting, held=True), partial(moment, person=request.user)
    if request.POST.keys() & {"set", "look"}:
        form = ResumeForm(None, groups=look.groups, when=when, chosen=many(request.POST, look.groups))
    else:
        form = ResumeForm(request.POST or None, groups=look.groups, when=when)
    if "look" in request.POST:
        return render(request, "sharing/_resume_figures.html", {"tally": form.tally()})
    if form.is_bound and form.is_valid() and _ended(request, form):
        return redirect("crisis")
    letters = lasting.letters.filter(refused=False).count()
    context = {"look": look, "lasting": lasting, "letters": letters, "tally": form.tally()}
    return _page(request, "sharing/resume.html", form, **context)


def _ended(request: SignedRequest, form: ResumeForm) -> bool:
    try:
        farewell = by_language(form.cleaned_data, "farewell")
        crisis.end(person=request.user, decisions=form.decisions(), farewell=farewell)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    messages.success(request, _("Sharing is open again."))
    return True


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

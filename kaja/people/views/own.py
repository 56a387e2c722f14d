"""A person's own settings: name, language, look, time zone, sessions, API tokens."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.people import access, delegations, persons, tokens
from kaja.people.access import SignedRequest
from kaja.people.forms import DelegateForm, OwnForm
from kaja.people.models import Delegation
from kaja.people.roles import Permission


@require_http_methods(["GET", "POST"])
@access.page
def show(request: SignedRequest) -> HttpResponse:
    form = OwnForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        persons.change_own(person=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("own-settings")
    return _page(request, form, DelegateForm(), status=422 if form.is_bound else 200)


def _page(request: SignedRequest, form: OwnForm, delegate_form: DelegateForm, *, status: int) -> HttpResponse:
    context = {
        "section": "own-settings",
        "form": form,
        "sessions": UserSession.objects.purge_and_list(request.user),
        "tokens": tokens.of(request.user),
        "new_token": request.session.pop("new_token", ""),
        "delegates": delegations.named_by(request.user),
        "held": delegations.held_by(request.user),
        "delegate_form": delegate_form,
        "may_name": request.user.may(Permission.SHARE),
    }
    return render(request, "people/own.html", context, status=status)


@require_POST
@access.page(Permission.SHARE)
def name_delegate(request: SignedRequest) -> HttpResponse:
    """Let a colleague prepare posts for the one who is signed in, and for nobody else."""
    form = DelegateForm(request.POST)
    if form.is_valid():
        try:
            delegate = delegations.find(form.cleaned_data["delegate"])
            delegations.name(person=request.user, delegate=delegate, last_day=form.cleaned_data["last_day"])
        except ValidationError as error:
            form.add_error("last_day" if error.code == "last_day" else "delegate", error)
        else:
            messages.success(request, _("%s can prepare posts for you now. You are both told.") % delegate.name)
            return redirect(f"{reverse('own-settings')}#delegates")
    return _page(request, OwnForm(instance=request.user), form, status=422)


@require_POST
@access.page
def end_delegate(request: SignedRequest, number: int) -> HttpResponse:
    """End a delegation that one has given, or holds."""
    mine = Delegation.objects.filter(Q(person=request.user) | Q(delegate=request.user), ended_at__isnull=True)
    delegations.end(person=request.user, delegation=get_object_or_404(mine, pk=number))
    messages.success(request, _("Ended. You are both told."))
    return redirect(f"{reverse('own-settings')}#delegates")


@require_POST
@access.page
def sign_out_everywhere(request: SignedRequest) -> HttpResponse:
    persons.end_sessions(person=request.user)
    logout(request)
    return redirect("account_login")


@require_POST
@access.page
def add_token(request: SignedRequest) -> HttpResponse:
    request.session["new_token"] = tokens.create(person=request.user, name=request.POST.get("name", ""))
    return redirect("own-settings")


@require_POST
@access.page
def revoke_token(request: SignedRequest, number: int) -> HttpResponse:
    tokens.revoke(person=request.user, number=number)
    messages.success(request, _("The token works no longer."))
    return redirect("own-settings")

"""A person's own settings: name, language, look, time zone, sessions, API tokens."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaja.people import access, persons, tokens
from kaja.people.access import SignedRequest
from kaja.people.forms import OwnForm


@require_http_methods(["GET", "POST"])
@access.page
def show(request: SignedRequest) -> HttpResponse:
    form = OwnForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        persons.change_own(person=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("own-settings")
    context = {
        "section": "own-settings",
        "form": form,
        "sessions": UserSession.objects.purge_and_list(request.user),
        "tokens": tokens.of(request.user),
        "new_token": request.session.pop("new_token", ""),
    }
    return render(request, "people/own.html", context, status=422 if form.is_bound else 200)


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

"""Accepting an invitation, and the first steps after it."""

from allauth.account.utils import perform_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kaja.people import invitations
from kaja.people.forms import JoinForm

GONE = {
    invitations.State.UNKNOWN: 404,
    invitations.State.EXPIRED: 410,
    invitations.State.USED: 410,
    invitations.State.REVOKED: 410,
}


@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation's page; a link that works no longer says why and what to do."""
    state, row = invitations.find(token)
    if state is not invitations.State.OPEN or row is None:
        return render(request, "people/invitation_gone.html", {"state": state.value}, status=GONE[state])
    beginning = {"first_name": row.first_name, "last_name": row.last_name}
    form = JoinForm(request.POST or None, initial=beginning)
    if request.method == "POST" and form.is_valid():
        try:
            person = invitations.accept(token=token, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            answer: HttpResponse = perform_login(request, person, email_verification="none", redirect_url="/me/")
            return answer
    return render(
        request, "people/invitation.html", {"form": form, "invitation": row}, status=422 if form.errors else 200
    )

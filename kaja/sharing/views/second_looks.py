"""The second pair of eyes: shares that wait for a quick look, passed or sent back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, looks

REVIEW = Permission.REVIEW_CONTENT


@require_GET
@access.page(REVIEW)
@clock.shown
def index(request: SignedRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedRequest, refused: int = 0, trouble: str = "", typed: str = "") -> HttpResponse:
    found = looks.queue(request.user)
    context = {
        "section": "library", "may_review": True, "may_edit": request.user.may(Permission.EDIT_CONTENT),
        "queue": found, "summary": looks.summary(found.mine), "refused": refused, "trouble": trouble, "typed": typed,
    }  # fmt: skip
    return render(request, "sharing/second_looks.html", context, status=422 if refused else 200)


def _known(number: int) -> int:
    """A number that a database can hold. Raises Http404 for any other."""
    if not 0 < number < 2**63:
        raise Http404
    return number


@require_POST
@access.page(REVIEW)
@clock.shown
def pass_(request: SignedRequest, number: int) -> HttpResponse:
    try:
        looks.pass_(person=request.user, number=_known(number))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Passed. It goes out as it was planned."))
    return redirect("second-looks")


@require_POST
@access.page(REVIEW)
@clock.shown
def give_back(request: SignedRequest, number: int) -> HttpResponse:
    words = request.POST.get("words", "")
    try:
        looks.give_back(person=request.user, number=_known(number), words=words)
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            return _page(request, number, " ".join(error.messages), words)
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Sent back with your reason."))
    return redirect("second-looks")

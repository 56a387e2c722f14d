"""One-click sign-in as somebody of the demo company. Does not exist outside a demo."""

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from kaja.people import signin


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    person = get_object_or_404(signin.demo_people(), email=request.POST.get("email", ""))
    answer: HttpResponse = perform_login(request, person, email_verification="none", redirect_url="/")
    return answer

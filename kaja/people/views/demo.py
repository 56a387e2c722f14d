"""One-click sign-in as somebody of the demo company. Does not exist outside a demo."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from kaja.people import signin


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    person = get_object_or_404(signin.demo_people(), email=request.POST.get("email", ""))
    signin.note_arrival(person=person)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("feed")

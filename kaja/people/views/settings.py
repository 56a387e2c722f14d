"""The company's settings: name, colour, logo, language, time zone, hashtag, goal, link parameters."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.forms import CompanyForm
from kaja.people.models import Company
from kaja.people.roles import Permission


@require_http_methods(["GET", "POST"])
@access.page(Permission.CHANGE_SETTINGS)
def show(request: SignedRequest) -> HttpResponse:
    row = Company.objects.first() or Company(name="Kaja", short_name="Kaja")
    form = CompanyForm(request.POST or None, request.FILES or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            company.change(actor=request.user, logo=form.cleaned_data.pop("picture"), **form.cleaned_data)
        except ValidationError as error:
            form.add_error("picture", error)
        else:
            messages.success(request, _("Saved."))
            return redirect("company-settings")
    context = {"section": "company-settings", "form": form}
    return render(request, "people/settings.html", context, status=422 if form.errors else 200)


@require_GET
def logo(_request: HttpRequest) -> FileResponse:
    """The logo, for everybody: it stands on the sign-in page."""
    row = company.current()
    if not row.logo:
        raise Http404
    response = FileResponse(row.logo.open("rb"), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return response

"""The guidelines for everybody: the two sheets, the box to tick, answers, PDF; and the public link."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.guidelines import acknowledgement, documents, faq, pdf, publication, sheets
from kaja.guidelines.models import Edition, Picture
from kaja.people import access
from kaja.people.access import SignedRequest

LATER = "guidelines_later"
LATER_DAYS = 7


def _reading(request: SignedRequest, edition: Edition, trouble: str = "") -> HttpResponse:
    current = documents.current()
    in_force = current is not None and current.pk == edition.pk
    context = {
        "section": "guidelines",
        "edition": edition,
        "sheets": sheets.sheets(edition, get_language() or "en"),
        "authors": sheets.authors(edition),
        "in_force": in_force,
        "confirmed_at": acknowledgement.confirmed_at(request.user, edition) if in_force else None,
        "count": acknowledgement.count(edition) if in_force else None,
        "may_write": documents.may_write(request.user),
        "may_see_names": acknowledgement.may_see_names(request.user),
        "trouble": trouble,
    }
    return render(request, "guidelines/guidelines.html", context, status=422 if trouble else 200)


@require_GET
@access.page
def show(request: SignedRequest) -> HttpResponse:
    edition = documents.current()
    if edition is None:
        context = {"section": "guidelines", "may_write": documents.may_write(request.user)}
        return render(request, "guidelines/none.html", context)
    return _reading(request, edition)


@require_GET
@access.page
def show_version(request: SignedRequest, number: int) -> HttpResponse:
    """An older version: everybody who reads the guidelines may see what they said before."""
    return _reading(request, documents.readable(person=request.user, number=number))


@require_POST
@access.page
def confirm(request: SignedRequest) -> HttpResponse:
    number = request.POST.get("number", "")
    try:
        acknowledgement.confirm(
            person=request.user, number=int(number) if number.isascii() and number.isdigit() else 0,
            ticked="read" in request.POST,
        )  # fmt: skip
    except ValidationError as error:
        edition = documents.current()
        return _reading(request, edition, error.messages[0]) if edition else redirect("guidelines")
    messages.success(request, _("Thank you. You have confirmed version %s.") % number)
    return redirect("guidelines")


@require_POST
@access.page
def later(request: SignedRequest) -> HttpResponse:
    """The reminder rests for a week."""
    request.session[LATER] = (timezone.now() + timedelta(days=LATER_DAYS)).isoformat()
    return redirect("feed")


@require_GET
@access.page
def answers(request: SignedRequest) -> HttpResponse:
    """Questions of the guidelines, searched, ready to copy; `?words=` lives in the address."""
    edition, words = documents.current(), request.GET.get("words", "")[:200].replace("\x00", "")
    found = faq.search(edition, words, get_language() or "en") if edition else []
    context = {"section": "guidelines", "edition": edition, "words": words, "answers": found}
    return render(request, "guidelines/_answers.html" if request.htmx else "guidelines/answers.html", context)


def _as_pdf(edition: Edition, request: HttpRequest, public: bool = False) -> HttpResponse:
    wanted = request.GET.get("language", "") or get_language() or "en"
    language = wanted if wanted in ("en", "et") else "en"
    answer = HttpResponse(pdf.made(edition, language, public=public), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="guidelines-{edition.number}-{language}.pdf"'
    return answer


@require_GET
@access.page
def as_pdf(request: SignedRequest, number: int) -> HttpResponse:
    return _as_pdf(documents.readable(person=request.user, number=number), request)


@require_GET
def picture(_request: HttpRequest, digest: str) -> HttpResponseBase:
    """For everybody: the public page shows them too, and nobody guesses the hash of a picture."""
    row = get_object_or_404(Picture, sha256=digest)
    answer = FileResponse(row.file.open("rb"), content_type="image/jpeg")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _unlisted(answer: HttpResponse, listed: bool) -> HttpResponse:
    if not listed:
        answer["X-Robots-Tag"] = "noindex, nofollow"
    # The address is the key: other sites must not learn it from a link.
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_GET
def public(request: HttpRequest, token: str) -> HttpResponse:
    link, edition = publication.public(token)
    context = {
        "edition": edition,
        "sheets": sheets.sheets(edition, get_language() or "en"),
        "link": link,
        "public": True,
    }
    return _unlisted(render(request, "guidelines/public.html", context), link.listed)


@require_GET
def public_pdf(request: HttpRequest, token: str) -> HttpResponse:
    link, edition = publication.public(token)
    return _unlisted(_as_pdf(edition, request, public=True), link.listed)

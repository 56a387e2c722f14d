"""Which language a page speaks: the person's choice, a visitor's choice (cookie), the browser's, the company's.

Times are shown and typed in the person's own time zone, or the company's.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from kaja.people import company


def chosen(request: HttpRequest) -> str:
    """The code of the language for this request, always one of settings.LANGUAGES."""
    wishes = [getattr(request.user, "language", ""), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
    wishes += [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for wish in [*wishes, company.current().language]:
        try:
            return get_supported_language_variant(wish)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


class PersonLocaleMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = chosen(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        timezone.activate(getattr(request.user, "time_zone", "") or company.current().time_zone)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

"""What every endpoint shares: who is calling, how errors read (RFC 9457), how lists are paged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, models
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as BadInput
from ninja.security import HttpBearer, django_auth

from kaja import __version__
from kaja.outbound import Refused
from kaja.people import language, tokens
from kaja.people.access import SignedRequest

logger = logging.getLogger("django.request")
PAGE, MOST = 50, 200
Row = TypeVar("Row", bound=models.Model)


class Token(HttpBearer):
    """`Authorization: Bearer kaja_…`: the token's person calls, in their language."""

    def authenticate(self, request: HttpRequest, token: str) -> object | None:
        person = tokens.authenticate(token)
        if person is not None:
            request.user = person
            translation.activate(language.chosen(request))
        return person


api = NinjaAPI(
    title="Kaja",
    version=__version__,
    description="Employee advocacy: everything the pages can do.",
    auth=[Token(), django_auth],
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)


def problem(status: int, title: str, detail: str = "", errors: dict[str, list[str]] | None = None) -> HttpResponse:
    """A problem as application/problem+json; `errors` by field."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body |= {"detail": detail} if detail else {}
    body |= {"errors": errors} if errors else {}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _sentence(kind: str) -> str:
    """What is wrong with a field, from the kind of fault that pydantic names."""
    begins = {
        "missing": _("This is missing."),
        "string": _("This must be text."),
        "int": _("This must be a whole number."),
        "bool": _("This must be true or false."),
        "datetime": _("A time reads like 2026-11-24T10:00:00Z."),
        "timezone": _("A time reads like 2026-11-24T10:00:00Z."),
    }
    return next((said for begin, said in begins.items() if kind.startswith(begin)), _("This cannot be read."))


@api.exception_handler(BadInput)
def _bad_input(_request: HttpRequest, error: BadInput) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for fault in error.errors:
        place = ".".join(str(part) for part in fault["loc"][1:] if part != "data") or "body"
        errors.setdefault(place, []).append(_sentence(str(fault["type"])))
    return problem(422, _("The request cannot be read."), errors=errors)


@api.exception_handler(DataError)
@api.exception_handler(UnicodeEncodeError)
def _unstorable(_request: HttpRequest, _error: Exception) -> HttpResponse:
    """What no database text can hold, such as the character U+0000 or half of a letter (\\ud800)."""
    return problem(422, _("The request cannot be read."))


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = error.message_dict if hasattr(error, "error_dict") else None
    return problem(422, _("This cannot be done as it stands."), " ".join(error.messages), fields)


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(422, _("The address cannot be read."), error.sentence)


@api.exception_handler(AuthenticationError)
def _unknown(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    answer = problem(401, _("Who is calling?"), _("Send a token that works: Authorization: Bearer …"))
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, str(error))


@api.exception_handler(PermissionDenied)
@api.exception_handler(Http404)
def _gone(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(404, _("There is nothing here."))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, _error: Exception) -> HttpResponse:
    """Our own fault: told as a problem, written down for the operator."""
    logger.exception("%s %s", request.method, request.path)
    return problem(500, _("Something broke."), _("It is written down. Try again in a minute."))


def not_found(_request: HttpRequest) -> HttpResponse:
    """An address under /api/ that leads nowhere: a problem too, and no page."""
    return problem(404, _("There is nothing here."))


class Page(Schema):
    """A list: `next` is the cursor of the following page, null at the end."""

    items: list[Any]
    next: str | None


def page(
    rows: models.QuerySet[Row], cursor: str, limit: int, shown: Callable[[Sequence[Row]], list[Any]]
) -> dict[str, Any]:
    """One page of rows, the newest first, after `cursor` (the last number of the page before)."""
    wanted = min(max(limit, 1), MOST)
    found = rows.order_by("-pk")
    if cursor:
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
            raise ValidationError({"cursor": _("This cursor is none of ours.")})
        found = found.filter(pk__lt=int(cursor))
    some = list(found[: wanted + 1])
    more, some = len(some) > wanted, some[:wanted]
    return {"items": shown(some), "next": str(some[-1].pk) if more else None}


def one(rows: models.QuerySet[Row], number: int) -> Row:
    """The row of this number. Raises Http404, also for numbers no database knows."""
    row = rows.filter(pk=number).first() if 0 < number < 2**63 else None
    if row is None:
        raise Http404
    return row


__all__ = ["Page", "SignedRequest", "api", "not_found", "one", "page", "problem"]

"""Who may open a page: signed in, with a permission; everybody else meets the sign-in page or 404."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, overload

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from kaja.people.models import Person
from kaja.people.roles import Permission


class SignedRequest(HttpRequest):
    """A request of a signed-in, active person."""

    user: Person
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


@overload
def page(permission: View) -> View: ...
@overload
def page(permission: Permission | None = None) -> Callable[[View], View]: ...


def page(permission: View | Permission | None = None) -> View | Callable[[View], View]:
    """Guard a view: `@page` lets in everybody signed in, `@page(Permission.X)` those who may.

    Without a session: to the sign-in page and back. Without the permission, or when a verb inside raises
    PermissionDenied: 404, so that nobody learns what exists.
    """
    if callable(permission):
        return _guarded(permission, None)
    return lambda view: _guarded(view, permission)


def _guarded(view: View, permission: Permission | None) -> View:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if permission is not None and not request.user.may(permission):
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied as error:
            raise Http404 from error

    return guarded


class NoNullCharacters:
    """Refuses addresses with U+0000 in them: no person types it, and PostgreSQL can hold it in no text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest(b"Bad request.", content_type="text/plain")
        return self.get_response(request)

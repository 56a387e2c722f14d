"""Own clicks: how the link server knows a person who is signed in to Kaja without asking the database.

Pages set a cookie that names the person and is signed; the link server reads it. Where pages and links live under one
domain the cookie is given to both; a link domain of its own elsewhere cannot know, and own clicks count as others do.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "kaja_mine"


def _signature(person: int) -> str:
    key = hashlib.sha256(f"kaja.links.mine:{settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(key, str(person).encode(), hashlib.sha256).hex()[:32]


def cookie_value(person: int) -> str:
    """The value of the cookie for the person with this id."""
    return f"{person}.{_signature(person)}"


@lru_cache(maxsize=10_000)
def owner_of(value: str) -> int | None:
    """The id of the person whom a cookie's value names, or None when it was not made by us."""
    number, _dot, signature = value.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 20 and signature.isascii()):
        return None
    person = int(number)
    return person if hmac.compare_digest(signature, _signature(person)) else None


def domain() -> str | None:
    """The domain that pages and links have in common, for the cookie; None when they are one host or share nothing."""
    pages, links = (urlsplit(url).hostname or "" for url in (settings.BASE_URL, settings.LINK_BASE_URL))
    if pages == links:
        return None
    common: list[str] = []
    for ours, theirs in zip(reversed(pages.split(".")), reversed(links.split(".")), strict=False):
        if ours != theirs or ours.isdigit():
            break
        common.insert(0, ours)
    return ".".join(common) if len(common) > 1 else None


class MineMiddleware:
    """Gives a signed-in person the cookie when they lack it, and takes it away once they have signed out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        held = request.COOKIES.get(COOKIE)
        wanted = cookie_value(request.user.pk) if request.user.is_authenticated else None
        if wanted and held != wanted:
            response.set_cookie(
                COOKIE,
                wanted,
                max_age=settings.SESSION_COOKIE_AGE,
                domain=domain(),
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        elif held and not wanted:
            response.delete_cookie(COOKIE, domain=domain(), samesite="Lax")
        return response

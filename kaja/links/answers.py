"""What a visitor reads when a short link cannot take them further, in their language."""

import base64
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.db import Error as DatabaseError
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from kaja.people import company
from kaja.people.models import Company

_FRESH_SECONDS = 60.0
_STATUS = {"unknown": 404, "gone": 410, "busy": 503}
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_rendered: dict[tuple[str, str], tuple[float, "Page"]] = {}


class Page:
    """A finished answer: the two messages that an ASGI server wants."""

    def __init__(self, status: int, language: str, html: str) -> None:
        style = _STYLE.search(html)
        digest = base64.b64encode(hashlib.sha256((style[1] if style else "").encode()).digest())
        body = html.encode()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", language.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"private, no-store"),
            (b"x-robots-tag", b"noindex"),
            (b"x-content-type-options", b"nosniff"),
            (
                b"content-security-policy",
                b"default-src 'none'; style-src 'sha256-%b'; base-uri 'none'; form-action 'none'; "
                b"frame-ancestors 'none'" % digest,
            ),
        ]
        if status == 503:
            headers.append((b"retry-after", b"30"))
        self.start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": headers}
        self.body: dict[str, Any] = {"type": "http.response.body", "body": body}


def language(headers: Mapping[bytes, bytes]) -> str | None:
    """The first language of the browser's wishes that Kaja speaks."""
    wishes = headers.get(b"accept-language", b"").decode("latin-1")[:200]
    for code, _weight in parse_accept_lang_header(wishes):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return None


def page(kind: str, wish: str | None) -> Page:
    """The page `kind` (unknown, gone, busy) in the wished language or the company's. May ask the database."""
    try:
        whose = company.current()
    except DatabaseError:
        whose = Company(name="Kaja", short_name="Kaja")
    code = wish or whose.language
    until, kept = _rendered.get((kind, code), (0.0, None))
    if kept is None or until < time.monotonic():
        with translation.override(code):
            context = {"kind": kind, "company": whose, "language": code}
            kept = Page(_STATUS[kind], code, render_to_string("links/answer.html", context))
        _rendered[kind, code] = (time.monotonic() + _FRESH_SECONDS, kept)
    return kept


async def send_page(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    kind: str,
    headers: Mapping[bytes, bytes],
    in_thread: Callable[[Callable[[], Page]], Awaitable[Page]],
) -> None:
    """Answer with a page; it is rendered in the thread that may speak to the database."""
    wish = language(headers)
    finished = await in_thread(lambda: page(kind, wish))
    await send(finished.start)
    await send(finished.body)

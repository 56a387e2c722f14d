"""Serving media: the right type, nothing that runs, kept for ever, in stretches where a player asks for one."""

from __future__ import annotations

import re

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from kaja.content import files
from kaja.content.models import Media

TYPES = {"webp": "image/webp", "avif": "image/avif"}
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@require_safe
def picture(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    """A picture by the hash of its bytes, for everybody: networks fetch it too. It never changes."""
    return _served(request, f"pictures/{name}.{form}", TYPES[form], public=True)


@require_safe
def file(request: HttpRequest, stem: str, form: str) -> HttpResponseBase:
    """A film or document, for those who are signed in, and for a network that was given a key."""
    name = f"files/{stem}.{form}"
    if not request.user.is_authenticated and not files.opens(name, request.GET.get("key", "")):
        return redirect_to_login(request.get_full_path())
    media = get_object_or_404(Media, sha256__startswith=stem, file=name)
    answer = _served(request, name, media.mime, public=False)
    # A document is saved and opened by the reader's own program, never inside our pages.
    saved = content_disposition_header(
        media.kind == Media.Kind.DOCUMENT or "save" in request.GET, media.name or f"kaja.{form}"
    )
    answer["Content-Disposition"] = saved or "attachment"
    return answer


def _served(request: HttpRequest, name: str, kind: str, *, public: bool) -> HttpResponseBase:
    """The whole file, a stretch of it (206), nothing new (304), or nothing that could be meant (416)."""
    whole = files.size(name)
    if whole is None:
        raise Http404
    tag = f'"{name.rsplit("/", 1)[-1]}"'
    wanted = _stretch(request.headers.get("Range", ""), whole)
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponseBase = HttpResponse(status=304)
    elif wanted == (0, 0) and whole:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole}"})
    else:
        start, end = wanted or (0, whole)
        answer = _body(name, start, end, head=request.method == "HEAD")
        answer["Content-Length"] = str(end - start)
        if wanted:
            answer.status_code = 206
            answer["Content-Range"] = f"bytes {start}-{end - 1}/{whole}"
    answer["Content-Type"] = kind
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = tag
    answer["Cache-Control"] = f"{'public' if public else 'private'}, max-age=31536000, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin" if public else "same-origin"
    return answer


def _body(name: str, start: int, end: int, *, head: bool) -> HttpResponseBase:
    if head:
        return HttpResponse()
    try:
        return StreamingHttpResponse(files.stretch(name, start, end))
    except ValidationError as error:
        raise Http404 from error


def _stretch(asked: str, whole: int) -> tuple[int, int] | None:
    """First byte and the one after the last of "bytes=…"; None for everything, (0, 0) for what is not there."""
    found = RANGE.fullmatch(asked)
    if found is None or found.group(0) == "bytes=-":
        return None  # Several stretches at once, or none: RFC 9110 lets us answer with the whole.
    first, last = found.groups()
    if not first:
        return (max(whole - int(last), 0), whole) if int(last) else (0, 0)
    end = min(int(last) + 1, whole) if last else whole
    return (int(first), end) if int(first) < end else (0, 0)

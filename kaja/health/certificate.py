"""The certificate of the address of the pages: looked at as a browser would, and noted until when it is good."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from kaja import outbound
from kaja.health import signs
from kaja.health.models import Sign


def place() -> tuple[str, int] | None:
    """Host and port whose certificate people's browsers see; None when the pages are not encrypted."""
    parts = urlsplit(settings.BASE_URL)
    return (parts.hostname, parts.port or 443) if parts.scheme == "https" and parts.hostname else None


def look() -> None:
    """A piece of the schedule. When the server does not answer from here the end seen before stays known."""
    where = place()
    if where is None:
        return
    host, port = where
    about = f"{host}:{port}"
    try:
        seen = outbound.certificate(host, port)
    except outbound.NotSent as error:
        before = Sign.objects.filter(of=Sign.Of.CERTIFICATE, about=about).first()
        signs.certificate(
            about=about, ends_at=before.ends_at if before else None, reason="unreachable", detail=str(error)
        )
        return
    signs.certificate(about=about, ends_at=seen.ends_at, reason=seen.reason, detail=seen.detail)

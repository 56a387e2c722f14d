"""The link server alone, for a process, a port or a domain of its own: `kaja links`."""

import os
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaja.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402

from kaja.links.redirect import Receive, Redirect, Scope, Send, lifespan  # noqa: E402

_redirect = Redirect(f"{urlsplit(settings.LINK_BASE_URL).path}/")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: short links, and /healthz for whoever watches the process."""
    if scope["type"] == "lifespan":
        await lifespan([_redirect], receive, send)
    elif scope["path"] == "/healthz":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"ok\n"})
    else:
        await _redirect(scope, receive, send)

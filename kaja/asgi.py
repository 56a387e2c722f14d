"""The pages and the link server on one port."""

import os
from collections.abc import MutableMapping
from typing import Any, cast
from urllib.parse import quote_from_bytes, urlsplit

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaja.settings")

# Threads, each with a database connection that it keeps (docs/decisions/pages-through-wsgi.md).
THREADS = 8

_pages: Any = WSGIMiddleware(cast(Any, get_wsgi_application()), workers=THREADS)

# From here on Django is set up, which the models of the link server need.
from django.conf import settings  # noqa: E402

from kaja.links.redirect import Receive, Redirect, Scope, Send, lifespan  # noqa: E402

_links = Redirect("/l/")
_own = urlsplit(settings.LINK_BASE_URL)
_own_host = b"" if _own.hostname == urlsplit(settings.BASE_URL).hostname else _own.netloc.encode()
# A short domain that leads to this very port.
_links_of_own = Redirect(f"{_own.path}/") if _own_host else _links


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: short links under /l/ and on the links' own domain, pages everywhere else."""
    if scope["type"] == "lifespan":
        await lifespan([_links, _links_of_own] if _own_host else [_links], receive, send)
    elif scope["path"].startswith("/l/"):
        await _links(scope, receive, send)
    elif _own_host and (b"host", _own_host) in scope["headers"]:
        await _links_of_own(scope, receive, send)
    else:
        # WSGI knows ASCII only.
        scope["query_string"] = quote_from_bytes(scope["query_string"], safe="%&=+?/:;,@!$'()*~[]|").encode()

        # a2wsgi runs what `receive` returns as a coroutine; Granian's returns another kind of awaitable.
        async def receive_body() -> MutableMapping[str, Any]:
            return await receive()

        await _pages(scope, receive_body, send)

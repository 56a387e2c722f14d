"""The pages and the link server on one port."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaja.settings")

# Threads, each with a database connection that it keeps (docs/decisions/0021-pages-through-wsgi.md).
THREADS = 8

_pages: Any = WSGIMiddleware(cast(Any, get_wsgi_application()), workers=THREADS)

from kaja.links.redirect import Redirect  # noqa: E402  (its models need the Django that is set up above)

_redirect = Redirect("/l/")


async def application(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """ASGI: short links under /l/, pages everywhere else."""
    if scope["type"] == "lifespan":
        await _redirect.lifespan(receive, send)
    elif scope["path"].startswith("/l/"):
        await _redirect(scope, receive, send)
    else:
        if not scope["query_string"].isascii():
            scope["query_string"] = quote_from_bytes(scope["query_string"], safe="%&=+?/:;,@!$'()*~").encode()

        # a2wsgi runs what `receive` returns as a coroutine; Granian's returns another kind of awaitable.
        async def receive_body() -> MutableMapping[str, Any]:
            return await receive()

        await _pages(scope, receive_body, send)

"""The sandbox's own server side: answers requests inside the process and keeps posts in rows.

It is as strict as a real network: a token that is not the account's is refused, a key is taken once, a text too long is
refused. Each request is a transaction of its own, as on somebody else's machine.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from kaja.networks import counting
from kaja.networks.models import SandboxPost
from kaja.outbound import Request, Response

LONGEST = 500


def token(account: str) -> str:
    """The token that the sandbox gave this account."""
    return hmac.new(settings.SECRET_KEY.encode(), f"sandbox:{account}".encode(), hashlib.sha256).hexdigest()


def address(key: str) -> str:
    """Where people see the post."""
    return f"{settings.BASE_URL}/sandbox/#post-{key}"


def answer(request: Request) -> Response:
    """What the sandbox's server answers to one request."""
    parts = urlsplit(request.url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path == "/figures":
        return _figures(query.get("ids", "").split(","))
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if request.method == "POST":
        return _create(json.loads(request.body), given)
    account, _slash, key = unquote(parts.path.removeprefix("/posts/")).rpartition("/")
    account = account or query.get("account", "")
    if not hmac.compare_digest(given, token(account)):
        return _said(401, {"error": "This token is not the account's."})
    post = SandboxPost.objects.filter(account=account, key=key).first()
    if request.method == "DELETE":
        SandboxPost.objects.filter(account=account, key=key).delete()
        return _said(204, {})
    if request.method == "PATCH" and post:
        text = json.loads(request.body)["text"]
        if len(counting.graphemes(text)) > LONGEST:
            return _said(400, {"error": f"At most {LONGEST} characters."})
        SandboxPost.objects.filter(pk=post.pk).update(text=text)
        post.text = text
    return _said(200, _shown(post)) if post else _said(404, {"error": "No such post."})


def _said(status: int, body: dict[str, Any]) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


def _shown(post: SandboxPost) -> dict[str, Any]:
    return {"id": f"{post.account}/{post.key}", "url": address(post.key), "text": post.text}


def _create(body: dict[str, Any], given: str) -> Response:
    if not hmac.compare_digest(given, token(body["account"])):
        return _said(401, {"error": "This token is not the account's."})
    if len(counting.graphemes(body["text"])) > LONGEST:
        return _said(400, {"error": f"At most {LONGEST} characters."})
    try:
        with transaction.atomic():
            post = SandboxPost.objects.create(account=body["account"], key=body["key"], text=body["text"], record=body)
    except IntegrityError:
        return _said(409, {"error": "This key is taken."})
    return _said(201, _shown(post))


def _figures(ids: list[str]) -> Response:
    told = {}
    for post_id in ids:
        account, _slash, key = post_id.rpartition("/")
        post = SandboxPost.objects.filter(account=account, key=key).first()
        if post:
            told[post_id] = {"likes": post.likes, "reposts": post.reposts, "replies": post.replies}
    return _said(200, {"posts": told})

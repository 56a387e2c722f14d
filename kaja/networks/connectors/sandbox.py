"""The sandbox: a network inside Kaja to try everything with. Its API is small and behaves like a real one.

`POST /posts` {account, key, text, link, …} answers 201 with the post, 409 when the key is taken;
`GET /posts/KEY?account=` finds it; `PATCH` {text} changes its words; `DELETE` removes it;
`GET /figures?ids=` tells likes, reposts and replies.
A token stands in `Authorization`.
"""

import json
import secrets
from typing import Any
from urllib.parse import quote, urlencode

from kaja.networks import answers
from kaja.networks.contract import (
    Api,
    Figures,
    Http,
    Limits,
    NeedsReconnect,
    Network,
    Permanent,
    Pictures,
    Receipt,
    Request,
    Response,
    Sending,
    Session,
    Takes,
    Unknown,
)

SERVER = "https://sandbox.invalid"


def _ask(http: Http, session: Session | None, method: str, path: str, body: dict[str, Any] | None = None) -> Response:
    token = str(session.secrets.get("token", "")) if session else ""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(method, SERVER + path, headers, json.dumps(body).encode() if body is not None else b"")
    answer = answers.send(http, request)
    if answer.status in (401, 403):
        raise NeedsReconnect("refused-token", answers.words(answer))
    return answer


def _receipt(read: dict[str, Any]) -> Receipt:
    return Receipt(answers.text(read, "id"), answers.text(read, "url"))


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    record_key, post = sending.key, sending.post
    body = {
        "account": session.external_id,
        "key": record_key,
        "text": post.text,
        "link": post.link,
        "title": post.link_title,
        "description": post.link_description,
        "picture": post.picture.address if post.picture else "",
        "alt": post.picture.alt if post.picture else "",
        "pictures": [{"address": one.address, "alt": one.alt} for one in post.pictures],
        "created_at": post.created_at.isoformat(),
    }
    answer = _ask(http, session, "POST", "/posts", body)
    if answer.status == 409:
        # The key is ours alone: that it is taken proves that an earlier attempt went through.
        found = find(http, session, sending)
        if found is None:
            raise Unknown("conflict", answers.words(answer))
        return found
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))
    return _receipt(answers.read(answer))


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    query = urlencode({"account": session.external_id})
    answer = _ask(http, session, "GET", f"/posts/{quote(sending.key)}?{query}")
    return None if answer.status == 404 and answers.glimpse(answer) else _receipt(answers.read(answer))


def edit(http: Http, session: Session, post_id: str, text: str) -> None:
    answer = _ask(http, session, "PATCH", f"/posts/{quote(post_id)}", {"text": text})
    if answer.status == 404:
        raise Permanent("gone-there", answers.words(answer))
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))
    answers.read(answer)


def words(http: Http, session: Session, post_id: str) -> str | None:
    answer = _ask(http, session, "GET", f"/posts/{quote(post_id)}")
    return None if answer.status == 404 else answers.text(answers.read(answer), "text")


def remove(http: Http, session: Session, post_id: str) -> None:
    answer = _ask(http, session, "DELETE", f"/posts/{quote(post_id)}")
    if answer.status >= 400 and answer.status != 404:
        raise Permanent("refused", answers.words(answer))


def figures(http: Http, _session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
    answer = _ask(http, None, "GET", "/figures?" + urlencode({"ids": ",".join(post_ids)}))
    told = answers.read(answer).get("posts", {})
    return {
        key: Figures(likes=one["likes"], reposts=one["reposts"], replies=one["replies"]) for key, one in told.items()
    }


NETWORK = Network(
    key="sandbox",
    name="Sandbox",
    icon="flask",
    inessive_et="liivakastis",
    limits=Limits(text=500, unit="graphemes", pictures=4, picture_bytes=2_000_000, alt=1000),
    api=Api(
        publish=publish,
        find=find,
        edit=edit,
        words=words,
        remove=remove,
        figures=figures,
        new_record_key=lambda: secrets.token_hex(12),
    ),
    connect=frozenset({"instant"}),
    can_edit=True,
    can_delete=True,
    demo_only=True,
    takes=Takes(pictures=Pictures(most=1, bytes=2_000_000)),
)

"""What connectors do alike with a server's answers: each doubt and refusal becomes one of the four outcomes."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from kaja.networks.contract import (
    Figures,
    Http,
    NotSent,
    Outcome,
    Permanent,
    Receipt,
    Request,
    Response,
    Retry,
    Silence,
    Unknown,
    retry_after,
    storable,
    their_time,
)


def send(http: Http, request: Request) -> Response:
    """One request; what the server answers (2xx to 4xx but 429). Raises Retry when nothing can have happened, Unknown
    when something may have."""
    try:
        answer = http(request)
    except NotSent as error:
        raise Retry("unreachable", str(error)) from error
    except Silence as error:
        raise Unknown("silence", str(error)) from error
    if answer.status == 429:
        raise Retry("rate-limit", words(answer), after=retry_after(answer))
    if answer.status >= 500:
        raise Unknown("server-error", words(answer))
    return answer


Said = TypeVar("Said")
# Seconds before the next try of a part that got no answer.
PAUSES = (0.5, 2.0)


def again(call: Callable[[], Said]) -> Said:
    """What `call` brings. A part of an upload that got no answer is said again after a pause: nobody sees it, and said
    twice it is as said once, so that one lost answer does not begin a large file anew. Raises what the last try did."""
    for pause in PAUSES:
        try:
            return call()
        except Unknown:
            time.sleep(pause)
        except Retry as asked:
            if asked.reason != "unreachable":
                raise
            time.sleep(pause)
    return call()


# Two clocks that are no further apart than this are right: answers tell whole seconds, and take a while.
NEAR = timedelta(minutes=1)


def by_their_clock(http: Http, since: datetime, look: Callable[[Http, datetime], Receipt | None]) -> Receipt | None:
    """What `look` finds among the posts made after `since`, a time by our clock. Where the server says that ours is
    ahead of its own (by a day at most), it looks from that much earlier on: no post may be taken for absent by a wrong
    clock."""
    ahead = timedelta()

    def watched(request: Request) -> Response:
        nonlocal ahead
        answer = http(request)
        ahead = min(max(ahead, datetime.now(UTC) - their_time(answer)), timedelta(days=1))
        return answer

    try:
        found = look(watched, since)
    except Unknown:  # a time that lies in its future is refused
        if ahead <= NEAR:
            raise
        found = None
    return look(http, since - ahead) if found is None and ahead > NEAR else found


def one_by_one(post_ids: list[str], tell: Callable[[str], Figures]) -> dict[str, Figures]:
    """The figures of posts that a network tells one at a time. What was told before an Outcome goes along with it."""
    told: dict[str, Figures] = {}
    for post_id in post_ids:
        try:
            told[post_id] = tell(post_id)
        except Outcome as outcome:
            outcome.told = told
            raise
    return told


def words(answer: Response) -> str:
    """What the server said, for the curious; at most 500 characters."""
    return answer.body.decode("utf-8", "replace")[:500]


def read(answer: Response) -> dict[str, Any]:
    """The object in an answer. Raises Unknown for anything else."""
    found = _parsed(answer)
    if not isinstance(found, dict):
        raise Unknown("unreadable", words(answer))
    return found


def read_list(answer: Response) -> list[dict[str, Any]]:
    """The objects of a list in an answer. Raises Unknown for anything else: no list is not an empty one."""
    found = _parsed(answer)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unknown("unreadable", words(answer))
    return found


def _parsed(answer: Response) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise Unknown("unreadable", words(answer)) from error


def glimpse(answer: Response) -> dict[str, Any]:
    """The object in an answer, empty when it has none: for refusals, where every server words its own."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def text(found: Mapping[str, Any], name: str) -> str:
    """A text (or number, as text) that has to be there. Raises Unknown: an answer without it is none we understand."""
    value = found.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or value != storable(value):
        raise Unknown("unreadable", f"{name} is missing in {str(found)[:300]}")
    return value


def number(found: Mapping[str, Any], name: str) -> int | None:
    """A count that may be there; None is not zero."""
    value = found.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(value: object) -> datetime | None:
    """A time in ISO 8601, None when it is none."""
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def code(pending: Mapping[str, Any], told: Mapping[str, str]) -> str:
    """The code that somebody brought back from a sign-in. Raises Permanent when it is of another journey."""
    if told.get("state") != pending["state"] or not told.get("code"):
        raise Permanent("sign-in-refused", "The answer does not belong to this sign-in.")
    return told["code"]


def form(fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a form."""
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()


def as_json(content: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """Headers and body of JSON."""
    return {"Content-Type": "application/json"}, json.dumps(content, ensure_ascii=False).encode()


def multipart(
    fields: Mapping[str, str], *, file: bytes, name: str, mime: str, part: str = "file"
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a form with one file."""
    mark = secrets.token_hex(16)
    lines = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
    )
    body = b"".join([*lines, head.encode(), file, f"\r\n--{mark}--\r\n".encode()])
    return {"Content-Type": f"multipart/form-data; boundary={mark}"}, body

"""Publishing in two steps, as Threads and Instagram do: a container that nobody sees, then the call that publishes it.

The container's id is stored before the second step. Its status then says whether that step happened: a lost answer is
no doubt for long, and nothing is published twice, since a container can be published only once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kaja.networks import answers, graph
from kaja.networks.contract import (
    Http,
    Outcome,
    Permanent,
    Picture,
    Post,
    Receipt,
    Retry,
    Sending,
    Session,
    Unknown,
)

CLOCKS = timedelta(minutes=5)  # how far two clocks may be apart
# A post may be missing in lists, and a container in questions, for so long after it was made.
LAG = timedelta(minutes=10)
# After so long a container that was not published is thrown away there.
LIFE = timedelta(hours=24)
PAGE, PAGES = 50, 5
# What a container that failed says when its picture could not be read, as against one that is not taken.
PASSING = ("FAILED", "UNKNOWN")


@dataclass(frozen=True)
class Steps:
    """How one network calls the two steps, and where its own words stand in a list of posts."""

    make: str
    publish: str
    status: str
    posts: str
    words: str
    link: str = ""


def shown(post: Post) -> tuple[Picture, ...]:
    """The pictures that a post shows itself; beside a link the network draws its own card."""
    return post.pictures or ((post.picture,) if post.picture and not post.link else ())


def fetchable(pictures: tuple[Picture, ...]) -> None:
    """Raises Permanent when the network could not fetch these from Kaja."""
    if not all(picture.address.startswith("https://") for picture in pictures):
        raise Permanent("no-public-address")


def make(http: Http, base: str, session: Session, steps: Steps, **fields: str) -> dict[str, Any]:
    """A container: what is stored before it is published."""
    made = graph.post(http, f"{base}/{session.external_id}/{steps.make}", access_token=_token(session), **fields)
    return {"container": answers.text(made, "id"), "made": datetime.now(UTC).isoformat()}


def publish(http: Http, base: str, session: Session, steps: Steps, sending: Sending) -> Receipt:
    """Publish the container, unless its status says that this has happened."""
    container = sending.prepared.get("container")
    if not container:
        raise Retry("not-ready", "The container is missing.", anew=True)
    status, words = _status(http, base, session, steps, sending)
    if status != "FINISHED":
        return _settled(http, base, session, steps, sending, status, words)
    address = f"{base}/{session.external_id}/{steps.publish}"
    made = graph.post(http, address, access_token=_token(session), creation_id=str(container))
    number = answers.text(made, "id")
    try:
        found = graph.get(http, f"{base}/{number}", fields="permalink", access_token=_token(session))
    except Outcome as outcome:  # It is out: nothing that goes wrong now may look as if it were not.
        raise Unknown("unreadable", f"The post {number} was made; its address is not known: {outcome}") from outcome
    return Receipt(number, _address(found))


def _settled(
    http: Http, base: str, session: Session, steps: Steps, sending: Sending, status: str, words: str
) -> Receipt:
    """What becomes of a container that cannot be published now."""
    if status == "IN_PROGRESS":
        raise Retry("still-processing", words, after=graph.SOON)
    if status == "EXPIRED":
        raise Retry("expired", words, anew=True)
    if status == "ERROR" and any(sign in words for sign in PASSING):
        raise Retry("picture-refused", words, after=timedelta(minutes=2), anew=True)
    if status == "ERROR":
        raise Permanent("picture-refused", words)
    if status == "" and _fresh(sending.prepared):
        raise Retry("still-processing", words, after=graph.SOON)
    if receipt := _listed(http, base, session, steps, sending):
        return receipt
    if status == "":
        raise Retry("expired", words, anew=True)
    if datetime.now(UTC) - sending.since < LAG:
        raise Unknown("unreadable", "It is published, and not in the list yet.")
    raise Permanent("gone-there", words)


def find(http: Http, base: str, session: Session, steps: Steps, sending: Sending) -> Receipt | None:
    """The post of this container; None when it certainly is not there."""
    if not sending.prepared.get("container"):
        return None  # it is stored before the call that publishes: without one there was no such call
    status, words = _status(http, base, session, steps, sending)
    if status in ("FINISHED", "IN_PROGRESS", "EXPIRED", "ERROR"):
        return None
    if receipt := _listed(http, base, session, steps, sending):
        return receipt
    # A container that is not known any more proves nothing by itself, until it would have ended anyway.
    if datetime.now(UTC) - sending.since < (LAG if status else LIFE):
        raise Unknown("unreadable", words or "It is not in the list yet.")
    return None


def _status(http: Http, base: str, session: Session, steps: Steps, sending: Sending) -> tuple[str, str]:
    """The container's status and what it says of an error; an empty one when the network knows it no more."""
    fields = f"{steps.status},error_message" if steps.status == "status" else f"{steps.status},status"
    address = f"{base}/{sending.prepared['container']}"
    try:
        found = graph.get(http, address, fields=fields, access_token=_token(session))
    except graph.Gone as gone:
        return "", gone.detail
    except Retry as outcome:
        if outcome.reason == "still-processing":
            return "", outcome.detail
        raise
    except Permanent as refused:
        raise Unknown("unreadable", refused.detail) from refused
    words = found.get("error_message") or found.get("status") or ""
    return answers.text(found, steps.status), str(words)


def _fresh(prepared: Mapping[str, Any]) -> bool:
    made = answers.moment(prepared.get("made"))
    return made is not None and datetime.now(UTC) - made < LAG


def _listed(http: Http, base: str, session: Session, steps: Steps, sending: Sending) -> Receipt | None:
    """The post among the account's own since the first attempt, newest first: by its link, else by its words."""
    since, after = sending.since - CLOCKS, ""
    fields = ",".join(filter(None, ("id", "permalink", "timestamp", steps.words, steps.link)))
    for _page in range(PAGES):
        asked = {"fields": fields, "limit": str(PAGE)} | ({"after": after} if after else {})
        answer = graph.get(
            http, f"{base}/{session.external_id}/{steps.posts}", access_token=_token(session), **asked
        )  # fmt: skip
        posts = graph.rows(answer)
        for one in posts:
            made = answers.moment(one.get("timestamp"))
            if made is None:
                raise Unknown("unreadable", str(one)[:300])
            if made < since:
                return None
            if same(str(one.get(steps.words) or ""), sending.post, str(one.get(steps.link) or "")):
                return Receipt(answers.text(one, "id"), _address(one))
        after = graph.next_page(answer)
        if not after:
            return None
    raise Unknown("too-many-posts")


def same(words: str, post: Post, link: str = "") -> bool:
    """Whether a post of these words and this attached link is ours: each share has a link of its own."""
    if not post.link:
        return words.split() == post.text.split()
    before, found, after = words.partition(post.link)
    return link == post.link or (bool(found) and not (after[:1].isalnum() or before[-1:].isalnum()))


def _address(found: Mapping[str, Any]) -> str:
    address = answers.text(found, "permalink")
    if not address.startswith(("https://", "http://")):
        raise Unknown("unreadable", str(found)[:300])
    return address


def insights(found: Mapping[str, Any]) -> dict[str, int]:
    """Figures by their names: of a post they stand as a total, or as the one value of a list."""
    told = {}
    for one in graph.rows(found):
        values = one.get("values")
        last = values[-1] if isinstance(values, list) and values else one.get("total_value")
        number = answers.number(last, "value") if isinstance(last, dict) else None
        if number is not None:
            told[str(one.get("name"))] = number
    return told


def _token(session: Session) -> str:
    return str(session.secrets["access"])

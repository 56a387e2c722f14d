"""Publishing in two steps, as Threads and Instagram do: a container that nobody sees, then the call that publishes it.

The container's id is stored before the second step. Its status then says whether that step happened: a lost answer is
no doubt for long, and nothing is published twice, since a container can be published only once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kaja.networks import answers, graph
from kaja.networks.contract import (
    Figures,
    File,
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
    gettext_noop,
)

CLOCKS = timedelta(minutes=5)  # how far two clocks may be apart
# A post may be missing in lists, and a container in questions, for so long after it was made.
LAG = timedelta(minutes=10)
# After so long a container that was not published is thrown away there.
LIFE = timedelta(hours=24)
PAGE, PAGES = 50, 5
ALT = 1000  # signs of a picture's words for who cannot see it
FETCHES = gettext_noop("Meta fetches pictures from Kaja, so that Kaja needs a public https address.")
# What a container that failed says when its picture could not be read, as against one that is not taken.
PASSING = ("FAILED", "UNKNOWN")


@dataclass(frozen=True)
class Steps:
    """How one network calls the two steps, where its own words stand in a list of posts, and its figures: our names of
    them by its own."""

    hosts: graph.Hosts
    make_at: str
    publish_at: str
    status: str
    posts: str
    words: str
    link: str = ""
    counts: Mapping[str, str] = field(default_factory=dict)

    def make(self, http: Http, session: Session, **fields: str) -> dict[str, Any]:
        """A container: what is stored before it is published."""
        address = f"{self.hosts.base}/{session.external_id}/{self.make_at}"
        made = graph.post(http, address, access_token=graph.token(session), **fields)
        return {"container": answers.text(made, "id"), "made": datetime.now(UTC).isoformat()}

    def show(
        self, http: Http, session: Session, text: str, pictures: tuple[Picture, ...], **kind: str
    ) -> dict[str, Any]:
        """A container with one picture, or with a row of them. Raises Permanent when the network could not fetch them
        from Kaja."""
        if not all(picture.address.startswith("https://") for picture in pictures):
            raise Permanent("no-public-address")
        words = {self.words: text}
        each = [kind | _fetched(one) for one in pictures]
        if len(each) == 1:
            return self.make(http, session, **words, **each[0])
        made = [self.make(http, session, is_carousel_item="true", **one) for one in each]
        children = ",".join(str(one["container"]) for one in made)
        return self.make(http, session, media_type="CAROUSEL", children=children, **words)

    def film(self, http: Http, session: Session, text: str, film: File, **kind: str) -> dict[str, Any]:
        """A container with a film, which the network comes for. Raises Permanent when it could not."""
        if not film.address.startswith("https://"):
            raise Permanent("no-public-address")
        return self.make(http, session, **{self.words: text}, video_url=film.address, **kind)

    def publish(self, http: Http, session: Session, sending: Sending) -> Receipt:
        """Publish the container, unless its status says that this has happened."""
        container = sending.prepared.get("container")
        if not container:
            raise Retry("not-ready", "The container is missing.", anew=True)
        status, words = self._status(http, session, sending)
        if status != "FINISHED":
            return self._settled(http, session, sending, status, words)
        address = f"{self.hosts.base}/{session.external_id}/{self.publish_at}"
        made = graph.post(http, address, access_token=graph.token(session), creation_id=str(container))
        number = answers.text(made, "id")
        try:
            found = graph.get(
                http, f"{self.hosts.base}/{number}", fields="permalink", access_token=graph.token(session)
            )
        except Outcome as outcome:  # It is out: nothing that goes wrong now may look as if it were not.
            raise Unknown("unreadable", f"The post {number} was made; its address is not known: {outcome}") from outcome
        return Receipt(number, _address(found))

    def _settled(self, http: Http, session: Session, sending: Sending, status: str, words: str) -> Receipt:
        """What becomes of a container that cannot be published now."""
        if status == "IN_PROGRESS":
            raise Retry("still-processing", words, after=graph.SOON)
        if status == "EXPIRED":
            raise Retry("expired", words, anew=True)
        if status == "ERROR" and any(sign in words for sign in PASSING):
            raise Retry(_refused(sending), words, after=timedelta(minutes=2), anew=True)
        if status == "ERROR":
            raise Permanent(_refused(sending), words)
        if status == "" and _fresh(sending.prepared):
            raise Retry("still-processing", words, after=graph.SOON)
        if receipt := self._listed(http, session, sending):
            return receipt
        if status == "":
            raise Retry("expired", words, anew=True)
        if datetime.now(UTC) - sending.since < LAG:
            raise Unknown("unreadable", "It is published, and not in the list yet.")
        raise Permanent("gone-there", words)

    def find(self, http: Http, session: Session, sending: Sending) -> Receipt | None:
        """The post of this container; None when it certainly is not there."""
        if not sending.prepared.get("container"):
            return None  # it is stored before the call that publishes: without one there was no such call
        status, words = self._status(http, session, sending)
        if status in ("FINISHED", "IN_PROGRESS", "EXPIRED", "ERROR"):
            return None
        if receipt := self._listed(http, session, sending):
            return receipt
        # A container that is not known any more proves nothing by itself, until it would have ended anyway.
        if datetime.now(UTC) - sending.since < (LAG if status else LIFE):
            raise Unknown("unreadable", words or "It is not in the list yet.")
        return None

    def _status(self, http: Http, session: Session, sending: Sending) -> tuple[str, str]:
        """The container's status and what it says of an error; an empty one when the network knows it no more."""
        fields = f"{self.status},error_message" if self.status == "status" else f"{self.status},status"
        address = f"{self.hosts.base}/{sending.prepared['container']}"
        try:
            found = graph.get(http, address, fields=fields, access_token=graph.token(session))
        except graph.Gone as gone:
            return "", gone.detail
        except Retry as outcome:
            if outcome.reason == "still-processing":
                return "", outcome.detail
            raise
        except Permanent as refused:
            raise Unknown("unreadable", refused.detail) from refused
        words = found.get("error_message") or found.get("status") or ""
        return answers.text(found, self.status), str(words)

    def _listed(self, http: Http, session: Session, sending: Sending) -> Receipt | None:
        """The post among the account's own since the first attempt, newest first: by its link, else by its words."""
        return answers.by_their_clock(
            http, sending.since - CLOCKS, lambda speak, since: self._among(speak, session, sending.post, since)
        )

    def _among(self, http: Http, session: Session, post: Post, since: datetime) -> Receipt | None:
        address = f"{self.hosts.base}/{session.external_id}/{self.posts}"
        fields = ",".join(filter(None, ("id", "permalink", "timestamp", self.words, self.link)))
        asked = {"fields": fields, "limit": str(PAGE), "access_token": graph.token(session)}
        for posts in graph.pages(http, address, PAGES, **asked):
            for one in posts:
                made = answers.moment(one.get("timestamp"))
                if made is None:
                    raise Unknown("unreadable", str(one)[:300])
                if made < since:
                    return None
                if same(str(one.get(self.words) or ""), post, str(one.get(self.link) or "")):
                    return Receipt(answers.text(one, "id"), _address(one))
        return None

    def figures(self, http: Http, session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
        assert session is not None
        asked = {"metric": ",".join(self.counts.values()), "access_token": graph.token(session)}

        def told(post_id: str) -> Figures:
            found = graph.insights(graph.get(http, f"{self.hosts.base}/{post_id}/insights", **asked))
            named: dict[str, Any] = {ours: found.get(theirs) for ours, theirs in self.counts.items()}
            return Figures(**named)

        return graph.figures(post_ids, told)


def _fetched(picture: Picture) -> dict[str, str]:
    """A picture as Meta wants to be told of it: it comes for it itself."""
    return {"image_url": picture.address} | ({"alt_text": picture.alt[:ALT]} if picture.alt else {})


def _refused(sending: Sending) -> str:
    return "file-refused" if sending.post.film else "picture-refused"


def _fresh(prepared: Mapping[str, Any]) -> bool:
    made = answers.moment(prepared.get("made"))
    return made is not None and datetime.now(UTC) - made < LAG


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

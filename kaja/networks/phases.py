"""A film in three phases, as a Facebook Page takes it: begun under a number, sent in parts, finished and thereby out.

The film has its number before anybody can see it, and the number is stored before the call that publishes. So no lost
answer is doubt for long: the film itself says how far it is, and it can be finished only once. An upload that was cut
off comes back as far as it got, and goes on from there: the network knows where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

from kaja.networks import answers, graph
from kaja.networks.contract import (
    File,
    Http,
    NeedsReconnect,
    Outcome,
    Permanent,
    Receipt,
    Retry,
    Sending,
    Session,
    Unknown,
)

FIELDS = "status,published,post_id"
PHASES = ("uploading_phase", "processing_phase", "publishing_phase")
BROKEN = {"error", "upload_failed", "expired"}
# So often the network may say that it wants other bytes, without one more arriving.
IDLE = 3
# For so long a film may be missing in questions after it was finished.
LAG = timedelta(minutes=10)


class Stage(Enum):
    """How far a film is by its own word."""

    WAITS = "waits"  # not whole, or not finished: nobody has seen it
    WORKS = "works"  # finished: it goes out as soon as the network is done with it
    OUT = "out"
    BROKEN = "broken"
    MISSING = "missing"  # not known there, or not yet


@dataclass(frozen=True)
class Phases:
    """How one network takes a film. `listed` looks for the post in the account's own list, by its words."""

    hosts: graph.Hosts
    edge: str
    listed: Callable[[Http, Session, Sending], Receipt | None]
    receipt: Callable[[str], Receipt]

    def prepare(self, http: Http, session: Session, film: File) -> dict[str, Any]:
        """The film under its number, as far as it got: cut off in the middle, `publish` goes on with it."""
        begun = self._say(http, session, "start", file_size=str(film.size))
        kept: dict[str, Any] = {
            "film": answers.text(begun, "video_id"), "session": answers.text(begun, "upload_session_id"),
            "span": graph.span(begun) or (0, film.size),
        }  # fmt: skip
        try:
            self._send(http, session, kept, film)
        except (Retry, Unknown, NeedsReconnect):
            return kept
        return kept

    def _say(self, http: Http, session: Session, phase: str, **fields: str) -> dict[str, Any]:
        address = f"{self.hosts.base}/{session.external_id}/{self.edge}"
        told = {"upload_phase": phase, "access_token": graph.token(session), **fields}
        try:
            return graph.post(http, address, **told)
        except graph.Gone:
            raise
        except Permanent as refused:
            raise _file(refused) from refused

    def _send(self, http: Http, session: Session, kept: dict[str, Any], film: File) -> None:
        """The parts that are missing, as the network names them; `kept` says how far it got."""
        idle = 0
        while kept["span"][0] != film.size:
            first, end = kept["span"]
            if not first < end <= film.size:
                raise Retry("unreadable", f"Bytes {first} to {end} are asked for, of {film.size}.", anew=True)
            wanted = self._part(http, session, str(kept["session"]), first, film.read(first, end))
            idle = 0 if wanted and wanted[0] > first else idle + 1
            if wanted is None or idle > IDLE:
                raise Retry("unreadable", f"After {end} bytes it is not said where to go on: {wanted}.")
            kept["span"] = wanted

    def _part(self, http: Http, session: Session, upload: str, first: int, content: bytes) -> tuple[int, int] | None:
        address = f"{self.hosts.base}/{session.external_id}/{self.edge}"
        fields = {
            "upload_phase": "transfer", "upload_session_id": upload, "start_offset": str(first),
            "access_token": graph.token(session),
        }  # fmt: skip
        say = partial(
            graph.upload, http, address, file=content, mime="application/octet-stream", fields=fields,
            name="film.mp4", part="video_file_chunk",
        )  # fmt: skip
        try:
            return graph.span(answers.again(say))
        except graph.Misplaced as elsewhere:
            return elsewhere.span
        except graph.Gone as gone:  # an upload that is not finished ends after a while
            raise Retry("expired", gone.detail, anew=True) from gone
        except Permanent as refused:
            raise _file(refused) from refused

    def publish(self, http: Http, session: Session, sending: Sending) -> Receipt:
        """Finish the film, unless it says itself that this has happened."""
        kept = dict(sending.prepared)
        try:
            stage, found = self._stage(http, session, kept)
        except Unknown as doubt:  # a look: no doubt about the post
            raise Retry(doubt.reason, doubt.detail) from doubt
        if stage in (Stage.WAITS, Stage.MISSING):
            self._finish(http, session, sending, kept)
            stage, found = self._after(http, session, kept)
        if stage is Stage.BROKEN:
            raise Permanent("file-refused", str(found)[:300])
        if receipt := self._receipt(http, session, sending, stage, found):
            return receipt
        # It goes out by itself: looked for, and never said again.
        raise Unknown("still-processing", str(found)[:300])

    def _finish(self, http: Http, session: Session, sending: Sending, kept: dict[str, Any]) -> None:
        film = sending.post.film
        if film is None:
            raise Retry("not-ready", "The film is missing.")
        try:
            self._send(http, session, kept, film)
        except Unknown as doubt:  # nobody has seen anything yet
            raise Retry(doubt.reason, doubt.detail) from doubt
        try:
            told = self._say(
                http, session, "finish", upload_session_id=str(kept["session"]), description=sending.post.text
            )
        except graph.Gone as gone:
            if self.listed(http, session, sending):
                raise Unknown("unreadable", gone.detail) from gone
            raise Retry("expired", gone.detail, anew=True) from gone
        if told.get("success") is not True:
            raise Unknown("unreadable", str(told)[:300])

    def _after(self, http: Http, session: Session, kept: Mapping[str, Any]) -> tuple[Stage, Mapping[str, Any]]:
        """How far the film is, once it was finished: whatever goes wrong with the question is doubt about the post."""
        try:
            return self._stage(http, session, kept)
        except Outcome as outcome:
            raise Unknown("still-processing", str(outcome)) from outcome

    def find(self, http: Http, session: Session, sending: Sending) -> Receipt | None:
        """The post of this film; None when it certainly is not there. Raises Retry while the network works on it."""
        stage, found = self._stage(http, session, sending.prepared)
        if stage in (Stage.WAITS, Stage.BROKEN):
            return None  # what is broken is refused for good when it is said again
        if receipt := self._receipt(http, session, sending, stage, found):
            return receipt
        if stage is not Stage.MISSING:
            raise Retry("still-processing", str(found)[:300], after=graph.SOON)
        if datetime.now(UTC) - sending.since < LAG:
            raise Unknown("unreadable", "The film is not known there yet.")
        return None

    def _receipt(
        self, http: Http, session: Session, sending: Sending, stage: Stage, found: Mapping[str, Any]
    ) -> Receipt | None:
        """The post of a film that is out. It names its post mostly; else the account's list does."""
        if stage is Stage.OUT and found.get("post_id"):
            number = answers.text(found, "post_id")
            return self.receipt(number if "_" in number else f"{session.external_id}_{number}")
        return self.listed(http, session, sending) if stage in (Stage.OUT, Stage.MISSING) else None

    def _stage(self, http: Http, session: Session, kept: Mapping[str, Any]) -> tuple[Stage, Mapping[str, Any]]:
        """How far the film is. Raises Unknown for anything that is not its own word."""
        address = f"{self.hosts.base}/{kept['film']}"
        try:
            found = graph.get(http, address, fields=FIELDS, access_token=graph.token(session))
        except graph.Gone as gone:
            return Stage.MISSING, {"said": gone.detail}
        except Permanent as refused:
            raise Unknown("unreadable", refused.detail) from refused
        status = found.get("status")
        said = status.get("video_status") if isinstance(status, dict) else None
        if not isinstance(status, dict) or not isinstance(said, str):
            raise Unknown("unreadable", str(found)[:300])
        _uploading, processing, publishing = (_phase(status, name) for name in PHASES)
        if said in BROKEN or "error" in (_uploading, processing, publishing):
            return Stage.BROKEN, found
        # Neither alone says it: a film is called published before it is, and ready before it is shown.
        if said == "ready" and found.get("published") is True and publishing in ("", "complete"):
            return Stage.OUT, found
        begun = said in ("processing", "ready") or processing not in ("", "not_started")
        return (Stage.WORKS if begun else Stage.WAITS), found


def _phase(status: Mapping[str, Any], name: str) -> str:
    """How one phase stands; empty when it is not told."""
    phase = status.get(name)
    return str(phase.get("status") or "") if isinstance(phase, dict) else ""


def _file(refused: Permanent) -> Permanent:
    """A refusal while a film is on its way is one of the film, unless it says otherwise."""
    return Permanent("file-refused", refused.detail) if refused.reason == "refused" else refused

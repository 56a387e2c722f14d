"""Delivery: claim a due share, say it once, write down the receipt (D5).

1. Claim by compare-and-set: `planned` and due becomes `sending` with a lease (claiming.py; which one next: places.py).
2. Choose the record key and freeze the payload; in one transaction see that nothing stops it, and write the attempt.
3. Call the network, outside of any transaction; where making it ready took time, look once more before.
4. In one transaction write the outcome, by compare-and-set.

A worker killed after 1 leaves a claim without an attempt: planned again. Killed after 2, 3 or before 4: nobody knows
whether it went out, so it is `unknown` and looked for by its key. Nothing is ever sent again blindly. Whatever goes
wrong before the call (a dead token, a picture that cannot be read) is certain to have had no effect. A crisis stops
what is claimed and not yet called (`prepare`, `stopped`): it is held, not sent.
"""

from __future__ import annotations

import logging
import time
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from kaja.content import media, previews
from kaja.jobs import facts
from kaja.links import minting
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import (
    File,
    Http,
    Limits,
    NeedsReconnect,
    Network,
    OutOfCredits,
    Permanent,
    Picture,
    Post,
    Receipt,
    Request,
    Response,
    Retry,
    Session,
    Unknown,
)
from kaja.sharing import attempts, claiming, credit, onhold, posted, sent, shares, spending, stops
from kaja.sharing.claiming import ours
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State
from kaja.sharing.stops import Stop

log = logging.getLogger(__name__)
ATTEMPTS = 8
# After an attempt that did nothing: doubled with each, at most an hour.
PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
# So long after the attempt was written it is looked once more whether anything stops the post, just before it is sent.
LOOK_AGAIN = timedelta(seconds=0.25)
# The pauses, in seconds, after which an end is written down again that the database did not take.
SETTLE_AGAIN = (0.2, 1.0, 5.0)

Ended = Receipt | Retry | Permanent | NeedsReconnect | Unknown


def deliver(share_id: int, *, worker: str) -> None:
    """Bring one due share out, if it is still to be had."""
    for share in claiming.claim([share_id], worker=worker):
        carry_out(share)


def carry_out(share: Share) -> None:
    """Bring a claimed share out."""
    attempt = prepare(share)
    outcome = _ended(share, attempt) if attempt else None
    if attempt and outcome:
        settle(share, attempt, outcome)


def _ended(share: Share, attempt: Attempt) -> Ended | None:
    """Say it, and tell how that ended; None when the last look stopped it. Never raises: once the call has begun, every
    doubt is Unknown."""
    network = shares.network_of(share)
    try:
        post = _post(share, network)
    except Exception as error:  # nothing has left yet, so that trying again is safe
        log.exception("Share %s could not be made ready", share.pk)
        return Retry("not-ready", f"{type(error).__name__}: {error}")
    try:
        return _call(share, attempt, network, post)
    except _Stopped:
        return None
    except (Retry, Permanent, NeedsReconnect, Unknown) as outcome:
        return outcome
    except Exception as error:  # the call had begun: whatever went wrong in us, the post may be out
        log.exception("Share %s ended in an unforeseen way", share.pk)
        return Unknown("unforeseen", f"{type(error).__name__}: {error}")


def prepare(share: Share) -> Attempt | None:
    """Store key, payload and attempt before the first byte leaves; None when something stops it (stops.py), or the
    claim was lost meanwhile. What can be read beforehand is: nobody else writes to SQLite while this transaction
    lasts."""
    stop = stops.of(share)
    if stop is None:
        api = BY_KEY[share.network].api
        if not share.record_key and api and api.new_record_key:
            share.record_key = api.new_record_key()
        if share.payload is None:
            share.payload = _frozen(share)
    with transaction.atomic():
        if stop := stop or stops.at_last(share):
            _stop(share, stop)
            return None
        return attempts.begin(share)


class _Stopped(Exception):
    """The last look before the call stopped it."""


def stopped(share: Share, attempt: Attempt) -> bool:
    """The last look, where some time has passed before the post itself can be sent (a film was carried up, a machine
    slept): a crisis that began meanwhile still stops it, and so does a lease that ended, since others look for the post
    by now."""
    mine = Share.objects.filter(ours(share), pk=share.pk, lease_until__gt=timezone.now())
    if not mine.exists():
        return True
    if not onhold.stops(share):
        return False
    stop = stops.held()
    with transaction.atomic():
        _stop(share, stop)
        attempts.end(attempt, outcome="stopped", reason=stop.reason, at=timezone.now())
    return True


def _stop(share: Share, stop: Stop) -> None:
    """Cancel or hold what this claim has in its hands."""
    changed = shares.step(share, stop.after, only=ours(share), reason=stop.reason, lease_until=None, **stop.fields)
    if changed and stop.told:
        facts.record("share.held", share=share.pk)


def _frozen(share: Share) -> dict[str, object]:
    card = previews.resolve(share.item, share.network, share.item.previews.all())
    link = minting.address(share.link) if share.link else ""
    network = BY_KEY[share.network]
    pictures, file, reshares = posted.pictures(share.item, network), posted.file(share.item, network), ""
    if not share.link:
        reshares = posted.reshares(share.item, network)
    spend = spending.of(network, share.text, link, pictures)
    return {
        "text": share.text,
        "link": link,
        "title": card.title,
        "description": card.text[:300],
        "language": share.language,
        "created_at": timezone.now().isoformat(),
        "picture": card.image.pk if card.image and not reshares else None,
        "pictures": [media.pk for media in pictures],
        "file": file.pk if file else None,
        "reshares": reshares,
        # By the prices of now: later ones change nothing of what was paid.
        "cost": str(spend.dollars) if spend else None,
    }


def _call(share: Share, attempt: Attempt, network: Network, post: Post) -> Receipt:
    if share.account is None or network.api is None:
        raise NeedsReconnect("not-connected")
    speak, api = _awake(share, connecting.http(network)), network.api

    def say(session: Session) -> Receipt:
        prepared = _prepared(share, speak, session, post)
        if timezone.now() - attempt.started_at > LOOK_AGAIN and stopped(share, attempt):
            raise _Stopped
        begun = attempt.started_at if attempt.number == 1 else None
        return api.publish(speak, session, replace(sent.sending(share, post, begun=begun), prepared=prepared))

    return connecting.speaking(share.account, say, just_read=True)  # with the claim


def _awake(share: Share, speak: Http) -> Http:
    """Each call carries the lease on: an upload in many parts may take longer than one lease. Whoever has lost the
    claim meanwhile is stopped where what was prepared is stored."""
    ends = share.lease_until or timezone.now()

    def call(request: Request) -> Response:
        nonlocal ends
        now = timezone.now()
        if ends - now < claiming.LEASE - timedelta(seconds=30):
            ends = now + claiming.LEASE
            Share.objects.filter(ours(share), pk=share.pk).update(lease_until=ends)
        return speak(request)

    return call


def _prepared(share: Share, speak: Http, session: Session, post: Post) -> dict[str, Any]:
    """What has to be there before the post, stored before the call that publishes. Nobody sees it yet, so that doubt
    is only a reason to try again."""
    api, payload = BY_KEY[share.network].api, share.payload or {}
    if api is None or api.prepare is None:
        return {}
    if "prepared" not in payload:
        try:
            payload["prepared"] = api.prepare(speak, session, post)
        except Unknown as doubt:
            raise Retry(doubt.reason, doubt.detail) from doubt
        share.payload = payload
        if not Share.objects.filter(ours(share), pk=share.pk).update(payload=payload):
            raise Retry("claim-lost")
    return dict(payload["prepared"])


def _post(share: Share, network: Network) -> Post:
    frozen, limits = share.payload or {}, network.limits
    picture, pictures = None, []
    file = _file(int(frozen["file"])) if frozen.get("file") else None
    if limits and not file and limits.picture_bytes:
        shown = frozen.get("pictures", [])
        pictures = [_picture(int(number), limits) for number in shown]
        if frozen.get("picture") and not pictures:
            picture = _picture(int(frozen["picture"]), limits)
    return Post(
        text=frozen["text"],
        link=frozen["link"],
        link_title=frozen["title"],
        link_description=frozen["description"],
        language=frozen["language"],
        created_at=datetime.fromisoformat(frozen["created_at"]),
        picture=picture,
        pictures=tuple(one for one in pictures if one is not None),
        film=file if file and file.mime.startswith("video/") else None,
        document=file if file and not file.mime.startswith("video/") else None,
        reshares=frozen.get("reshares", ""),
    )


def _file(number: int) -> File:
    """A film or document as a connector takes it. Raises RuntimeError when its row is gone: a post without what it is
    about is not what its person wanted."""
    kept = media.find(number)
    if kept is None:
        raise RuntimeError(f"The file {number} is not there any more.")
    return File(
        mime=kept.mime, size=media.length(kept), title=(kept.name or kept.alt)[:200], alt=kept.alt, width=kept.width,
        height=kept.height, seconds=kept.seconds or 0, address=media.fetched(kept),
        read=lambda start, end: media.part(kept, start, end),
    )  # fmt: skip


def _picture(number: int, limits: Limits) -> Picture | None:
    kept = media.find(number)
    if kept is None:
        return None
    content, width, height = media.for_network(kept, most_bytes=limits.picture_bytes)
    return Picture(content, "image/jpeg", kept.alt[: limits.alt], width, height, f"{settings.BASE_URL}{kept.jpeg_path}")


def settle(share: Share, attempt: Attempt, outcome: Ended) -> None:
    """Write down how the call ended. A database that fails meanwhile is tried again for a while: what the network said
    is known to nobody else."""
    for pause in SETTLE_AGAIN:
        try:
            return _settle(share, attempt, outcome)
        except OperationalError:
            log.warning("Share %s: the database did not take how its call ended; once more", share.pk, exc_info=True)
            close_old_connections()
            time.sleep(pause)
    return _settle(share, attempt, outcome)


@transaction.atomic
def _settle(share: Share, attempt: Attempt, outcome: Ended) -> None:
    """A receipt counts even when the lease had run out meanwhile; any other end counts only while the share is still in
    the hands of this claim. Rows are taken in one order everywhere, account, share, attempt: two never wait for each
    other."""
    now = timezone.now()
    ended = "published" if isinstance(outcome, Receipt) else type(outcome).__name__.lower()
    reason, detail = ("", "") if isinstance(outcome, Receipt) else (outcome.reason, outcome.detail)
    if isinstance(outcome, Receipt):
        published(share, outcome, at=now)
    else:
        _failed(copy(share), outcome, now=now)  # as it is, should it have to be written once more
    attempts.end(attempt, outcome=ended, reason=reason, detail=detail, at=now)


def _failed(share: Share, outcome: Retry | Permanent | NeedsReconnect | Unknown, *, now: datetime) -> None:
    """What becomes of a share whose call was no success, or none that is known."""
    reason, detail = outcome.reason, outcome.detail
    fields: dict[str, Any] = {"only": ours(share), "reason": reason, "detail": detail, "lease_until": None}
    if isinstance(outcome, Retry) and outcome.anew and share.payload:
        share.payload.pop("prepared", None)
        fields["payload"] = share.payload
    if isinstance(outcome, OutOfCredits):
        credit.gone(share=share, **fields)
    elif isinstance(outcome, Retry) and reason == connecting.NO_APP:  # the company's keys went while it was under way
        shares.step(share, State.HELD, **fields, attempts=F("attempts") - 1)
    elif isinstance(outcome, Retry) and share.attempts < ATTEMPTS:
        shares.step(share, State.PLANNED, not_before=now + _pause(share.attempts, outcome.after), **fields)
    elif isinstance(outcome, Unknown):
        if shares.step(share, State.UNKNOWN, **fields):
            facts.record("share.unknown", share=share.pk)
    elif isinstance(outcome, NeedsReconnect):
        if share.account is None or connecting.broken(account=share.account, reason=detail or reason):
            shares.step(share, State.HELD, **fields | {"reason": "account"})
        else:  # connected anew while we were speaking: nothing went out, and the new permission works
            shares.step(share, State.PLANNED, not_before=now + _pause(1, None), **fields | {"reason": ""})
    elif shares.step(share, State.FAILED, **fields):
        facts.record("share.failed", share=share.pk)


def published(share: Share, receipt: Receipt, *, at: datetime) -> None:
    """It is out since `at`, and the network says so; also when a click or its person had said so before."""
    if attempts.published(share, receipt, at=at) or _proven(share, receipt):
        facts.record("share.published", share=share.pk)
        if credit.waits(share.network):
            facts.record("credits.back", share=share.pk)


def _proven(share: Share, receipt: Receipt) -> bool:
    """Its person or a click said before that it is out: the network's own word adds the post's id. False when it is not
    so."""
    said = Share.objects.filter(pk=share.pk, state=State.PUBLISHED, post_id="")
    proof = {"post_id": receipt.post_id, "post_url": receipt.url, "confirmed": Share.Confirmed.NETWORK}
    return bool(said.update(**proof))


def _pause(attempts: int, wished: timedelta | None) -> timedelta:
    """Ten seconds, doubled with each attempt, at most an hour; longer when the network wishes."""
    own: timedelta = min(PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    return max(own, wished) if wished else own


def release_tomorrow() -> None:
    """What waited because its account had enough posts that day goes on when the next day has come. Scheduled."""
    waiting = Share.objects.filter(state=State.HELD, reason="cap", not_before__lte=timezone.now())
    waiting.update(state=State.PLANNED, reason="", updated_at=timezone.now())


def hold(account: int) -> None:
    """Consequence: the account does not work, so what is planned for it waits instead of failing."""
    Share.objects.filter(account=account, state=State.PLANNED).update(
        state=State.HELD, reason="account", updated_at=timezone.now()
    )


@transaction.atomic
def release(account: int) -> None:
    """Consequence: the account works again. What waited for it goes on, what was unknown can be looked for again."""
    mine = Share.objects.filter(account=account)
    mine.filter(state=State.HELD, reason="account").update(state=State.PLANNED, reason="", updated_at=timezone.now())
    for share in mine.filter(state=State.UNKNOWN).values_list("pk", flat=True):
        facts.record("share.unknown", share=share)

"""Attempts: what is written down for every single post before its call and after it.

Written as it goes to the database: a burst writes these rows ten thousand times, and to compose each statement anew
costs more than the database needs for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from kaja.networks.contract import Receipt
from kaja.sharing import states
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State


def begin(share: Share) -> Attempt | None:
    """Freeze key and words of a claimed share, and write that a call to its network begins now. None when the claim is
    lost. Call it inside a transaction."""
    attempt = Attempt(share=share, worker=share.worker, started_at=timezone.now())
    payload = connection.ops.adapt_json_value(share.payload, None)
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE, [share.record_key, payload, share.pk, State.SENDING, share.worker, share.attempts])
        if not cursor.rowcount:
            return None
        cursor.execute(_BEGIN, [share.pk, attempt.worker, _time(attempt.started_at), share.pk])
        attempt.pk, attempt.number = cursor.fetchone()
    return attempt


def end(attempt: Attempt, *, outcome: str, reason: str = "", detail: str = "", at: datetime) -> None:
    """Write how the call of an attempt ended."""
    with connection.cursor() as cursor:
        cursor.execute(_END, [_time(at), outcome, reason, detail, attempt.pk])


def published(share: Share, receipt: Receipt, *, at: datetime) -> bool:
    """Bring a share into `published` by its network's receipt, from wherever that counts (states.py); false when it is
    elsewhere. Only the row changes, not `share`. Call it inside the transaction that records what follows."""
    proof = [receipt.post_id, receipt.url, Share.Confirmed.NETWORK]
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, [State.PUBLISHED, *[_time(at)] * 2, *proof, share.pk, *_BEFORE])
        return bool(cursor.rowcount)


def _time(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


_FREEZE = """
    UPDATE sharing_share SET record_key = %s, payload = %s
    WHERE id = %s AND state = %s AND worker = %s AND attempts = %s
"""
_BEGIN = """
    INSERT INTO sharing_attempt (share_id, number, worker, started_at, outcome, reason, detail)
    SELECT %s, COALESCE(MAX(number), 0) + 1, %s, %s, '', '', '' FROM sharing_attempt WHERE share_id = %s
    RETURNING id, number
"""
_END = "UPDATE sharing_attempt SET finished_at = %s, outcome = %s, reason = %s, detail = %s WHERE id = %s"
_BEFORE = sorted(states.before(State.PUBLISHED))
_PUBLISHED = f"""
    UPDATE sharing_share
    SET state = %s, updated_at = %s, published_at = %s, post_id = %s, post_url = %s, confirmed = %s,
        reason = '', detail = '', lease_until = NULL
    WHERE id = %s AND state IN ({", ".join(["%s"] * len(_BEFORE))})
"""  # noqa: S608

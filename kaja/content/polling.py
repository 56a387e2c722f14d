"""When a feed is read again: as often as it wishes, later when it fails, at once never (A5).

RFC 9111 (Cache-Control), RFC 9110 (Retry-After), RSS 2.0 (ttl, skipHours). Nothing here waits or asks; it says when.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A server that asks for more patience than this is asked once a week all the same.
LONGEST_PATIENCE = timedelta(days=7)
JITTER = 0.1


def usual(
    now: datetime,
    *,
    headers: Mapping[str, str] | None = None,
    ttl: int = 0,
    skip_hours: frozenset[int] = frozenset(),
    chance: random.Random | None = None,
) -> datetime:
    """The next reading after a good one: an hour later, or as long as the server or the feed (`ttl`, minutes) says,
    at most a day; past the hours (GMT) that the feed wants to be left alone in."""
    wait = max(HOUR, _max_age(headers or {}), timedelta(minutes=ttl))
    then = now + _spread(min(wait, DAY), chance)
    for _hour in range(24):
        if then.astimezone(UTC).hour not in skip_hours or len(skip_hours) >= 24:
            break
        then = then.replace(minute=0, second=0, microsecond=0) + HOUR
    return then


def after_failure(
    now: datetime, *, failures: int, headers: Mapping[str, str] | None = None, chance: random.Random | None = None
) -> datetime:
    """The next attempt after the `failures`th failure in a row: two hours, four, up to a day; or as the server said."""
    asked = retry_after(headers or {}, now)
    if asked is not None:
        return now + asked
    return now + min(_spread(HOUR * 2 ** min(failures, 5), chance), DAY)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks to be left alone (seconds or a date); None when it does not say, or says nonsense."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", said, re.ASCII):
        wait = timedelta(seconds=int(said))
    else:
        try:
            until = parsedate_to_datetime(said)
        except (ValueError, TypeError, IndexError):
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(minutes=1)), LONGEST_PATIENCE)


def _max_age(headers: Mapping[str, str]) -> timedelta:
    found = re.search(r"(?:^|[\s,])max-age=\"?(\d{1,9})", headers.get("cache-control", "").lower(), re.ASCII)
    return timedelta(seconds=int(found[1])) if found else timedelta()


def _spread(wait: timedelta, chance: random.Random | None) -> timedelta:
    """A little more or less, so that feeds added together are not read together for ever."""
    drawn = (chance or random).uniform(1 - JITTER, 1 + JITTER)
    return wait * drawn

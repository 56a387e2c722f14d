"""Calm: colleagues who share one story are spread apart, and an account has enough after some posts a day (L10).

Networks punish what looks coordinated, and readers tire of it. Of one story on one network Kaja posts at most
`spread_most` in any `spread_minutes`; who comes later is moved to the first moment with room, never earlier, and never
farther than `FARTHEST`. Where there is no room within that the person is told, and chooses. Posts by dialog are not
moved: their people press the button themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.content.models import Item
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people import company
from kaja.sharing import clock
from kaja.sharing.models import Share
from kaja.sharing.states import State

# A share for now waits some minutes at most; one for later may be moved by an hour.
SOON, FARTHEST = timedelta(minutes=15), timedelta(minutes=60)
# What takes up room: planned, on its way, out, or perhaps out.
OUT = (State.SENDING, State.PUBLISHED, State.UNKNOWN, State.REMOVED)


@dataclass(frozen=True)
class Place:
    """The moment a share goes out, and how many of the same story go out around the moment that was wished."""

    at: datetime
    beside: int


def first_with_room(
    wished: datetime, taken: Sequence[datetime], *, most: int, window: timedelta, farthest: timedelta
) -> datetime | None:
    """The first moment from `wished` on at which one more keeps every `window` at `most`; None when there is none
    within `farthest`. Room only ever begins at `wished` or a whole window after somebody else's moment."""
    times = sorted(taken)
    for moment in sorted({wished, *(one + window for one in times if one + window > wished)}):
        if moment - wished > farthest:
            return None
        if _fits(moment, times, most, window):
            return moment
    return None


def _fits(moment: datetime, times: Sequence[datetime], most: int, window: timedelta) -> bool:
    near = sorted([one for one in times if abs(one - moment) < window] + [moment])
    return all(last - first >= window for first, last in zip(near, near[most:], strict=False))


def place(*, item: Item, network: str, wished: datetime, but: int | None = None) -> Place:
    """Where a share of this item fits in. Call it inside the transaction that stores the share: the item's row is
    held, so that two at once do not take the same room.

    `but` is a share that is moved and does not stand in its own way. Raises ValidationError (code "crowd") when there
    is no room near the wished moment.
    """
    Item.objects.select_for_update().filter(pk=item.pk).values_list("pk").first()
    rules = company.current()
    window = timedelta(minutes=rules.spread_minutes)
    farthest = SOON if wished <= timezone.now() + timedelta(minutes=1) else FARTHEST
    if item.live_until is not None:
        farthest = min(farthest, item.live_until - wished)
    near = (
        Share.objects.filter(item=item, network=network, way=Share.Way.API, state__in=(State.PLANNED, *OUT))
        .exclude(pk=but or 0)
        .annotate(moment=Coalesce("published_at", "not_before"))
        .filter(moment__gt=wished - window, moment__lt=wished + farthest + window)
    )
    taken = list(near.values_list("moment", flat=True))
    beside = sum(abs(one - wished) < window for one in taken)
    if not rules.spread_most:
        return Place(wished, beside)
    at = first_with_room(wished, taken, most=rules.spread_most, window=window, farthest=farthest)
    if at is None:
        raise ValidationError(
            _(
                "%(n)d colleagues share this story on %(network)s about then. Choose a later time, or your queue:"
                " readers would meet the same story too often."
            )
            % {"n": len(taken), "network": BY_KEY[network].name},
            code="crowd",
        )
    return Place(at, beside)


# --- an account's day -----------------------------------------------------------------------------------------------
def posts_on(account: ConnectedAccount, moment: datetime, *, but: int | None = None) -> int:
    """How many posts an account has on the day of `moment`, planned ones too."""
    begins, ends = clock.day_of(moment, clock.zone_of(account.person))
    rows = Share.objects.filter(account=account, state__in=(State.PLANNED, *OUT)).exclude(pk=but or 0)
    moments = rows.annotate(moment=Coalesce("published_at", "not_before"))
    return moments.filter(moment__gte=begins, moment__lt=ends).count()


def keep_to_cap(account: ConnectedAccount, moment: datetime, *, but: int | None = None) -> None:
    """Raise ValidationError (code "cap") when the account has enough posts on the day of `moment`."""
    cap = company.current().daily_cap
    if posts_on(account, moment, but=but) >= cap:
        raise ValidationError(
            ngettext(
                "%(n)d post a day is enough for one account: that day has it. Choose another day, or your queue.",
                "%(n)d posts a day are enough for one account: that day has them. Choose another day, or your queue.",
                cap,
            )
            % {"n": cap},
            code="cap",
        )


def tomorrow(account: ConnectedAccount, moment: datetime) -> datetime:
    """The same time on the next day of the account's person, as their clock shows it."""
    zone = clock.zone_of(account.person)
    local = moment.astimezone(zone)
    return clock.at(local.date() + timedelta(days=1), local.time(), zone)


def standing(account: ConnectedAccount, *, but: int) -> tuple[bool, bool]:
    """Whether the account has gone out often enough today, the share `but` aside, and whether a crisis lasts. One
    query, before every single post, so that it is written as it goes to the database. Ask it while the account's row is
    held, so that two workers do not both take the last place."""
    begins, ends = clock.day_of(timezone.now(), clock.zone_of(account.person))
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [account.pk, but, *map(connection.ops.adapt_datetimefield_value, (begins, ends))])
        out, crises = cursor.fetchone()
    return bool(out >= company.current().daily_cap), bool(crises)


# What has certainly gone out of an account within a day, or may have: a frozen payload means that the call began.
_STANDING = """
    SELECT COUNT(*), (SELECT COUNT(*) FROM sharing_crisis WHERE lasting)
    FROM sharing_share WHERE account_id = %s AND id <> %s
    AND (state IN ('published', 'removed') OR (state IN ('sending', 'unknown') AND payload IS NOT NULL))
    AND COALESCE(published_at, not_before) >= %s AND COALESCE(published_at, not_before) < %s
"""

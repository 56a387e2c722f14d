"""Which posts a crisis holds: everything, a topic or a campaign in one statement; certain words slice by slice.

To find words every open post has to be read: SQL knows neither endings nor disguises (docs/decisions/finding-words.md).
So a crisis about words takes effect with its row, which delivery asks for at the last moment (`onhold.stops`), and what
is held is marked afterwards. A slice is read outside of any transaction and written down in a short one, together with
how far the search has come: nobody waits long for it, and killed anywhere it goes on where it was. After the last post
it begins anew as long as the crisis lasts, since a story may get another title meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from kaja.audit import lines
from kaja.sharing import naming, onhold
from kaja.sharing.models import Attempt, Crisis, Share
from kaja.sharing.states import State

# So many posts are read, and at most so many held, in one transaction.
SLICE = 500
# How long a search goes on, in seconds: while somebody waits for the beginning, or for the end; in one turn of a job.
FIRST, LAST, TURN = 1.0, 5.0, 2.0

# What a crisis stops: plans, and what waits for an account; not what waits for its person's other words.
WAITS = Q(state=State.PLANNED) | Q(state=State.HELD, reason="account")
HELD = Q(state=State.HELD, reason=onhold.REASON)
OPEN = (State.PLANNED, State.HELD, State.SENDING, State.UNKNOWN)
_OPEN_TRY = Exists(Attempt.objects.filter(share=OuterRef("pk"), finished_at=None))
_READ = ("pk", "text", "link__slug", "item__title")


def at_once(crisis: Crisis) -> None:
    """What has to happen in the transaction in which it begins; `held` and `under_way` are counted. Of words that is
    what is in the hands of workers; nothing else goes out before it is asked about. An exercise only counts."""
    if crisis.only == Crisis.Only.WORDS:
        crisis.to_look = Share.objects.filter(state__in=OPEN).count()
        sending = Share.objects.filter(state=State.SENDING)
        list(sending.select_for_update().order_by("pk").values_list("pk", flat=True))
        _name(crisis, list(naming.among(crisis.phrases, sending.values_list(*_READ))))
    crisis.held = Share.objects.filter(WAITS, crisis.items).count() if crisis.practice else hold(crisis)
    crisis.under_way = under_way(crisis).count()
    crisis.save(update_fields=["held", "under_way", "to_look"])


def hold(crisis: Crisis, among: Collection[int] | None = None) -> int:
    """Hold every plan that it is about, of all or `among` these, and every claim whose call has not begun. How many.

    First the rows are locked: a worker about to write its attempt has either written it, which is then seen below, or
    finds its claim gone.
    """
    fields: dict[str, Any] = {
        "state": State.HELD, "reason": onhold.REASON, "detail": "", "lease_until": None, "updated_at": timezone.now()
    }  # fmt: skip
    rows = Share.objects.filter(crisis.items if among is None else Q(pk__in=among))
    sending = rows.filter(state=State.SENDING)
    list(sending.select_for_update().order_by("pk").values_list("pk", flat=True))
    claimed = sending.filter(~_OPEN_TRY).update(**fields)
    return claimed + rows.filter(WAITS).update(**fields)


def under_way(crisis: Crisis) -> QuerySet[Share]:
    """What a network is being told at this moment."""
    return Share.objects.filter(_OPEN_TRY, crisis.items, state=State.SENDING)


def look_on(crisis: Crisis, *, seconds: float) -> bool:
    """Search on for so long, a slice at least, at most to the last open post: whether every post has been looked at
    once by then. The row has the new figures. Of a crisis about anything else there is nothing to search."""
    if crisis.only != Crisis.Only.WORDS:
        return True
    ends = time.monotonic() + seconds
    while _slice(crisis) and time.monotonic() < ends:
        pass
    return not crisis.searching


def _slice(crisis: Crisis) -> bool:
    """Read a slice and write down what was found; false after the last one, or when there is nothing to search any
    more. What somebody else has read meanwhile is theirs, and counted by them."""
    rows = Share.objects.filter(state__in=OPEN, pk__gt=crisis.looked_to).order_by("pk")
    some = list(rows.values_list(*_READ)[:SLICE])
    found, last, anew = list(naming.among(crisis.phrases, some)), len(some) < SLICE, not crisis.searching
    come: dict[str, Any] = {"looked_to": 0 if last else some[-1][0]}
    if not anew:
        come |= {"looked": F("looked") + len(some)} | ({"searched_at": timezone.now()} if last else {})
    here = Crisis.objects.filter(Q(lasting=True) | Q(practice=True), pk=crisis.pk)
    with transaction.atomic():
        if mine := bool(here.filter(looked_to=crisis.looked_to, searched_at=crisis.searched_at).update(**come)):
            here.update(held=F("held") + _marked(crisis, found))
        crisis.refresh_from_db()
        if mine and last and not anew:
            lines.write(actor=None, verb="crisis.searched", on=crisis, looked=crisis.looked, held=crisis.held)
    return bool(crisis.looked_to) and bool(crisis.lasting or crisis.practice)


def _name(crisis: Crisis, found: Collection[int]) -> None:
    """Remember that the words stand in these. Safe to run twice; what was found stays."""
    through = Crisis.named.through
    rows = [through(crisis_id=crisis.pk, share_id=number) for number in found]
    through.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _marked(crisis: Crisis, found: Collection[int]) -> int:
    """Name these and hold them, or only name them in an exercise. How many more are held now, or would be; what was due
    before the search came there has been held by delivery."""
    known = Crisis.named.through.objects.filter(crisis=crisis.pk, share__in=found).values_list("share", flat=True)
    fresh = set(found) - set(known)
    _name(crisis, fresh)
    if crisis.practice:
        return Share.objects.filter(WAITS, pk__in=fresh).count()
    return Share.objects.filter(HELD, pk__in=fresh).count() + hold(crisis, found) if found else 0

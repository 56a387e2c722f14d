"""Liis has a queue: two times on weekdays, one on Wednesday, and two things in it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from kaja.content.models import Item
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import timing
from kaja.sharing.models import QueueSlot

WORKDAYS = (0, 1, 2, 3, 4)


def write(crew: list[Person], items: list[Item], *, now: datetime) -> None:
    """Slots and two planned sandbox posts, by the verbs a person uses."""
    liis = next(person for person in crew if person.first_name == "Liis")
    account = ConnectedAccount.objects.filter(person=liis, network="sandbox").first()
    if account is None:
        return
    timing.add(person=liis, weekdays=WORKDAYS, at=time(9, 10))
    timing.add(person=liis, weekdays=(0, 1, 3), at=time(16, 40), why=QueueSlot.Why.USUAL)
    timing.add(person=liis, weekdays=(2,), at=time(18, 5), network=account.network)
    put = 0
    mine = Item.objects.live().for_person(liis).filter(category__shareable=True, pk__in=[one.pk for one in items])
    for item in mine.filter(captions__isnull=False).distinct().order_by("-live_until", "pk"):
        if item.live_until and item.live_until < max(now, timezone.now()) + timedelta(days=6):
            continue
        caption = item.captions.filter(language=liis.languages[0]).first() or item.captions.first()
        if caption is None:
            continue
        timing.into_queue(person=liis, item=item, account=account, text=caption.text, caption=caption)
        if (put := put + 1) == 2:
            return

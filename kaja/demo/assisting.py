"""Helena has named Kadri as her delegate, who has prepared two posts for her approval: one for her own account, one for
that and the company's page too, so that she can leave one out."""

from __future__ import annotations

import contextlib
from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from kaja.content.models import Item
from kaja.networks import connecting, sandbox
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Connected
from kaja.people import delegations
from kaja.people.models import Person
from kaja.sharing import clock, delegates
from kaja.sharing.models import Preparation

NOTES = ("A word from you would mean a lot to the team.", "")
OPENING = {"en": "I am proud of these people.", "et": "Olen nende inimeste üle uhke."}


def write(crew: list[Person], *, now: datetime) -> None:
    """The delegation and two preparations, by the verbs that people use: for tomorrow morning, and for as soon as it is
    approved."""
    named = {person.first_name: person for person in crew[:14]}
    helena, kadri = named["Helena"], named["Kadri"]
    delegations.name(person=helena, delegate=kadri, last_day=delegations.today() + timedelta(days=90))
    account = connecting.accounts(helena).filter(network="sandbox").first()
    account = account or connecting.connect_instantly(person=helena, network=BY_KEY["sandbox"])
    token = {"token": sandbox.token("sandbox:nordwind")}
    page = Connected("sandbox:nordwind", "nordwind", "Nordwind Robotics", token)
    both = [account, connecting.keep(person=helena, network=BY_KEY["sandbox"], connected=page)]
    zone = clock.zone_of(helena)
    tomorrow = clock.at(timezone.now().astimezone(zone).date() + timedelta(days=1), time(9, 10), zone)
    plans = [(Preparation.When.AT, tomorrow), (Preparation.When.NOW, None)]
    lasting = delegates.items(helena).filter(captions__isnull=False, kind=Item.Kind.LINK).distinct()
    for item in lasting.order_by("-live_from", "pk"):
        if not plans:
            return
        caption = item.captions.filter(language=helena.languages[0]).first() or item.captions.first()
        if caption is None or (item.live_until and item.live_until < max(now, tomorrow) + timedelta(days=3)):
            continue
        when, at = plans[0]
        with contextlib.suppress(ValidationError):  # Too many share this story just now: the next one.
            delegates.prepare(
                person=kadri, executive=helena, item=item, accounts=both[: 3 - len(plans)],
                text=f"{OPENING.get(caption.language, '')} {caption.text}".strip(), caption=caption, when=when, at=at,
                note=NOTES[2 - len(plans)],
            )  # fmt: skip
            plans.pop(0)

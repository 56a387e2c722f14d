"""When what the company prepaid at a network is used up: everybody's queue there waits and goes on by itself.

Nothing went out and nothing is lost: shares are held with their words, the administrators get a letter a day, and every
quarter of an hour the share that waits longest tries. The first one that goes out takes the others along.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.audit.models import Line
from kaja.jobs import queue
from kaja.networks.catalogue import BY_KEY
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Role
from kaja.sharing import shares
from kaja.sharing.models import Share, ShareQuerySet
from kaja.sharing.states import State

REASON = "credits"
TOLD = "network.credits_gone"
AGAIN = timedelta(hours=24)


def waiting(network: str) -> ShareQuerySet:
    """The shares that wait for the company's credits at this network."""
    return Share.objects.filter(network=network, state=State.HELD, reason=REASON)


def waits(network: str) -> bool:
    """Whether any share does. No question where the network asks for nothing."""
    api = BY_KEY[network].api
    return api is not None and api.cost is not None and waiting(network).exists()


def gone(*, share: Share, **fields: Any) -> None:
    """The network said so when `share` was sent: it waits, with all that are due there. The attempt does not count.

    Part of the caller's transaction; `fields` are those of its step.
    """
    if not shares.step(share, State.HELD, **fields, attempts=F("attempts") - 1):
        return
    now = timezone.now()
    due = Share.objects.due(now).filter(network=share.network, way=Share.Way.API)
    due.order_by().update(state=State.HELD, reason=REASON, updated_at=now)
    if not Line.objects.filter(verb=TOLD, details__network=share.network, at__gt=now - AGAIN).exists():
        lines.write(actor=None, verb=TOLD, on=share, network=share.network)
        queue.enqueue("kaja.sharing.credit.tell", network=share.network)


def tell(network: str) -> None:
    """Write to every administrator, in their language. A job: safe to run twice (the letter comes twice at worst)."""
    number = waiting(network).count()
    if not number:
        return
    for reader in Person.objects.joined().with_role(Role.ADMINISTRATOR).exclude(email=""):
        with translation.override(reader.language or company.current().language):
            name = BY_KEY[network].name
            context = {
                "reader": reader, "name": name, "number": number,
                "console": getattr(BY_KEY[network].app, "register_at", ""),
            }  # fmt: skip
            subject = _("The credits at %s are used up") % name
            EmailMessage(subject, render_to_string("sharing/mail/credits.txt", context), to=[reader.email]).send()


def probe() -> None:
    """Schedule: of each network the share that waits longest tries whether there are credits again."""
    held = Share.objects.filter(state=State.HELD, reason=REASON).order_by()
    for network in held.values_list("network", flat=True).distinct():
        oldest = waiting(network).order_by("not_before", "id").first()
        if oldest is not None:
            with transaction.atomic():
                # It keeps its reason: until it is out, that is how it stands.
                shares.step(oldest, State.PLANNED, since={State.HELD})


def back(share: int) -> None:
    """Consequence of a share that went out while others waited for credits: the network took one, so they go on. Safe
    to run twice."""
    row = Share.objects.filter(pk=share, way=Share.Way.API, confirmed=Share.Confirmed.NETWORK).first()
    if row is not None:
        waiting(row.network).update(state=State.PLANNED, reason="", updated_at=timezone.now())

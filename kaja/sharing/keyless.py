"""When the company's keys for a network are gone: what is planned there waits, and goes on once there are keys again.

The accounts are not at fault and keep their tokens: nobody is sent to sign in anew, which would not mend it.
"""

from __future__ import annotations

import contextlib

from django.utils import timezone

from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Retry
from kaja.sharing.models import Share
from kaja.sharing.states import State


def hold(network: str) -> None:
    """Consequence of forgotten keys. Safe to run twice, and of no effect once there are keys again."""
    if not company_apps.works_by_api(BY_KEY[network]):
        planned = Share.objects.filter(network=network, way=Share.Way.API, state=State.PLANNED)
        planned.update(state=State.HELD, reason=connecting.NO_APP, updated_at=timezone.now())


def release(network: str) -> None:
    """Consequence of new keys: what waited for them goes on. Safe to run twice."""
    if company_apps.works_by_api(BY_KEY[network]):
        waiting = Share.objects.filter(network=network, state=State.HELD, reason=connecting.NO_APP)
        waiting.update(state=State.PLANNED, reason="", detail="", updated_at=timezone.now())


def probe() -> None:
    """Schedule: what waits for keys goes on when they are there and can be opened, however they came back (a key of the
    vault that was missing for a while)."""
    held = Share.objects.filter(state=State.HELD, reason=connecting.NO_APP).order_by()
    for key in held.values_list("network", flat=True).distinct():
        with contextlib.suppress(Retry):
            connecting.client(BY_KEY[key])
            release(key)

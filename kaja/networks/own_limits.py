"""What each server of a network takes (Mastodon): asked at sign-in and once a day from then on, since it changes."""

from __future__ import annotations

import dataclasses

from kaja.jobs import queue
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY, NETWORKS
from kaja.networks.models import ConnectedAccount

State = ConnectedAccount.State


def read_due() -> None:
    """Schedule, daily: every server on which somebody has a working account is asked once."""
    for network in NETWORKS:
        if network.api is None or network.api.limits is None:
            continue
        working = ConnectedAccount.objects.filter(network=network.key, state=State.WORKS)
        for server in sorted({number.rpartition("/")[0] for number in working.values_list("external_id", flat=True)}):
            queue.enqueue("kaja.networks.own_limits.read", network=network.key, server=server)


def read(network: str, server: str) -> None:
    """Ask one server. A job: safe to run twice. What is known stays when it does not answer."""
    one = BY_KEY[network]
    if one.api is None or one.api.limits is None:
        return
    told = one.api.limits(connecting.http(one), server)
    if told is not None:
        there = ConnectedAccount.objects.filter(network=network, external_id__startswith=f"{server}/")
        there.update(limits=dataclasses.asdict(told))

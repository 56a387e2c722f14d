"""How each network stands in this installation: what it can do, whether it needs keys, and whether they work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from kaja.networks import abilities
from kaja.networks.catalogue import offered
from kaja.networks.contract import Finding, Network
from kaja.networks.models import ConnectedAccount, NetworkApp


class Keys(Enum):
    """How the keys of a network stand."""

    NONE_NEEDED = "none-needed"
    OWN_SERVERS = "own-servers"  # Kaja registers itself with each
    DIALOG_ONLY = "dialog-only"  # Kaja does not speak to the network
    MISSING = "missing"
    UNTESTED = "untested"
    WORK = "work"
    REFUSED = "refused"


@dataclass(frozen=True)
class Standing:
    """One network: `accounts` are those connected now, `can` what is possible there (see `abilities.kinds`)."""

    network: Network
    keys: Keys
    app: NetworkApp | None
    accounts: int
    can: frozenset[str]

    @property
    def by_api(self) -> bool:
        """Whether people can have Kaja post there, here and now."""
        return self.keys not in (Keys.MISSING, Keys.DIALOG_ONLY)

    @property
    def can_test(self) -> bool:
        """Whether the network can be asked about the keys. (A template would call the function itself.)"""
        return self.network.app is not None and self.network.app.test is not None

    @property
    def findings(self) -> list[Finding]:
        """What the last test found."""
        return [Finding(*row) for row in self.app.findings] if self.app else []

    @property
    def back(self) -> str:
        """The address that the network sends people back to, as the company enters it there."""
        return f"{settings.BASE_URL}{reverse('account-oauth-back', args=[self.network.key])}"


def all_of_them() -> list[Standing]:
    """The networks of this installation, those that Kaja posts to first; two queries."""
    apps = {
        app.network: app for app in NetworkApp.objects.select_related("changed_by").filter(use=NetworkApp.Use.POSTING)
    }
    counts = dict(
        ConnectedAccount.objects.exclude(state=ConnectedAccount.State.DISCONNECTED)
        .order_by()
        .values_list("network")
        .annotate(Count("pk"))
    )
    rows = [_standing(one, apps.get(one.key), counts.get(one.key, 0)) for one in offered()]
    return sorted(rows, key=lambda row: row.keys == Keys.DIALOG_ONLY)


def one(key: str) -> Standing | None:
    """The network of this key, if it is offered here."""
    return next((row for row in all_of_them() if row.network.key == key), None)


def _standing(network: Network, app: NetworkApp | None, accounts: int) -> Standing:
    return Standing(network, _keys(network, app), app, accounts, abilities.kinds(network))


def _keys(network: Network, app: NetworkApp | None) -> Keys:
    if network.api is None:
        return Keys.DIALOG_ONLY
    if network.app is None:
        return Keys.OWN_SERVERS if network.own_servers else Keys.NONE_NEEDED
    if app is None:
        return Keys.MISSING
    if app.tested_at is None:
        return Keys.UNTESTED
    return Keys.WORK if all(passed for _what, passed, _remedy in app.findings) else Keys.REFUSED

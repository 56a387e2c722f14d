"""How each network stands in this installation: what it can do, whether it needs keys, and whether they work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from kaja.networks import abilities, company_apps
from kaja.networks.catalogue import offered
from kaja.networks.contract import App, Finding, Network
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
    use: NetworkApp.Use = NetworkApp.Use.POSTING
    # How the keys of the second app stand, where there is one for figures.
    figures: Keys = Keys.NONE_NEEDED

    @property
    def wanted(self) -> App | None:
        """What the company registers there for this use."""
        return company_apps.wanted(self.network, self.use)

    @property
    def reads(self) -> bool:
        """Whether this is the app by which figures are read."""
        return self.use == NetworkApp.Use.FIGURES

    @property
    def by_api(self) -> bool:
        """Whether people can have Kaja post there, here and now."""
        return self.keys not in (Keys.MISSING, Keys.DIALOG_ONLY)

    @property
    def can_test(self) -> bool:
        """Whether the network can be asked about the keys. (A template would call the function itself.)"""
        return self.wanted is not None and self.wanted.test is not None

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
    known = {(app.network, app.use): app for app in NetworkApp.objects.select_related("changed_by")}
    apps = {network: app for (network, use), app in known.items() if use == NetworkApp.Use.POSTING}
    counts = dict(
        ConnectedAccount.objects.exclude(state=ConnectedAccount.State.DISCONNECTED)
        .order_by()
        .values_list("network")
        .annotate(Count("pk"))
    )
    rows = [
        replace(
            _standing(one, apps.get(one.key), counts.get(one.key, 0)),
            figures=_state(known.get((one.key, NetworkApp.Use.FIGURES))) if one.reading else Keys.NONE_NEEDED,
        )
        for one in offered()
    ]
    return sorted(rows, key=lambda row: row.keys == Keys.DIALOG_ONLY)


def one(key: str, use: NetworkApp.Use = NetworkApp.Use.POSTING) -> Standing | None:
    """The network of this key, if it is offered here; as it stands with the app for this use."""
    row = next((row for row in all_of_them() if row.network.key == key), None)
    if row is None or use == NetworkApp.Use.POSTING:
        return row
    app = NetworkApp.objects.select_related("changed_by").filter(network=key, use=use).first()
    reading = ConnectedAccount.objects.filter(network=key, sealed_figures__isnull=False).count()
    return replace(row, app=app, keys=_state(app), use=use, accounts=reading)


def _standing(network: Network, app: NetworkApp | None, accounts: int) -> Standing:
    return Standing(network, _keys(network, app), app, accounts, abilities.kinds(network))


def _keys(network: Network, app: NetworkApp | None) -> Keys:
    if network.api is None:
        return Keys.DIALOG_ONLY
    if network.app is None:
        return Keys.OWN_SERVERS if network.own_servers else Keys.NONE_NEEDED
    return _state(app)


def _state(app: NetworkApp | None) -> Keys:
    if app is None:
        return Keys.MISSING
    if app.tested_at is None:
        return Keys.UNTESTED
    return Keys.WORK if all(passed for _what, passed, _remedy in app.findings) else Keys.REFUSED

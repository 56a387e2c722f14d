"""The company's own apps at networks that want one: their keys, entered and tested by an administrator (D3)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import vault
from kaja.audit import lines
from kaja.jobs import facts
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import App, Client, Entry, Finding, Http, Network, Outcome, gettext_noop
from kaja.networks.models import NetworkApp
from kaja.people.models import Person
from kaja.people.roles import Permission, require

Use = NetworkApp.Use
# What a test says when the network could not be asked; translated where it is shown.
SILENT = gettext_noop("The network answers")
LATER = gettext_noop("Try again in a few minutes.")
LONGEST, LONGEST_ID = 4000, 200


def of(network: Network, use: Use = Use.POSTING) -> NetworkApp | None:
    """The app whose keys Kaja has, if any."""
    return NetworkApp.objects.filter(network=network.key, use=use).first()


def secrets(app: NetworkApp) -> dict[str, str]:
    """The secret entries, opened. Raises vault.Unreadable."""
    return dict(vault.unseal(app.sealed))


def wanted(network: Network, use: Use = Use.POSTING) -> App | None:
    """What a company registers there for this use; None when nothing."""
    if use == Use.FIGURES:
        return network.reading.app if network.reading else None
    return network.app


def works_by_api(network: Network) -> bool:
    """Whether people can connect accounts of this network here: it needs no app, or its keys are entered."""
    return network.api is not None and (network.app is None or of(network) is not None)


def entered(use: Use = Use.POSTING) -> frozenset[str]:
    """The keys of all networks whose app Kaja has."""
    return frozenset(NetworkApp.objects.filter(use=use).values_list("network", flat=True))


def _entries(network: Network, use: Use) -> tuple[Entry, ...]:
    app = wanted(network, use)
    return app.entries if app else ()


@transaction.atomic
def save(*, person: Person, network: Network, given: Mapping[str, str], use: Use = Use.POSTING) -> NetworkApp:
    """Keep the keys of an app. A secret that is left empty stays as it was. Raises ValidationError by entry."""
    require(person.may(Permission.CHANGE_SETTINGS) and wanted(network, use) is not None)
    app = NetworkApp.objects.select_for_update().filter(network=network.key, use=use).first()
    known: dict[str, str] = {}
    if app:
        # Sealed by a key that is lost: then every secret is needed anew.
        with contextlib.suppress(vault.Unreadable):
            known = secrets(app)
    plain: dict[str, str] = {}
    sealed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for entry in _entries(network, use):
        value = given.get(entry.name, "").strip() or (known.get(entry.name, "") if entry.secret else entry.default)
        if not value and not entry.optional:
            wrong[entry.name] = _("This is needed.")
        elif len(value) > (LONGEST_ID if entry.name == "client_id" else LONGEST) or any(
            ord(sign) < 32 for sign in value
        ):
            wrong[entry.name] = _("This does not look like a key. Copy it again, without line breaks.")
        (sealed if entry.secret else plain)[entry.name] = value
    if wrong:
        raise ValidationError(wrong)
    app = app or NetworkApp(network=network.key, use=use)
    app.client_id, app.sealed = plain.pop("client_id", ""), vault.seal(sealed)
    app.entries, app.changed_by, app.tested_at, app.findings = plain, person, None, []
    app.save()
    lines.write(actor=person, verb="network_app.saved", on=app, network=network.key, use=use)
    if use == Use.POSTING:
        facts.record("network_app.saved", network=network.key)
    return app


def client(app: NetworkApp, redirect_uri: str, kept: Mapping[str, object]) -> Client:
    """Kaja towards the network as this app. Raises vault.Unreadable."""
    opened = secrets(app)
    settings = {**app.entries, **{name: value for name, value in opened.items() if name != "client_secret"}}
    return Client(app.client_id, redirect_uri, None, opened.get("client_secret", ""), settings, kept)


def test(*, person: Person, app: NetworkApp, network: Network, http: Http, towards: Client) -> list[Finding]:
    """Ask the network whether the keys are good, and remember what it said."""
    asks = wanted(network, Use(app.use))
    require(person.may(Permission.CHANGE_SETTINGS) and asks is not None and asks.test is not None)
    assert asks is not None
    assert asks.test is not None
    try:
        found = asks.test(http, towards)
    except Outcome as outcome:
        found = [Finding(SILENT, False, outcome.detail or LATER)]
    rows = [[one.what, one.passed, one.remedy] for one in found]
    # Keys that were replaced meanwhile are not judged by this.
    if NetworkApp.objects.filter(pk=app.pk, changed_at=app.changed_at).update(tested_at=timezone.now(), findings=rows):
        failed = sum(not one.passed for one in found)
        lines.write(actor=person, verb="network_app.tested", on=app, network=network.key, failed=failed)
    return found


@transaction.atomic
def forget(*, person: Person, app: NetworkApp) -> None:
    """Erase the keys. Accounts that were connected by them say so and keep their tokens, which work on when the same
    app's keys come back; what is planned there waits."""
    require(person.may(Permission.CHANGE_SETTINGS))
    lines.write(actor=person, verb="network_app.forgotten", on=app, network=app.network)
    use, network = app.use, app.network
    app.delete()
    if use == Use.POSTING:
        facts.record("network_app.forgotten", network=network)


def ending(by: date) -> list[tuple[Network, date]]:
    """Networks whose interface, in the version that was entered, is served no longer than until `by`; each once, with
    the first such day."""
    found: dict[str, date] = {}
    for row in NetworkApp.objects.order_by("network", "use"):
        network = BY_KEY.get(row.network)
        app = wanted(network, Use(row.use)) if network else None
        last = app.ends(row.entries) if app and app.ends else None
        if last and last <= by:
            found[row.network] = min(last, found.get(row.network, last))
    return [(BY_KEY[key], last) for key, last in found.items()]

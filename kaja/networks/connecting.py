"""Connected accounts: connect, keep alive, tell when broken, disconnect (which erases the tokens). D6."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaja import outbound, vault
from kaja.audit import lines
from kaja.jobs import facts
from kaja.networks import sandbox
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Connected, Http, NeedsReconnect, Network, Outcome, Retry, Session
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.people.roles import Permission, require

State = ConnectedAccount.State
SENTENCES = {
    "not-app-password": _("This is no app password. Make one at Bluesky under Settings, Privacy and security."),
    "no-account": _("There is no account of this name. Check how it is written: name.bsky.social."),
    "wrong-password": _("The network does not take this name and password."),
    "rate-limit": _("The network asks for patience. Try again in a few minutes."),
    "silence": _("The network does not answer. Try again in a minute."),
}
# Renewed when this little is left, so that no post meets a dead token.
AHEAD = timedelta(minutes=5)


def accounts(person: Person) -> QuerySet[ConnectedAccount]:
    """The person's accounts, disconnected ones left out."""
    return ConnectedAccount.objects.filter(person=person).exclude(state=State.DISCONNECTED).order_by("network", "id")


def http(network: Network) -> Http:
    """How Kaja speaks with this network; the sandbox answers inside the process."""
    return sandbox.answer if network.demo_only else outbound.http()


@transaction.atomic
def keep(*, person: Person, network: Network, connected: Connected) -> ConnectedAccount:
    """Store a new connection or the renewal of one by its person. Frees what was held for it."""
    require(person.may(Permission.SHARE))
    account, made = ConnectedAccount.objects.update_or_create(
        person=person,
        network=network.key,
        external_id=connected.external_id,
        defaults={
            "handle": connected.handle,
            "display_name": connected.display_name,
            "state": State.WORKS,
            "reason": "",
            "sealed": vault.seal(connected.secrets),
            "expires_at": connected.expires_at,
            "checked_at": timezone.now(),
        },
    )
    lines.write(actor=person, verb="account.connected", on=account, network=network.key)
    if not made:
        facts.record("account.reconnected", account=account.pk)
    return account


def connect_instantly(*, person: Person, network: Network) -> ConnectedAccount:
    """An account on a network that needs no permission from elsewhere (the sandbox)."""
    require("instant" in network.connect)
    handle = person.email.split("@")[0]
    name = f"{network.key}:{handle}"
    connected = Connected(name, handle, person.name, {"token": sandbox.token(name)})
    return keep(person=person, network=network, connected=connected)


def connect_with_password(*, person: Person, network: Network, handle: str, password: str) -> ConnectedAccount:
    """Connect by an app password. Raises ValidationError with a sentence when the network does not take it."""
    if network.api is None or network.api.sign_in is None or "password" not in network.connect:
        raise PermissionDenied
    require(person.may(Permission.SHARE))
    try:
        connected = network.api.sign_in(http(network), handle, password)
    except Outcome as outcome:
        raise ValidationError(
            str(SENTENCES.get(outcome.reason, SENTENCES["silence"])), code=outcome.reason
        ) from outcome
    return keep(person=person, network=network, connected=connected)


@transaction.atomic
def disconnect(*, person: Person, account: ConnectedAccount) -> None:
    """Erase the tokens of one's own account. What was posted stays; what was planned is held."""
    require(account.person_id == person.pk)
    ConnectedAccount.objects.filter(pk=account.pk).update(state=State.DISCONNECTED, sealed=None, expires_at=None)
    lines.write(actor=person, verb="account.disconnected", on=account, network=account.network)
    facts.record("account.needs_reconnect", account=account.pk)


@transaction.atomic
def broken(*, account: ConnectedAccount, reason: str) -> None:
    """The network takes the account's permission no longer: its person has to sign in there again."""
    changed = ConnectedAccount.objects.filter(pk=account.pk, state=State.WORKS).update(
        state=State.NEEDS_RECONNECT, reason=reason[:300]
    )
    if changed:
        facts.record("account.needs_reconnect", account=account.pk)


def session(account: ConnectedAccount) -> Session:
    """The account with opened tokens, renewed when little is left of them.

    Raises NeedsReconnect when the account does not work any more, and any outcome of the renewal.
    """
    account.refresh_from_db()
    if account.state != State.WORKS or account.sealed is None:
        raise NeedsReconnect("not-connected")
    try:
        opened = Session(account.external_id, account.handle, account.secrets)
    except vault.Unreadable as error:
        raise NeedsReconnect("key-lost", str(error)) from error
    api = BY_KEY[account.network].api
    if api is None or api.renew is None or account.expires_at is None or account.expires_at - timezone.now() > AHEAD:
        return opened
    return renewed(account, opened)


def renewed(account: ConnectedAccount, opened: Session) -> Session:
    """Renew now. A refresh token often works only once: whoever comes second waits (Retry) for what the first one gets.

    The call is made outside of any transaction; the row says who renews (compare-and-set).
    """
    network = BY_KEY[account.network]
    assert network.api is not None
    assert network.api.renew is not None
    now = timezone.now()
    mine = ConnectedAccount.objects.filter(
        Q(renewing_until__isnull=True) | Q(renewing_until__lt=now), pk=account.pk, sealed_version=account.sealed_version
    ).update(renewing_until=now + timedelta(seconds=60))
    if not mine:
        raise Retry("renewing", after=timedelta(seconds=5))
    fresh = network.api.renew(http(network), opened)
    ConnectedAccount.objects.filter(pk=account.pk).update(
        sealed=vault.seal(fresh.secrets),
        expires_at=fresh.expires_at,
        sealed_version=F("sealed_version") + 1,
        renewing_until=None,
        checked_at=timezone.now(),
    )
    return Session(account.external_id, account.handle, fresh.secrets)

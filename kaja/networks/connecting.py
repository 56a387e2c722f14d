"""Connected accounts: connect, keep alive, tell when broken, disconnect (which erases the tokens). D6."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaja import memory, outbound, vault
from kaja.audit import lines
from kaja.jobs import facts
from kaja.networks import company_apps, dpop, sandbox
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import (
    Client,
    Connected,
    Finding,
    Http,
    Journey,
    Limits,
    NeedsReconnect,
    Network,
    Outcome,
    Retry,
    Session,
    Unknown,
)
from kaja.networks.models import ConnectedAccount, NetworkApp, NetworkKey, PendingConnection
from kaja.people.models import Person
from kaja.people.roles import Permission, require

State = ConnectedAccount.State
Use = NetworkApp.Use
# In a pending journey: the account whose figures it is about.
FIGURES_OF = "figures_of"
# In a journey that is to renew one account: which.
RENEWS = "renews"
NO_FIGURES: dict[str, Any] = {"sealed_figures": None, "figures_until": None}
SENTENCES = {
    "app-refused": _("The network does not take the company’s app as it is set up. Please tell an administrator."),
    "not-app-password": _("This is no app password. Make one at Bluesky under Settings, Privacy and security."),
    "no-account": _("There is no account of this name. Check how it is written: name.bsky.social."),
    "wrong-password": _("The network does not take this name and password."),
    "sign-in-denied": _("You did not give the permission, so nothing was connected."),
    "sign-in-refused": _("The sign-in at the network did not come to its end. Try once more."),
    "no-page": _(
        "No Facebook Page came along. Connect again, tick the Page, and make sure that you may create content on it."
    ),
    "no-app": _(
        "The company’s keys are missing. Ask your administrator; sharing opens the network’s own window meanwhile."
    ),
    "rate-limit": _("The network asks for patience. Try again in a few minutes."),
    "credits": _(
        "The company’s prepaid credits there are used up, so nobody can connect just now. Tell an administrator."
    ),
    "silence": _("The network does not answer. Try again in a minute."),
}
# The company's keys for a network are missing, or cannot be opened; asked again after a while.
NO_APP = "no-app"
WITHOUT_APP = timedelta(minutes=15)
# Renewed when this little is left, so that no post meets a dead token.
AHEAD = timedelta(minutes=5)
# So long may somebody take to sign in at the network.
JOURNEY = timedelta(minutes=30)
# How often it is written down that a network answers for an account.
ANSWERED_EVERY = timedelta(minutes=10)
# Longer than any renewal takes: whoever died while renewing blocks others no longer than this.
RENEWING = timedelta(seconds=60)
# So many are renewed in one go; the next go comes within the hour.
AT_ONCE = 200
log = logging.getLogger(__name__)
T = TypeVar("T")


def accounts(person: Person) -> QuerySet[ConnectedAccount]:
    """The person's accounts, disconnected ones left out."""
    return ConnectedAccount.objects.filter(person=person).exclude(state=State.DISCONNECTED).order_by("network", "id")


def network_of(account: ConnectedAccount) -> Network:
    """The account's network, with what its own server takes where servers differ (Mastodon)."""
    network = BY_KEY[account.network]
    known = {one.name for one in dataclasses.fields(Limits)}
    own = {name: value for name, value in account.limits.items() if name in known}
    if not own or network.limits is None:
        return network
    return dataclasses.replace(network, limits=dataclasses.replace(network.limits, **own))


def http(network: Network) -> Http:
    """How Kaja speaks with this network; the sandbox answers inside the process. Where a post is known by a key of
    Kaja's own and nothing is paid for a call, a look settles every doubt, and connections may stay open."""
    api = network.api
    keep = api is not None and api.new_record_key is not None and api.cost is None
    return sandbox.answer if network.demo_only else outbound.http(keep=keep)


@transaction.atomic
def keep(*, person: Person, network: Network, connected: Connected) -> ConnectedAccount:
    """Store a new connection or the renewal of one by its person. Frees what was held for it."""
    require(person.may(Permission.SHARE))
    fields = {
        "handle": connected.handle,
        "display_name": connected.display_name,
        "state": State.WORKS,
        "reason": "",
        "sealed": vault.seal(connected.secrets),
        "expires_at": connected.expires_at,
        "checked_at": timezone.now(),
        "renewing_until": None,
        "renews": connected.renews,
        "renewed_at": timezone.now(),
        "limits": dataclasses.asdict(connected.limits) if connected.limits else {},
        "told_days": None,
    }
    # The raised version tells whoever still holds the tokens of before that they hold old ones.
    account, made = ConnectedAccount.objects.update_or_create(
        person=person,
        network=network.key,
        external_id=connected.external_id,
        create_defaults=fields,
        defaults={**fields, "sealed_version": F("sealed_version") + 1},
    )
    account.refresh_from_db()
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


def client(network: Network, use: Use = Use.POSTING) -> Client:
    """Kaja towards a network that signs people in: the company's own app where the network wants one. Else, on a public
    HTTPS address, the network reads who Kaja is from a document that Kaja serves; on one's own machine a loopback
    client needs none. Raises Retry ("no-app") when the app's keys are not there (any more): that is no fault of the
    account, and signing in again would not mend it."""
    back = reverse("account-oauth-back", args=[network.key])
    if company_apps.wanted(network, use) is not None:
        app = company_apps.of(network, use)
        if app is None:
            raise Retry(NO_APP, after=WITHOUT_APP)
        try:
            return company_apps.client(app, f"{settings.BASE_URL}{back}", _kept(network))
        except vault.Unreadable as error:
            raise Retry(NO_APP, str(error), after=WITHOUT_APP) from error
    if network.own_servers:
        return Client("", f"{settings.BASE_URL}{back}", kept=_kept(network))
    if settings.BASE_URL.startswith("https://"):
        document = f"{settings.BASE_URL}{reverse('oauth-client', args=[network.key])}"
        return Client(document, f"{settings.BASE_URL}{back}", own_key(network))
    port = urlsplit(settings.BASE_URL).port or 80
    redirect = f"http://127.0.0.1:{port}{back}"
    assert network.api is not None
    query = urlencode({"redirect_uri": redirect, "scope": network.api.scope})
    return Client(f"http://localhost?{query}", redirect)


def _kept(network: Network) -> dict[str, Any]:
    """What Kaja has been given or has made for itself at this network, by name."""
    return {row.name: vault.unseal(row.sealed) for row in NetworkKey.objects.filter(network=network.key)}


def test_app(*, person: Person, network: Network, use: Use) -> list[Finding]:
    """Ask the network whether the company's keys are good; each check with its remedy. Empty when it has no test."""
    asks = company_apps.wanted(network, use)
    require(person.may(Permission.CHANGE_SETTINGS) and asks is not None)
    app = company_apps.of(network, use)
    if app is None or asks is None or asks.test is None:
        return []
    try:
        towards = client(network, use)
    except Retry:
        return [
            Finding(
                str(_("The keys can be opened")), False, str(_("Enter the secrets again: Kaja’s own key has changed."))
            )
        ]
    return company_apps.test(person=person, app=app, network=network, http=http(network), towards=towards)


def own_key(network: Network) -> dict[str, object]:
    """The key that Kaja signs with as a client of this network, made at first need."""
    row, _made = NetworkKey.objects.get_or_create(
        network=network.key, name="client", defaults={"sealed": vault.seal(dpop.new_key() | {"kid": "kaja"})}
    )
    return vault.unseal(row.sealed)


def begin_oauth(*, person: Person, network: Network, handle: str, account: ConnectedAccount | None = None) -> str:
    """The address at the network where this person gives Kaja the permission; `account` is the one that they mean to
    renew, if any. Raises ValidationError."""
    require(person.may(Permission.SHARE) and "oauth" in network.connect)
    require(account is None or (account.person_id, account.network) == (person.pk, network.key))
    assert network.api is not None
    assert network.api.begin is not None
    try:
        journey = network.api.begin(http(network), client(network), handle)
    except Outcome as outcome:
        raise ValidationError(
            str(SENTENCES.get(outcome.reason, SENTENCES["silence"])), code=outcome.reason
        ) from outcome
    for name, value in journey.keep.items():
        NetworkKey.objects.update_or_create(
            network=network.key, name=name[:200], defaults={"sealed": vault.seal(value)}
        )
    return _set_out(person, network, journey, **({RENEWS: account.pk} if account else {}))


def _set_out(person: Person, network: Network, journey: Journey, **more: int) -> str:
    """Remember a journey until its person is back; where they are sent."""
    PendingConnection.objects.filter(created_at__lt=timezone.now() - JOURNEY).delete()
    PendingConnection.objects.create(
        state=journey.state, person=person, network=network.key, sealed=vault.seal({**journey.pending, **more})
    )
    return journey.address


@dataclasses.dataclass(frozen=True)
class Back:
    """How a journey ended: the account that came of it; and the one that was to be renewed by it, where that is another
    one (None: it came, or none was meant). `fresh`: what came had not been connected before."""

    account: ConnectedAccount
    wanted: ConnectedAccount | None = None
    fresh: bool = False


def finish_oauth(*, person: Person, network: Network, told: Mapping[str, str]) -> ConnectedAccount:
    """The account that came of a journey (see `come_back`)."""
    return come_back(person=person, network=network, told=told).account


def come_back(*, person: Person, network: Network, told: Mapping[str, str]) -> Back:
    """The person is back from the network. A journey works once, and for whoever began it. Whoever was signed in there
    as somebody else than they meant keeps both accounts, and hears of it. Raises ValidationError."""
    row = PendingConnection.objects.filter(
        state=told.get("state", ""), person=person, network=network.key, created_at__gt=timezone.now() - JOURNEY
    ).first()
    if row is None or not PendingConnection.objects.filter(pk=row.pk).delete()[0]:
        raise ValidationError(str(SENTENCES["sign-in-refused"]), code="sign-in-refused")
    pending = vault.unseal(row.sealed)
    if FIGURES_OF in pending:
        return Back(_finish_reading(person, network, pending, told))
    assert network.api is not None
    assert network.api.finish is not None
    try:
        connected = network.api.finish(http(network), client(network), pending, told)
    except Outcome as outcome:
        raise ValidationError(
            str(SENTENCES.get(outcome.reason, SENTENCES["silence"])), code=outcome.reason
        ) from outcome
    before = set(accounts(person).values_list("pk", flat=True))
    with transaction.atomic():
        came = [keep(person=person, network=network, connected=one) for one in (connected, *connected.more)]
    wanted = accounts(person).filter(pk=int(pending.get(RENEWS) or 0)).exclude(pk__in=[one.pk for one in came]).first()
    return Back(came[0], wanted, came[0].pk not in before)


# --- a second permission, for figures -------------------------------------------------------------------------------
def begin_reading(*, person: Person, account: ConnectedAccount) -> str:
    """The address at the network where the person lets Kaja read the figures of their posts. Raises ValidationError."""
    network = BY_KEY[account.network]
    require(account.person_id == person.pk and account.state == State.WORKS and network.reading is not None)
    assert network.reading is not None
    try:
        journey = network.reading.begin(http(network), client(network, Use.FIGURES), account.handle)
    except Outcome as outcome:
        raise ValidationError(
            str(SENTENCES.get(outcome.reason, SENTENCES["silence"])), code=outcome.reason
        ) from outcome
    return _set_out(person, network, journey, **{FIGURES_OF: account.pk})


def _finish_reading(
    person: Person, network: Network, pending: dict[str, Any], told: Mapping[str, str]
) -> ConnectedAccount:
    """The second permission, kept with the account it was asked for. Raises ValidationError."""
    assert network.reading is not None
    try:
        got = network.reading.finish(http(network), client(network, Use.FIGURES), pending, told)
    except Outcome as outcome:
        raise ValidationError(
            str(SENTENCES.get(outcome.reason, SENTENCES["silence"])), code=outcome.reason
        ) from outcome
    with transaction.atomic():
        mine = ConnectedAccount.objects.filter(pk=pending[FIGURES_OF], person=person, state=State.WORKS)
        if not mine.update(sealed_figures=vault.seal(got.secrets), figures_until=got.expires_at):
            raise ValidationError(str(SENTENCES["sign-in-refused"]), code="sign-in-refused")
        account = mine.get()
        lines.write(actor=person, verb="account.figures_allowed", on=account, network=network.key)
        facts.record("account.figures_allowed", account=account.pk)
    return account


@transaction.atomic
def stop_reading(*, person: Person, account: ConnectedAccount) -> None:
    """Erase the second permission: no more figures are read. What was read before stays with its person."""
    require(account.person_id == person.pk)
    if ConnectedAccount.objects.filter(pk=account.pk, sealed_figures__isnull=False).update(**NO_FIGURES):
        lines.write(actor=person, verb="account.figures_stopped", on=account, network=account.network)


def reading(account: ConnectedAccount, call: Callable[[Session], T]) -> T:
    """Do `call` with the session of the second permission. One that the network takes no longer is erased: the person
    sees on their accounts that they can give it again. Raises NeedsReconnect, and the outcomes of the call."""
    account.refresh_from_db()
    network = BY_KEY[account.network]
    if account.sealed_figures is None or network.reading is None or account.state != State.WORKS:
        raise NeedsReconnect("not-connected")
    try:
        opened = Session(
            account.external_id, account.handle, vault.unseal(account.sealed_figures), client(network, Use.FIGURES)
        )
        return call(_still_good(account, opened))
    except vault.Unreadable as error:
        raise NeedsReconnect("key-lost", str(error)) from error
    except NeedsReconnect:
        same = ConnectedAccount.objects.filter(pk=account.pk, figures_until=account.figures_until)
        same.update(**NO_FIGURES)
        raise


def _still_good(account: ConnectedAccount, opened: Session) -> Session:
    """The session, renewed in its last day where the network lets Kaja (these renewals end nothing of before)."""
    ends, network = account.figures_until, BY_KEY[account.network]
    if ends is None or ends - timezone.now() > timedelta(days=1):
        return opened
    if network.reading is None or network.reading.renew is None or not opened.secrets.get("refresh"):
        if ends <= timezone.now():
            raise NeedsReconnect("expired")
        return opened
    fresh = network.reading.renew(http(network), opened)
    kept = {"sealed_figures": vault.seal(fresh.secrets), "figures_until": fresh.expires_at}
    ConnectedAccount.objects.filter(pk=account.pk, figures_until=ends).update(**kept)
    account.figures_until = fresh.expires_at
    return dataclasses.replace(opened, secrets=fresh.secrets)


def disconnect(*, person: Person, account: ConnectedAccount) -> None:
    """Erase the tokens of one's own account, and give the permission back where the network takes it. What was posted
    stays; what was planned is held."""
    require(account.person_id == person.pk)
    _give_back(account)
    with transaction.atomic():
        ConnectedAccount.objects.filter(pk=account.pk).update(
            state=State.DISCONNECTED, sealed=None, expires_at=None, **NO_FIGURES
        )
        lines.write(actor=person, verb="account.disconnected", on=account, network=account.network)
        facts.record("account.needs_reconnect", account=account.pk)


def _give_back(account: ConnectedAccount) -> None:
    """Tell the network that its permission is needed no more. Whether it hears it or not, our tokens are erased."""
    network = BY_KEY[account.network]
    if network.api is None or network.api.revoke is None or account.sealed is None:
        return
    with contextlib.suppress(Outcome, vault.Unreadable):
        opened = Session(account.external_id, account.handle, account.secrets, _client_of(network))
        network.api.revoke(http(network), opened)


@transaction.atomic
def broken(*, account: ConnectedAccount, reason: str) -> bool:
    """The network takes the permission that `account` was read with no longer: its person has to sign in there again.

    False when they have done so meanwhile: what the network refused were the tokens of before.
    """
    now = ConnectedAccount.objects.select_for_update().filter(pk=account.pk).first()
    if now is None or now.state != State.WORKS:
        return True
    if now.sealed_version != account.sealed_version:
        return False
    ConnectedAccount.objects.filter(pk=now.pk).update(state=State.NEEDS_RECONNECT, reason=reason[:300])
    memory.forget("accounts")
    facts.record("account.needs_reconnect", account=now.pk)
    facts.record("account.broke", account=now.pk)
    return True


def take(account: ConnectedAccount) -> tuple[str, int] | None:
    """Hold the row of this account until the transaction ends; its state and the version of its tokens as they are now,
    None when it is deleted. Asked before every single post, so that it is written as it goes to the database."""
    lock = connection.ops.for_update_sql() if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{_TAKE} {lock}", [account.pk])
        found: tuple[str, int] | None = cursor.fetchone()
    return found


_TAKE = "SELECT state, sealed_version FROM networks_connectedaccount WHERE id = %s"


def speaking(account: ConnectedAccount, call: Callable[[Session], T], *, just_read: bool = False) -> T:
    """Do `call` with the account's session. Tokens that the network refuses before their time are renewed once. The
    account is read anew, unless it was `just_read`.

    Raises what `session` raises, and the outcomes of the call. Unknown is always of the call, never of the renewal.
    """
    opened = session(account, just_read=just_read)
    try:
        done = call(opened)
    except NeedsReconnect as refused:
        if refused.reason != "refused-token" or not renews_itself(account):
            raise
    else:
        _answered(account)
        return done
    done = call(renewed(account, opened))
    _answered(account)
    return done


def _answered(account: ConnectedAccount) -> None:
    """The network has just answered for this account. Written down once in ten minutes at most."""
    now = timezone.now()
    if account.checked_at is None or now - account.checked_at > ANSWERED_EVERY:
        ConnectedAccount.objects.filter(pk=account.pk).update(checked_at=now)


def renews_itself(account: ConnectedAccount) -> bool:
    """Whether Kaja can renew this permission without its person."""
    network = BY_KEY.get(account.network)
    return account.renews and network is not None and network.api is not None and network.api.renew is not None


def session(account: ConnectedAccount, *, just_read: bool = False) -> Session:
    """The account, read anew unless it was `just_read`, with opened tokens, renewed when little is left of them.

    Raises NeedsReconnect when the account does not work any more, and Retry when it could not be renewed now.
    """
    if not just_read:
        account.refresh_from_db()
    if account.state != State.WORKS or account.sealed is None:
        raise NeedsReconnect("not-connected")
    try:
        opened = Session(account.external_id, account.handle, account.secrets, _client_of(BY_KEY[account.network]))
    except vault.Unreadable as error:
        raise NeedsReconnect("key-lost", str(error)) from error
    if account.expires_at is None:
        return opened
    left = account.expires_at - timezone.now()
    api = BY_KEY[account.network].api
    if api is None or not renews_itself(account):
        if left <= timedelta():
            raise NeedsReconnect("expired")
        return opened
    if AHEAD < left < api.renew_within:
        # Early: the tokens of now still work, so that a renewal that fails holds up no post. It is tried again.
        with contextlib.suppress(Outcome):
            return renewed(account, opened)
    return renewed(account, opened) if left <= AHEAD else opened


def renew_due() -> None:
    """Renew what lies idle and would end for good (Threads and Instagram renew living permissions only). The scheduler
    calls this."""
    now = timezone.now()
    for network in BY_KEY.values():
        if network.api is None or network.api.renew is None or network.api.renew_within <= AHEAD:
            continue
        due = ConnectedAccount.objects.filter(network=network.key, state=State.WORKS)
        for account in due.filter(expires_at__lt=now + network.api.renew_within).order_by("expires_at")[:AT_ONCE]:
            try:
                session(account)
            except NeedsReconnect as refused:
                broken(account=account, reason=refused.detail or refused.reason)
            except Outcome as outcome:
                log.warning("An account on %s could not be renewed now: %s", network.name, outcome.reason)


def _client_of(network: Network) -> Client | None:
    return client(network) if "oauth" in network.connect else None


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
    ).update(renewing_until=now + RENEWING)
    if not mine:
        raise Retry("renewing", after=timedelta(seconds=5))
    row = ConnectedAccount.objects.filter(pk=account.pk, sealed_version=account.sealed_version)
    try:
        fresh = network.api.renew(http(network), opened)
    except Unknown as doubt:
        # The new tokens may be lost on their way. The lock stays until nobody can be using the old ones any more.
        raise Retry(doubt.reason, doubt.detail, after=RENEWING) from doubt
    except Outcome:
        row.update(renewing_until=None)
        raise
    # Disconnected or connected anew meanwhile: these tokens are not wanted any more, and must not come back.
    if not row.filter(state=State.WORKS).update(
        sealed=vault.seal(fresh.secrets),
        expires_at=fresh.expires_at,
        sealed_version=F("sealed_version") + 1,
        renewing_until=None,
        checked_at=timezone.now(),
        renews=fresh.renews,
        renewed_at=timezone.now(),
        told_days=None,
    ):
        raise Retry("renewing", after=timedelta(seconds=5))
    account.refresh_from_db()
    return Session(account.external_id, account.handle, fresh.secrets, opened.client)

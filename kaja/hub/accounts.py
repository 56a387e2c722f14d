"""A person's accounts as their page shows them: health, end, what waits, and what else can be connected (D6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from kaja.networks import abilities, company_apps, connecting, expiry
from kaja.networks.abilities import Ability
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.people.models import Person
from kaja.sharing.models import Share
from kaja.sharing.states import State


@dataclass(frozen=True)
class Row:
    """One account. `left` are days until it ends (None: it does not, or renews itself), `part` how much of its time is
    left in percent, `planned` and `held` the posts that go out by it or wait for it."""

    account: ConnectedAccount
    network: Network
    left: int | None
    part: int | None
    ends: datetime | None
    soon: bool
    planned: int
    held: int
    # False when the company's keys are gone: then it posts nothing, and nobody can sign in again.
    keys: bool
    # Whether the company has the second app, by which figures are read; false too where figures need none.
    may_read: bool = False

    @property
    def reads(self) -> bool:
        """Whether the person lets Kaja read the figures of their posts by the second app."""
        return self.account.sealed_figures is not None

    @property
    def works(self) -> bool:
        return self.keys and self.account.state == ConnectedAccount.State.WORKS

    @property
    def renews(self) -> bool:
        return self.account.expires_at is not None and self.left is None

    @property
    def gives_back(self) -> bool:
        """Whether disconnecting ends the permission at the network too."""
        return self.network.api is not None and self.network.api.revoke is not None

    @property
    def abilities(self) -> list[Ability]:
        return abilities.of(self.network)

    @property
    def told(self) -> bool:
        return self.account.told_days is not None


@dataclass(frozen=True)
class Offer:
    """A network that can be connected: `ready` is false while the company's keys are missing."""

    network: Network
    ready: bool


@dataclass(frozen=True)
class Accounts:
    """All that the page says."""

    rows: list[Row]
    offers: list[Offer]
    dialogs: list[Network]

    @property
    def need(self) -> list[Row]:
        """Those whose people can make them work again."""
        return [row for row in self.rows if row.keys and not row.works]

    @property
    def soon(self) -> list[Row]:
        return [row for row in self.rows if row.soon]

    @property
    def fine(self) -> int:
        return sum(row.works and not row.soon for row in self.rows)


def read(person: Person) -> Accounts:
    """The person's accounts; three queries, however many there are."""
    accounts, entered = list(connecting.accounts(person)), company_apps.entered()
    waiting: dict[int | None, tuple[int, int]] = {
        row["account"]: (row["planned"], row["held"])
        for row in Share.objects.filter(person=person, account__isnull=False)
        .values("account")
        .annotate(
            planned=Count("pk", filter=Q(state=State.PLANNED)),
            held=Count("pk", filter=Q(state=State.HELD, reason__in=("account", connecting.NO_APP))),
        )
    }
    rows = [_row(person, account, waiting.get(account.pk, (0, 0)), entered) for account in accounts]
    if any(row.network.reading for row in rows):
        second = company_apps.entered(NetworkApp.Use.FIGURES)
        rows = [replace(row, may_read=row.network.reading is not None and row.network.key in second) for row in rows]
    have = {account.network for account in accounts}
    return Accounts(
        rows=rows,
        offers=[Offer(one, _ready(one, entered)) for one in offered() if one.connect and one.key not in have],
        dialogs=[one for one in offered() if one.dialog and one.key not in have],
    )


@dataclass(frozen=True)
class Mixed:
    """A renewal that came back as another account than was meant; `fresh`: as one that is new here."""

    wanted: Row
    came: Row
    fresh: bool


def mixed(page: Accounts, *, wanted: str, came: str, new: str) -> Mixed | None:
    """What the address says of such a renewal; None unless both are accounts of this person on one network."""
    rows = {str(row.account.pk): row for row in page.rows}
    one, other = rows.get(wanted), rows.get(came)
    if one is None or other is None or one is other or one.network.key != other.network.key:
        return None
    return Mixed(one, other, new == "1")


def _ready(network: Network, entered: frozenset[str]) -> bool:
    return network.app is None or network.key in entered


def _row(person: Person, account: ConnectedAccount, waiting: tuple[int, int], entered: frozenset[str]) -> Row:
    network, left = BY_KEY[account.network], expiry.days_left(account)
    return Row(
        account=account,
        network=network,
        left=left,
        part=_part(account) if left is not None else None,
        ends=person.local(account.expires_at) if account.expires_at else None,
        soon=expiry.soon(account),
        planned=waiting[0],
        held=waiting[1],
        keys=_ready(network, entered),
    )


def _part(account: ConnectedAccount) -> int:
    began = account.renewed_at or account.connected_at
    assert account.expires_at is not None
    whole = max(account.expires_at - began, timedelta(seconds=1))
    return round(100 * min(max((account.expires_at - timezone.now()) / whole, 0.0), 1.0))

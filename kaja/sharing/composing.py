"""What the composer offers a person for an item: where it can go, words to start from, how it will look."""

from __future__ import annotations

from dataclasses import dataclass

from kaja import addresses
from kaja.content import campaigns
from kaja.content.models import Caption, Item
from kaja.networks import connecting, counting, preview
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network
from kaja.networks.counting import Count
from kaja.networks.models import ConnectedAccount
from kaja.networks.preview import Piece
from kaja.people.models import Person
from kaja.sharing import shares, wording


@dataclass(frozen=True)
class Target:
    """One place to share to; `value` is what the form sends."""

    value: str
    network: Network
    account: ConnectedAccount | None = None

    @property
    def works(self) -> bool:
        return self.account is None or self.account.state == ConnectedAccount.State.WORKS


@dataclass(frozen=True)
class Look:
    """How the words will look and count on one network."""

    target: Target
    pieces: list[Piece]
    # What a reader sees only after asking for more.
    rest: list[Piece]
    count: Count
    draws_card: bool
    handle: str


def targets(person: Person) -> list[Target]:
    """Accounts first, which Kaja posts to by itself; then dialogs of networks that are not connected."""
    connected = [Target(f"account:{one.pk}", BY_KEY[one.network], one) for one in connecting.accounts(person)]
    have = {target.network.key for target in connected}
    return connected + [
        Target(f"dialog:{network.key}", network) for network in offered() if network.dialog and network.key not in have
    ]


def captions(item: Item, person: Person, network: str = "") -> list[Caption]:
    """Suggested words to start from: in the languages the person reads, those for `network` before those for all,
    and within these as they are dealt."""
    order = {code: place for place, code in enumerate([*person.languages, item.language, "en"])}
    groups: dict[tuple[int, str, bool], list[Caption]] = {}
    for one in wording.with_uses(item.captions.filter(network__in={"", network}), person):
        groups.setdefault((order.get(one.language, 99), one.language, not one.network), []).append(one)
    return [caption for key in sorted(groups) for caption in wording.dealt(groups[key], person)]


def looks(item: Item, text: str, chosen: list[Target]) -> list[Look]:
    """Preview and count for each chosen target."""
    whole = shares.with_link(text, shares.sample_link()) if item.url else text
    drawn = {target.network.key: preview.drawn(target.network, whole, card=bool(item.url)) for target in chosen}
    return [
        Look(
            target=target,
            pieces=drawn[target.network.key].pieces,
            rest=drawn[target.network.key].rest,
            count=counting.count(target.network, whole),
            draws_card=target.network.api is not None or target.network.dialog is not None,
            handle=f"@{target.account.handle}" if target.account else "",
        )
        for target in chosen
    ]


def hashtag(item: Item) -> str:
    """The hashtag of the campaign that the item is in, while it runs; empty otherwise."""
    if item.campaign is None or campaigns.stage(item.campaign) != "running":
        return ""
    return item.campaign.hashtag


def host(item: Item) -> str:
    """The host of the item's address, as previews show it."""
    return addresses.host(item.url)

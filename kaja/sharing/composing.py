"""What the composer offers a person for an item: where it can go, words to start from, how it will look."""

from __future__ import annotations

from dataclasses import dataclass

from kaja import addresses
from kaja.content import campaigns, kinds, previews
from kaja.content.models import Caption, Item, Media
from kaja.content.previews import Preview
from kaja.networks import connecting, counting, preview
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network
from kaja.networks.counting import Count
from kaja.networks.models import ConnectedAccount
from kaja.networks.preview import Piece
from kaja.people.models import Person
from kaja.sharing import posted, shares, spending, wording
from kaja.sharing.spending import Spend


@dataclass(frozen=True)
class Target:
    """One place to share to; `value` is what the form sends."""

    value: str
    network: Network
    account: ConnectedAccount | None = None

    # The network's own window beside an account that posts there at the company's cost.
    free: bool = False

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
    # The card of the link, or the post's own pictures; neither where words stand alone.
    card: Preview | None
    pictures: list[Media]
    # The film or document that the post shows itself.
    file: Media | None
    handle: str
    # What the person should know before it goes there.
    remarks: list[str]
    # What posting it by API costs the company; None: nothing.
    spend: Spend | None = None


def targets(person: Person, item: Item) -> list[Target]:
    """Accounts first, which Kaja posts to by itself; then dialogs of networks that are not connected, or where posting
    by itself costs the company something: for an item without a link only those that open with words alone."""
    connected = [Target(f"account:{one.pk}", BY_KEY[one.network], one) for one in connecting.accounts(person)]
    have = {target.network.key for target in connected}
    costs = {key for key in have if (api := BY_KEY[key].api) and api.cost}
    return connected + [
        Target(f"dialog:{network.key}", network, free=network.key in costs)
        for network in offered()
        if network.dialog and (network.key not in have or network.key in costs) and (item.url or network.dialog.plain)
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
    link = shares.sample_link() if item.url else ""
    written = list(item.previews.select_related("image")) if item.url else []
    shown = {target.network.key: _shown(item, target) for target in chosen}
    files = {target.network.key: posted.file(item, target.network) for target in chosen if target.account}
    passed_on = {target.network.key for target in chosen if target.account and posted.reshares(item, target.network)}
    # Words with the link, but where there is none because the company's own post is passed on.
    wholes = {
        target.network.key: shares.with_link(text, link) if link and target.network.key not in passed_on else text
        for target in chosen
    }
    carded = {key for key in wholes if item.url and not shown[key] and not files.get(key) and key not in passed_on}
    drawn = {
        target.network.key: preview.drawn(target.network, wholes[target.network.key], card=target.network.key in carded)
        for target in chosen
    }
    return [
        Look(
            target=target,
            pieces=drawn[target.network.key].pieces,
            rest=drawn[target.network.key].rest,
            count=counting.count(target.network, wholes[target.network.key]),
            card=previews.resolve(item, target.network.key, written)
            if target.network.draws_cards and target.network.key in carded
            else None,
            pictures=shown[target.network.key],
            file=files.get(target.network.key),
            handle=f"@{target.account.handle}" if target.account else "",
            remarks=posted.remarks(item, target.network) if target.account else [],
            spend=spending.of(target.network, wholes[target.network.key], link, shown[target.network.key])
            if target.account
            else None,
        )
        for target in chosen
    ]


def _shown(item: Item, target: Target) -> list[Media]:
    """The pictures of the post there. A window that opens with a link alone draws its card and takes none along."""
    dialog = target.network.dialog
    if target.account is None and dialog and not dialog.plain:
        return []
    return posted.pictures(item, target.network)


def hashtag(item: Item) -> str:
    """The hashtag of the campaign that the item is in, while it runs; empty otherwise."""
    if item.campaign is None or campaigns.stage(item.campaign) != "running":
        return ""
    return item.campaign.hashtag


def host(item: Item) -> str:
    """The host of the item's address, as previews show it."""
    return addresses.host(item.url)


def opening(item: Item) -> str:
    """What stands in an empty post: the hashtag of an invitation, below the place for the person's own words."""
    tag = item.details.get("hashtag") if kinds.of(item).detail("hashtag") else ""
    return f"\n\n#{tag}" if tag else ""

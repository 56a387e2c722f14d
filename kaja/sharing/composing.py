"""What the composer offers a person for an item: where it can go, words to start from, how it will look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja import addresses
from kaja.content import campaigns, kinds, previews
from kaja.content import looks as looks_of_links
from kaja.content.models import Caption, Item, LinkPreview, Media
from kaja.content.previews import Preview
from kaja.links import minting
from kaja.networks import company_apps, connecting, counting, preview
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network
from kaja.networks.counting import Count
from kaja.networks.models import ConnectedAccount
from kaja.networks.preview import Piece
from kaja.people.models import Person
from kaja.sharing import posted, shares, spending, wording
from kaja.sharing.models import Preparation, Share
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
    # The name of the page that posts, where it is not the person.
    author: str
    # What the person should know before it goes there.
    remarks: list[str]
    # What posting it by API costs the company; None: nothing.
    spend: Spend | None = None
    # On the page of all previews.
    notes: list[Note] = field(default_factory=list)
    # Kaja cannot post it there like this: a remark says why.
    refused: bool = False
    # The account's name, where another of the same network is chosen too.
    apart: str = ""

    @property
    def too_long(self) -> bool:
        """Over the network's limit of letters or bytes."""
        return not self.count.valid and self.count.count > 0

    @property
    def trouble(self) -> str:
        """What its tab has to say while another is open: "refused", "over" (too long), "note" (something to know)."""
        if self.refused:
            return "refused"
        return "over" if self.too_long else "note" if self.remarks else ""


@dataclass(frozen=True)
class Note:
    """A sentence below a preview; `stops`: it cannot go out there like this."""

    words: str
    stops: bool


def _notes(item: Item, look: Look) -> list[Note]:
    """What somebody who looks at a preview should know, whether or not they have an account there."""
    network, told = look.target.network, []
    if look.count.over:
        told.append(
            Note(
                _("Too long for %(network)s: it takes %(limit)d characters, with the link.")
                % {"network": network.name, "limit": look.count.limit},
                stops=True,
            )
        )
    told += [Note(words, stops=code == "check") for code, words in posted.remarks_of(item, network)]
    bare = [one for one in look.pictures if not one.alt]
    if bare:
        told.append(
            Note(
                ngettext(
                    "%(n)d picture has no description for those who cannot see it.",
                    "%(n)d pictures have no description for those who cannot see them.",
                    len(bare),
                )
                % {"n": len(bare)},
                stops=False,
            )
        )
    if look.card and not look.card.image:
        told.append(Note(_("The page gives no picture."), stops=False))
    if network.dialog and not network.dialog.takes_text and network.api is None:
        told.append(Note(_("Its window takes the link alone: the words are pasted by the person."), stops=False))
    return told


def accounts(person: Person) -> list[Target]:
    """The accounts of a person that Kaja posts to: what a delegate can choose among. Without the company's keys an
    account is of no use: its network's own window stands there instead."""
    rows = list(connecting.accounts(person))
    entered = company_apps.entered() if any(BY_KEY[one.network].app for one in rows) else frozenset()
    return [
        Target(f"account:{one.pk}", connecting.network_of(one), one)
        for one in rows
        if BY_KEY[one.network].app is None or one.network in entered
    ]


def prepared(preparation: Preparation, rows: Sequence[Share], text: str) -> list[Look]:
    """How these posts of what a delegate prepared will go out, with their own links, when the words are `text`."""
    chosen = [Target(f"share:{share.pk}", shares.network_of(share), share.account) for share in rows]
    links = {f"share:{share.pk}": minting.address(share.link) for share in rows if share.link}
    return looks(preparation.item, text, chosen, links)


def targets(person: Person, item: Item) -> list[Target]:
    """Accounts first, which Kaja posts to by itself; then dialogs of networks that are not connected, or where posting
    by itself costs the company something: for an item without a link only those that open with words alone."""
    connected = accounts(person)
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


def looks(item: Item, text: str, chosen: list[Target], links: Mapping[str, str] | None = None) -> list[Look]:
    """Preview and count for each chosen target; `links` are the addresses of those that have theirs already, by the
    target's value."""
    sample = shares.sample_link() if item.url else ""
    link = {target.value: (links or {}).get(target.value, sample) for target in chosen}
    written = list(item.previews.select_related("image")) if item.url else []
    keys = [target.network.key for target in chosen]
    return [
        replace(
            _look(item, target, text, link[target.value], written, _shown(item, target)),
            apart=target.account.handle if target.account and keys.count(target.network.key) > 1 else "",
        )
        for target in chosen
    ]


def look_of(share: Share, text: str) -> Look:
    """How a share will look with these words, its own link among them."""
    link = minting.address(share.link) if share.link else ""
    target = Target("", shares.network_of(share), share.account if share.way == Share.Way.API else None)
    written = list(share.item.previews.select_related("image")) if share.item.url else []
    return _look(share.item, target, text, link, written, _shown(share.item, target))


def everywhere(person: Person, item: Item, words: dict[str, str], *, phone: bool) -> list[Look]:
    """How `words` (by network's key, "" for all) look on each network whose look is known: as Kaja would post them, by
    the person's own account where there is one."""
    link = shares.sample_link() if item.url else ""
    own = {one.network: one for one in connecting.accounts(person)}
    written = list(item.previews.select_related("image")) if item.url else []
    shown = []
    for network in offered():
        if not network.drawn.reactions:
            continue
        account = own.get(network.key)
        target = Target("", connecting.network_of(account) if account else network, account)
        text = words.get(network.key, words[""])
        pictures = posted.pictures(item, network)
        look = _look(item, target, text, link, written, pictures, phone=phone)
        shown.append(replace(look, notes=_notes(item, look)))
    return shown


def _look(
    item: Item,
    target: Target,
    text: str,
    link: str,
    written: list[LinkPreview],
    shown: list[Media],
    *,
    phone: bool = False,
) -> Look:
    network, account = target.network, target.account
    file = posted.file(item, network) if account else None
    # Where the company's own post is passed on there is no link of Kaja's, and no card.
    passed_on = account is not None and bool(posted.reshares(item, network))
    whole = shares.with_link(text, link) if link and not passed_on else text
    carded = bool(item.url) and not shown and file is None and not passed_on
    drawn = preview.drawn(network, whole, card=carded and network.draws_cards, phone=phone)
    remarks = posted.remarks_of(item, network) if account else []
    return Look(
        target=target,
        pieces=drawn.pieces,
        rest=drawn.rest,
        count=counting.count(network, whole),
        card=previews.resolve(item, network.key, written) if carded and network.draws_cards else None,
        pictures=shown,
        file=file,
        handle=f"@{account.handle}" if account and not network.drawn.as_account else "",
        author=(account.display_name or account.handle) if account and network.drawn.as_account else "",
        remarks=[words for _code, words in remarks],
        refused=any(code == "check" for code, _words in remarks),
        spend=spending.of(network, whole, link, shown) if account else None,
    )


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
    """The host that networks write on the card: that of the short link, whose page tells them what the card says."""
    return looks_of_links.host() if item.url else ""


def source(item: Item) -> str:
    """The host of the item's own address."""
    return addresses.host(item.url)


def opening(item: Item) -> str:
    """What stands in an empty post: the hashtag of an invitation, below the place for the person's own words."""
    tag = item.details.get("hashtag") if kinds.of(item).detail("hashtag") else ""
    return f"\n\n#{tag}" if tag else ""

"""What the editor's page shows of a link's preview: one network at a time, what was written, how it looks (E4)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kaja import addresses
from kaja.content import attaching, kinds, previews
from kaja.content.models import Item, LinkPreview, Media
from kaja.content.previews import Preview
from kaja.networks import preview
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network
from kaja.networks.preview import Piece


@dataclass(frozen=True)
class Choice:
    name: str
    address: str
    here: bool
    written: bool
    network: Network | None = None


@dataclass(frozen=True)
class Look:
    """The preview on one network (None: on all), the rows it comes from, and what else could be chosen."""

    network: Network | None
    choices: list[Choice]
    own: LinkPreview | None
    shown: Preview
    host: str
    # Of a post without a link, or of pictures: its words and what it shows itself.
    pieces: list[Piece]
    pictures: list[Media]

    @property
    def key(self) -> str:
        return self.network.key if self.network else ""


def host() -> str:
    """The host that networks write on the card: that of the short link."""
    return addresses.host(settings.LINK_BASE_URL)


def choose(item: Item, key: str) -> Look:
    """The look on this network; an unknown one is all networks."""
    networks = [one for one in offered() if _takes(item, one)]
    key = key if key in {one.key for one in networks} else ""
    written = {row.network: row for row in item.previews.select_related("image")}
    here = reverse("item", args=[item.pk])
    choices = [Choice(_("All networks"), f"{here}#look", not key, "" in written)]
    choices += [
        Choice(one.name, f"{here}?look={one.key}#look", one.key == key, one.key in written, one) for one in networks
    ]
    shown = previews.resolve(item, key, written.values())
    network = BY_KEY.get(key)
    pieces = preview.pieces(network or networks[0], _words(item)) if not item.url and networks else []
    return Look(network, choices, written.get(key), shown, host(), pieces, _pictures(item, network))


def _takes(item: Item, network: Network) -> bool:
    """Whether the item can look like anything of its own there: a card, or words that go without a link."""
    if item.url:
        return network.draws_cards
    return network.limits is not None and (network.api is not None or bool(network.dialog and network.dialog.plain))


def _words(item: Item) -> str:
    """The first suggested words in the item's language, else any; of an invitation its hashtag."""
    words = sorted(item.captions.all(), key=lambda one: (one.network != "", one.language != item.language))
    return words[0].text if words else f"#{item.details['hashtag']}" if item.details.get("hashtag") else ""


def _pictures(item: Item, network: Network | None) -> list[Media]:
    """As many as the network takes; all of them where none is chosen."""
    kind = kinds.of(item)
    own = [one.media for one in attaching.of(item)] if kind.posts_pictures else []
    if not own and not item.url and kind.words and item.image:
        own = [item.image]
    most = len(own) if network is None else network.limits.pictures if network.limits else 0
    return own[:most]

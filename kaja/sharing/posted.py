"""Which pictures a post shows itself, beside or instead of a link's card."""

from kaja.content import attaching, kinds
from kaja.content.models import Item, Media
from kaja.networks.contract import Network


def pictures(item: Item, network: Network) -> list[Media]:
    """Those of a post of pictures, in their order, as many as the network takes; of one without a link its own."""
    most = network.limits.pictures if network.limits else 0
    return every_picture(item)[:most]


def every_picture(item: Item) -> list[Media]:
    """Every picture that belongs into a post of this item; by hand people may take them all."""
    kind = kinds.of(item)
    if kind.posts_pictures:
        return [one.media for one in attaching.of(item)]
    alone = not item.url and kind.words
    return [item.image] if alone and item.image else []

"""What the editor's page shows of a link's preview: one network at a time, what was written, how it looks (E4)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kaja import addresses
from kaja.content import previews
from kaja.content.models import Item, LinkPreview
from kaja.content.previews import Preview
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network


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

    @property
    def key(self) -> str:
        return self.network.key if self.network else ""


def host() -> str:
    """The host that networks write on the card: that of the short link."""
    return addresses.host(settings.LINK_BASE_URL)


def choose(item: Item, key: str) -> Look:
    """The look on this network; an unknown one is all networks."""
    networks = [one for one in offered() if one.draws_cards]
    key = key if key in {one.key for one in networks} else ""
    written = {row.network: row for row in item.previews.select_related("image")}
    here = reverse("item", args=[item.pk])
    choices = [Choice(_("All networks"), f"{here}#look", not key, "" in written)]
    choices += [
        Choice(one.name, f"{here}?look={one.key}#look", one.key == key, one.key in written, one) for one in networks
    ]
    shown = previews.resolve(item, key, written.values())
    return Look(BY_KEY.get(key), choices, written.get(key), shown, host())

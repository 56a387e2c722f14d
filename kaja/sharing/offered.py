"""The composer's offers of a time in words: the next slot and the best time of each chosen place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.content.models import Item
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people.models import Person
from kaja.sharing import timing
from kaja.sharing.composing import Target


@dataclass(frozen=True)
class Said:
    """What is offered for one network, as it is said."""

    network: Network
    queue: datetime | None
    best: datetime | None
    why: str
    # A slot made of this best time says the same of itself.
    source: str


@dataclass(frozen=True)
class Offers:
    """The offers of every chosen place that Kaja posts to; `queue` and `best` are the first of them."""

    each: list[Said]

    @property
    def queue(self) -> datetime | None:
        return next((one.queue for one in self.each if one.queue), None)

    @property
    def best(self) -> datetime | None:
        return next((one.best for one in self.each if one.best), None)


def of(person: Person, item: Item, chosen: Iterable[Target]) -> Offers:
    """Offers for the accounts among the chosen places."""
    networks = [target.network.key for target in chosen if target.account is not None]
    return Offers(
        [
            Said(
                BY_KEY[one.network],
                one.place.at if one.place else None,
                one.best.at if one.best else None,
                why(one.best) if one.best else "",
                one.best.source if one.best else "",
            )
            for one in timing.offers(person, item, networks)
        ]
    )


def why(best: timing.Best) -> str:
    """What a best time rests on, in one sentence."""
    if best.source == "own":
        return ngettext("from %d of your posts", "from %d of your posts", best.posts) % best.posts
    if best.source == "company":
        return _("too little of your own data: the company’s usual time")
    return _("no time is surely better yet: a weekday in working hours")

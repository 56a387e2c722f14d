"""What Kaja can do on a network by its API, in plain words: read from the constant, told on every page that says so."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaja.networks import company_apps
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network


@dataclass(frozen=True)
class Ability:
    """One thing and whether Kaja can do it there; `missing` is the sentence for when it cannot."""

    name: str
    able: bool
    words: Promise
    missing: Promise


def of(network: Network) -> list[Ability]:
    """What the network's API lets Kaja do; empty when Kaja does not speak to it."""
    api = network.api
    if api is None:
        return []
    return [
        Ability("post", True, _("Posts when you press Share"), _("Does not post")),
        Ability(
            "pictures",
            takes_pictures(network),
            _("Posts pictures"),
            _("No pictures of its own; the link’s card has one"),
        ),
        Ability("videos", api.films, _("Posts videos"), _("Posts no videos: the link stands for them")),
        *(
            [Ability("documents", api.documents, _("Posts PDFs to leaf through"), _("Posts no PDFs"))]
            if network.takes and network.takes.documents
            else []
        ),
        *(
            [
                Ability(
                    "reshare",
                    True,
                    _("Passes the company’s own posts on, with your words above"),
                    _("Passes no posts on"),
                )
            ]
            if api.reshare
            else []
        ),
        Ability(
            "edit",
            edits(network),
            _("Corrects a post afterwards"),
            _("Cannot correct a post afterwards"),
        ),
        Ability(
            "remove",
            network.can_delete and api.remove is not None,
            _("Takes a post down when you say so"),
            _("Cannot take a post down: you do that there"),
        ),
        Ability(
            "figures",
            api.figures is not None or network.reading is not None,
            _("Reads likes, reposts and replies of what you shared here"),
            _("Reads no likes or replies; clicks are counted all the same"),
        ),
    ]


@dataclass(frozen=True)
class Remark:
    """What an address means for those who share it on one network; `good` when it is as an editor would want it."""

    network: Network
    good: bool
    words: str


def of_address(url: str) -> list[Remark]:
    """What an editor should know of an address that names a post on a network by which the company posts: whether
    people will pass that post on, and if not, which address would do. Empty for every other address."""
    return [remark for one in BY_KEY.values() if (remark := _of_address(one, url)) and company_apps.works_by_api(one)]


def _of_address(network: Network, url: str) -> Remark | None:
    api = network.api
    if not url or api is None or api.reshare is None:
        return None
    if api.reshare(url):
        said = gettext("Whoever shares this on %s by their account passes the post itself on, with their words above.")
        return Remark(network, True, said % network.name)
    against = api.cannot_reshare(url) if api.cannot_reshare else ""
    return Remark(network, False, gettext(against)) if against else None


def edits(network: Network) -> bool:
    """Whether Kaja can change the words of a post there."""
    return network.can_edit and network.api is not None and network.api.edit is not None


def why_no_edit(network: Network) -> str:
    """Why it cannot, in a sentence: the network's own reason, else that it has no way."""
    if network.no_edit:
        return gettext(network.no_edit)
    return gettext("%s lets no program change a post once it is out.") % network.name


def takes_pictures(network: Network) -> bool:
    """Whether a post that Kaja sends there may show pictures of its own."""
    return network.limits is not None and network.limits.pictures > 0


def kinds(network: Network) -> frozenset[str]:
    """The names of what is possible there, with "dialog" and "words" (the dialog takes the words along)."""
    able = {one.name for one in of(network) if one.able}
    if network.dialog is not None:
        able |= {"dialog", "words"} if network.dialog.takes_text else {"dialog"}
    return frozenset(able)

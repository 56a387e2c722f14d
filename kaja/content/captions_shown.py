"""What the editor's page shows of an item's suggested words: one language, one network at a time (screen 03b)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kaja.content import captions
from kaja.content.models import Caption, Item
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import Network


@dataclass(frozen=True)
class Choice:
    """A language or a network to look at, with the number of words it has."""

    name: str
    count: int
    address: str
    here: bool
    network: Network | None = None


@dataclass(frozen=True)
class Chosen:
    """The words of one language and network (empty: for all networks), and what else could be chosen."""

    language: str
    network: str
    languages: list[Choice]
    networks: list[Choice]
    words: list[tuple[Caption, list[str]]]

    @property
    def _names(self) -> dict[str, str]:
        chosen = next((one.name for one in self.languages if one.here), self.language)
        return {"language": chosen, "network": next((one.name for one in self.networks if one.here), self.network)}

    @property
    def adding(self) -> str:
        """The label of the field for more words."""
        if self.network:
            return _("Add words in %(language)s for %(network)s alone") % self._names
        return _("Add words in %(language)s for all networks") % self._names

    @property
    def none(self) -> str:
        """What stands where there are no words."""
        if self.network:
            return _("Nothing of its own for %(network)s: it takes the words for all networks.") % self._names
        return _("None yet. Three different voices are enough. People change them anyway.")


def choose(item: Item, *, language: str = "", network: str = "") -> Chosen:
    """The words to show; ask for the item with `prefetch_related("captions")`.

    An unknown or empty language is the item's own (or the first that has words), an unknown network all networks.
    """
    all_words = list(item.captions.all())
    spoken = Counter(one.language for one in all_words)
    names = dict(settings.LANGUAGES) | {code: code.upper() for code in spoken if code not in dict(settings.LANGUAGES)}
    if language not in names:
        language = item.language if item.language in names else next(iter(names))
    known = offered()
    network = network if network in {one.key for one in known} else ""
    here = [one for one in all_words if (one.language, one.network) == (language, network)]
    targets = known if not network else [BY_KEY[network]]
    words = [(one, [too.name for too in captions.too_long_for(one.text, targets)]) for one in here]
    languages = [
        Choice(name, spoken[code], _address(item, code, network), code == language) for code, name in names.items()
    ]
    return Chosen(language, network, languages, _networks(item, all_words, known, language, network), words)


def _networks(item: Item, words: list[Caption], known: list[Network], language: str, here: str) -> list[Choice]:
    """All networks, then those with rules of their own for text."""
    counts = Counter(one.network for one in words if one.language == language)
    rows = [Choice(_("All networks"), counts[""], _address(item, language, ""), not here)]
    return rows + [
        Choice(one.name, counts[one.key], _address(item, language, one.key), one.key == here, one)
        for one in known
        if one.limits or counts[one.key]
    ]


def _address(item: Item, language: str, network: str) -> str:
    return f"{address(item, language=language, network=network)}#words"


def address(item: Item, *, language: str, network: str) -> str:
    """The editor's page with these words chosen."""
    chosen = {"language": language} | ({"network": network} if network else {})
    return f"{reverse('item', args=[item.pk])}?{urlencode(chosen)}"

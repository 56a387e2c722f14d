"""Suggested words of an item, per language and network (A4)."""

from __future__ import annotations

from collections import Counter

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import items, searching
from kaja.content.models import Caption, Item
from kaja.networks import counting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people.models import Person
from kaja.people.roles import Permission, require

MOST = 15
LONGEST = 3000
# Room that a link and a space before it take on a network that counts links in full.
LINK_ROOM = 40


@transaction.atomic
def add(*, person: Person, item: Item, language: str, text: str, network: str = "", voice: str = "") -> Caption:
    """Add words; at most 15 for a language and network, none of them twice. Raises ValidationError."""
    require(person.may(Permission.EDIT_CONTENT))
    words = text.replace("\r\n", "\n").strip()
    _check(item, words, language, network)
    caption = Caption.objects.create(
        item=item,
        language=language,
        network=network,
        text=words,
        voice=voice.strip()[:40],
        position=item.captions.count(),
    )
    lines.write(actor=person, verb="caption.added", on=caption, item=item.pk)
    searching.index([item])
    return caption


def _check(item: Item, words: str, language: str, network: str, *, but: int | None = None) -> None:
    if not words:
        raise ValidationError(_("Write the words first."), code="empty")
    if len(words) > LONGEST:
        raise ValidationError(_("These words are longer than %d characters.") % LONGEST, code="too-long")
    items.check_language(language)
    if network and network not in BY_KEY:
        raise ValidationError({"network": _("There is no network “%s”.") % network[:40]}, code="network")
    others = item.captions.filter(language=language, network=network).exclude(pk=but or 0)
    if others.filter(text=words).exists():
        raise ValidationError(_("These very words are there already."), code="twice")
    if others.count() >= MOST:
        raise ValidationError(_("There are %d already. Remove one before you add another.") % MOST, code="many")
    if network:
        over = _over(BY_KEY[network], words)
        if over > 0:
            raise ValidationError(
                _("%(network)s takes less: this is %(over)d characters too long with its link.")
                % {"network": BY_KEY[network].name, "over": over},
                code="too-long",
            )


def _over(network: Network, words: str) -> int:
    if network.limits is None:
        return 0
    return counting.measure(network.limits, words) + (network.limits.link_length or LINK_ROOM) - network.limits.text


def too_long_for(words: str, networks: list[Network]) -> list[Network]:
    """The networks on which these words with a link would not fit."""
    return [network for network in networks if _over(network, words) > 0]


@transaction.atomic
def change(*, person: Person, caption: Caption, text: str, voice: str = "") -> None:
    """Change words. Raises ValidationError."""
    require(person.may(Permission.EDIT_CONTENT))
    words = text.replace("\r\n", "\n").strip()
    _check(caption.item, words, caption.language, caption.network, but=caption.pk)
    Caption.objects.filter(pk=caption.pk).update(text=words, voice=voice.strip()[:40])
    lines.write(actor=person, verb="caption.changed", on=caption, item=caption.item_id)
    searching.index([caption.item])


@transaction.atomic
def remove(*, person: Person, caption: Caption) -> None:
    """Remove words; shares that began with them keep theirs."""
    require(person.may(Permission.EDIT_CONTENT))
    lines.write(actor=person, verb="caption.removed", on=caption, item=caption.item_id)
    item = caption.item
    caption.delete()
    searching.index([item])


def languages_of(item: Item) -> Counter[str]:
    """How many captions there are in each language."""
    return Counter(caption.language for caption in item.captions.all())

"""Suggested words of an item, per language and network (A4)."""

from __future__ import annotations

from collections import Counter

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import changes, items, review, searching, versions
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
    """Add words; at most 15 for a language and network, none of them twice. Raises ValidationError.

    Words of what is approved are added to a change of it: `item` of the answer is the row that has them.
    """
    require(person.may(Permission.EDIT_CONTENT))
    words = text.replace("\r\n", "\n").strip()
    row = changes.row(item, person=person)
    _check(row, words, language, network)
    caption = Caption.objects.create(
        item=row,
        language=language,
        network=network,
        text=words,
        voice=voice.strip()[:40],
        position=row.captions.count(),
    )
    _changed(person, row)
    lines.write(actor=person, verb="caption.added", on=caption, item=item.root.pk)
    return caption


def _changed(person: Person, row: Item) -> None:
    versions.keep(row, person=person)
    review.changed(person=person, item=row)
    searching.index([row])


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
def change(*, person: Person, caption: Caption, text: str, voice: str = "") -> Caption:
    """Change words; of what is approved, in a change of it. Answers the words that are different now. Raises
    ValidationError."""
    require(person.may(Permission.EDIT_CONTENT))
    words = text.replace("\r\n", "\n").strip()
    row = changes.row(caption.item, person=person)
    copy = changes.copy_of(caption, row)
    _check(row, words, copy.language, copy.network, but=copy.pk)
    Caption.objects.filter(pk=copy.pk).update(text=words, voice=voice.strip()[:40])
    _changed(person, row)
    lines.write(actor=person, verb="caption.changed", on=caption, item=row.root.pk)
    copy.refresh_from_db()
    return copy


@transaction.atomic
def remove(*, person: Person, caption: Caption) -> Item:
    """Remove words; shares that began with them keep theirs. Answers the row that has them no longer."""
    require(person.may(Permission.EDIT_CONTENT))
    row = changes.row(caption.item, person=person)
    lines.write(actor=person, verb="caption.removed", on=caption, item=row.root.pk)
    changes.copy_of(caption, row).delete()
    _changed(person, row)
    return row


def languages_of(item: Item) -> Counter[str]:
    """How many captions there are in each language."""
    return Counter(caption.language for caption in item.captions.all())

"""Whether sharing is on hold, all of it or what is about one thing (crisis mode, C5): from memory for pages, from its
row for verbs and delivery."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kaja.content.models import Item
from kaja.memory import Kept
from kaja.sharing import naming
from kaja.sharing.models import Crisis, Share

# Why a share waits while a crisis lasts, and after it until its person has decided.
REASON = "crisis"


def _read() -> Crisis | None:
    row = Crisis.objects.filter(lasting=True).select_related("begun_by", "topic", "campaign").first()
    if row is not None:
        row.holding  # noqa: B018 - read now, so that it is kept with the row
    return row


_kept = Kept(_read, about="crisis", seconds=2.0)


def current() -> Crisis | None:
    """The crisis that lasts, as a page needs it: at most two seconds old, and free of charge."""
    return _kept.get()


def holds(item: int) -> bool:
    """Whether the item of this number is on hold, as a page needs it: at most two seconds old, and free of charge."""
    row = current()
    return row is not None and item in row.holding


def holds_share(share: Share) -> bool:
    """Whether this share is on hold, as a page needs it: its item, or the words that stand in it."""
    row = current()
    return row is not None and (share.item_id in row.holding or bool(_found(row, share.item, _words(share))))


def said(item: Item, text: str) -> str:
    """What stops these words just now, as a sentence for the one who writes them; empty as a rule, and free of charge.
    That all of the item is on hold its page says already."""
    row = current()
    found = _found(row, item, text) if row is not None and item.pk not in row.holding else ""
    return _("“%s” is on hold just now. Leave it out, or wait until it opens again.") % found if found else ""


def _found(crisis: Crisis, item: Item, text: str) -> str:
    """The words of a crisis that stand in this text, or in the item's title."""
    return naming.find(crisis.phrases, item.title, text) if crisis.only == Crisis.Only.WORDS else ""


def _words(share: Share) -> str:
    return naming.own_words(share.text, share.link.slug if share.link else None)


def stops(share: Share, text: str | None = None) -> bool:
    """Whether a crisis about this share lasts at this very moment: about everything, about its item, or about words
    that stand in it (or in `text`, others for it). One query."""
    row = Crisis.objects.filter(lasting=True).holding_or_words(share.item).first()
    return row is not None and (
        row.only != Crisis.Only.WORDS or bool(_found(row, share.item, _words(share) if text is None else text))
    )


def stop(item: Item, text: str) -> None:
    """Raise ValidationError (code "crisis") while a crisis about the item, or about words that stand in `text` or in
    its title, lasts: nothing new is shared by any door."""
    row = Crisis.objects.filter(lasting=True).holding_or_words(item).select_related("topic", "campaign").first()
    if row is None or (row.only == Crisis.Only.WORDS and not _found(row, item, text)):
        return
    if row.only:
        about = _found(row, item, text) or row.about
        said = _("“%s” is on hold just now. Your words are still here; share them when it opens again.") % about
    else:
        said = _(
            "Sharing is on hold for everybody just now. Your words are still here; share them when it opens again."
        )
    raise ValidationError(said, code="crisis")


def context(_request: HttpRequest) -> dict[str, Any]:
    """For every template: the crisis that lasts, None as a rule."""
    return {"crisis": current()}

"""Whether sharing is on hold, all of it or what is about one thing (crisis mode, C5): from memory for pages, from its
row for verbs and delivery."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kaja.content.models import Item
from kaja.memory import Kept
from kaja.sharing.models import Crisis

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


def lasts(item: Item) -> bool:
    """Whether a crisis that is about this item lasts at this very moment. One query."""
    return Crisis.objects.filter(lasting=True).over(item).exists()


def stop(item: Item) -> None:
    """Raise ValidationError (code "crisis") while a crisis about the item lasts: nothing new is shared by any door."""
    row = Crisis.objects.filter(lasting=True).over(item).select_related("topic", "campaign").first()
    if row is None:
        return
    if row.only:
        said = _("“%s” is on hold just now. Your words are still here; share them when it opens again.") % row.about
    else:
        said = _(
            "Sharing is on hold for everybody just now. Your words are still here; share them when it opens again."
        )
    raise ValidationError(said, code="crisis")


def context(_request: HttpRequest) -> dict[str, Any]:
    """For every template: the crisis that lasts, None as a rule."""
    return {"crisis": current()}

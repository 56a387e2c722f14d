"""Whether all sharing is on hold (crisis mode, C5): from memory for pages, from its row for verbs and delivery."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kaja.memory import Kept
from kaja.sharing.models import Crisis

# Why a share waits while a crisis lasts, and after it until its person has decided.
REASON = "crisis"


# Whether a crisis lasts, to be asked along with something else.
lasting = Exists(Crisis.objects.filter(lasting=True))


def _read() -> Crisis | None:
    return Crisis.objects.filter(lasting=True).select_related("begun_by").first()


_kept = Kept(_read, about="crisis", seconds=2.0)


def current() -> Crisis | None:
    """The crisis that lasts, as a page needs it: at most two seconds old, and free of charge."""
    return _kept.get()


def lasts() -> bool:
    """Whether a crisis lasts at this very moment. One query."""
    return Crisis.objects.filter(lasting=True).exists()


def stop() -> None:
    """Raise ValidationError (code "crisis") while a crisis lasts: nothing new is shared by any door."""
    if lasts():
        raise ValidationError(
            _("Sharing is on hold for everybody just now. Your words are still here; share them when it opens again."),
            code="crisis",
        )


def context(_request: HttpRequest) -> dict[str, Any]:
    """For every template: the crisis that lasts, None as a rule."""
    return {"crisis": current()}

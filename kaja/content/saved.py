"""Saved views: the library's filters under a name; a person's own, or shared with everybody who reads it (A2)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content.library import Filter
from kaja.content.models import SavedView
from kaja.people.models import Person
from kaja.people.roles import Permission, require

MOST = 30


def may_share(person: Person) -> bool:
    """Views for everybody are made by those who run the library: they write it and approve it."""
    return person.may(Permission.EDIT_CONTENT) and person.may(Permission.REVIEW_CONTENT)


def of(person: Person) -> QuerySet[SavedView]:
    """The views a person sees in the library: their own and those shared with all."""
    return SavedView.objects.filter(Q(person=person) | Q(shared=True)).order_by("name", "pk")


def _checked(person: Person, name: str, *, but: int = 0) -> str:
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give the view a name.")})
    if len(name) > 60:
        raise ValidationError({"name": _("This is longer than %d characters.") % 60})
    if SavedView.objects.filter(person=person, name=name).exclude(pk=but).exists():
        raise ValidationError({"name": _("You have a view of this name already.")})
    return name


@transaction.atomic
def save(*, person: Person, name: str, query: str, shared: bool = False) -> SavedView:
    """Keep filters (the rest of an address: "category=product&words=robot") under a name.

    What the library does not know in the address is left out. Raises ValidationError.
    """
    require(person.may(Permission.READ_LIBRARY) and (not shared or may_share(person)))
    kept = Filter.read(QueryDict(query[:2000])).address
    if len(kept) > 600:
        raise ValidationError(_("These filters are too long to keep."))
    if SavedView.objects.filter(person=person).count() >= MOST:
        raise ValidationError(_("You have %d views already. Delete one first.") % MOST)
    view = SavedView.objects.create(person=person, name=_checked(person, name), query=kept, shared=shared)
    lines.write(actor=person, verb="view.saved", on=view, shared=shared)
    return view


@transaction.atomic
def change(*, person: Person, view: SavedView, name: str, shared: bool) -> SavedView:
    """Rename a view of one's own, share it with everybody or keep it to oneself. Raises ValidationError."""
    require(view.person_id == person.pk and (not shared or view.shared or may_share(person)))
    view.name, view.shared = _checked(person, name, but=view.pk), shared
    view.save(update_fields=["name", "shared"])
    lines.write(actor=person, verb="view.changed", on=view, shared=shared)
    return view


@transaction.atomic
def remove(*, person: Person, view: SavedView) -> None:
    """Delete a view of one's own."""
    require(view.person_id == person.pk)
    lines.write(actor=person, verb="view.removed", on=view)
    view.delete()

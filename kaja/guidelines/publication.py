"""The public link of the guidelines: an address nobody can guess, open or closed, listed by search engines or not."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.http import Http404

from kaja.audit import lines
from kaja.guidelines import documents
from kaja.guidelines.models import Edition, PublicLink
from kaja.people.models import Person
from kaja.people.roles import Permission, require


def link() -> PublicLink | None:
    """The link as it stands; none before it was opened for the first time."""
    return PublicLink.objects.order_by("pk").first()


def address(row: PublicLink) -> str:
    return f"{settings.BASE_URL}/g/{row.token}/"


@transaction.atomic
def change(*, person: Person, open_: bool, listed: bool = False) -> PublicLink:
    """Open or close the link; its address stays the same."""
    require(person.may(Permission.EDIT_CONTENT))
    row = PublicLink.objects.select_for_update().order_by("pk").first() or PublicLink(token=secrets.token_urlsafe(24))
    row.open, row.listed = open_, open_ and listed
    row.save()
    lines.write(actor=person, verb="guidelines.link_changed", on=row, open=row.open, listed=row.listed)
    return row


@transaction.atomic
def renew(*, person: Person) -> PublicLink:
    """A new address; the old one leads nowhere from now on."""
    row = change(person=person, open_=True, listed=False)
    row.token = secrets.token_urlsafe(24)
    row.save(update_fields=["token"])
    lines.write(actor=person, verb="guidelines.link_renewed", on=row)
    return row


def public(token: str) -> tuple[PublicLink, Edition]:
    """The link and the version in force. Raises Http404 for a wrong or closed address, or when there is no version."""
    row = PublicLink.objects.filter(token=token, open=True).first()
    edition = documents.current()
    if row is None or edition is None:
        raise Http404
    return row, edition

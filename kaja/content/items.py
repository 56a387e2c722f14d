"""Verbs on items: from an address, by hand, from a feed; change, withdraw. A1-A3, A5 first form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import addresses, outbound
from kaja.audit import lines
from kaja.content import media, pages, ranking
from kaja.content.models import Category, Item, Media, ReviewStep
from kaja.jobs import facts
from kaja.outbound import Refused
from kaja.people.models import Audience, Person
from kaja.people.roles import Permission, require

LONGEST_LIFE = timedelta(days=5 * 365)
PAGE_BYTES = 3_000_000
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_ADDRESS = 300, 4000, 2000
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")
# What a reviewer approved; anybody else who changes it sends it to review again.
REVIEWED = frozenset({"title", "summary", "url", "image", "category", "audience"})


@dataclass(frozen=True)
class Preview:
    """What a page offers for a new item, with its picture kept already."""

    page: pages.Page
    image: Media | None


def look_up(*, person: Person, address: str) -> Preview:
    """Read the page at `address` for an editor. Raises Refused with a sentence."""
    require(person.may(Permission.EDIT_CONTENT))
    if "://" not in address:
        address = f"https://{address.strip()}"
    fetched = outbound.fetch(address, accept="text/html,application/xhtml+xml", limit=PAGE_BYTES)
    page = pages.read(fetched.body, fetched.headers.get("content-type", ""), fetched.url)
    return Preview(page, picture(page.image, alt=page.title))


def picture(address: str, *, alt: str = "") -> Media | None:
    """Fetch and keep a page's picture; none is no reason to refuse the page."""
    if not address:
        return None
    try:
        fetched = outbound.fetch(address, accept="image/*", limit=media.LARGEST_FILE)
        return media.keep(fetched.body, alt=alt)
    except (Refused, ValidationError):
        return None


def create_from_url(*, person: Person, address: str, category: Category) -> Item:
    """A draft from a web page: title, description and picture are read from it. Raises Refused with a sentence."""
    found = look_up(person=person, address=address)
    return create(
        person=person,
        title=found.page.title,
        summary=found.page.description,
        url=found.page.address,
        language=found.page.language or "en",
        category=category,
        kind=Item.Kind.JOB if found.page.job else Item.Kind.LINK,
        image=found.image,
    )


@transaction.atomic
def create(*, person: Person, title: str, category: Category, **fields: Any) -> Item:
    """A draft. Raises ValidationError for times and addresses that make no sense."""
    require(person.may(Permission.EDIT_CONTENT))
    item = Item(title=title, category=category, author=person, **fields)
    check(item)
    item.save()
    lines.write(actor=person, verb="item.created", on=item)
    return item


def check(item: Item) -> None:
    """Raises ValidationError, by field, for what an editor can mend; writes the address as it goes over the wire."""
    if not item.title.strip():
        raise ValidationError({"title": _("Give it a title.")})
    for name, text, most in (("title", item.title, LONGEST_TITLE), ("summary", item.summary, LONGEST_SUMMARY)):
        if len(text) > most:
            raise ValidationError({name: _("This is longer than %d characters.") % most})
    check_language(item.language)
    if item.url and not (address := addresses.fit(item.url)):
        raise ValidationError({"url": _("A web address begins with https://.")})
    if item.url and len(address) > LONGEST_ADDRESS:
        raise ValidationError({"url": _("This is longer than %d characters.") % LONGEST_ADDRESS})
    item.url = address if item.url else ""
    if not item.url and item.kind != Item.Kind.TEXT and item.category.shareable:
        raise ValidationError({"url": _("What is to be shared needs an address.")})
    _check_times(item.live_from, item.live_until)


def check_language(language: str) -> None:
    """Raises ValidationError for what is no language code (BCP 47, language and perhaps script or region)."""
    if not LANGUAGE.fullmatch(language):
        raise ValidationError({"language": _("A language is written with two or three letters, such as et.")})


def _check_times(begins: datetime | None, ends: datetime | None) -> None:
    now = timezone.now()
    for name, moment in (("live_from", begins), ("live_until", ends)):
        if moment is not None and abs(moment - now) > LONGEST_LIFE:
            raise ValidationError({name: _("This is more than five years away. Check the year.")})
    if begins is not None and ends is not None and ends <= begins:
        raise ValidationError({"live_until": _("It would end before it begins. Choose a later end.")})


@transaction.atomic
def change(*, person: Person, item: Item, seen: str = "", **fields: Any) -> Item:
    """Change an item. `seen` is when the editor's page had read it (ISO time of its last change).

    A live item that is changed in what was reviewed, by somebody who may not review, goes back to review. Raises
    ValidationError when somebody else changed it meanwhile.
    """
    require(person.may(Permission.EDIT_CONTENT))
    stored = Item.objects.select_for_update().get(pk=item.pk)
    if seen and stored.updated_at.isoformat() != seen:
        raise ValidationError(
            _("Somebody else changed this meanwhile. Your words are below: compare, then save again.")
        )
    changed = {name for name, value in fields.items() if getattr(stored, name) != value}
    for name, value in fields.items():
        setattr(stored, name, value)
    check(stored)
    if changed & REVIEWED and stored.state == Item.State.APPROVED and not person.may(Permission.REVIEW_CONTENT):
        stored.state = Item.State.IN_REVIEW
        ReviewStep.objects.create(item=stored, what=ReviewStep.What.SUBMITTED, person=person, reason=_("Changed"))
    stored.save()
    if "live_from" in changed:
        ranking.place(stored)
    lines.write(actor=person, verb="item.changed", on=stored, fields=sorted(changed))
    return stored


@transaction.atomic
def withdraw(*, person: Person, item: Item, reason: str) -> None:
    """Take an item out of every feed at once; planned shares of it do not go out."""
    require(person.may(Permission.EDIT_CONTENT) or person.may(Permission.REVIEW_CONTENT))
    if not Item.objects.filter(pk=item.pk, state=Item.State.APPROVED).update(
        state=Item.State.WITHDRAWN, updated_at=timezone.now()
    ):
        raise ValidationError(_("Only what is approved can be withdrawn."))
    ReviewStep.objects.create(item=item, what=ReviewStep.What.WITHDRAWN, person=person, reason=reason)
    lines.write(actor=person, verb="item.withdrawn", on=item, reason=reason)
    facts.record("item.withdrawn", item=item.pk)


def audience_label(audience: Audience | None) -> str:
    """For whom, in words."""
    return audience.label if audience else _("Everyone")

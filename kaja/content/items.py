"""Verbs on items: from an address, by hand, from a feed; change, withdraw. A1-A3, A5 first form."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kaja import addresses, outbound
from kaja.audit import lines
from kaja.content import kinds, media, pages
from kaja.content.models import Category, Item, Media, ReviewStep
from kaja.jobs import facts
from kaja.outbound import Refused
from kaja.people.models import Audience, Person
from kaja.people.roles import Permission, require

LONGEST_LIFE = timedelta(days=5 * 365)
PAGE_BYTES = 3_000_000
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_ADDRESS, LONGEST_BODY = 300, 4000, 2000, 100_000
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")
# What a reviewer approved; anybody else who changes it sends it to review again.
REVIEWED = frozenset({"title", "summary", "body", "details", "url", "image", "category", "audience"})
# What a link's preview is drawn from.
PREVIEWED = frozenset({"title", "summary", "image", "url"})


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


def check(item: Item, *, kind_changes: bool = False) -> None:
    """Raises ValidationError, by field, for what an editor can mend; writes address, details and end as they are kept.

    What a kind needs before it can go out is no error of a draft (see `kinds.lacks`), but for the address of a link;
    one whose kind has just been changed may lack that too.
    """
    if item.kind not in kinds.KINDS:
        raise ValidationError({"kind": _("There is no kind “%s”.") % str(item.kind)[:60]})
    if not item.title.strip():
        raise ValidationError({"title": _("Give it a title.")})
    for name, text, most in (
        ("title", item.title, LONGEST_TITLE),
        ("summary", item.summary, LONGEST_SUMMARY),
        ("body", item.body, LONGEST_BODY),
    ):
        if len(text) > most:
            raise ValidationError({name: _("This is longer than %d characters.") % most})
    check_language(item.language)
    item.details = kinds.read(kinds.of(item), item.details)
    _address(item)
    if not item.url and item.kind == Item.Kind.LINK and item.category.shareable and not kind_changes:
        raise ValidationError({"url": _("What is to be shared needs an address.")})
    item.live_until = kinds.over_at(item) or item.live_until
    _check_times(item.live_from, item.live_until)


def _address(item: Item) -> None:
    """The address as it goes over the wire; that of the page Kaja hosts where there is no other. One that this kind
    has no use for is kept aside, for when the kind changes again."""
    need, ours = kinds.of(item).address, f"{settings.BASE_URL}/stories/"
    elsewhere = "" if item.url.startswith(ours) else item.url
    if need in (kinds.Address.NONE, kinds.Address.OURS):
        if elsewhere:
            item.details["address"] = elsewhere
        elsewhere = ""
    elif not elsewhere:
        elsewhere = item.details.pop("address", "")
    if elsewhere and not (address := addresses.fit(elsewhere)):
        raise ValidationError({"url": _("A web address begins with https://.")})
    if elsewhere and len(address) > LONGEST_ADDRESS:
        raise ValidationError({"url": _("This is longer than %d characters.") % LONGEST_ADDRESS})
    item.url = address if elsewhere else ""
    if not elsewhere and kinds.may_be_hosted(item):
        item.slug = _slug(item)
        item.url = f"{ours}{item.slug}/"


def _slug(item: Item) -> str:
    """The name of the hosted page, from the title; once approved it never changes, since posts lead to it."""
    plain = unicodedata.normalize("NFKD", item.title).encode("ascii", "ignore").decode()
    wanted = slugify(plain)[:60].strip("-") or "story"
    if item.slug and (item.approved_at is not None or item.slug.startswith(wanted)):
        return item.slug
    taken = Item.objects.filter(slug=wanted).exclude(pk=item.pk).exists()
    return f"{wanted}-{secrets.token_hex(3)}" if taken else wanted


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
    ValidationError when somebody else changed it meanwhile, when another kind is wanted for what was approved, and
    when something approved would lack what its kind needs. Another kind loses nothing that was written.
    """
    require(person.may(Permission.EDIT_CONTENT))
    stored = Item.objects.select_for_update().get(pk=item.pk)
    if seen and stored.updated_at.isoformat() != seen:
        raise ValidationError(
            _("Somebody else changed this meanwhile. Your words are below: compare, then save again.")
        )
    if fields.get("kind", stored.kind) != stored.kind and stored.state not in (Item.State.DRAFT, Item.State.IN_REVIEW):
        raise ValidationError({"kind": _("What was approved keeps its kind. Make a new post instead.")})
    before = {name: getattr(stored, name) for name in {*fields, *PREVIEWED}}
    for name, value in fields.items():
        setattr(stored, name, value)
    check(stored, kind_changes="kind" in fields and fields["kind"] != before["kind"])
    changed = {name for name, value in before.items() if getattr(stored, name) != value}
    if stored.state == Item.State.APPROVED and (lacking := kinds.lacks(stored)):
        raise ValidationError(lacking)
    if changed & REVIEWED:
        to_review_again(stored, person)
    stored.save()
    if changed & PREVIEWED:
        facts.record("item.preview_changed", item=stored.pk)
    lines.write(actor=person, verb="item.changed", on=stored, fields=sorted(changed))
    return stored


def to_review_again(item: Item, person: Person) -> None:
    """What was approved and is changed by somebody who may not review waits for a reviewer; the caller saves."""
    if item.state == Item.State.APPROVED and not person.may(Permission.REVIEW_CONTENT):
        item.state = Item.State.IN_REVIEW
        ReviewStep.objects.create(item=item, what=ReviewStep.What.SUBMITTED, person=person, reason=_("Changed"))


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

"""Verbs on items: from an address, by hand, from a feed; change, withdraw. A1-A3, A5 first form."""

from __future__ import annotations

import copy
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kaja import addresses, outbound
from kaja.audit import lines
from kaja.content import changes, kinds, media, pages, ranking, review, searching, versions
from kaja.content.models import Category, Item, Media, ReviewStep
from kaja.jobs import facts
from kaja.outbound import Refused
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require

LONGEST_LIFE = timedelta(days=5 * 365)
PAGE_BYTES = 3_000_000
# So many pages are read for one person's suggestions in an hour; further ones are taken as they are typed.
READ_AN_HOUR = 40
# How long an evergreen item may stand before somebody looks at it again.
REFRESH = timedelta(days=180)
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_ADDRESS, LONGEST_BODY = 300, 4000, 2000, 100_000
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")
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


def suggestible(*, person: Person, address: str) -> Preview | None:
    """What the page at `address` says of itself, for a colleague who suggests it, without its picture; None when it
    does not let itself be read, which is no reason not to suggest it."""
    require(person.may(Permission.SHARE))
    fit = addresses.fit(address if "://" in address else f"https://{address.strip()}")
    used = cache.get_or_set(f"suggest:{person.pk}", 0, timeout=3600) or 0
    if not fit or used >= READ_AN_HOUR:
        return None
    cache.set(f"suggest:{person.pk}", used + 1, timeout=3600)
    try:
        fetched = outbound.fetch(fit, accept="text/html,application/xhtml+xml", limit=PAGE_BYTES, timeout=5)
        return Preview(pages.read(fetched.body, fetched.headers.get("content-type", ""), fetched.url), None)
    except Refused:
        return None


@transaction.atomic
def suggest(
    *,
    person: Person,
    address: str,
    title: str,
    category: Category,
    why: str = "",
    summary: str = "",
    language: str = "",
) -> Item:
    """A colleague's find becomes a draft with their name on it, for an editor to take further. Raises ValidationError
    for what is there already, and for what is no address."""
    require(person.may(Permission.SHARE))
    item = Item(
        title=title.strip()[:LONGEST_TITLE], url=address if "://" in address else f"https://{address.strip()}",
        category=category, summary=summary[:LONGEST_SUMMARY], suggestion=why.strip()[:2000], credit=person,
        language=language if LANGUAGE.fullmatch(language) else company.current().language,
        author=person if person.may(Permission.EDIT_CONTENT) else None,
    )  # fmt: skip
    check(item)
    if not item.url:
        raise ValidationError({"url": _("A web address begins with https://.")})
    if Item.objects.filter(url=item.url, original=False).exclude(state=Item.State.WITHDRAWN).exists():
        raise ValidationError({"url": _("Somebody has brought this already. Thank you all the same.")}, code="twice")
    item.save()
    lines.write(actor=person, verb="item.suggested", on=item)
    return item


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
    versions.keep(item, person=person)
    lines.write(actor=person, verb="item.created", on=item)
    searching.index([item])
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
        # A change of what is approved is about the same page, whose name is the item's alone.
        slug = item.root.slug if item.replaces_id else _slug(item)
        item.slug = None if item.replaces_id else slug
        item.url = f"{ours}{slug}/"


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

    Answers the row that has the change: of what is approved, what a reviewer approved stays as it is, and the change
    is a row of its own (changes.py). Topics and attachments (media, in their order) are lists; campaigns have verbs of
    their own (campaigns.add_items). Raises ValidationError, also when somebody else changed it meanwhile, and when
    another kind is wanted for what was approved. Another kind loses nothing that was written.
    """
    require(person.may(Permission.EDIT_CONTENT))
    stored = Item.objects.select_for_update(of=("self",)).select_related("replaces", "category").get(pk=item.pk)
    if seen and stored.updated_at.isoformat() != seen:
        raise ValidationError(
            _("Somebody else changed this meanwhile. Your words are below: compare, then save again.")
        )
    turned = fields.get("kind", stored.kind) != stored.kind
    if turned and (stored.replaces_id or stored.state not in (Item.State.DRAFT, Item.State.IN_REVIEW)):
        raise ValidationError({"kind": _("What was approved keeps its kind. Make a new post instead.")})
    # What is approved and has an open change is compared with that: it is what is written into.
    open_change = changes.revision(stored)
    target = open_change if open_change and stored.state == Item.State.APPROVED else stored
    fields = _as_kept(target, fields, turned=turned)
    reviewed = {name for name in fields.keys() & versions.REVIEWED if _other(target, name, fields[name])}
    plain = {name for name in fields.keys() - versions.REVIEWED if _other(stored.root, name, fields[name])}
    changed = reviewed | plain
    row = changes.row(target, person=person) if reviewed else stored
    _write(row, {name: fields[name] for name in reviewed}, turned=turned)
    for one in _family(row, stored.root, open_change) if plain else ():
        _write(one, {name: fields[name] for name in plain})
    if reviewed:
        versions.keep(row, person=person)
        review.changed(person=person, item=row)
    if changed & PREVIEWED and row.replaces_id is None:
        facts.record("item.preview_changed", item=row.pk)
    lines.write(actor=person, verb="item.changed", on=stored.root, fields=sorted(changed))
    searching.index({row.pk: row, stored.pk: stored}.values())
    return row


def _as_kept(item: Item, fields: dict[str, Any], *, turned: bool) -> dict[str, Any]:
    """The fields as they would be stored: checked, and with what follows from them (address, details, end)."""
    probe = copy.copy(item)
    for name, value in fields.items():
        if name not in ("topics", "attachments"):
            setattr(probe, name, value)
    # Its own dictionary: what is tidied here is not the item's yet.
    probe.details = dict(probe.details) if isinstance(probe.details, dict) else probe.details
    check(probe, kind_changes=turned)
    follows = {"url", "details", "live_until"} if turned or {"url", "details", "live_until"} & set(fields) else set()
    kept = {name: getattr(probe, name) for name in {*fields, *follows} - {"topics", "attachments"}}
    return {name: fields[name] for name in ("topics", "attachments") if name in fields} | kept


def _family(*rows: Item | None) -> Iterable[Item]:
    """An item and its change, each once."""
    return {one.pk: one for one in rows if one is not None}.values()


@transaction.atomic
def change_in_passing(*, person: Person, item: Item, **fields: Any) -> Item:
    """Change what nobody opens to send it to review: many items at once, a post that is dragged in the calendar.

    A change of an approved item that begins so goes to review by itself; one that is open stays in its writer's hands.
    """
    begins = changes.revision(item.root) is None
    row = change(person=person, item=item, **fields)
    if begins and row.replaces_id is not None:
        review.submit(person=person, item=row)
    return row


def _other(item: Item, name: str, value: Any) -> bool:
    if name == "topics":
        return {one.pk for one in value} != set(item.topics.values_list("pk", flat=True))
    if name == "attachments":
        return [one.pk for one in value] != list(item.attachments.values_list("media", flat=True))
    return bool(getattr(item, name) != value)


def _write(row: Item, fields: dict[str, Any], *, turned: bool = False) -> None:
    """Check and save."""
    for name, value in fields.items():
        if name not in ("topics", "attachments"):
            setattr(row, name, value)
    check(row, kind_changes=turned)
    row.save()
    if "live_from" in fields:
        ranking.place(row)
    if "topics" in fields:
        row.topics.set(fields["topics"])
    if "attachments" in fields:
        versions.attach(row, [one.pk for one in fields["attachments"]])


@transaction.atomic
def still_right(*, person: Person, item: Item) -> Item:
    """An evergreen item was looked at and holds: it is due again in 180 days. Raises ValidationError for another."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = Item.objects.select_for_update().get(pk=item.pk)
    if not stored.evergreen:
        raise ValidationError(_("Only what is evergreen is looked at again."), code="not-evergreen")
    stored.refresh_on = timezone.localdate() + REFRESH
    stored.save(update_fields=["refresh_on", "updated_at"])
    Item.objects.filter(replaces=stored).update(refresh_on=stored.refresh_on)
    lines.write(actor=person, verb="item.still_right", on=stored, refresh_on=stored.refresh_on.isoformat())
    return stored


@transaction.atomic
def withdraw(*, person: Person, item: Item, reason: str) -> None:
    """Take an item out of every feed at once; planned shares of it do not go out."""
    may = (Permission.EDIT_CONTENT, Permission.REVIEW_CONTENT, Permission.RUN_CRISIS)
    require(any(person.may(one) for one in may))
    _withdraw(person, item, reason)


def _withdraw(person: Person | None, item: Item, reason: str) -> None:
    if not Item.objects.filter(pk=item.pk, state=Item.State.APPROVED).update(
        state=Item.State.WITHDRAWN, updated_at=timezone.now()
    ):
        raise ValidationError(_("Only what is approved can be withdrawn."))
    # An open change of it is given up; what it said stays in the versions.
    Item.objects.filter(replaces=item).delete()
    ReviewStep.objects.create(item=item, what=ReviewStep.What.WITHDRAWN, person=person, reason=reason)
    lines.write(actor=person, verb="item.withdrawn", on=item, reason=reason)
    facts.record("item.withdrawn", item=item.pk)


@transaction.atomic
def vanish(*, item: Item, withdraw: bool) -> None:
    """The feed of an item has it no longer: it ends now, or is withdrawn. Kaja's own doing, so nobody is asked."""
    now = timezone.now()
    if withdraw and item.state == Item.State.APPROVED:
        _withdraw(None, item, _("It is in its feed no longer."))
    elif item.live_until is None or item.live_until > now:
        # What was to begin later would end before it begins; it begins never instead.
        begins = item.live_from if item.live_from and item.live_from < now else None
        before = item.live_until
        Item.objects.filter(pk=item.pk).update(live_from=begins, live_until=now, updated_at=now)
        item.live_until = now
        changes.told_of_end(item, before)
        lines.write(actor=None, verb="item.ended", on=item, reason=_("It is in its feed no longer."))

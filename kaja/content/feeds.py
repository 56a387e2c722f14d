"""Feeds that fill the library: add, read politely, never twice the same entry (A5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import addresses, outbound
from kaja.audit import lines
from kaja.content import items, searching, syndication
from kaja.content.models import Category, Feed, Item
from kaja.outbound import Refused
from kaja.people.models import Audience, Person
from kaja.people.roles import Permission, require

HOUR = timedelta(hours=1)
# Pictures are fetched for the newest entries of one reading; the others keep none until an editor opens them.
PICTURES = 12


@dataclass(frozen=True)
class Reading:
    """What one reading brought: new items, entries known before, entries that could not be used."""

    new: int
    known: int
    left_out: int


def add(
    *, person: Person, url: str, category: Category, audience: Audience | None = None, language: str = ""
) -> tuple[Feed, Reading]:
    """Add a feed and read it at once. Raises Refused with a sentence, and ValidationError when it is there already."""
    require(person.may(Permission.EDIT_CONTENT))
    address = addresses.fit(url if "://" in url else f"https://{url.strip()}")
    if not address:
        raise Refused("scheme", _("A web address begins with https:// or http://."))
    if Feed.objects.filter(url=address).exists():
        raise ValidationError(_("This feed is in the library already."), code="twice")
    fetched = outbound.fetch(address, accept="application/rss+xml,application/atom+xml,*/*", limit=syndication.LARGEST)
    found = syndication.read(fetched.body, fetched.url, fetched.headers)
    with transaction.atomic():
        feed = Feed.objects.create(
            url=address, title=found.title, category=category, audience=audience, added_by=person,
            language=language or found.language,
        )  # fmt: skip
        lines.write(actor=person, verb="feed.added", on=feed)
    return feed, _keep(
        feed, found, etag=fetched.headers.get("etag", ""), modified=fetched.headers.get("last-modified", "")
    )


def bring_in(*, person: Person, content: bytes, address: str, category: Category) -> Reading:
    """Read a feed from a file (command line): its entries become drafts. Raises Refused."""
    require(person.may(Permission.EDIT_CONTENT))
    found = syndication.read(content, address)
    feed, _made = Feed.objects.get_or_create(
        url=address,
        defaults={"title": found.title, "category": category, "added_by": person, "language": found.language},
    )
    return _keep(feed, found)


def read(feed: Feed) -> Reading:
    """Read a feed again, asking only for what is new. Raises Refused; the feed remembers its trouble."""
    headers = {"If-None-Match": feed.etag} if feed.etag else {}
    headers |= {"If-Modified-Since": feed.modified} if feed.modified else {}
    try:
        fetched = outbound.fetch(feed.url, limit=syndication.LARGEST, headers=headers)
        if fetched.status == 304:
            _mark(feed)
            return Reading(0, 0, 0)
        found = syndication.read(fetched.body, fetched.url, fetched.headers)
    except Refused as error:
        feed.failures += 1
        feed.trouble = error.sentence[:500]
        feed.next_read_at = timezone.now() + min(HOUR * 2 ** min(feed.failures, 5), timedelta(days=1))
        feed.save(update_fields=["failures", "trouble", "next_read_at"])
        raise
    return _keep(feed, found, etag=fetched.headers.get("etag", ""), modified=fetched.headers.get("last-modified", ""))


def read_due() -> None:
    """Schedule: read every feed whose time has come, but for those from files; one that fails holds up no other."""
    for feed in Feed.objects.filter(url__startswith="http", next_read_at__lte=timezone.now()).order_by("next_read_at")[
        :20
    ]:
        try:
            read(feed)
        except Refused:
            continue


def _mark(feed: Feed, *, etag: str = "", modified: str = "") -> None:
    now = timezone.now()
    feed.failures, feed.trouble, feed.read_at, feed.next_read_at = 0, "", now, now + HOUR
    feed.etag, feed.modified = etag[:300] or feed.etag, modified[:100] or feed.modified
    feed.save(update_fields=["failures", "trouble", "read_at", "next_read_at", "etag", "modified"])


def _keep(feed: Feed, found: syndication.Syndication, *, etag: str = "", modified: str = "") -> Reading:
    """New entries become drafts of the feed's category: an editor adds words and sends them to review."""
    known = set(feed.items.values_list("guid", flat=True))
    fresh = [entry for entry in found.entries if entry.guid not in known]
    pictures = {entry.guid: items.picture(entry.image, alt=entry.title) for entry in fresh[:PICTURES]}
    now = timezone.now()
    with transaction.atomic():
        made = Item.objects.bulk_create(
            (
                Item(
                    feed=feed, guid=entry.guid, title=entry.title, summary=entry.summary, url=entry.address,
                    image=pictures.get(entry.guid), category=feed.category, audience=feed.audience,
                    language=feed.language or "en", author=feed.added_by, created_at=entry.published or now,
                )
                for entry in {entry.guid: entry for entry in fresh}.values()
            ),
            ignore_conflicts=True,
        )  # fmt: skip
        searching.index(feed.items.filter(guid__in=[item.guid for item in made], words__isnull=True))
        _mark(feed, etag=etag, modified=modified)
    return Reading(len(made), len(found.entries) - len(fresh), found.left_out)

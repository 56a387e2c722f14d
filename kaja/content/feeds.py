"""Feeds that fill the library: add, read politely, pause, remove; every reading is written down (A5)."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja import addresses, outbound
from kaja.audit import lines
from kaja.content import feedrules, intake, polling, syndication
from kaja.content.models import Category, Feed, FeedEntry, FeedReading
from kaja.outbound import Fetched, Refused
from kaja.people.models import Audience, Person
from kaja.people.roles import Permission, require

ACCEPT = (
    "application/rss+xml,application/atom+xml,application/feed+json,application/json;q=0.9,"
    "application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5"
)
AGENT = "Kaja/0.1 (feed reader; +https://github.com/kaja)"
# One turn of the schedule reads for so long; what is due then comes first in the next.
TURN_SECONDS = 45.0
# Whoever has claimed a feed and died with it gives it back by not coming.
LEASE = timedelta(minutes=10)
KEEP_READINGS = timedelta(days=90)
TIMEOUT = 10.0
Off, Outcome, Holds = Feed.Off, FeedReading.Outcome, Feed.Holds


@dataclass(frozen=True)
class Reading:
    """What one reading brought: new items, entries known before, entries that wait, entries that could not be used or
    were left out, and items that stayed drafts although a rule wanted more."""

    new: int
    known: int
    left_out: int
    waiting: int = 0
    stuck: int = 0


# --- adding and changing --------------------------------------------------------------------------------------------
def add(
    *,
    person: Person,
    url: str,
    category: Category,
    audience: Audience | None = None,
    language: str = "",
    holds: str = "",
) -> tuple[Feed, Reading]:
    """Add a feed and read it at once. `holds` empty: found out from what it holds. Raises Refused with a sentence, and
    ValidationError when it is there already."""
    require(person.may(Permission.EDIT_CONTENT))
    address = _address(url)
    begun = time.monotonic()
    fetched = outbound.fetch(
        address, accept=ACCEPT, limit=syndication.LARGEST, timeout=TIMEOUT, headers={"User-Agent": AGENT}
    )
    found = syndication.read(fetched.body, fetched.url, fetched.headers)
    feed = _made(person, address, found, category=category, audience=audience, language=language, holds=holds)
    return feed, _keep(feed, found, fetched=fetched, begun=begun)


def bring_in(*, person: Person, content: bytes, address: str, category: Category) -> Reading:
    """Read a feed from a file (command line): its entries become drafts. Raises Refused."""
    require(person.may(Permission.EDIT_CONTENT))
    begun = time.monotonic()
    found = syndication.read(content, address)
    feed = Feed.objects.filter(url=address).first() or _made(person, address, found, category=category)
    return _keep(feed, found, size=len(content), begun=begun)


@transaction.atomic
def _made(
    person: Person,
    address: str,
    found: syndication.Syndication,
    *,
    category: Category,
    audience: Audience | None = None,
    language: str = "",
    holds: str = "",
) -> Feed:
    jobs = any(entry.job for entry in found.entries)
    holds = holds or (Holds.JOBS if jobs else Holds.NEWS)
    feed = Feed.objects.create(
        url=address, title=found.title, category=category, audience=audience, added_by=person,
        language=language or found.language, holds=holds,
        # A job that is advertised no longer should be shared no longer.
        vanished=Feed.Vanished.EXPIRE if holds == Holds.JOBS else Feed.Vanished.KEEP,
    )  # fmt: skip
    feedrules.of(feed)
    lines.write(actor=person, verb="feed.added", on=feed)
    return feed


def _address(url: str, *, but: int = 0) -> str:
    address = addresses.fit(url if "://" in url else f"https://{url.strip()}")
    if not address or len(address) > 1000:
        raise Refused("scheme", _("A web address begins with https:// or http://."))
    if Feed.objects.filter(url=address).exclude(pk=but).exists():
        raise ValidationError(_("This feed is in the library already."), code="twice")
    return address


@transaction.atomic
def change(*, person: Person, feed: Feed, **fields: Any) -> Feed:
    """Change a feed's title, address (url), holds, vanished or language. A new address is read at the next turn. Raises
    Refused for what is no address and ValidationError for what is there already."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = Feed.objects.select_for_update().get(pk=feed.pk)
    if "url" in fields and fields["url"] != stored.url:
        fields["url"] = _address(str(fields["url"]), but=stored.pk)
        stored.etag = stored.modified = stored.trouble = ""
        stored.failures, stored.failing_since, stored.next_read_at = 0, None, timezone.now()
    for name, choices in (("holds", Holds.values), ("vanished", Feed.Vanished.values)):
        if name in fields and fields[name] not in choices:
            raise ValidationError({name: _("Choose one of: %s.") % ", ".join(choices)})
    for name in ("title", "url", "holds", "vanished", "language"):
        if name in fields:
            setattr(stored, name, fields[name])
    stored.title = stored.title[:300]
    stored.save()
    lines.write(actor=person, verb="feed.changed", on=stored, fields=sorted(fields))
    return stored


@transaction.atomic
def pause(*, person: Person, feed: Feed) -> None:
    """Read it no more until somebody says so; what waits, waits."""
    require(person.may(Permission.EDIT_CONTENT))
    Feed.objects.filter(pk=feed.pk).update(off=Off.PAUSED)
    lines.write(actor=person, verb="feed.paused", on=feed)


@transaction.atomic
def resume(*, person: Person, feed: Feed) -> None:
    """Read it again, from the next turn on."""
    require(person.may(Permission.EDIT_CONTENT))
    Feed.objects.filter(pk=feed.pk).update(
        off="", failures=0, failing_since=None, trouble="", next_read_at=timezone.now()
    )
    lines.write(actor=person, verb="feed.resumed", on=feed)


@transaction.atomic
def remove(*, person: Person, feed: Feed) -> None:
    """Remove a feed with its rules and its log; the items that came of it stay."""
    require(person.may(Permission.EDIT_CONTENT))
    lines.write(actor=person, verb="feed.removed", on=feed, url=feed.url)
    feed.delete()


# --- reading --------------------------------------------------------------------------------------------------------
def read_now(*, person: Person, feed: Feed) -> Reading:
    """Read a feed because somebody wants to see. Raises Refused with a sentence, also for one whose server asked for
    patience: its wish goes before ours."""
    require(person.may(Permission.EDIT_CONTENT))
    last = feed.readings.order_by("-at").first()
    if last is not None and last.status in (429, 503) and feed.next_read_at > timezone.now():
        raise Refused(
            "patience",
            _("The server asked to be left alone until %s. Kaja keeps to that.")
            % timezone.localtime(feed.next_read_at).strftime("%H:%M"),
        )
    return read(feed)


def read(feed: Feed) -> Reading:
    """Read a feed again, asking only for what is new. Raises Refused; the feed remembers its trouble."""
    headers = {"User-Agent": AGENT}
    headers |= {"If-None-Match": feed.etag} if feed.etag else {}
    headers |= {"If-Modified-Since": feed.modified} if feed.modified else {}
    begun = time.monotonic()
    fetched: Fetched | None = None
    try:
        fetched = outbound.fetch(feed.url, accept=ACCEPT, limit=syndication.LARGEST, timeout=TIMEOUT, headers=headers)
        if fetched.status == 304:
            return _unchanged(feed, fetched, begun)
        found = syndication.read(fetched.body, fetched.url, fetched.headers)
    except Refused as error:
        _failed(feed, error, fetched, begun)
        raise
    return _keep(feed, found, fetched=fetched, begun=begun)


def read_due() -> None:
    """Schedule: read the feeds whose time has come, the longest due first, for at most 45 seconds; let in what waited
    for a new day. One that fails holds up no other, and one that hangs does so for ten seconds."""
    ends = time.monotonic() + TURN_SECONDS
    tried: set[int] = set()
    while True:
        now = timezone.now()
        due = Feed.objects.filter(url__startswith="http", off="", next_read_at__lte=now).exclude(pk__in=tried)
        feed = due.order_by("next_read_at", "pk").first()
        if feed is None:
            break
        tried.add(feed.pk)
        # Another worker may have been quicker: whoever moves the time reads.
        mine = Feed.objects.filter(pk=feed.pk, next_read_at=feed.next_read_at).update(next_read_at=now + LEASE)
        if mine:
            with suppress(Refused, Feed.DoesNotExist):  # the feed remembers why, or somebody removed it meanwhile
                read(feed)
        if time.monotonic() >= ends:
            break
    waiting = FeedEntry.objects.filter(fate=FeedEntry.Fate.WAITING, feed__off="").values("feed").distinct()
    for feed in Feed.objects.filter(pk__in=waiting):
        intake.release(feed)


def forget_old() -> None:
    """Schedule: forget readings after ninety days, and entries that their feed has not shown for as long."""
    before = timezone.now() - KEEP_READINGS
    FeedReading.objects.filter(at__lt=before).delete()
    FeedEntry.objects.filter(seen_at__lt=before, feed__off="").exclude(fate=FeedEntry.Fate.WAITING).delete()


# --- writing down what came -----------------------------------------------------------------------------------------
def _keep(
    feed: Feed,
    found: syndication.Syndication,
    *,
    begun: float,
    fetched: Fetched | None = None,
    size: int = 0,
) -> Reading:
    taken = intake.take(feed, found)
    headers = fetched.headers if fetched else {}
    feed.etag, feed.modified = headers.get("etag", "")[:300], headers.get("last-modified", "")[:100]
    if fetched and fetched.moved and not Feed.objects.filter(url=fetched.moved[:1000]).exists():
        lines.write(actor=None, verb="feed.moved", on=feed, before=feed.url, after=fetched.moved[:1000])
        feed.url = fetched.moved[:1000]
    _well(feed, headers, ttl=found.ttl, skip_hours=found.skip_hours)
    _log(
        feed, Outcome.READ, begun, status=fetched.status if fetched else 0,
        size=len(fetched.body) if fetched else size, new=taken.new, known=taken.known, waiting=taken.waiting,
        left_out=taken.left_out, trouble=_stuck(taken.stuck),
    )  # fmt: skip
    return Reading(taken.new, taken.known, taken.left_out, taken.waiting, taken.stuck)


def _stuck(n: int) -> str:
    if not n:
        return ""
    return ngettext(
        "%d post went less far than its rule says: whoever set the rule may not send it on, or more people must see "
        "it.",
        "%d posts went less far than their rule says: whoever set the rule may not send them on, or more people must "
        "see them.",
        n,
    ) % n  # fmt: skip


def _unchanged(feed: Feed, fetched: Fetched, begun: float) -> Reading:
    intake.same_again(feed)
    _well(feed, fetched.headers)
    _log(feed, Outcome.SAME, begun, status=304)
    return Reading(0, 0, 0)


def _well(feed: Feed, headers: Any, *, ttl: int = 0, skip_hours: frozenset[int] = frozenset()) -> None:
    now = timezone.now()
    feed.failures, feed.failing_since, feed.trouble, feed.read_at = 0, None, "", now
    feed.next_read_at = polling.usual(now, headers=headers, ttl=ttl, skip_hours=skip_hours)
    feed.save(
        update_fields=["url", "failures", "failing_since", "trouble", "read_at", "next_read_at", "etag", "modified"]
    )


def _failed(feed: Feed, error: Refused, fetched: Fetched | None, begun: float) -> None:
    now = timezone.now()
    gone = error.status == 410
    feed.failures = min(feed.failures + 1, 30_000)
    feed.failing_since = feed.failing_since or now
    feed.trouble = _("The server says that this feed is gone for good.") if gone else error.sentence[:500]
    feed.next_read_at = polling.after_failure(now, failures=feed.failures, headers=error.headers)
    if gone:
        feed.off = Off.GONE
        lines.write(actor=None, verb="feed.gone", on=feed)
    feed.save(update_fields=["failures", "failing_since", "trouble", "next_read_at", "off"])
    status = error.status or (fetched.status if fetched else 0)
    _log(
        feed, Outcome.GONE if gone else Outcome.FAILED, begun, status=status,
        size=len(fetched.body) if fetched else 0, trouble=feed.trouble,
    )  # fmt: skip


def _log(feed: Feed, outcome: FeedReading.Outcome, begun: float, **fields: Any) -> None:
    FeedReading.objects.create(feed=feed, outcome=outcome, ms=int((time.monotonic() - begun) * 1000), **fields)

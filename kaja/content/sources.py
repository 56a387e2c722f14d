"""How the library's feeds are doing: health in a dot and words, how many came, what becomes of them (A5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, IntegerField, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.content import feedrules
from kaja.content.models import Feed, FeedEntry, FeedReading, FeedRule

Fate = FeedEntry.Fate
PERIOD = timedelta(days=30)
SLOW = 5000  # milliseconds
QUIET = timedelta(days=35)


@dataclass(frozen=True)
class Health:
    """`look` is ok, warn, bad or empty (grey: no fault); `words` say the same."""

    look: str
    words: str


def index() -> QuerySet[Feed]:
    """Feeds in order of their titles, each with what `health` and the list need, in a fixed number of queries.

    Adds `kept` and `came` (entries of thirty days), `waits`, `last_new` (when the last item came) and `last_ms`.
    """
    since = timezone.now() - PERIOD
    entries = FeedEntry.objects.filter(feed=OuterRef("pk")).order_by().values("feed")

    def number(which: Q) -> Coalesce:
        counted = entries.filter(which).annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    last = FeedReading.objects.filter(feed=OuterRef("pk")).order_by("-at")
    rest = FeedRule.objects.filter(is_rest=True).select_related("category", "audience", "campaign")
    return (
        Feed.objects.select_related("category", "audience")
        .annotate(
            kept=number(Q(fate=Fate.KEPT, decided_at__gte=since)),
            came=number(Q(decided_at__gte=since)),
            waits=number(Q(fate=Fate.WAITING)),
            last_new=Subquery(entries.filter(fate=Fate.KEPT).annotate(at=Max("decided_at")).values("at")),
            last_ms=Subquery(last.values("ms")[:1]),
            rules_n=Count("rules", filter=Q(rules__is_rest=False)),
        )
        .prefetch_related(Prefetch("rules", rest, to_attr="rest"))
        .order_by(F("title").asc(), "pk")
    )


def health(feed: Feed) -> Health:
    """The health of a feed from `index`."""
    now = timezone.now()
    if feed.off == Feed.Off.GONE:
        return Health("bad", _("Gone since %s") % day(feed.failing_since or now))
    if feed.off == Feed.Off.PAUSED:
        return Health("", _("Paused"))
    if feed.failures and feed.failing_since:
        return Health("bad", _("Failing since %s") % day(feed.failing_since))
    if feed.failures:
        return Health("bad", _("Failing"))
    if feed.read_at is None:
        return Health("", _("Not read yet"))
    if not feed.url.startswith("http"):
        return Health("", _("From a file"))
    if (getattr(feed, "last_ms", 0) or 0) > SLOW:
        return Health("warn", _("Slow: the last reading took %d seconds") % (feed.last_ms // 1000))  # type: ignore[attr-defined]
    last_new = getattr(feed, "last_new", None)
    if last_new and now - last_new > QUIET:
        days = (now - last_new).days
        return Health("warn", ngettext("Nothing new for %d day", "Nothing new for %d days", days) % days)
    return Health("ok", _("Read %s") % ago(feed.read_at))


def next_reading(feed: Feed) -> str:
    """When it is read again, in words."""
    if not feed.url.startswith("http"):
        return _("never, it came from a file")
    if feed.off:
        return _("not planned")
    if is_invented(feed):
        return _("not planned (demo)")
    return date_format(timezone.localtime(feed.next_read_at), "SHORT_DATETIME_FORMAT")


def is_invented(feed: Feed) -> bool:
    """Whether it is one of the demo's, whose next reading lies beyond every demo."""
    return feed.next_read_at > timezone.now() + timedelta(days=365)


def bare(address: str) -> str:
    """An address as people say it, without https://."""
    return address.partition("://")[2] if address.startswith("http") else address


def ago(moment: datetime) -> str:
    """How long ago, in words ("14 minutes ago"), from days on the day."""
    minutes = int((timezone.now() - moment).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%d minute ago", "%d minutes ago", minutes) % minutes
    if minutes < 24 * 60:
        return ngettext("%d hour ago", "%d hours ago", minutes // 60) % (minutes // 60)
    return day(moment)


def day(moment: datetime) -> str:
    """The day of a moment on the company's clock ("21 November")."""
    return date_format(timezone.localtime(moment), "MONTH_DAY_FORMAT")


def then(feed: Feed) -> str:
    """What becomes of entries that no other rule takes, in words."""
    rest = getattr(feed, "rest", None) or []
    return feedrules.outcome(rest[0]) if rest else f"{feed.category.name}, {FeedRule.What.DRAFT.label}".lower()


def sentence(rows: list[tuple[Feed, Health]], total: int) -> str:
    """How things stand, for the head of the page."""
    said = ngettext("%d source fills the library.", "%d sources fill the library.", total) % total
    broken = sum(health.look == "bad" for _feed, health in rows)
    quiet = sum(health.look == "warn" for _feed, health in rows)
    if broken:
        said += " " + ngettext("%d is broken.", "%d are broken.", broken) % broken
    if quiet:
        said += " " + ngettext("%d needs a look.", "%d need a look.", quiet) % quiet
    return said

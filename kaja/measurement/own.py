"""A person's own figures: what their shares brought. Private to them (F11, L6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from kaja.content import own_posts
from kaja.links.models import LinkDay
from kaja.measurement import rollups
from kaja.measurement.figures import Figure, address
from kaja.measurement.models import Snapshot
from kaja.measurement.periods import Period
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people.models import Person
from kaja.sharing.models import Share

# How far back a person's page looks, in weeks.
WEEKS = 26


@dataclass(frozen=True)
class Post:
    """One share with what it got: clicks and visitors by day (measured), the network's latest word (network)."""

    share: Share
    day: date
    clicks: Counter[date]
    visitors: Counter[date]
    told: Snapshot | None

    @property
    def network(self) -> Network:
        return BY_KEY[self.share.network]

    @property
    def all_clicks(self) -> int:
        return self.clicks.total()

    @property
    def line(self) -> list[int]:
        """Clicks added up by day from the day it went out, at most two weeks: a line that never falls."""
        end = min(rollups.today(), self.day + timedelta(days=13))
        sums, whole = [0], 0
        for step in range((end - self.day).days + 1):
            whole += self.clicks[self.day + timedelta(days=step)]
            sums.append(whole)
        return sums


@dataclass(frozen=True)
class Own:
    """A person's posts of the last half year, the newest first, read with three queries."""

    person: Person
    posts: list[Post] = field(default_factory=list)

    @cached_property
    def by_day(self) -> Counter[date]:
        sums: Counter[date] = Counter()
        for post in self.posts:
            sums.update(post.clicks)
        return sums

    def within(self, period: Period) -> list[Post]:
        """Posts that went out in the period."""
        return [post for post in self.posts if period.first <= post.day <= period.last]

    def clicks(self, period: Period) -> Figure:
        """Human clicks on the person's links by the day of the click (docs/figures.md 2.3)."""
        value = sum(n for day, n in self.by_day.items() if period.first <= day <= period.last)
        formula = _("clicks by people on your short links; fetchers, bots, repeats and your own clicks left out")
        return _count("own_clicks", value, formula, address("own_clicks", period))

    def shares(self, period: Period) -> Figure:
        """Shares that went out, each item, network and day once (docs/figures.md 2.1)."""
        value = len({(post.share.item_id, post.share.network, post.day) for post in self.within(period)})
        formula = _("your shares that went out, counted once for each post, network and day")
        return _count("own_shares", value, formula, address("own_shares", period))

    def originals(self, period: Period) -> list[Post]:
        """Posts the person wrote from nothing that went out with the company's hashtag in their words, each item,
        network and day once. Without the hashtag a post is its author's own affair and is not counted."""
        once = {
            (post.share.item_id, post.share.network, post.day): post
            for post in reversed(self.within(period))
            if post.share.item.original and own_posts.carries_hashtag(post.share.text)
        }
        return list(reversed(once.values()))

    def own_posts(self, period: Period) -> Figure:
        """How many of these there are (docs/figures.md 2.1)."""
        formula = _("your own posts that went out with the company’s hashtag, once for each post, network and day")
        return _count("own_posts", len(self.originals(period)), formula, address("own_posts", period))

    def engagement(self, period: Period) -> Figure:
        """Likes, reposts and replies as networks told them last, of posts that went out in the period (2.3)."""
        told = [post.told for post in self.within(period) if post.told]
        value = sum(engaged(snapshot) for snapshot in told) if told else None
        formula = _("likes + reposts + replies, as the networks told them at the latest reading")
        return Figure(
            value, value, None, None, None, "network", formula, address("own_engagement", period),
            "own_engagement", read_at=max((one.at for one in told), default=None),
        )  # fmt: skip


def engaged(snapshot: Snapshot) -> int:
    """Likes, reposts and replies together; what was not told adds nothing."""
    return (snapshot.likes or 0) + (snapshot.reposts or 0) + (snapshot.replies or 0)


def _count(name: str, value: int, formula: str, rows: str) -> Figure:
    return Figure(value, value, None, None, None, "measured", formula, rows, name)


def read(person: Person) -> Own:
    """The posts of the last 26 weeks; clicks of these weeks on older posts are left out with them."""
    since = rollups.today() - timedelta(weeks=WEEKS)
    shares = list(
        Share.objects.published()
        .filter(person=person, published_at__gte=datetime.combine(since, datetime.min.time(), UTC))
        .select_related("item", "item__image")
        .order_by("-published_at", "-id")
    )
    links = {share.link_id for share in shares if share.link_id}
    clicks: dict[int, Counter[date]] = defaultdict(Counter)
    visitors: dict[int, Counter[date]] = defaultdict(Counter)
    mine = Share.objects.filter(person=person, link__isnull=False).values("link")
    rows = LinkDay.objects.filter(link__in=mine, day__gte=since)
    for link, day, people, unique in rows.values_list("link_id", "day", "person", "visitors"):
        if link in links:
            clicks[link][day] += people
            visitors[link][day] += unique
    told = _latest(person, since)
    return Own(
        person,
        [
            Post(
                share,
                rollups.day_of(share.published_at or share.not_before),
                clicks[share.link_id or 0],
                visitors[share.link_id or 0],
                told.get(share.pk),
            )
            for share in shares
        ],
    )


def _latest(person: Person, since: date) -> dict[int, Snapshot]:
    rows = Snapshot.objects.filter(share__person=person, at__date__gte=since, gone=False).order_by("pk")
    return {row.share_id: row for row in rows}


def clicks_of(shares: Iterable[Share]) -> dict[int, Figure]:
    """The clicks of several shares by their number, in one query. Who asks is checked by the door."""
    wanted = list(shares)
    sums = LinkDay.objects.filter(link__in=[share.link_id for share in wanted if share.link_id]).values_list("link")
    people = dict(sums.annotate(n=Sum("person")).order_by())
    formula = _("clicks by people on this share's short link; fetchers, bots, repeats and your own clicks left out")
    return {
        share.pk: _count(
            "share_clicks",
            people.get(share.link_id or 0, 0),
            formula,
            f"{reverse('figure', args=['share_clicks'])}?share={share.pk}",
        )
        for share in wanted
    }


def of_share(share: Share) -> dict[str, Figure]:
    """What one share brought, for its own page and the API: clicks and visitors (measured), and what the network told.

    Who asks is checked by the door: a share's figures are its person's own.
    """
    rows = f"{reverse('figure', args=['share_clicks'])}?share={share.pk}"
    days = LinkDay.objects.filter(link=share.link_id) if share.link_id else LinkDay.objects.none()
    people = list(days.values_list("person", "visitors"))
    formula = _("clicks by people on this share's short link; fetchers, bots, repeats and your own clicks left out")
    found = {
        "clicks": _count("share_clicks", sum(row[0] for row in people), formula, rows),
        "visitors": _count("share_visitors", sum(row[1] for row in people), _("sum of daily unique visitors"), rows),
    }
    told = Snapshot.objects.filter(share=share, gone=False).order_by("-pk").first()
    for name in ("likes", "reposts", "replies"):
        value = getattr(told, name) if told else None
        found[name] = Figure(
            value, value, None, None, None, "network", _("as the network told it at the latest reading"), rows,
            name, read_at=told.at if told else None,
        )  # fmt: skip
    return found

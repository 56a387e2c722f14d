"""The best time to share: clicks of a post by the hour of the week it went out, shrunk towards what is known of more
posts (docs/timing.md).

The hour with the highest raw rate is nearly always a rare one that was lucky: an hour with three clicks of one post
beats an hour with two thousand of two thousand. So every hour begins with the mean of all, and moves away from it as
far as its own posts and clicks carry it. An hour is called best only when it is better than the mean with nine chances
in ten; otherwise nothing is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist

from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from kaja.links.models import LinkDay
from kaja.people.models import Person
from kaja.sharing import clock, timing
from kaja.sharing.models import BestTime, Share

# Younger posts still collect clicks; what is older tells of other readers.
RIPE, OLDEST = timedelta(days=3), timedelta(days=365)
# Below this the company has too little on a network, and a person too little of their own.
COMPANY_POSTS, OWN_POSTS = 200, 20
# With fewer posts, hours are looked at with their neighbours and all weekdays together.
FINE_POSTS = 500
SURE = 0.9
# One lucky post is no time of day: so many must have gone out in the hour.
FEWEST = 10
# How many posts the mean weighs against an hour's own, at least and at most.
WEAKEST, STRONGEST = 5.0, 10_000.0
# Hours that are offered, on weekdays: nobody is asked to be an advocate at night or on a Sunday.
OFFERED = range(8, 20)


@dataclass(frozen=True)
class Post:
    """A share with the clicks it got. `weekday` and `hour` are those of its person's clock, 0 is Monday."""

    weekday: int
    hour: int
    clicks: int


# An hour of one weekday, or (weekday None) of all days from Monday to Friday.
Hour = tuple[int | None, int]


@dataclass(frozen=True)
class Estimate:
    """What is believed of one hour: clicks per post (the mean of a gamma distribution of this shape), how many posts
    went out in it."""

    rate: float
    shape: float
    posts: float


@dataclass(frozen=True)
class Picture:
    """The mean of all posts, how strongly it pulls (in posts), how far posts scatter, each hour's estimate."""

    mean: float
    strength: float
    scatter: float
    posts: int
    hours: dict[Hour, Estimate]


def shrunk(clicks: float, exposure: float, *, mean: float, strength: float, scatter: float = 1.0) -> float:
    """The rate of a slot: (mean·strength + clicks/scatter) ÷ (strength + exposure/scatter)."""
    return (mean * strength + clicks / scatter) / (strength + exposure / scatter)


def chance_above(shape: float, rate: float, limit: float) -> float:
    """The probability that a gamma variable of this shape and mean `rate` lies above `limit`.

    By Wilson and Hilferty: the cube root of a gamma variable is nearly normal; right to 0.01 from a shape of 1 on.
    """
    if shape <= 0 or rate <= 0:
        return 0.0
    root = (limit / rate) ** (1 / 3)
    return 1 - NormalDist(1 - 1 / (9 * shape), 1 / (3 * sqrt(shape))).cdf(root)


def scatter_of(posts: Collection[Post], mean: float) -> float:
    """How much more posts scatter than chance alone (a Poisson process) makes them: Σ (c−m)²/m ÷ (posts − 1), ≥ 1."""
    if len(posts) < 2 or mean <= 0:
        return 1.0
    return max(1.0, sum((post.clicks - mean) ** 2 / mean for post in posts) / (len(posts) - 1))


def cells(posts: Iterable[Post], *, fine: bool) -> dict[Hour, tuple[float, float]]:
    """Clicks and posts of each hour; when not `fine`, of all weekdays together and with the hours beside it."""
    sums: dict[Hour, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for post in posts:
        if not fine and post.weekday > 4:
            continue
        for hour in (post.hour,) if fine else (post.hour - 1, post.hour, post.hour + 1):
            one = sums[post.weekday if fine else None, hour % 24]
            one[0] += post.clicks
            one[1] += 1
    return {hour: (clicks, number) for hour, (clicks, number) in sums.items()}


def look(posts: Collection[Post], *, wider: Picture | None = None, fine: bool | None = None) -> Picture:
    """What the posts say of each hour. With `wider` (the company's picture) an hour begins with the person's own mean
    times what the hour does in the company, and the mean itself is drawn to the company's."""
    fine = len(posts) >= FINE_POSTS if fine is None else fine
    total = sum(post.clicks for post in posts)
    if wider:
        mean = shrunk(total, len(posts), mean=wider.mean, strength=wider.strength, scatter=wider.scatter)
    else:
        mean = total / len(posts) if posts else 0.0
    sums = cells(posts, fine=fine)
    if wider:
        strength, scatter = wider.strength, wider.scatter
    else:
        scatter = scatter_of(posts, mean)
        strength = _strength(sums, mean, scatter)
    hours = {}
    for hour in {*sums, *(wider.hours if wider else ())}:
        clicks, number = sums.get(hour, (0.0, 0.0))
        begun = mean
        if wider and wider.mean and hour in wider.hours:
            begun = mean * wider.hours[hour].rate / wider.mean
        rate = shrunk(clicks, number, mean=begun, strength=strength, scatter=scatter)
        shape = begun * strength + clicks / scatter
        if wider and hour in wider.hours:  # What the company knows of the hour is evidence too.
            shape = max(shape, wider.hours[hour].shape)
            number = max(number, wider.hours[hour].posts)
        hours[hour] = Estimate(rate, shape, number)
    return Picture(mean, strength, scatter, len(posts), hours)


def _strength(sums: Mapping[Hour, tuple[float, float]], mean: float, scatter: float) -> float:
    """How many posts the mean is worth: mean ÷ τ², where τ² is the variance of hours beyond what posts scatter."""
    used = [(clicks / number, number) for clicks, number in sums.values() if number]
    if len(used) < 2 or mean <= 0:
        return STRONGEST
    exposure = sum(number for _rate, number in used)
    centre = sum(rate * number for rate, number in used) / exposure
    variance = sum(number * (rate - centre) ** 2 for rate, number in used) / exposure
    beyond = variance - scatter * mean * len(used) / exposure
    return min(STRONGEST, max(WEAKEST, mean / beyond)) if beyond > 0 else STRONGEST


def best_hour(picture: Picture) -> tuple[Hour, Estimate] | None:
    """The hour with the highest estimate among those that are offered and surely better than the mean, if any."""
    sure = [
        (hour, one)
        for hour, one in picture.hours.items()
        if hour[1] in OFFERED
        and one.posts >= FEWEST
        and (hour[0] is None or hour[0] < 5)
        and chance_above(one.shape, one.rate, picture.mean) >= SURE
    ]
    return max(sure, key=lambda pair: (pair[1].rate, -pair[0][1]), default=None)


# --- the company and its people -------------------------------------------------------------------------------------
def refresh() -> None:
    """Work out everybody's best times anew. The scheduler calls this a few times a day."""
    by_network: dict[str, dict[int, list[Post]]] = defaultdict(lambda: defaultdict(list))
    for network, person, post in _posts(timezone.now()):
        by_network[network][person].append(post)
    rows: list[BestTime] = []
    for network, by_person in by_network.items():
        rows += _of_network(network, by_person)
    timing.keep_best(rows)


def _of_network(network: str, by_person: Mapping[int, list[Post]]) -> Iterable[BestTime]:
    everything = [post for posts in by_person.values() for post in posts]
    if len(everything) < COMPANY_POSTS:
        return
    company = look(everything)
    if found := best_hour(company):
        yield _row(network, None, company, found)
    coarse = look(everything, fine=False)
    for person, posts in by_person.items():
        if len(posts) < OWN_POSTS:
            continue
        fine = len(posts) >= FINE_POSTS
        own = look(posts, wider=company if fine and len(everything) >= FINE_POSTS else coarse, fine=fine)
        if found := best_hour(own):
            yield _row(network, person, own, found)


def _row(network: str, person: int | None, picture: Picture, found: tuple[Hour, Estimate]) -> BestTime:
    (weekday, hour), one = found
    gain = min(round((one.rate / picture.mean - 1) * 100), 1000)
    return BestTime(
        person_id=person, network=network, weekday=weekday, hour=hour, posts=picture.posts, gain=max(gain, 0)
    )


def _posts(now: datetime) -> Iterable[tuple[str, int, Post]]:
    """Every ripe share with a link: its network, its person, and when on that person's clock it went out."""
    zones = {person.pk: clock.zone_of(person) for person in Person.objects.only("time_zone")}
    clicks = LinkDay.objects.filter(link=OuterRef("link")).order_by().values("link").annotate(n=Sum("person"))
    rows = (
        Share.objects.published()
        .filter(link__isnull=False, published_at__gte=now - OLDEST, published_at__lt=now - RIPE)
        .order_by()
        .values_list("network", "person", "published_at", Subquery(clicks.values("n")))
    )
    for network, person, at, got in rows.iterator(chunk_size=5000):
        local = at.astimezone(zones[person])
        yield network, person, Post(local.weekday(), local.hour, got or 0)

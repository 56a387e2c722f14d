"""The best time: shrunk, explained, and silent when there is no reliable difference."""

from __future__ import annotations

import random
from datetime import time, timedelta

import pytest
from django.utils import timezone

from kaja.links.models import LinkDay, ShortLink
from kaja.measurement import best_time
from kaja.measurement.best_time import Post
from kaja.people.models import Person
from kaja.sharing import clock
from kaja.sharing.models import BestTime, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast


@pytest.mark.parametrize(
    ("clicks", "exposure", "expected"), [(3, 60, 0.011165), (60, 4000, 0.013333), (0, 0, 0.010000)]
)
def test_a_slot_is_shrunk_towards_the_mean(clicks: int, exposure: int, expected: float) -> None:
    assert best_time.shrunk(clicks, exposure, mean=0.01, strength=2000) == pytest.approx(expected, abs=1e-6)


def test_scatter_makes_evidence_weaker() -> None:
    assert best_time.shrunk(60, 4000, mean=0.01, strength=2000, scatter=4) == pytest.approx(35 / 3000)


@pytest.mark.parametrize(("shape", "limit"), [(1.0, 0.5), (2.5, 1.0), (8.0, 1.3), (40.0, 0.8), (300.0, 1.05)])
def test_the_chance_to_lie_above_agrees_with_drawing(shape: float, limit: float) -> None:
    dice = random.Random(5)
    drawn = sum(dice.gammavariate(shape, 1 / shape) > limit for _ in range(40_000)) / 40_000
    assert best_time.chance_above(shape, 1.0, limit) == pytest.approx(drawn, abs=0.015)


def company(effect: dict[int, float], posts: int, *, seed: int = 3, mean: float = 6.0) -> list[Post]:
    """Posts spread over working hours; an hour's clicks are `mean` times its effect, scattered as real ones are."""
    dice = random.Random(seed)
    made = []
    for _ in range(posts):
        hour = dice.randint(7, 20)
        rate = mean * effect.get(hour, 1.0) * dice.gammavariate(2, 0.5)
        made.append(Post(dice.randint(0, 4), hour, int(rate + dice.random())))
    return made


def test_a_real_difference_is_found_and_no_difference_is_not_invented() -> None:
    found = best_time.best_hour(best_time.look(company({16: 2.2, 17: 1.8}, 2000)))
    assert found is not None
    assert found[0][1] in (16, 17)
    invented = sum(best_time.best_hour(best_time.look(company({}, 400, seed=seed))) is not None for seed in range(40))
    assert invented <= 12


def test_one_lucky_post_at_a_rare_hour_is_not_the_best_time() -> None:
    posts = [Post(day % 5, 10, 5 + day % 3) for day in range(300)] + [Post(day % 5, 15, 8) for day in range(300)]
    posts.append(Post(2, 19, 40))
    found = best_time.best_hour(best_time.look(posts))
    assert found is not None
    assert found[0][1] == 15


def test_a_night_hour_is_never_offered() -> None:
    posts = [Post(day % 7, 3, 30) for day in range(400)] + [Post(day % 7, 11, 5) for day in range(400)]
    found = best_time.best_hour(best_time.look(posts))
    assert found is None or found[0][1] in best_time.OFFERED


def test_own_posts_move_the_companys_hour() -> None:
    wider = best_time.look(company({10: 1.6}, 1000), fine=False)
    mine = [Post(day % 5, 17, 25) for day in range(40)] + [Post(day % 5, 10, 4) for day in range(40)]
    theirs, own = best_time.best_hour(wider), best_time.best_hour(best_time.look(mine, wider=wider))
    assert theirs is not None
    assert own is not None
    assert abs(theirs[0][1] - 10) <= 1
    assert abs(own[0][1] - 17) <= 1


def shared(person: Person, posts: list[Post], *, network: str = "linkedin") -> None:
    """These posts as shares of weeks past, on the person's own clock."""
    item, zone = factories.item(), clock.zone_of(person)
    monday = (timezone.now().astimezone(zone) - timedelta(days=35)).date()
    monday -= timedelta(days=monday.weekday())
    first = ShortLink.objects.count()
    links = ShortLink.objects.bulk_create(
        ShortLink(slug=f"b{first + n}", target="https://x.example/", owner=person, network=network)
        for n in range(len(posts))
    )
    LinkDay.objects.bulk_create(
        LinkDay(link=link, day=monday, person=post.clicks) for link, post in zip(links, posts, strict=True)
    )
    shares = []
    for link, post in zip(links, posts, strict=True):
        at = clock.at(monday + timedelta(days=post.weekday), time(post.hour, 20), zone)
        shares.append(
            Share(
                person=person, item=item, network=network, way="dialog", link=link, text="A", state=State.PUBLISHED,
                not_before=at, published_at=at, confirmed="person",
            )
        )  # fmt: skip
    Share.objects.bulk_create(shares)


def test_the_table_is_filled_from_measured_clicks(cast: Cast) -> None:
    cast.mart.time_zone = "Europe/London"
    cast.mart.save()
    shared(cast.mart, company({16: 2.5, 17: 2.0}, 260))
    shared(cast.liis, [Post(day % 5, 9, 25) for day in range(30)] + [Post(day % 5, 14, 3) for day in range(30)])
    best_time.refresh()
    rows = {row.person_id: row for row in BestTime.objects.filter(network="linkedin")}
    assert abs(rows[cast.mart.pk].hour - 16) <= 1  # on his own clock, which is not the company's
    assert abs(rows[cast.liis.pk].hour - 9) <= 1
    assert (rows[cast.liis.pk].posts, rows[cast.liis.pk].weekday) == (60, None)
    assert rows[cast.liis.pk].gain > 20
    best_time.refresh()
    assert BestTime.objects.filter(network="linkedin").count() == len(rows)


def test_too_little_is_not_spoken_of(cast: Cast) -> None:
    shared(cast.liis, [Post(day % 5, 9, 25) for day in range(90)] + [Post(day % 5, 14, 3) for day in range(90)])
    best_time.refresh()
    assert not BestTime.objects.exists()

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kaja.audit.models import Line
from kaja.content import scheduling
from kaja.content.models import Item
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

TALLINN = ZoneInfo("Europe/Tallinn")


def coming(days: int = 3, **fields: object) -> Item:
    at = (timezone.now() + timedelta(days=days)).replace(hour=7, minute=0, second=0, microsecond=0)
    return factories.item("Coming", live_from=at, live_until=at + timedelta(days=5), **fields)


def day_of(moment: datetime | None) -> date:
    assert moment is not None
    return moment.astimezone(TALLINN).date()


def test_a_post_moves_whole_its_hour_stays_and_its_end_moves_along(cast: Cast) -> None:
    item = coming()
    moved = scheduling.move(person=cast.eda, item=item, day=day_of(item.live_from) + timedelta(days=4))
    assert moved.live_from is not None
    assert moved.live_until is not None
    assert item.live_from is not None
    assert day_of(moved.live_from) == day_of(item.live_from) + timedelta(days=4)
    assert moved.live_from.astimezone(TALLINN).time() == item.live_from.astimezone(TALLINN).time()
    assert day_of(moved.live_until) == day_of(item.live_until) + timedelta(days=4)
    assert Line.objects.get(verb="item.changed").details["fields"] == ["live_from", "live_until"]


@pytest.mark.parametrize(
    ("before", "day", "after"),
    [
        # Summer time begins on 29 March 2026 at three: half past three is not there, so it is half past four.
        (datetime(2026, 3, 27, 9, 0, tzinfo=TALLINN), date(2026, 3, 29), datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 27, 3, 30, tzinfo=TALLINN), date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 30, 0, 30, tzinfo=TALLINN), date(2026, 3, 28), datetime(2026, 3, 27, 22, 30, tzinfo=UTC)),
        # It ends on 25 October at four: half past three is there twice, and the first is taken.
        (datetime(2026, 10, 23, 9, 0, tzinfo=TALLINN), date(2026, 10, 25), datetime(2026, 10, 25, 7, 0, tzinfo=UTC)),
        (datetime(2026, 10, 23, 3, 30, tzinfo=TALLINN), date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_hour_of_the_clock_stays_over_daylight_saving(before: datetime, day: date, after: datetime) -> None:
    moved = scheduling.on_day(before, day, TALLINN)
    assert moved == after
    assert moved.astimezone(TALLINN).date() == day


def test_the_day_is_a_day_on_the_movers_own_clock(cast: Cast) -> None:
    Person.objects.filter(pk=cast.eda.pk).update(time_zone="Pacific/Auckland")
    eda = Person.objects.get(pk=cast.eda.pk)
    at = (timezone.now() + timedelta(days=3)).replace(hour=20, minute=0, second=0, microsecond=0)
    item = factories.item("Late", live_from=at, live_until=None)
    there = at.astimezone(ZoneInfo("Pacific/Auckland"))
    assert there.date() != at.date()
    moved = scheduling.move(person=eda, item=item, day=there.date() + timedelta(days=1))
    assert moved.live_from == at + timedelta(days=1)


def test_what_is_live_cannot_begin_anew_but_its_end_can_move(cast: Cast) -> None:
    live = factories.item("Live")
    with pytest.raises(ValidationError, match="gone live already"):
        scheduling.move(person=cast.eda, item=live, day=timezone.localdate() + timedelta(days=9))
    day = timezone.localdate() + timedelta(days=9)
    assert day_of(scheduling.move(person=cast.eda, item=live, day=day, what="end").live_until) == day
    over = factories.item("Over", live_from=timezone.now() - timedelta(days=9), live_until=timezone.now())
    for what in ("start", "end"):
        with pytest.raises(ValidationError):
            scheduling.move(person=cast.eda, item=over, day=day, what=what)


def test_nothing_moves_into_the_past_or_before_its_own_beginning(cast: Cast) -> None:
    item = coming()
    with pytest.raises(ValidationError, match="That day has passed"):
        scheduling.move(person=cast.eda, item=item, day=timezone.localdate() - timedelta(days=1))
    with pytest.raises(ValidationError, match="end before it begins"):
        scheduling.move(person=cast.eda, item=item, day=timezone.localdate() + timedelta(days=1), what="end")
    bare = factories.item("Bare", state=Item.State.DRAFT, live_from=None, live_until=None)
    with pytest.raises(ValidationError, match="no such day"):
        scheduling.move(person=cast.eda, item=bare, day=timezone.localdate())
    Item.objects.filter(pk=item.pk).update(state=Item.State.WITHDRAWN)
    item.refresh_from_db()
    with pytest.raises(ValidationError, match="withdrawn"):
        scheduling.move(person=cast.eda, item=item, day=timezone.localdate() + timedelta(days=2))


def test_who_may_not_edit_moves_nothing(cast: Cast) -> None:
    item = coming()
    for person in (cast.liis, cast.rein, cast.viivi, cast.aado, cast.sten):
        with pytest.raises(PermissionDenied):
            scheduling.move(person=person, item=item, day=timezone.localdate() + timedelta(days=2))


def test_an_evergreen_posts_refresh_date_moves(cast: Cast) -> None:
    item = factories.item("Ever", evergreen=True, live_until=None, refresh_on=timezone.localdate())
    day = timezone.localdate() + timedelta(days=30)
    assert scheduling.move(person=cast.eda, item=item, day=day, what="refresh").refresh_on == day


def test_a_fourth_new_post_on_a_day_is_a_warning_and_no_wall(cast: Cast) -> None:
    three, item = [coming(4) for _n in range(3)], coming(8)
    day = day_of(three[0].live_from)
    moved = scheduling.move(person=cast.eda, item=item, day=day)
    assert "4 new posts" in scheduling.moved(moved, "start", TALLINN)

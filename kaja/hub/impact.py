"""My impact: what a person's own shares brought, for their eyes only (F11, first form)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja.measurement import charts, figures, own, periods, rollups
from kaja.measurement.charts import Chart, Series
from kaja.measurement.figures import Change, Figure
from kaja.measurement.own import Own, Post
from kaja.measurement.periods import Period
from kaja.people.models import Person

POSTS = 5
WEEKS = 13
# Whole sentences, because Estonian puts the day into a case of its own.
MOST_ON = (
    gettext_lazy("Most clicks come on Mondays."),
    gettext_lazy("Most clicks come on Tuesdays."),
    gettext_lazy("Most clicks come on Wednesdays."),
    gettext_lazy("Most clicks come on Thursdays."),
    gettext_lazy("Most clicks come on Fridays."),
    gettext_lazy("Most clicks come on Saturdays."),
    gettext_lazy("Most clicks come on Sundays."),
)
WEEKDAYS = (
    gettext_lazy("Mo"),
    gettext_lazy("Tu"),
    gettext_lazy("We"),
    gettext_lazy("Th"),
    gettext_lazy("Fr"),
    gettext_lazy("Sa"),
    gettext_lazy("Su"),
)
# Fewer clicks than this say nothing about a weekday.
ENOUGH_CLICKS = 20
ENOUGH_POSTS = 3


@dataclass(frozen=True)
class Weekday:
    name: str
    clicks: int
    percent: int
    most: bool


@dataclass(frozen=True)
class Words:
    """Clicks per post with own words and with suggested ones, over the last three months."""

    own: float
    suggested: float

    @property
    def own_percent(self) -> int:
        return round(self.own / max(self.own, self.suggested, 0.01) * 100)

    @property
    def suggested_percent(self) -> int:
        return round(self.suggested / max(self.own, self.suggested, 0.01) * 100)


@dataclass(frozen=True)
class Impact:
    read: Own
    period: Period

    @property
    def empty(self) -> bool:
        return not self.read.posts

    @property
    def posts(self) -> list[Post]:
        return self.read.posts[:POSTS]

    @cached_property
    def clicks(self) -> Figure:
        return self.read.clicks(self.period)

    @cached_property
    def shares(self) -> Figure:
        return self.read.shares(self.period)

    @cached_property
    def own_posts(self) -> Figure:
        return self.read.own_posts(self.period)

    @cached_property
    def engagement(self) -> Figure:
        return self.read.engagement(self.period)

    @property
    def clicks_change(self) -> Change | None:
        before = self.period.before()
        return figures.change(self.clicks, self.read.clicks(before), before)

    @property
    def shares_change(self) -> Change | None:
        before = self.period.before()
        return figures.change(self.shares, self.read.shares(before), before)

    def _recent(self) -> list[Post]:
        since = rollups.today() - timedelta(weeks=WEEKS)
        return [post for post in self.read.posts if post.day >= since and post.share.link_id]

    @cached_property
    def words(self) -> Words | None:
        """None until there are three posts of each kind: fewer would be chance."""
        mine = [post.all_clicks for post in self._recent() if post.share.own_words]
        given = [post.all_clicks for post in self._recent() if not post.share.own_words]
        if min(len(mine), len(given)) < ENOUGH_POSTS:
            return None
        return Words(sum(mine) / len(mine), sum(given) / len(given))

    @cached_property
    def weekdays(self) -> list[Weekday]:
        """Clicks of the last three months by weekday (UTC); empty while there are too few to say anything."""
        since = rollups.today() - timedelta(weeks=WEEKS)
        sums: Counter[int] = Counter()
        for day, clicks in self.read.by_day.items():
            if day >= since:
                sums[day.weekday()] += clicks
        if sums.total() < ENOUGH_CLICKS:
            return []
        most = max(sums.values())
        return [
            Weekday(str(WEEKDAYS[day]), sums[day], round(sums[day] / most * 100), sums[day] == most) for day in range(7)
        ]

    @property
    def best_day(self) -> str:
        """The sentence under the weekdays."""
        best = [place for place, day in enumerate(self.weekdays) if day.most]
        return str(MOST_ON[best[0]]) if len(best) == 1 else ""

    @cached_property
    def chart(self) -> Chart:
        """Clicks by week, the running one last."""
        mondays = periods.weeks(rollups.today(), WEEKS)
        sums: Counter[date] = Counter()
        for day, clicks in self.read.by_day.items():
            sums[day - timedelta(days=day.weekday())] += clicks
        sentence = _("Clicks on your posts by week: %(now)s this week, %(before)s the week before.") % {
            "now": sums[mondays[-1]],
            "before": sums[mondays[-2]],
        }
        return charts.line(mondays, Series(_("Clicks"), "s1", sums), sentence=sentence, first=_("Week"))


def read(person: Person) -> Impact:
    """A person's impact of this month so far."""
    return Impact(own.read(person), periods.of("month", rollups.today()))

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kaja.links import agents, counting, recounting, visitors
from kaja.links.agents import Agent
from kaja.links.models import Click, LinkDay, ShortLink, Tally
from tests.cast import Cast
from tests.links.asking import FIREFOX
from tests.links.test_counting import CHROME, count, kinds, line, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(cast: Cast) -> ShortLink:
    return ShortLink.objects.create(slug="abcdefg", target="https://nordwind.example/", owner=cast.liis, network="x")


def everything() -> list[object]:
    return [row for model in (Click, LinkDay) for row in model.objects.order_by("pk").values_list()]


def newer_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules of tomorrow: Firefox turns out to be a robot."""

    def read(user_agent: str) -> Agent:
        return Agent("bot", "new rule") if "Firefox" in user_agent else Agent("person", "browser")

    monkeypatch.setattr(visitors, "RULES_VERSION", visitors.RULES_VERSION + 1)
    monkeypatch.setattr(agents, "read", read)


def test_newer_rules_class_the_stored_hits_again(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    write(
        log_folder,
        line(link, yesterday),
        line(link, yesterday + timedelta(seconds=1), CHROME),
        line(link, yesterday + timedelta(seconds=2), CHROME),
        line(link, yesterday + timedelta(seconds=3), how="P"),
        line(link, yesterday + timedelta(seconds=4), CHROME, how="O"),
        line(link, timezone.now()),
    )
    count()
    assert kinds() == {"person": 3, "repeat": 1, "prefetch": 1, "own": 1}

    newer_rules(monkeypatch)
    assert recounting.recount() == 2
    assert kinds() == {"bot": 2, "person": 1, "repeat": 1, "prefetch": 1, "own": 1}
    total = [sum(column) for column in zip(*LinkDay.objects.values_list("person", "visitors", "other"), strict=True)]
    assert total == [1, 1, 3]
    assert set(Click.objects.values_list("rules", flat=True)) == {visitors.RULES_VERSION}
    assert recounting.recount() == 0


def test_by_the_same_rules_nothing_changes(link: ShortLink, log_folder: Path) -> None:
    assert recounting.recount() == 0
    hour = timezone.now() - timedelta(hours=1)
    browsers = [FIREFOX, CHROME, "Twitterbot/1.0", "curl/8.5.0"]
    write(log_folder, *(line(link, hour + timedelta(seconds=4 * n), browsers[n % 4]) for n in range(40)))
    count()
    before = everything()
    Tally.objects.update(rules=0)
    assert recounting.recount() == 0
    assert everything() == before


def test_a_day_that_is_partly_forgotten_keeps_its_sums(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log_folder, line(link, timezone.now() - timedelta(days=90)))
    count()
    newer_rules(monkeypatch)
    assert recounting.recount() == 0
    assert LinkDay.objects.get().person == 1


def test_counting_goes_on_between_old_and_new_rules(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log_folder, line(link, timezone.now() - timedelta(seconds=30), CHROME), name="before")
    count()
    newer_rules(monkeypatch)
    write(log_folder, line(link, timezone.now() - timedelta(seconds=25), CHROME), name="while")
    count()
    recounting.recount()
    counting.turn(worker="t")
    assert kinds() == {"person": 1, "repeat": 1}
    assert sum(LinkDay.objects.values_list("visitors", flat=True)) == 1

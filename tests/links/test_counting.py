from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from kaja.jobs import facts
from kaja.links import clicklog, counting
from kaja.links.models import Click, LinkDay, LogPosition, ShortLink
from tests.cast import Cast
from tests.links.asking import FIREFOX

pytestmark = pytest.mark.django_db
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
DAY = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def link(cast: Cast) -> ShortLink:
    return ShortLink.objects.create(slug="abcdefg", target="https://nordwind.example/", owner=cast.liis, network="x")


def line(link: ShortLink, at: datetime, agent: str = FIREFOX, *, how: str = "G", network: str = "203.0.113.0") -> bytes:
    return "\t".join((str(int(at.timestamp() * 1000)), str(link.pk), how, network, "t.co", agent)).encode() + b"\n"


def write(folder: Path, *lines: bytes, name: str = "one") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    segment = folder / f"{name}.clicks"
    with segment.open("ab") as file:
        file.writelines(lines)
    return segment


def count() -> None:
    while counting.turn(worker="test"):
        pass


def kinds() -> Counter[str]:
    return Counter(Click.objects.values_list("kind", flat=True))


def test_the_published_table_of_ten_requests_comes_out_as_published(link: ShortLink, log_folder: Path) -> None:
    """measurement.md 3.4: ten requests, four clicks, three daily visitors."""
    others = [ShortLink.objects.create(slug=f"others{n}", target="https://x.example/") for n in range(2)]

    def at(hour: int, minute: int = 0, second: float = 0.0, *, day: int = 0) -> datetime:
        return DAY.replace(hour=hour, minute=minute) + timedelta(days=day, seconds=second)

    office = "198.51.100.0"
    noise = [line(others[n % 2], at(12, 0, 30 + n), "curl/8.5.0", network=office) for n in range(29)]
    write(
        log_folder,
        line(link, at(10), "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"),
        line(link, at(10, 0, 5), CHROME),
        line(link, at(10, 0, 9), CHROME),
        line(link, at(10, 5), CHROME, how="H"),
        line(link, at(11), CHROME),
        line(link, at(11, 10), FIREFOX, how="P"),
        line(link, at(11, 10, 4), FIREFOX),
        line(link, at(12), FIREFOX, how="O"),
        *noise,
        line(link, at(12, 1), CHROME, network=office),
        line(link, at(9, day=1), CHROME),
    )
    count()
    found = list(Click.objects.filter(link=link).order_by("at").values_list("kind", flat=True))
    assert found == [
        "preview", "person", "repeat", "head", "person", "prefetch", "person", "own", "suspicious", "person",
    ]  # fmt: skip
    first, second = LinkDay.objects.filter(link=link).order_by("day")
    assert (first.person, first.visitors, second.person, second.visitors) == (3, 2, 1, 1)
    assert (first.own, first.repeat, first.preview, first.other) == (1, 1, 1, 3)


def test_counting_again_counts_nothing_twice(link: ShortLink, log_folder: Path) -> None:
    segment = write(log_folder, line(link, DAY), line(link, DAY + timedelta(minutes=1)))
    count()
    assert not segment.exists()
    count()
    assert LinkDay.objects.get().person == Click.objects.count() == 2


def test_a_counter_that_died_before_tidying_up_counts_nothing_twice(link: ShortLink, log_folder: Path) -> None:
    write(log_folder, line(link, DAY))
    count()
    write(log_folder, line(link, DAY))
    count()
    assert Click.objects.count() == 1


def test_a_counter_that_dies_half_way_leaves_nothing_behind(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log_folder, *(line(link, DAY + timedelta(minutes=n)) for n in range(5)))

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(LogPosition, "save", dies)
        with pytest.raises(KeyboardInterrupt):
            counting.turn(worker="test")
    assert not Click.objects.exists()
    assert not LinkDay.objects.exists()
    count()
    assert LinkDay.objects.get().person == Click.objects.count() == 5


def test_what_a_living_writer_has_half_written_is_waited_for(link: ShortLink, log_folder: Path) -> None:
    import fcntl

    whole = line(link, DAY + timedelta(minutes=1))
    segment = write(log_folder, line(link, DAY), whole[:30])
    with segment.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        count()
        assert segment.exists()
        assert Click.objects.count() == 1
        writer.write(whole[30:])
        writer.flush()
        count()
        assert Click.objects.count() == 2
    count()
    assert not segment.exists()


def test_a_torn_last_line_of_a_dead_writer_is_cut_off(link: ShortLink, log_folder: Path) -> None:
    segment = write(log_folder, line(link, DAY), line(link, DAY)[:30])
    count()
    assert not segment.exists()
    assert Click.objects.count() == 1


def test_lines_that_make_no_sense_hurt_no_others(link: ShortLink, log_folder: Path) -> None:
    gone = ShortLink(pk=999_999)
    write(log_folder, b"\x00\x00\n", b"a\tb\tc\td\te\tf\n", line(gone, DAY), line(link, DAY))
    count()
    assert Click.objects.count() == 1


def test_visitors_of_a_day_are_distinct_over_many_portions(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_AT_ONCE", 300)
    agents = [f"{CHROME} Build/{n % 3}" for n in range(12)]
    write(log_folder, *(line(link, DAY + timedelta(minutes=n), agent) for n, agent in enumerate(agents)))
    count()
    day = LinkDay.objects.get()
    assert (day.person, day.visitors) == (12, 3)


def test_a_click_after_midnight_belongs_to_the_new_day_and_to_a_new_visitor(link: ShortLink, log_folder: Path) -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    write(log_folder, line(link, midnight - timedelta(seconds=2)), line(link, midnight + timedelta(seconds=2)))
    count()
    assert list(LinkDay.objects.order_by("day").values_list("person", "visitors")) == [(1, 1), (1, 1)]
    assert len(set(Click.objects.values_list("visitor", flat=True))) == 2


def test_somebody_who_runs_through_many_links_is_suspicious(link: ShortLink, log_folder: Path) -> None:
    links = [ShortLink.objects.create(slug=f"series{n}", target="https://x.example/") for n in range(8)]
    write(log_folder, *(line(each, DAY + timedelta(seconds=n)) for n, each in enumerate(links)))
    count()
    assert kinds() == {"person": 5, "suspicious": 3}


def test_the_window_survives_a_new_counter(link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(log_folder, line(link, DAY), name="one")
    count()
    monkeypatch.setattr(counting, "_remembered", None)
    write(log_folder, line(link, DAY + timedelta(seconds=9)), line(link, DAY + timedelta(seconds=11)), name="two")
    count()
    assert kinds() == {"person": 2, "repeat": 1}


def test_the_first_click_of_another_person_is_a_fact_once(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(facts, "record", lambda fact, **data: told.append((fact, data)))
    write(log_folder, line(link, DAY, how="O"), line(link, DAY, "Twitterbot/1.0"), name="one")
    count()
    assert told == []
    write(log_folder, line(link, DAY + timedelta(hours=1)), line(link, DAY + timedelta(hours=2)), name="s1")
    write(log_folder, line(link, DAY + timedelta(hours=3)), name="s2")
    count()
    assert told == [("link.first_click", {"link": link.pk})]
    link.refresh_from_db()
    assert link.first_click_at == DAY + timedelta(hours=1)


def test_without_a_log_there_is_nothing_to_do(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.CLICKLOG_DIR = tmp_path / "nowhere"
    assert counting.turn(worker="test") is False


def test_a_segment_is_read_in_whole_lines_only(tmp_path: Path) -> None:
    segment = tmp_path / "one.clicks"
    segment.write_bytes(b"first\nsecond\nthird")
    portion = clicklog.read(segment, 0, most=14)
    assert (portion.lines, portion.end, portion.finished) == ([b"first", b"second"], 13, False)
    assert clicklog.read(segment, 13) == ([], 13, True)

"""Feeds: read politely, judged by rules, at most so many a day, and one that hangs holds up no other."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kaja import outbound
from kaja.audit.models import Line
from kaja.content import feedrules, feeds, intake, polling
from kaja.content.models import Feed, FeedEntry, FeedReading, FeedRule, Item
from kaja.outbound import Fetched, Refused
from kaja.people.models import RoleGrant
from tests import factories
from tests.cast import Cast
from tests.content.feeding import Web, entry, job, jobs, rss

pytestmark = pytest.mark.django_db
URL = "https://n.example/rss"
What, Fate = FeedRule.What, FeedEntry.Fate


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(outbound, "fetch", made.fetch)
    return made


def added(cast: Cast, web: Web, content: str = rss(), url: str = URL, **headers: str) -> Feed:
    web.serve(url, content, **headers)
    feed, _reading = feeds.add(person=cast.kadri, url=url, category=factories.category())
    return feed


def rule(cast: Cast, feed: Feed, **fields: Any) -> FeedRule:
    fields.setdefault("category", factories.category())
    return feedrules.save(person=cast.kadri, feed=feed, **fields)


def rest(cast: Cast, feed: Feed, **fields: Any) -> FeedRule:
    return feedrules.save(person=cast.kadri, feed=feed, rule=feedrules.of(feed)[-1], **fields)


def titles(**wish: Any) -> list[str]:
    return sorted(Item.objects.filter(**wish).values_list("title", flat=True))


# --- manners --------------------------------------------------------------------------------------------------------
def test_a_feed_is_asked_only_for_what_is_new_and_every_reading_is_written_down(cast: Cast, web: Web) -> None:
    feed = added(cast, web, rss(entry(1)), etag='"a"', last_modified="Tue, 24 Nov 2026 08:00:00 GMT")
    web.answers[URL] = Fetched(URL, 304, {}, b"")
    feeds.read(Feed.objects.get())
    _url, asked = web.asked[-1]
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('"a"', "Tue, 24 Nov 2026 08:00:00 GMT")
    rows = FeedReading.objects.order_by("at").values_list("outcome", "status", "new", "known")
    assert list(rows) == [("read", 200, 1, 0), ("same", 304, 0, 0)]
    assert feed.readings.first().size > 50  # type: ignore[union-attr]


def test_gone_for_good_switches_it_off_and_it_is_asked_no_more(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    web.answers[URL] = Refused("status-410", "There is no page.", status=410)
    Feed.objects.update(next_read_at=timezone.now())
    feeds.read_due()
    feed.refresh_from_db()
    assert (feed.off, feed.readings.order_by("-at")[0].outcome) == ("gone", "gone")
    assert Line.objects.filter(verb="feed.gone").exists()
    Feed.objects.update(next_read_at=timezone.now())
    asked = len(web.asked)
    feeds.read_due()
    assert len(web.asked) == asked


def test_who_asks_for_patience_gets_it_even_from_the_button(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    web.answers[URL] = Refused("status-429", "Patience.", status=429, headers={"retry-after": "7200"})
    with pytest.raises(Refused):
        feeds.read(feed)
    assert timedelta(minutes=119) < feed.next_read_at - timezone.now() <= timedelta(hours=2)
    asked = len(web.asked)
    with pytest.raises(Refused, match="left alone"):
        feeds.read_now(person=cast.eda, feed=feed)
    assert len(web.asked) == asked


def test_a_feed_that_has_moved_for_good_is_asked_at_its_new_address(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    web.serve(URL, rss(entry(1)), moved="https://new.example/rss")
    feeds.read(feed)
    assert Feed.objects.get().url == "https://new.example/rss"
    assert Line.objects.filter(verb="feed.moved").exists()


def test_the_next_reading_heeds_max_age_ttl_and_hours_of_rest() -> None:
    now = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
    chance = random.Random(1)

    def hours(**said: Any) -> float:
        return (polling.usual(now, chance=chance, **said) - now).total_seconds() / 3600

    assert 0.9 <= hours() <= 1.1
    assert 5.4 <= hours(headers={"cache-control": "public, max-age=21600"}) <= 6.6
    assert 2.7 <= hours(ttl=180) <= 3.3
    assert hours(headers={"cache-control": "max-age=999999999"}) <= 26.4
    resting = polling.usual(now, skip_hours=frozenset(range(11, 14)), chance=chance)
    assert resting.hour == 14
    assert polling.usual(now, skip_hours=frozenset(range(24)), chance=chance) < now + timedelta(days=2)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 60),
        ("99999999", 7 * 86400),
        ("Wed, 25 Nov 2026 11:30:00 GMT", 3600),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_of_its_forms(said: str, seconds: int | None) -> None:
    now = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
    found = polling.retry_after({"retry-after": said}, now)
    assert (found.total_seconds() if found else None) == seconds


def test_failures_wait_longer_and_longer_at_most_a_day() -> None:
    now = timezone.now()
    waits = [polling.after_failure(now, failures=n) - now for n in (1, 2, 3, 9, 400)]
    assert waits == sorted(waits[:3]) + waits[3:]
    assert waits[0] > timedelta(hours=1.7)
    assert max(waits) <= timedelta(days=1)


def test_five_hundred_due_at_once_take_turns_and_one_that_hangs_holds_up_none(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock moves ten seconds for the feed that hangs and one for the others: a turn ends in time, the next goes on."""
    category, asked = factories.category(), []
    Feed.objects.bulk_create(
        Feed(
            url=f"https://f{n}.example/rss", category=category, next_read_at=timezone.now() - timedelta(minutes=500 - n)
        )
        for n in range(500)
    )
    clock = [0.0]

    def fetch(url: str, **options: Any) -> Fetched:
        asked.append(url)
        clock[0] += options["timeout"] if "f0." in url else 1.0
        if "f0." in url:
            raise Refused("silence", "The server did not finish its answer in time.")
        return Fetched(url, 200, {}, rss().encode())

    monkeypatch.setattr(outbound, "fetch", fetch)
    monkeypatch.setattr("kaja.content.feeds.time.monotonic", lambda: clock[0])
    turns = 0
    while len(asked) < 500:
        before, begun = len(asked), clock[0]
        feeds.read_due()
        turns += 1
        assert clock[0] - begun <= feeds.TURN_SECONDS + feeds.TIMEOUT
        assert len(asked) > before
    assert sorted(set(asked)) == sorted(asked)  # nobody twice
    assert asked[0] == "https://f0.example/rss"  # the longest due first
    assert turns <= 15


def test_paused_means_paused_and_going_on_reads_at_the_next_turn(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    feeds.pause(person=cast.eda, feed=feed)
    Feed.objects.update(next_read_at=timezone.now())
    asked = len(web.asked)
    feeds.read_due()
    assert len(web.asked) == asked
    feeds.resume(person=cast.eda, feed=feed)
    feeds.read_due()
    assert len(web.asked) == asked + 1


def test_what_is_older_than_ninety_days_is_forgotten_and_what_waits_is_not(cast: Cast, web: Web) -> None:
    feed = added(cast, web, rss(entry(1), entry(2)))
    old = timezone.now() - timedelta(days=91)
    FeedReading.objects.update(at=old)
    FeedEntry.objects.update(seen_at=old)
    FeedEntry.objects.filter(guid="1").update(fate=Fate.WAITING)
    feeds.forget_old()
    assert not FeedReading.objects.exists()
    assert list(feed.entries.values_list("guid", flat=True)) == ["1"]
    feeds.read(feed)
    assert Item.objects.count() == 2  # what became an item is known by the item


# --- rules ----------------------------------------------------------------------------------------------------------
def test_the_first_rule_that_fits_decides_whatever_the_case_and_the_accents(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    people = factories.category("people")
    rule(cast, feed, title_has="TOOTAJA, intern", what=What.REVIEW, category=people, evergreen=True)
    rule(cast, feed, title_has="international", what=What.LEAVE_OUT)
    web.serve(
        URL,
        rss(
            entry(1, "Töötajad räägivad"), entry(2, "Internships"), entry(3, "Robots"), entry(4, "An international day")
        ),
    )
    reading = feeds.read(feed)
    assert titles(category=people, state="in_review", evergreen=True) == [
        "An international day",
        "Internships",
        "Töötajad räägivad",
    ]
    assert titles(state="draft") == ["Robots"]
    assert (reading.new, reading.left_out) == (4, 0)
    assert sorted(feedrules.counted(feed).values()) == [1, 3]


def test_words_fit_from_their_beginning_only_and_every_condition_must(cast: Cast) -> None:
    from kaja.content.entries import Entry

    found = Entry(
        "1", "https://n.example/1", "National day", "Robots dance", author="Mari Maasikas", categories=("News",)
    )
    one = FeedRule(title_has="nation")
    assert feedrules.fits(one, found)
    assert not feedrules.fits(FeedRule(title_has="ation"), found)
    assert feedrules.fits(
        FeedRule(title_has="nation", author_has="maasikas", category_has="news", text_has="robot"), found
    )
    assert not feedrules.fits(FeedRule(title_has="nation", author_has="peeter"), found)
    assert not feedrules.fits(FeedRule(title_has=" , "), found)
    assert not feedrules.fits(FeedRule(), found)


def test_approved_at_once_is_live_with_its_title_for_words_and_ends_as_the_rule_says(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    rest(cast, feed, what=What.APPROVE, expires_days=21)
    web.serve(URL, rss(entry(1, "Seven numbers")))
    feeds.read(feed)
    item = Item.objects.get()
    assert (item.status, [words.text for words in item.captions.all()]) == ("live", ["Seven numbers"])
    assert item.live_until is not None
    assert timedelta(days=20) < item.live_until - timezone.now() <= timedelta(days=21)
    assert item.steps.filter(what="approved", person=cast.kadri).exists()


def test_only_who_may_approve_can_set_approved_at_once(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    with pytest.raises(ValidationError, match="Only somebody who may approve"):
        feedrules.save(person=cast.eda, feed=feed, rule=feedrules.of(feed)[-1], what=What.APPROVE)
    with pytest.raises(PermissionDenied):
        feedrules.save(person=cast.rein, feed=feed, title_has="a", category=feed.category)


def test_when_who_set_the_rule_may_no_more_posts_stay_drafts_and_the_log_says_so(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    rest(cast, feed, what=What.APPROVE)
    RoleGrant.objects.filter(person=cast.kadri).delete()
    web.serve(URL, rss(entry(1)))
    assert feeds.read(feed).stuck == 1
    assert Item.objects.get().state == "draft"
    assert "less far than its rule" in feed.readings.order_by("-at")[0].trouble


def test_at_most_so_many_a_day_and_the_others_come_on_the_next_days_none_lost(
    cast: Cast, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = added(cast, web)
    rest(cast, feed, per_day=2)
    web.serve(URL, rss(*(entry(n) for n in range(5, 0, -1))))
    reading = feeds.read(feed)
    assert (reading.new, reading.waiting, titles()) == (2, 3, ["Story 1", "Story 2"])
    web.serve(URL, rss())  # they have left the feed meanwhile
    feeds.read(feed)
    assert intake.release(feed) == 0  # still the same day
    day = timedelta(days=1)
    for days, there in ((1, 4), (2, 5)):
        at = timezone.now() + day
        monkeypatch.setattr("kaja.content.intake.timezone.now", lambda at=at: at)
        feeds.read_due()
        monkeypatch.undo()
        monkeypatch.setattr(outbound, "fetch", web.fetch)
        assert Item.objects.count() == there, days
        FeedEntry.objects.update(decided_at=timezone.now() - day)


def test_what_somebody_else_brought_already_does_not_come_twice(cast: Cast, web: Web) -> None:
    factories.item(url="https://n.example/1")
    feed = added(cast, web, rss(entry(1), entry(2)))
    assert dict(feed.entries.values_list("guid", "fate")) == {"1": "double", "2": "kept"}


def test_trying_a_rule_tells_each_entrys_fate_and_writes_nothing(cast: Cast, web: Web) -> None:
    feed = added(cast, web, rss(entry(1, "Intern"), entry(2, "Robots"), entry(3, "Interns")))
    candidate = FeedRule(feed=feed, category=feed.category, title_has="intern", what=What.REVIEW, per_day=1)
    tried = feedrules.attempt(feed, feedrules.with_candidate(feed, candidate))
    assert sorted((one.entry.title, one.rule is candidate, one.waits) for one in tried) == [
        ("Intern", True, False), ("Interns", True, True), ("Robots", False, False),
    ]  # fmt: skip
    assert feed.rules.count() == 1


def test_the_rule_for_everything_else_stays_and_the_others_change_places(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    first, second = rule(cast, feed, title_has="a"), rule(cast, feed, title_has="b")
    feedrules.move(person=cast.eda, rule=second, up=True)
    assert [one.title_has for one in feedrules.of(feed)] == ["b", "a", ""]
    feedrules.remove(person=cast.eda, rule=first)
    with pytest.raises(ValidationError, match="stays"):
        feedrules.remove(person=cast.eda, rule=feedrules.of(feed)[-1])
    with pytest.raises(ValidationError, match="at least one condition"):
        rule(cast, feed, title_has=" , ")


# --- job ads --------------------------------------------------------------------------------------------------------
def test_a_job_ad_has_its_place_and_its_last_day_and_one_that_is_over_does_not_come(cast: Cast, web: Web) -> None:
    until = (timezone.now() + timedelta(days=10)).date().isoformat()
    feed = added(cast, web, jobs(job(1, "Welder", expires=until), job(2, "Late", expires="2020-01-01")))
    item = Item.objects.get()
    assert (feed.holds, feed.vanished) == ("jobs", "expire")
    assert (item.kind, item.details) == ("job", {"place": "Riga, LV", "last_day": until, "employment": "full"})
    assert item.live_until is not None
    assert item.live_until.astimezone(timezone.get_default_timezone()).date().isoformat() == until
    assert feed.entries.get(guid="2").fate == Fate.CLOSED


@pytest.mark.parametrize(("vanished", "status"), [("expire", "expired"), ("withdraw", "withdrawn"), ("keep", "live")])
def test_a_job_that_left_its_feed_twice_ends_as_the_feed_says(cast: Cast, web: Web, vanished: str, status: str) -> None:
    feed = added(cast, web, jobs(), url="https://jobs.example/xml")
    feeds.change(person=cast.eda, feed=feed, vanished=vanished, holds="jobs")
    rest(cast, feed, what=What.APPROVE)
    feed.refresh_from_db()
    web.serve(feed.url, jobs(job(1, "Welder"), job(2, "Smith")))
    feeds.read(feed)
    web.serve(feed.url, jobs(job(2, "Smith")))
    feeds.read(feed)
    assert titles(title="Welder") == ["Welder"]
    assert Item.objects.get(title="Welder").status == "live"  # once may be a hiccup
    feeds.read(feed)
    assert (Item.objects.get(title="Welder").status, Item.objects.get(title="Smith").status) == (status, "live")


def test_a_broken_reading_ends_no_job(cast: Cast, web: Web) -> None:
    feed = added(cast, web, jobs(job(1, "Welder"), job(2, "Smith")), url="https://jobs.example/xml")
    for _n in range(3):
        web.serve(feed.url, jobs(job(1, "Welder"))[:-20])
        feeds.read(feed)
    assert feed.entries.get(guid="2").missed == 0


# --- who may --------------------------------------------------------------------------------------------------------
def test_only_editors_touch_feeds_and_their_rules(cast: Cast, web: Web) -> None:
    feed = added(cast, web)
    one = rule(cast, feed, title_has="a")
    for wrong in (cast.liis, cast.rein, cast.viivi):
        for verb in (
            lambda: feeds.pause(person=wrong, feed=feed),
            lambda: feeds.resume(person=wrong, feed=feed),
            lambda: feeds.change(person=wrong, feed=feed, title="x"),
            lambda: feeds.remove(person=wrong, feed=feed),
            lambda: feeds.read_now(person=wrong, feed=feed),
            lambda: feedrules.save(person=wrong, feed=feed, rule=one),
            lambda: feedrules.move(person=wrong, rule=one, up=True),
            lambda: feedrules.remove(person=wrong, rule=one),
        ):
            with pytest.raises(PermissionDenied):
                verb()


def test_a_removed_feed_leaves_its_posts(cast: Cast, web: Web) -> None:
    feed = added(cast, web, rss(entry(1)))
    feeds.remove(person=cast.eda, feed=feed)
    assert Item.objects.get().feed is None

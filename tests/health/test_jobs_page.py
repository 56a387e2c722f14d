"""The administrator's page of jobs and health."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja import consequences, memory
from kaja.audit.models import Line
from kaja.content.models import Feed
from kaja.health import names, standing, words
from kaja.jobs import queue, why, worker
from kaja.jobs.models import Failure, Recurring, WorkerLife
from kaja.measurement.models import Collecting, Reading
from kaja.people.models import Person
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
JOBS = "/settings/jobs/"


def stuck(person: Person, state: State = State.FAILED, reason: str = "refused", **fields: Any) -> Share:
    return factories.share(
        person, network="sandbox", way=Share.Way.API, state=state, reason=reason, published_at=None, confirmed="",
        **fields,
    )  # fmt: skip


def broken(function: str = "kaja.content.notes.tell", **fields: Any) -> Failure:
    return Failure.objects.create(**{"function": function, "attempts": 8, "reason": "mail", **fields})


def said(client: Client, address: str = JOBS) -> str:
    return " ".join(client.get(address).content.decode().split())


def well() -> None:
    """A worker that is alive."""
    now = timezone.now()
    WorkerLife.objects.create(name="w-1", seen_at=now, started_at=now - timedelta(hours=3))


# --- what it tells --------------------------------------------------------------------------------------------------
def test_when_all_is_well_it_says_so_and_lists_nothing(cast: Cast, signed_in: SignIn) -> None:
    well()
    page = said(signed_in(cast.aado))
    assert "Posts go out on time." in page
    assert "Posts that did not go out" not in page
    assert "Jobs that failed" not in page
    assert "w-1" in page


def test_without_a_worker_it_says_so_first(cast: Cast, signed_in: SignIn) -> None:
    now = timezone.now()
    WorkerLife.objects.create(name="w-1", seen_at=now - timedelta(minutes=3), started_at=now)
    page = said(signed_in(cast.aado))
    assert "No worker is alive: nothing goes out" in page
    assert "Posts go out on time." not in page


def test_posts_are_told_with_network_person_and_reason_and_nobodys_words(cast: Cast, signed_in: SignIn) -> None:
    well()
    stuck(cast.liis, detail="422 too dark <b>", reason="duplicate", attempts=2)
    stuck(cast.mart, State.UNKNOWN, "silence")
    page = said(signed_in(cast.aado))
    assert "Liis Tamm" in page
    assert "This person has posted the very words there before" in page
    assert "422 too dark &lt;b&gt;" in page
    assert "It is looked for, and not sent again before that is known." in page
    assert "My own words." not in page
    assert "1 post did not go out and waits for a decision." in page


def test_jobs_are_told_by_name_and_addresses_in_their_arguments_stay_out_of_sight(
    cast: Cast, signed_in: SignIn
) -> None:
    well()
    broken("kaja.people.invitations.send", arguments={"email": "new@x.example", "link": "https://secret", "n": 3})
    page = said(signed_in(cast.aado))
    assert "Send an invitation" in page
    assert "The mail server did not take the letter." in page
    assert "not by itself" in page
    assert "n 3" in page
    assert "secret" not in page
    assert "1 job failed for good and waits for a decision." in page


def test_queues_tell_how_much_waits_and_what_is_late(cast: Cast) -> None:
    well()
    now = timezone.now()
    stuck(cast.liis, State.PLANNED, "", not_before=now - timedelta(minutes=9))
    stuck(cast.liis, State.PLANNED, "", not_before=now + timedelta(days=1))
    queue.enqueue("kaja.content.notes.tell", note=1)
    queue.enqueue("kaja.content.notes.tell", note=2, run_after=now + timedelta(hours=1))
    queue.enqueue("kaja.measurement.collecting.begin", share=1)
    DBTaskResult.objects.filter(args_kwargs__kwargs__arguments__share=1).update(enqueued_at=now - timedelta(hours=1))
    found = {one.key: one for one in standing.read().queues}
    assert (found["posts"].waiting, found["posts"].late) == (1, True)
    assert (found["letters"].waiting, found["letters"].late) == (1, False)
    assert (found["figures"].waiting, found["figures"].old) == (1, "1 h")
    assert standing.read().worst() == ["Late: Sending posts, Planning figures."]


def test_a_job_that_was_to_wait_is_not_late_when_its_time_has_just_come(cast: Cast) -> None:
    queue.enqueue("kaja.content.notes.tell", note=1, run_after=timezone.now() + timedelta(hours=2))
    now = timezone.now()
    DBTaskResult.objects.update(enqueued_at=now - timedelta(days=2), run_after=now - timedelta(seconds=5))
    letters = next(one for one in standing.read().queues if one.key == "letters")
    assert (letters.waiting, letters.late) == (1, False)


def test_deliveries_are_counted_by_network_and_how_they_stand(cast: Cast) -> None:
    now = timezone.now()
    account = factories.account(cast.liis)
    factories.account(cast.mart, state="needs_reconnect")
    for state, many in ((State.HELD, 2), (State.FAILED, 3), (State.UNKNOWN, 1), (State.SENDING, 1)):
        for _n in range(many):
            stuck(cast.liis, state, account=account)
    stuck(cast.liis, State.FAILED, "denied")  # its person answered
    stuck(cast.liis, State.PLANNED, "", not_before=now + timedelta(days=1))
    factories.share(cast.liis, network="sandbox", way=Share.Way.API)
    factories.share(cast.liis, network="linkedin")  # by hand
    (place,) = standing.read().places
    numbers = (place.planned, place.due, place.sending, place.held, place.failed, place.unknown, place.out)
    assert numbers == (1, 0, 1, 2, 3, 1, 1)
    assert (place.accounts, place.broken) == (1, 1)


def test_reading_figures_tells_budget_and_until_when_a_network_is_left_alone(cast: Cast, signed_in: SignIn) -> None:
    well()
    now = timezone.now()
    share = factories.share(cast.liis, network="sandbox", way=Share.Way.API, post_id="x/1")
    Reading.objects.create(share=share, due_at=now - timedelta(hours=5))
    row = Collecting.objects.create(
        network="sandbox", day=now.date(), calls=500, told=90, read_at=now, reason="rate-limit",
        rests_until=now + timedelta(hours=1),
    )  # fmt: skip
    page = said(signed_in(cast.aado))
    assert "500 of 2,000 calls" in page
    assert "Left alone until" in page
    assert "It asks for patience." in page
    readings = next(one for one in standing.read().queues if one.key == "readings")
    assert not readings.late  # it waits because the network wished so
    Collecting.objects.filter(pk=row.pk).update(day=now.date() - timedelta(days=1), rests_until=now)
    (one,) = standing.read().collected
    assert (one.calls, one.rests_until, one.waiting) == (0, None, 1)


def test_a_piece_of_the_schedule_that_breaks_off_or_is_overdue_is_told(cast: Cast, signed_in: SignIn) -> None:
    well()
    now = timezone.now()
    Recurring.objects.create(
        name="kaja.content.feeds.read_due", due_at=now, last_started_at=now, last_ended_at=now, failures=3,
        reason="database", detail="OperationalError: locked",
    )  # fmt: skip
    Recurring.objects.create(name="kaja.measurement.heads.take", due_at=now - timedelta(hours=1))
    page = said(signed_in(cast.aado))
    assert "Of the schedule fails: Read feeds." in page
    assert "Of the schedule is overdue: Count how many people there are." in page
    assert "Broke off 3 times in a row" in page
    assert "OperationalError: locked" in page


def test_feeds_that_fail_are_named(cast: Cast, signed_in: SignIn) -> None:
    well()
    now = timezone.now()
    kept = factories.category()
    Feed.objects.create(url="https://a.example/rss", title="Good news", category=kept, read_at=now)
    Feed.objects.create(
        url="https://b.example/rss", title="Logistics Weekly", category=kept, failures=4, trouble="Not well formed.",
        failing_since=now - timedelta(days=2),
    )  # fmt: skip
    page = said(signed_in(cast.aado))
    assert "Go well: 1. Fail: 1. Off: 0." in page
    assert "Logistics Weekly" in page
    assert "Good news" not in page


def test_every_job_and_every_piece_of_the_schedule_has_a_name() -> None:
    """A new one stands in kaja/health/names.py."""
    jobs = {function for functions in consequences.TABLE.values() for function in functions}
    assert jobs - set(names.JOBS) == set()
    assert {*consequences.SCHEDULE, worker.SWEEP} == set(names.PIECES)
    assert set(why.CODES) == set(words.JOBS)


# --- deciding -------------------------------------------------------------------------------------------------------
def test_one_is_tried_again_by_its_button(cast: Cast, signed_in: SignIn) -> None:
    share, other, job = stuck(cast.liis), stuck(cast.mart), broken()
    browser = signed_in(cast.aado)
    answer = browser.post(f"{JOBS}decide/", {"do": f"retry:post-{share.pk}"}, follow=True)
    assert "1 is on its way again." in answer.content.decode()
    browser.post(f"{JOBS}decide/", {"do": f"retry:job-{job.pk}"})
    share.refresh_from_db()
    other.refresh_from_db()
    assert (share.state, other.state) == (State.PLANNED, State.FAILED)
    assert DBTaskResult.objects.filter(status="READY").count() == 1


def test_the_ticked_ones_and_all_at_once(cast: Cast, signed_in: SignIn) -> None:
    some = [stuck(cast.liis) for _n in range(3)]
    browser = signed_in(cast.aado)
    browser.post(f"{JOBS}decide/", {"do": "retry", "chosen": [f"post-{some[0].pk}", f"post-{some[1].pk}"]})
    assert Share.objects.filter(state=State.PLANNED).count() == 2
    browser.post(f"{JOBS}decide/", {"do": "retry:posts"})
    assert Share.objects.filter(state=State.PLANNED).count() == 3


def test_giving_up_asks_first_and_only_then_does_it(cast: Cast, signed_in: SignIn) -> None:
    share, job = stuck(cast.liis), broken()
    browser = signed_in(cast.aado)
    chosen = {"do": "give-up", "chosen": [f"post-{share.pk}", f"job-{job.pk}"]}
    asked = browser.post(f"{JOBS}decide/", chosen).content.decode()
    assert "This cannot be undone." in asked
    assert "The letter is not sent." in asked
    assert Failure.objects.exists()
    share.refresh_from_db()
    assert share.state == State.FAILED
    done = browser.post(f"{JOBS}decide/", {**chosen, "sure": "1"}, follow=True).content.decode()
    assert "2 are given up." in done
    assert not Failure.objects.exists()
    assert set(Line.objects.filter(actor=cast.aado).values_list("verb", flat=True)) >= {
        "job.given_up", "delivery.given_up",
    }  # fmt: skip


@pytest.mark.parametrize(
    "sent",
    [{}, {"do": "retry"}, {"do": "burn", "chosen": "post-1"}, {"do": "retry", "chosen": "post-²"},
     {"do": "retry:post-99999999999999999999999"}, {"do": "give-up:posts"}],
)  # fmt: skip
def test_nothing_chosen_or_nonsense_is_told_and_does_nothing(
    cast: Cast, signed_in: SignIn, sent: dict[str, str]
) -> None:
    answer = signed_in(cast.aado).post(f"{JOBS}decide/", sent, follow=True)
    assert "Tick what you mean first." in answer.content.decode()


def test_what_has_gone_on_meanwhile_is_told(cast: Cast, signed_in: SignIn) -> None:
    share = stuck(cast.liis)
    Share.objects.update(state=State.CANCELLED)
    answer = signed_in(cast.aado).post(f"{JOBS}decide/", {"do": f"retry:post-{share.pk}"}, follow=True)
    assert "It has gone on meanwhile." in answer.content.decode()


def test_nobody_else_finds_it(cast: Cast, signed_in: SignIn) -> None:
    share = stuck(cast.liis)
    for somebody in (cast.liis, cast.kadri, cast.eda, cast.rein, cast.viivi, cast.sten):
        browser = signed_in(somebody)
        assert browser.get(JOBS).status_code == 404
        assert browser.post(f"{JOBS}decide/", {"do": f"retry:post-{share.pk}"}).status_code == 404
    share.refresh_from_db()
    assert share.state == State.FAILED


# --- how it is asked for --------------------------------------------------------------------------------------------
def test_htmx_gets_only_what_renews_itself(cast: Cast, signed_in: SignIn) -> None:
    stuck(cast.liis)
    page = signed_in(cast.aado).get(JOBS, headers={"HX-Request": "true"}).content.decode()
    assert 'id="jobs-now"' in page
    assert 'id="jobs-glance"' in page
    assert "Posts that did not go out" not in page
    assert "<html" not in page


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_page_costs_the_same_queries_with_ten_rows_and_with_a_thousand(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Any, rows: int
) -> None:
    item, now = factories.item(), timezone.now()
    states = (State.FAILED, State.UNKNOWN, State.HELD, State.PLANNED)
    Share.objects.bulk_create(
        Share(
            person=cast.liis, item=item, network="sandbox", way="api", text="w", state=states[n % 4], reason="refused",
            not_before=now,
        )
        for n in range(rows)
    )  # fmt: skip
    Failure.objects.bulk_create(
        Failure(function="kaja.content.notes.tell", arguments={"note": n}, reason="mail") for n in range(rows)
    )
    for n in range(rows if rows < 50 else 300):
        queue.enqueue("kaja.content.notes.tell", note=n)
    Feed.objects.bulk_create(
        Feed(url=f"https://f.example/{n}", category=item.category, failures=1, failing_since=now) for n in range(rows)
    )
    browser = signed_in(cast.aado)
    browser.get(JOBS)
    memory.forget("crisis")
    with django_assert_num_queries(QUERIES):
        browser.get(JOBS)


QUERIES = 30

"""Crisis mode: one press, and nothing goes out any more; afterwards nothing goes out by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja import memory
from kaja.audit.models import Line
from kaja.content.models import Item, Topic
from kaja.jobs import tasks
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Receipt, Retry, Unknown
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people.models import Company, Person
from kaja.sharing import claiming, crisis, delivery, onhold, settling, shares, telling
from kaja.sharing.models import Crisis, CrisisLetter, CrisisPlan, Share
from kaja.sharing.rows import Row
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
NOTICE = {"en": "Please do not post for now.", "et": "Palun ära praegu postita."}
STATEMENT = {"en": "A person was hurt in Jelgava.", "et": "Jelgavas sai inimene viga."}


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def planned(account: ConnectedAccount, title: str = "NW-7", *, hours: float = 0) -> Share:
    at = timezone.now() + timedelta(hours=hours)
    return shares.schedule(
        person=account.person, item=factories.item(title), account=account, text=f"About {title}", at=at
    )


def begun(person: Person, **fields: Any) -> Crisis:
    asked = {name: fields.pop(name) for name in ("withdraw", "only") if name in fields}
    return crisis.begin(person=person, why="Jelgava", words=words(**fields), **asked)


def words(**fields: Any) -> crisis.Words:
    return crisis.Words(**{"notice": NOTICE, "statement": STATEMENT, **fields})


def work() -> None:
    """What a worker does until nothing is left: jobs and due shares."""
    for _round in range(20):
        for job in DBTaskResult.objects.filter(status="READY"):
            tasks.run.call(**job.args_kwargs["kwargs"])
            job.delete()
        for share in Share.objects.due():
            delivery.deliver(share.pk, worker="alive")


def state(share: Share) -> tuple[str, str]:
    share.refresh_from_db()
    return share.state, share.reason


HELD = (State.HELD, "crisis")


def test_everything_planned_is_held_at_once_and_nothing_goes_out(cast: Cast, account: ConnectedAccount) -> None:
    now, later = planned(account), planned(account, "NW-8", hours=5)
    assert begun(cast.kadri).held == 2
    work()
    Share.objects.update(not_before=timezone.now())
    work()
    assert state(now) == state(later) == HELD
    assert SandboxPost.objects.count() == 0


def test_what_waited_for_an_account_does_not_slip_out_when_its_person_signs_in_again(
    cast: Cast, account: ConnectedAccount
) -> None:
    share = planned(account)
    delivery.hold(account=account.pk)
    begun(cast.kadri)
    delivery.release(account=account.pk)
    work()
    assert state(share) == HELD


def test_a_share_claimed_and_not_yet_called_is_stopped(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account)
    (claimed,) = claiming.claim([share.pk], worker="one")
    begun(cast.kadri)
    assert delivery.prepare(claimed) is None
    assert state(share) == HELD
    assert share.tries.count() == 0


def test_a_share_claimed_after_the_beginning_is_held_before_its_attempt(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account)
    begun(cast.kadri)
    Share.objects.update(state=State.PLANNED, reason="")  # As one written in the very moment it began.
    delivery.deliver(share.pk, worker="one")
    assert state(share) == HELD
    assert share.tries.count() == 0


def test_the_last_look_before_the_call_stops_it_too(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account)
    (claimed,) = claiming.claim([share.pk], worker="one")
    attempt = delivery.prepare(claimed)
    assert attempt is not None
    assert begun(cast.kadri).under_way == 1  # It cannot know yet that the worker looks once more.
    assert delivery.stopped(claimed, attempt)
    assert state(share) == HELD
    attempt.refresh_from_db()
    assert attempt.outcome == "stopped"


def test_what_begins_while_a_film_is_carried_up_stops_the_post_of_it(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = planned(account)

    def carry_up(*_all: object) -> dict[str, object]:
        begun(cast.kadri)
        return {}

    monkeypatch.setattr(delivery, "LOOK_AGAIN", timedelta())
    monkeypatch.setattr(delivery, "_prepared", carry_up)
    delivery.deliver(share.pk, worker="one")
    assert state(share) == HELD
    assert share.tries.get().outcome == "stopped"
    assert not SandboxPost.objects.exists()


def test_a_share_that_waits_in_the_hand_is_stopped_by_what_began_since(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account)
    assert not onhold.holds(share.item_id)  # what pages and first looks remember
    (claimed,) = claiming.claim([share.pk], worker="one")
    begun(cast.kadri)
    Share.objects.filter(pk=share.pk).update(state=State.SENDING, reason="", worker="one")
    delivery.carry_out(claimed)
    assert state(share) == HELD
    assert not SandboxPost.objects.exists()


def test_a_call_under_way_is_awaited_and_told(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share, other = planned(account), planned(account, "NW-8")

    def call(one: Share, *_rest: object) -> Receipt:
        if not Crisis.objects.exists():
            begun(cast.kadri)
        if one.pk == other.pk:
            raise AssertionError("nothing is called after the beginning")
        return Receipt("post-1", "https://sandbox.example/post-1")

    monkeypatch.setattr(delivery, "_call", call)
    delivery.deliver(share.pk, worker="one")
    delivery.deliver(other.pk, worker="one")
    row = Crisis.objects.get()
    assert (row.held, row.under_way) == (1, 1)
    assert state(share) == (State.PUBLISHED, "")
    assert state(other) == HELD
    assert [one.pk for one in crisis.under_way(row)] == [share.pk]


@pytest.mark.parametrize("outcome", [Retry("rate-limit"), Unknown("silence")])
def test_a_call_that_comes_back_undone_is_not_tried_again_by_itself(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch, outcome: Exception
) -> None:
    share = planned(account)

    def call(*_args: object) -> Receipt:
        begun(cast.kadri)
        raise outcome

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_call", call)
        delivery.deliver(share.pk, worker="one")
    crisis.end(person=cast.kadri)
    if isinstance(outcome, Unknown):
        settling.look(share=share.pk)
    Share.objects.update(not_before=timezone.now())
    work()
    assert state(share) == HELD
    assert SandboxPost.objects.count() == 0


def test_no_door_makes_a_share_while_it_lasts(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    item, failed = factories.item("NW-7"), planned(account, "NW-8")
    Share.objects.filter(pk=failed.pk).update(state=State.FAILED)
    begun(cast.kadri)
    for wish in (
        lambda: shares.share_now(person=cast.liis, item=item, account=account, text="A"),
        lambda: shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["linkedin"], text="A"),
        lambda: shares.retry(person=cast.liis, share=failed),
    ):
        with pytest.raises(ValidationError, match="on hold") as refused:
            wish()
        assert refused.value.code == "crisis"
    browser = signed_in(cast.liis)
    fields = {"to": "dialog:linkedin", "text": "My careful words", "when": "now"}
    page = browser.post(f"/share/{item.pk}/", fields)
    assert page.status_code == 422
    assert "My careful words" in page.content.decode()
    assert "Sharing is on hold for everybody" in page.content.decode()
    api = browser.post(
        "/api/v1/shares", {"item": item.pk, "text": "A", "dialog": "linkedin"}, content_type="application/json"
    )
    assert api.status_code == 422
    assert Share.objects.count() == 1


def test_the_red_bar_stands_on_every_page_and_share_is_on_hold(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7", "The fridge lost.")
    browser = signed_in(cast.liis)
    assert "alertbar" not in browser.get("/").content.decode()
    begun(cast.kadri, approved_by="Legal")
    for address in ("/", "/shares/", "/ideas/", f"/read/{item.pk}/", f"/share/{item.pk}/", "/me/"):
        page = browser.get(address).content.decode()
        assert 'class="alertbar" role="status"' in page, address
        assert "Please do not post for now." in page
    feed = browser.get("/").content.decode()
    assert "A person was hurt in Jelgava." in feed
    assert "Approved by Legal" in feed
    assert "On hold" in feed
    assert f"/share/{item.pk}/" not in feed
    browser.cookies["kaja_language"] = "et"
    cast.liis.language = "et"
    cast.liis.save()
    assert "Palun ära praegu postita." in browser.get("/").content.decode()


def test_a_stranger_reads_nothing_of_it(cast: Cast, client: Client) -> None:
    begun(cast.kadri)
    assert "Please do not post" not in client.get("/signin/").content.decode()


def test_items_are_withdrawn_in_the_same_moment(cast: Cast, account: ConnectedAccount) -> None:
    share, other = planned(account), planned(account, "NW-8")
    row = begun(cast.aado, withdraw=[share.item_id])
    assert state(share) == (State.CANCELLED, "withdrawn")
    assert state(other) == HELD
    share.item.refresh_from_db()
    assert share.item.state == Item.State.WITHDRAWN
    assert list(row.withdrawn.all()) == [share.item]


def test_the_number_to_be_held_stands_in_the_heading(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    planned(account), planned(account, "NW-8", hours=5)
    mart = connecting.connect_instantly(person=cast.mart, network=BY_KEY["sandbox"])
    planned(mart, "NW-9", hours=6)
    page = " ".join(signed_in(cast.kadri).get("/crisis/").content.decode().split())
    assert "Hold 3 posts of 2 people" in page
    assert "1 goes out within the hour" in page


def test_it_begins_and_changes_on_its_page(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    share, browser = planned(account), signed_in(cast.kadri)
    empty = browser.post("/crisis/", {"statement_en": "Kept words"})
    assert empty.status_code == 422
    assert "Kept words" in empty.content.decode()
    assert not Crisis.objects.exists()
    assert browser.post("/crisis/", {"notice_en": "Wait.", "why": "Jelgava"}).status_code == 302
    assert state(share) == HELD
    browser.post("/crisis/", {"notice_en": "Wait until six.", "statement_en": "We know this."})
    row = Crisis.objects.get()
    assert (row.notice, row.statement) == ({"en": "Wait until six."}, {"en": "We know this."})
    assert "What is held" in browser.get("/crisis/").content.decode()


def test_only_one_lasts_at_a_time(cast: Cast) -> None:
    begun(cast.kadri)
    with pytest.raises(ValidationError, match="already"):
        begun(cast.aado)
    crisis.end(person=cast.aado)
    with pytest.raises(ValidationError, match="not on hold"):
        crisis.end(person=cast.aado)
    begun(cast.kadri)
    assert Crisis.objects.count() == 2


@pytest.mark.parametrize("who", ["liis", "eda", "rein", "viivi", "sten"])
def test_who_may_not(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        begun(person)
    begun(cast.kadri)
    with pytest.raises(PermissionDenied):
        crisis.change(person=person, words=words())
    with pytest.raises(PermissionDenied):
        crisis.end(person=person)
    with pytest.raises(PermissionDenied):
        crisis.rehearse(person=person, why="x", words=words())
    with pytest.raises(PermissionDenied):
        crisis.plan(person=person, words=words())


def test_afterwards_each_post_is_decided_about_and_asks_when_nobody_said(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    go, passed, ask, drop = (planned(account, title, hours=h) for title, h in (("A", 5), ("B", 0), ("C", 0), ("D", 0)))
    begun(cast.kadri)
    browser = signed_in(cast.kadri)
    assert "4 posts are held" in browser.get("/crisis/resume/").content.decode()
    answers = {f"item-{go.item_id}": "go", f"item-{passed.item_id}": "go", f"item-{drop.item_id}": "drop"}
    assert browser.post("/crisis/resume/", {**answers, "farewell_en": "Thank you."}).status_code == 302
    assert state(go) == (State.PLANNED, "")
    assert go.not_before > timezone.now() + timedelta(hours=4)
    assert state(passed) == (State.PLANNED, "")
    assert state(drop) == (State.CANCELLED, "crisis-dropped")
    Share.objects.filter(pk=passed.pk).update(not_before=timezone.now())
    work()
    assert state(ask) == HELD
    assert [post.text[:7] for post in SandboxPost.objects.all()] == ["About B"]
    assert Line.objects.filter(verb="crisis.ended", details__asked=1, details__dropped=1, details__gone=2).exists()


def test_its_person_decides_with_one_tap(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    share, other = planned(account), planned(account, "NW-8")
    begun(cast.kadri)
    browser = signed_in(cast.liis)
    assert f"/shares/{share.pk}/go/" not in browser.get("/shares/").content.decode()
    browser.post(f"/shares/{share.pk}/go/")
    assert state(share) == HELD
    crisis.end(person=cast.kadri)
    assert f"/shares/{share.pk}/go/" in browser.get("/shares/").content.decode()
    assert "Does it still fit?" in Row(share).sentence
    browser.post(f"/shares/{share.pk}/go/")
    browser.post(f"/shares/{other.pk}/cancel/")
    work()
    assert state(share)[0] == State.PUBLISHED
    assert state(other)[0] == State.CANCELLED
    with pytest.raises(PermissionDenied):
        crisis.go_on(person=cast.mart, share=share)


def test_a_story_that_ended_during_the_hold_does_not_go_out_whoever_says_so(
    cast: Cast, account: ConnectedAccount
) -> None:
    go, ask = planned(account), planned(account, "NW-8")
    begun(cast.kadri)
    Item.objects.update(live_until=timezone.now() - timedelta(seconds=1))
    assert [group.over for group in crisis.look(held=True).groups] == [True, True]
    crisis.end(person=cast.kadri, decisions={go.item_id: "go"})
    with pytest.raises(ValidationError, match="over"):
        crisis.go_on(person=cast.liis, share=Share.objects.get(pk=ask.pk))
    work()
    assert state(go) == (State.CANCELLED, "ended")
    assert state(ask) == HELD
    assert SandboxPost.objects.count() == 0


def test_everybody_is_told_once_in_their_language(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 3)
    Person.objects.filter(pk=cast.mart.pk).update(language="et")
    begun(cast.kadri)
    work()
    telling.begun(crisis=Crisis.objects.get().pk)  # A job may run twice.
    work()
    told = sorted(letter.to[0] for letter in mail.outbox)
    assert told == sorted(Person.objects.joined().values_list("email", flat=True))
    letter = next(one for one in mail.outbox if one.to == [cast.mart.email])
    assert "Palun ära praegu postita." in letter.body
    crisis.end(person=cast.kadri, farewell={"en": "Thank you for waiting."})
    work()
    assert len(mail.outbox) == 2 * len(told)
    assert "Thank you for waiting." in mail.outbox[-1].body


def test_one_refused_address_keeps_nobody_from_the_news(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    real = EmailMultiAlternatives.send

    def send(letter: EmailMultiAlternatives, fail_silently: bool = False) -> int:
        if letter.to == [cast.liis.email]:
            raise SMTPRecipientsRefused({cast.liis.email: (550, b"unknown")})
        return real(letter, fail_silently)

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    begun(cast.kadri)
    work()
    assert CrisisLetter.objects.filter(refused=True).get().person == cast.liis
    assert len(mail.outbox) == Person.objects.joined().count() - 1


def test_who_did_it_when_and_why_is_written_down(cast: Cast, account: ConnectedAccount) -> None:
    planned(account)
    begun(cast.kadri)
    line = Line.objects.get(verb="crisis.begun")
    assert (line.actor, line.reason, line.details["held"]) == (cast.kadri, "Jelgava", 1)


def queries(browser: Client, address: str) -> int:
    onhold.current()  # Read now and then, and not by a page.
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


def test_the_pages_ask_a_constant_number_of_questions(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    browser, item = signed_in(cast.kadri), factories.item("Many")
    Company.objects.update(daily_cap=5000)
    memory.forget("company")

    def many(count: int) -> None:
        at = timezone.now() + timedelta(hours=3)
        factory = {"person": cast.liis, "item": item, "network": "sandbox", "way": "api", "account": account}
        Share.objects.bulk_create(
            Share(**factory, text="x", state=State.PLANNED, not_before=at) for _one in range(count)
        )

    many(10)
    planned(account, "Other", hours=2)
    browser.get("/crisis/")
    few = queries(browser, "/crisis/")
    many(1000)
    for title in "abcdefgh":
        planned(account, title, hours=2)
    assert queries(browser, "/crisis/") == few
    begun(cast.kadri)
    few = queries(browser, "/crisis/resume/")
    for title in "ijkl":
        factories.share(cast.mart, factories.item(title), state=State.HELD, reason="crisis")
    assert queries(browser, "/crisis/resume/") == few


# --- one topic or campaign alone ------------------------------------------------------------------------------------
def topic(*items: Item, slug: str = "robots") -> Topic:
    row = Topic.objects.create(slug=slug, names={"en": slug.title(), "et": slug.title()})
    for item in items:
        item.topics.add(row)
    return row


def test_one_topic_is_held_and_everything_else_goes_on(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    about, other = planned(account), planned(account, "NW-8")
    row = begun(cast.kadri, only=topic(about.item))
    assert row.held == 1
    work()
    assert state(about) == HELD
    assert state(other)[0] == State.PUBLISHED
    shares.share_now(person=cast.liis, item=factories.item("Lunch"), account=account, text="Lunch")
    with pytest.raises(ValidationError, match="“Robots” is on hold"):
        shares.share_now(person=cast.liis, item=about.item, account=account, text="More")
    feed = signed_in(cast.liis).get("/").content.decode()
    assert "“Robots” is on hold." in feed
    assert f"/share/{about.item_id}/" not in feed
    assert f"/share/{other.item_id}/" in feed or state(other)[0] == State.PUBLISHED
    assert 'id="share-press"' not in signed_in(cast.liis).get(f"/share/{about.item_id}/").content.decode()


def test_what_becomes_due_meanwhile_is_held_by_its_topic_alone(cast: Cast, account: ConnectedAccount) -> None:
    about, other = planned(account), planned(account, "NW-8")
    begun(cast.kadri, only=topic(about.item))
    Share.objects.update(state=State.PLANNED, reason="")
    work()
    assert state(about) == HELD
    assert state(other)[0] == State.PUBLISHED


def test_one_campaign_is_held_alone_and_a_topic_that_is_deleted_holds_nothing_more(
    cast: Cast, account: ConnectedAccount
) -> None:
    about, other = planned(account), planned(account, "NW-8", hours=5)
    campaign = factories.campaign("Quiet")
    Item.objects.filter(pk=about.item_id).update(campaign=campaign)
    assert begun(cast.kadri, only=campaign).held == 1
    assert state(about) == HELD
    crisis.end(person=cast.kadri)
    gone = topic(other.item, slug="egg")
    begun(cast.kadri, only=gone)
    gone.delete()
    memory.forget("crisis")
    other.item.refresh_from_db()
    assert not onhold.stops(other)
    assert not onhold.holds(other.item_id)


def test_its_page_says_how_many_posts_each_topic_has_and_wants_one_named(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    share, browser = planned(account), signed_in(cast.kadri)
    row = topic(share.item)
    topic(slug="eggs")
    page = browser.get("/crisis/").content.decode()
    assert "Robots (1)" in page
    assert "Eggs (0)" in page
    refused = browser.post("/crisis/", {"notice_en": "Wait.", "why": "x", "only": "topic"})
    assert refused.status_code == 422
    assert "Choose which one" in refused.content.decode()
    browser.post("/crisis/", {"notice_en": "Wait.", "why": "x", "only": "topic", "topic": row.pk})
    assert Crisis.objects.get().about == "Robots"
    assert "“Robots” is on hold" in browser.get("/crisis/").content.decode()


# --- words prepared, and an exercise --------------------------------------------------------------------------------
def test_prepared_words_begin_a_crisis_and_tell_whom_a_journalist_is_sent_to(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.kadri)
    wrong = browser.post("/crisis/prepare/", {"reach": "+372 5555 0143"})
    assert wrong.status_code == 422
    assert "Say whose number" in wrong.content.decode()
    fields = {"notice_en": "Please wait.", "speaks": "Kadri Mägi", "reach": "+372 5555 0143",
              "friend_en": "We know as much as you."}  # fmt: skip
    assert browser.post("/crisis/prepare/", fields).status_code == 302
    assert CrisisPlan.objects.get().changed_by == cast.kadri
    assert "+372 5555 0143" in browser.get("/crisis/").content.decode()
    browser.post("/crisis/", {**fields, "why": "x"})
    feed = signed_in(cast.liis).get("/").content.decode()
    assert "Say only: “Please send questions to Kadri Mägi, +372 5555 0143.”" in feed
    assert "We know as much as you." in feed
    work()
    assert all("Please send questions to Kadri Mägi, +372 5555 0143." in letter.body for letter in mail.outbox)


def test_an_exercise_holds_nothing_and_tells_those_who_run_it_alone(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    share, browser = planned(account), signed_in(cast.kadri)
    page = browser.get("/crisis/practise/").content.decode()
    assert cast.aado.name in page
    done = browser.post("/crisis/practise/", {"notice_en": "Please wait.", "why": "Spring exercise"})
    assert state(share) == (State.PLANNED, "")
    assert onhold.current() is None
    shown = browser.get(done["Location"]).content.decode()
    assert "Nothing was held" in shown
    assert "Please wait." in shown
    assert "NW-7" in shown
    assert "Nobody is named who answers journalists" in shown
    work()
    assert state(share)[0] == State.PUBLISHED
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([cast.aado.email, cast.kadri.email])
    assert all(letter.subject.startswith("Exercise:") for letter in mail.outbox)
    assert all("This is an exercise." in letter.body for letter in mail.outbox)
    assert "alertbar" not in signed_in(cast.liis).get("/").content.decode()
    assert crisis.last() is None
    telling.rehearsed(crisis=Crisis.objects.get().pk)  # A job may run twice.
    assert len(mail.outbox) == 2


def test_an_exercise_does_not_hold_back_what_was_in_doubt_at_that_time(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = planned(account)

    def call(*_args: object) -> Receipt:
        crisis.rehearse(person=cast.kadri, why="x", words=words())
        raise Unknown("silence")

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_call", call)
        delivery.deliver(share.pk, worker="one")
    settling.look(share=share.pk)
    assert state(share)[0] == State.PLANNED


# --- many at once, and new times ------------------------------------------------------------------------------------
def test_a_new_time_spreads_them_and_one_that_has_passed_is_refused(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    first = planned(account, hours=1)
    mart = connecting.connect_instantly(person=cast.mart, network=BY_KEY["sandbox"])
    second = shares.schedule(
        person=cast.mart, item=first.item, account=mart, text="Me too", at=timezone.now() + timedelta(hours=2)
    )
    begun(cast.kadri)
    browser, item = signed_in(cast.kadri), first.item_id
    for typed in ("", "2020-01-01T09:00"):
        refused = browser.post("/crisis/resume/", {f"item-{item}": "later", f"at-{item}": typed, "farewell_en": "Kept"})
        assert refused.status_code == 422
        assert "Kept" in refused.content.decode()
    assert state(first) == HELD
    at = timezone.now().replace(microsecond=0) + timedelta(days=2)
    crisis.end(person=cast.kadri, decisions={item: at})
    assert (state(first), state(second)) == ((State.PLANNED, ""), (State.PLANNED, ""))
    assert (first.not_before, second.not_before) == (at, at + timedelta(minutes=10))
    assert Crisis.objects.get().gone == 2


def test_one_decision_for_all_that_are_ticked_changes_nothing_until_resume_is_pressed(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    one, two, three = (planned(account, title, hours=2) for title in "ABC")
    begun(cast.kadri)
    browser = signed_in(cast.kadri)
    ticked = {f"pick-{one.item_id}": "on", f"pick-{two.item_id}": "on", "farewell_en": "Thank you."}
    page = browser.post("/crisis/resume/", {**ticked, "set": "drop"})
    assert page.status_code == 200
    assert state(one) == HELD
    told = " ".join(page.content.decode().split())
    assert told.count('value="drop" id') == 3
    assert "Thank you." in told
    assert '<span class="fig">2</span> <span class="small mute"> are dropped' in told
    counted = browser.post("/crisis/resume/", {f"item-{three.item_id}": "go", "look": "1"}).content.decode()
    assert '<span class="fig">1</span><span class="small mute">go out at their time' in counted
    assert "<html" not in counted
    timed = browser.post("/crisis/resume/", {**ticked, "set": "later", "set_at": "2030-05-01T09:00"})
    assert timed.content.decode().count('value="2030-05-01T09:00"') == 2

"""A delegate prepares, the person decides: nothing goes out in silence, nobody else can, nothing goes out twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from kaja import memory
from kaja.audit.models import Line
from kaja.content import items as content
from kaja.content.models import Item, Topic
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people import delegations, persons
from kaja.people.models import Company, Person
from kaja.sharing import approval_links, crisis, delegate_letters, delegates, delivery, shares, timing
from kaja.sharing.models import ApprovalLink, Preparation, Share
from kaja.sharing.states import GRAPH, State
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignIn = Callable[[Person], Client]
MAIL = ApprovalLink.Carrier.MAIL
Prep = Preparation.State


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    """Liis lets Mart prepare for her, and has an account that Kaja posts to."""
    delegations.name(person=cast.liis, delegate=cast.mart)
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def item(cast: Cast) -> Item:
    return factories.item("NW-7 is here", "The fridge lost.")


def prepared(
    cast: Cast, account: ConnectedAccount, item: Item, text: str = "It is here.", **fields: Any
) -> Preparation:
    return delegates.prepare(
        person=cast.mart, executive=cast.liis, item=item, accounts=[account], text=text, **fields
    )  # fmt: skip


def deliver_all() -> int:
    """A worker delivers whatever it can get hold of; how many posts the network then has."""
    for number in Share.objects.values_list("pk", flat=True):
        delivery.deliver(number, worker="w")
    return SandboxPost.objects.count()


# --- never in silence -----------------------------------------------------------------------------------------------
def test_what_is_prepared_goes_out_after_the_approval_and_never_before(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item)
    share = row.shares.get()
    assert (share.state, share.person, share.account) == (State.WAITING, cast.liis, account)
    assert deliver_all() == 0
    delegates.approve(person=cast.liis, preparation=row)
    assert deliver_all() == 1
    share.refresh_from_db()
    assert share.state == State.PUBLISHED


def test_no_way_leads_from_waiting_to_sending_but_over_the_plan() -> None:
    assert GRAPH[State.WAITING] == {State.PLANNED, State.CANCELLED}
    assert [before for before, after in GRAPH.items() if State.WAITING in after] == []


def test_even_a_planned_row_of_an_undecided_preparation_is_not_sent(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item)
    Share.objects.update(state=State.PLANNED)
    assert deliver_all() == 0
    assert row.shares.get().reason == "unapproved"


def test_the_audit_trail_says_who_prepared_and_who_approved(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    row = prepared(cast, account, item)
    delegates.approve(person=cast.liis, preparation=row, door="link")
    made, approved = (Line.objects.get(verb=f"preparation.{verb}") for verb in ("made", "approved"))
    assert (made.actor_id, made.details["person"]) == (cast.mart.pk, cast.liis.pk)
    assert approved.actor_id == cast.liis.pk
    assert approved.details["prepared_by"] == cast.mart.pk
    assert (approved.details["approved_by"], approved.details["door"]) == (cast.liis.pk, "link")


def test_two_approvals_are_one_and_the_second_is_told(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    row = prepared(cast, account, item)
    stale = Preparation.objects.get(pk=row.pk)
    delegates.approve(person=cast.liis, preparation=row)
    with pytest.raises(ValidationError, match="approved it already"):
        delegates.approve(person=cast.liis, preparation=stale)
    assert deliver_all() == 1


def test_all_its_networks_go_out_by_one_decision_or_none_does(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    other = factories.account(cast.liis, "sandbox", external_id="sandbox:second", handle="second")
    row = delegates.prepare(person=cast.mart, executive=cast.liis, item=item, accounts=[account, other], text="Two.")
    ConnectedAccount.objects.filter(pk=other.pk).update(state=ConnectedAccount.State.NEEDS_RECONNECT)
    with pytest.raises(ValidationError, match="Sign in to"):
        delegates.approve(person=cast.liis, preparation=row)
    assert set(Share.objects.values_list("state", flat=True)) == {State.WAITING}
    assert Preparation.objects.get().state == Prep.WAITING
    ConnectedAccount.objects.update(state=ConnectedAccount.State.WORKS)
    delegates.approve(person=cast.liis, preparation=Preparation.objects.get())
    assert list(Share.objects.values_list("state", flat=True)) == [State.PLANNED] * 2


def test_what_waits_is_neither_edited_nor_dropped_share_by_share(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    share = prepared(cast, account, item).shares.get()
    with pytest.raises(ValidationError, match="waits for your approval"):
        shares.edit(person=cast.liis, share=share, text="Other")
    with pytest.raises(ValidationError, match="waits for your approval"):
        shares.cancel(person=cast.liis, share=share)
    answer = signed_in(cast.liis).get(f"/shares/{share.pk}/")
    assert answer.headers["Location"] == f"/approve/{share.preparation_id}/"


# --- who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["liis", "kadri", "eda", "rein", "aado", "viivi", "sten"])
def test_nobody_but_the_delegate_prepares(cast: Cast, account: ConnectedAccount, item: Item, who: str) -> None:
    with pytest.raises(PermissionDenied):
        delegates.prepare(person=getattr(cast, who), executive=cast.liis, item=item, accounts=[account], text="Not me.")
    assert not Share.objects.exists()


@pytest.mark.parametrize("who", ["mart", "kadri", "eda", "rein", "aado", "viivi", "sten"])
def test_nobody_but_the_person_decides(cast: Cast, account: ConnectedAccount, item: Item, who: str) -> None:
    row, somebody = prepared(cast, account, item), getattr(cast, who)
    with pytest.raises(PermissionDenied):
        delegates.approve(person=somebody, preparation=row)
    with pytest.raises(PermissionDenied):
        delegates.decline(person=somebody, preparation=row, reason="No")
    if somebody != cast.mart:
        with pytest.raises(PermissionDenied):
            delegates.withdraw(person=somebody, preparation=row)
    assert Preparation.objects.get().state == Prep.WAITING


def test_an_account_of_somebody_else_and_a_story_for_others_are_refused(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    theirs = factories.account(cast.kadri)
    riga = factories.audience(cast.kadri, "Riga", location=["Riga"])
    for fields in (
        {"accounts": [theirs], "item": item},
        {"accounts": [account], "item": factories.item("For Riga", audience=riga)},
        {"accounts": [account], "item": factories.item("Her own", original=True, author=cast.liis)},
        {"accounts": [account], "item": factories.item("Inside", category=factories.category("in", shareable=False))},
    ):
        with pytest.raises(PermissionDenied):
            delegates.prepare(person=cast.mart, executive=cast.liis, text="No.", **fields)  # type: ignore[arg-type]
    assert not Share.objects.exists()


def test_after_the_delegation_the_delegate_may_nothing_and_what_waits_stays_with_the_person(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item)
    delegations.end(person=cast.liis, delegation=delegations.named_by(cast.liis).get())
    with pytest.raises(PermissionDenied):
        prepared(cast, account, item, "Another.")
    with pytest.raises(PermissionDenied):
        delegates.withdraw(person=cast.mart, preparation=row)
    assert not delegates.prepared_by(cast.mart).exists()
    assert signed_in(cast.mart).get(f"/prepare/for/{cast.liis.pk}/").status_code == 404
    delegates.approve(person=cast.liis, preparation=row)
    assert deliver_all() == 1


def test_a_person_who_left_sends_nothing_and_the_link_opens_nothing(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item)
    link = approval_links.mint(preparation=row, carrier=MAIL)
    persons.deactivate(actor=cast.aado, person=cast.liis)
    answer = Client().post(link)
    assert answer.status_code == 404
    assert "opens nothing" in answer.content.decode()
    delegates.left(cast.liis.pk)
    row.refresh_from_db()
    assert (row.state, row.reason, row.shares.get().state) == (Prep.LAPSED, "left", State.CANCELLED)
    persons.reactivate(actor=cast.aado, person=cast.liis)
    assert deliver_all() == 0
    delegate_letters.answer(row.pk)
    assert "closed" in str(mail.outbox[-1].body)


# --- the same rules as for the person -------------------------------------------------------------------------------
def test_a_rule_of_the_guidelines_stops_it_when_prepared_and_when_approved(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item, "Project Kelp is next.")
    writing.rule(cast.kadri)
    with pytest.raises(ValidationError, match="not public yet"):
        delegates.approve(person=cast.liis, preparation=row)
    with pytest.raises(ValidationError, match="not public yet"):
        prepared(cast, account, item, "Project Kelp again.")
    delegates.approve(person=cast.liis, preparation=Preparation.objects.get(), text="Good news.")
    assert deliver_all() == 1


def test_while_sharing_is_on_hold_nothing_is_prepared_and_nothing_approved(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item)
    crisis.begin(person=cast.kadri, why="Fire", words=crisis.Words(notice={"en": "Hold on"}))
    with pytest.raises(ValidationError, match="on hold"):
        prepared(cast, account, item, "Another.")
    with pytest.raises(ValidationError, match="on hold"):
        delegates.approve(person=cast.liis, preparation=row)
    assert Preparation.objects.get().state == Prep.WAITING
    crisis.end(person=cast.kadri)
    delegates.approve(person=cast.liis, preparation=Preparation.objects.get())
    assert deliver_all() == 1


def test_a_crisis_about_another_topic_leaves_the_decision_open(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item)
    liis, robots = signed_in(cast.liis), Topic.objects.create(slug="robots", names={"en": "Robots"})
    crisis.begin(person=cast.kadri, why="Fire", words=crisis.Words(notice={"en": "Hold on"}), only=robots)
    memory.forget("crisis")
    assert "Approve these words" in liis.get(f"/approve/{row.pk}/").content.decode()
    item.topics.add(robots)
    memory.forget("crisis")
    page = liis.get(f"/approve/{row.pk}/").content.decode()
    assert "Sharing is on hold" in page
    assert "Approve these words" not in page


def test_the_cap_of_the_account_counts_when_it_is_approved(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    Company.objects.update(daily_cap=1)
    memory.forget("company")
    one, two = prepared(cast, account, item, "One."), prepared(cast, account, item, "Two.")
    delegates.approve(person=cast.liis, preparation=one)
    with pytest.raises(ValidationError, match="enough for one account"):
        delegates.approve(person=cast.liis, preparation=two)
    delegates.approve(
        person=cast.liis, preparation=Preparation.objects.get(pk=two.pk), at=timezone.now() + timedelta(days=2)
    )


def test_a_withdrawn_story_takes_along_what_was_prepared_of_it(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item)
    content.withdraw(person=cast.eda, item=item, reason="Wrong figure")
    with pytest.raises(ValidationError, match="no longer be shared"):
        delegates.approve(person=cast.liis, preparation=row)
    delegates.item_withdrawn(item.pk)
    row.refresh_from_db()
    assert (row.state, row.shares.get().state) == (Prep.LAPSED, State.CANCELLED)


def test_a_story_that_is_over_is_not_waited_for(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    row = prepared(cast, account, item)
    Item.objects.update(live_until=timezone.now() - timedelta(minutes=1))
    delegates.lapse_over()
    row.refresh_from_db()
    assert (row.state, row.reason) == (Prep.LAPSED, "ended")
    delegate_letters.answer(row.pk)
    assert "its time is over" in str(mail.outbox[-1].body)


# --- when -----------------------------------------------------------------------------------------------------------
def test_a_time_that_has_passed_is_asked_about_and_never_taken_silently(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item, when="at", at=timezone.now() + timedelta(hours=1))
    Share.objects.update(not_before=timezone.now() - timedelta(hours=1))
    answer = signed_in(cast.liis).post(f"/approve/{row.pk}/approve/")
    assert answer.status_code == 422
    assert "Choose when it goes out" in answer.content.decode()
    assert (Preparation.objects.get().state, deliver_all()) == (Prep.WAITING, 0)
    page = signed_in(cast.liis).get(f"/approve/{row.pk}/").content.decode()
    assert "Its time has passed" in page
    assert re.search(r'type="datetime-local" name="at" value="20\d\d-', page)  # a sensible time is offered
    assert signed_in(cast.liis).post(f"/approve/{row.pk}/approve/", {"when": "now"}).status_code == 302
    assert deliver_all() == 1


def test_a_place_in_the_queue_is_kept_while_it_waits(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    item.live_until = timezone.now() + timedelta(days=20)
    item.save()
    timing.add(person=cast.liis, weekdays=range(7), at=time(9, 10))
    row = prepared(cast, account, item, when="queue")
    first = row.shares.get()
    mine = timing.into_queue(
        person=cast.liis, item=factories.item("Other", live_until=None), account=account, text="Me"
    )
    assert first.slot_at is not None
    assert mine.slot_at is not None
    assert mine.slot_at > first.slot_at
    delegates.approve(person=cast.liis, preparation=row)
    first.refresh_from_db()
    assert (first.state, first.not_before) == (State.PLANNED, first.slot_at)


def test_without_a_queue_the_delegate_reads_so(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    with pytest.raises(ValidationError, match="The queue of Liis Tamm has no place"):
        prepared(cast, account, item, when="queue")


# --- words, no, and back --------------------------------------------------------------------------------------------
def test_other_words_go_out_as_the_person_wrote_them(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item, "Look {link} here.")
    look = signed_in(cast.liis).post(f"/approve/{row.pk}/approve/", {"text": "Rather so.", "look": "1"})
    assert "Nothing is saved or sent yet" in look.content.decode()
    assert Preparation.objects.get().state == Prep.WAITING
    assert signed_in(cast.liis).post(f"/approve/{row.pk}/approve/", {"text": "See {link} now."}).status_code == 302
    row.refresh_from_db()
    share = row.shares.get()
    assert re.fullmatch(r"See http://localhost:8000/l/\w+ now\.", share.text)
    assert (row.changed, share.state) == (True, State.PLANNED)


def test_a_no_needs_a_word_which_the_delegate_reads(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item)
    empty = signed_in(cast.liis).post(f"/approve/{row.pk}/decline/", {"reason": " "})
    assert empty.status_code == 422
    assert signed_in(cast.liis).post(f"/approve/{row.pk}/decline/", {"reason": "Too loud"}).status_code == 302
    assert deliver_all() == 0
    delegate_letters.answer(row.pk)
    assert mail.outbox[-1].to == [cast.mart.email]
    assert "Too loud" in str(mail.outbox[-1].body)
    assert "Too loud" in signed_in(cast.mart).get("/prepare/").content.decode()


def test_the_delegate_takes_back_until_it_is_decided(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row, later = prepared(cast, account, item), prepared(cast, account, item, "Another.")
    client = signed_in(cast.mart)
    assert client.post(f"/prepare/{row.pk}/withdraw/").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.shares.get().reason) == (Prep.WITHDRAWN, "taken-back")
    with pytest.raises(ValidationError, match="taken back"):
        delegates.approve(person=cast.liis, preparation=row)
    delegates.approve(person=cast.liis, preparation=later)
    assert "decided meanwhile" in client.post(f"/prepare/{later.pk}/withdraw/", follow=True).content.decode()
    assert deliver_all() == 1


def test_the_same_wish_is_one_preparation(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    assert prepared(cast, account, item, wish="w") == prepared(cast, account, item, wish="w")
    assert Share.objects.count() == 1


def test_what_the_person_shared_themselves_is_no_answer_to_the_delegate(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    own = shares.share_now(person=cast.liis, item=item, account=account, text="It is here.")
    assert prepared(cast, account, item).shares.get() != own


# --- what a delegate sees -------------------------------------------------------------------------------------------
def test_a_delegate_reads_names_and_states_but_no_figures_and_no_troubles(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item)
    delegates.approve(person=cast.liis, preparation=row)
    Share.objects.update(state=State.HELD, reason="account", detail="token revoked by liis")
    page = signed_in(cast.mart).get("/prepare/").content.decode()
    assert "Planned" in page
    assert "token revoked" not in page
    assert "sign in again" not in page
    composer = signed_in(cast.mart).get(f"/prepare/for/{cast.liis.pk}/{item.pk}/").content.decode()
    assert account.handle in composer
    assert "Liis Tamm" in composer
    assert "of your posts" not in composer


def test_the_composer_sends_for_approval_and_tells_the_person(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    client, address = signed_in(cast.mart), f"/prepare/for/{cast.liis.pk}/{item.pk}/"
    answer = client.post(
        address, {"to": f"account:{account.pk}", "text": "A fridge.", "when": "now", "note": "Short?", "wish": "w"}
    )
    assert answer.headers["Location"] == "/prepare/"
    row = Preparation.objects.get()
    assert (row.text, row.note, row.by, row.person) == ("A fridge.", "Short?", cast.mart, cast.liis)
    delegate_letters.ask(row.pk)
    letter = mail.outbox[-1]
    assert letter.to == [cast.liis.email]
    assert "A fridge." in str(letter.body)
    assert "/approve/by-link/" in str(letter.body)
    assert "/l/" not in str(letter.body)  # a scanner that opens every link of a letter must not count as a click


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    client, address = signed_in(cast.mart), f"/prepare/for/{cast.liis.pk}/{item.pk}/"
    for sent, said in (
        ({"text": "Words"}, "Choose where to share it."),
        ({"to": f"account:{account.pk}", "text": "Words", "when": "at", "at": "2020-01-01T10:00"}, "time has passed"),
        ({"to": f"account:{account.pk}", "text": "Words " + "x" * 600}, "too long"),
        ({"to": "account:999", "text": "Words"}, "Choose again."),
    ):
        answer = client.post(address, sent)
        assert (answer.status_code, said in answer.content.decode()) == (422, True), said
        assert "Words" in answer.content.decode()
    assert not Preparation.objects.exists()


def test_a_story_that_is_not_in_the_persons_feed_leads_to_those_that_are(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    riga = factories.audience(cast.kadri, "Riga", location=["Riga"])
    other = factories.item("For Riga", audience=riga)
    answer = signed_in(cast.mart).get(f"/prepare/for/{cast.liis.pk}/{other.pk}/", follow=True)
    assert "This story is not meant for Liis Tamm" in answer.content.decode()


@pytest.mark.parametrize("rows", [10, 200])
def test_the_lists_ask_the_same_number_of_questions_however_long_they_are(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn, django_assert_num_queries: Any, rows: int
) -> None:
    made = [
        Preparation(person=cast.liis, by=cast.mart, item=item, text=f"Words {n}", wish=f"w{n}") for n in range(rows)
    ]
    Preparation.objects.bulk_create(made)
    Share.objects.bulk_create(
        Share(
            person=cast.liis, item=item, network="sandbox", way="api", account=account, text="W", state=State.WAITING,
            not_before=timezone.now(), preparation=one,
        )
        for one in Preparation.objects.all()
    )  # fmt: skip
    delegate, person = signed_in(cast.mart), signed_in(cast.liis)
    delegate.get("/prepare/"), person.get("/shares/")
    with django_assert_num_queries(7):
        assert delegate.get("/prepare/").status_code == 200
    with django_assert_num_queries(10):
        assert person.get("/shares/").status_code == 200
    with django_assert_num_queries(10):
        assert delegate.get(f"/prepare/for/{cast.liis.pk}/").status_code == 200


# --- the link -------------------------------------------------------------------------------------------------------
def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def test_opening_the_link_shows_and_decides_nothing_one_press_does(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item, "A fridge lost.")
    link, client = approval_links.mint(preparation=row, carrier=MAIL), Client(enforce_csrf_checks=True)
    for _scanner in range(3):
        page = client.get(link)
    assert page.status_code == 200
    assert "A fridge lost." in page.content.decode()
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    assert "no-store" in page["Cache-Control"]
    assert (Preparation.objects.get().state, deliver_all()) == (Prep.WAITING, 0)
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert found
    assert "Approved." in client.post(link, {"csrfmiddlewaretoken": found[1]}).content.decode()
    assert deliver_all() == 1
    assert Line.objects.get(verb="preparation.approved").details["door"] == "link"


def test_the_link_opens_nothing_else(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    link, client = approval_links.mint(preparation=prepared(cast, account, item), carrier=MAIL), Client()
    client.get(link)
    client.post(link, {"text": "Words of a thief"})
    assert "sessionid" not in {name for name, value in client.cookies.items() if value.value and "session" in name}
    assert client.get("/shares/").status_code == 302
    assert "It is here." in Share.objects.get().text  # other words are for those who sign in


@pytest.mark.parametrize("how", ["used", "withdrawn", "declined", "expired", "forged", "cut", "other", "not text"])
def test_a_link_that_works_no_longer_says_so_and_changes_nothing(
    cast: Cast, account: ConnectedAccount, item: Item, how: str
) -> None:
    row, other = prepared(cast, account, item), prepared(cast, account, item, "Another.")
    link, token = approval_links.mint(preparation=row, carrier=MAIL), ""
    said, status = "opens nothing", 404
    if how == "used":
        Client().post(link)
        said, status = "approved it already", 410
    elif how == "withdrawn":
        delegates.withdraw(person=cast.mart, preparation=row)
        said, status = "taken back", 410
    elif how == "declined":
        delegates.decline(person=cast.liis, preparation=row, reason="No")
        said, status = "declined it", 410
    elif how == "expired":
        ApprovalLink.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
        said, status = "has ended", 410
    else:
        good = token_of(link)
        token = {
            "forged": good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB"),
            "cut": good[:20],
            "other": good.replace(f"{row.pk}.", f"{other.pk}.", 1),
            "not text": "%F0%9F%90%A6:x",
        }[how]
    address = link if not token else f"/approve/by-link/{token}/"
    before = list(Preparation.objects.order_by("pk").values_list("state", flat=True))
    for answer in (Client().get(address), Client().post(address)):
        assert (answer.status_code, said in answer.content.decode()) == (status, True), answer.content.decode()[:2000]
    assert list(Preparation.objects.order_by("pk").values_list("state", flat=True)) == before


def test_every_link_of_a_decision_ends_with_it_whatever_carried_it(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    row = prepared(cast, account, item)
    by_mail, by_push = (
        approval_links.mint(preparation=row, carrier=carrier) for carrier in (MAIL, ApprovalLink.Carrier.PUSH)
    )
    Client().post(by_push)
    assert Client().post(by_mail).status_code == 410
    assert deliver_all() == 1


def test_only_the_hash_of_a_links_secret_is_stored(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    token = token_of(approval_links.mint(preparation=prepared(cast, account, item), carrier=MAIL))
    secret = token.partition(".")[2].partition(":")[0]
    row = ApprovalLink.objects.get()
    assert len(secret) >= 32
    assert secret not in str(row.__dict__)
    assert not Line.objects.filter(details__icontains=secret).exists()


def test_a_link_lives_until_its_time_has_come(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    item.live_until = None
    item.save()
    at = timezone.now() + timedelta(days=20)
    approval_links.mint(preparation=prepared(cast, account, item, when="at", at=at), carrier=MAIL)
    approval_links.mint(preparation=prepared(cast, account, item, "Now."), carrier=MAIL)
    later, soon = ApprovalLink.objects.order_by("pk")
    assert later.ends_at > at
    assert soon.ends_at - timezone.now() < timedelta(days=7, minutes=1)


def test_by_the_link_too_a_passed_time_is_asked_about(cast: Cast, account: ConnectedAccount, item: Item) -> None:
    row = prepared(cast, account, item, when="at", at=timezone.now() + timedelta(hours=1))
    link = approval_links.mint(preparation=row, carrier=MAIL)
    Share.objects.update(not_before=timezone.now() - timedelta(hours=3))
    assert "Its time has passed" in Client().get(link).content.decode()
    assert Client().post(link).status_code == 422
    assert deliver_all() == 0
    assert Client().post(link, {"when": "now"}).status_code == 200
    assert deliver_all() == 1


def test_the_letter_and_the_links_page_speak_the_persons_language(
    cast: Cast, account: ConnectedAccount, item: Item
) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(language="et")
    row = prepared(cast, account, item)
    delegate_letters.ask(row.pk)
    assert mail.outbox[-1].subject == "Mart Kask valmistas sulle postituse ette"
    link = re.search(r"http\S+/approve/by-link/\S+", str(mail.outbox[-1].body))
    assert link
    assert "Kiida heaks" in Client(headers={"accept-language": "en"}).get(link[0]).content.decode()


# --- a network left out ---------------------------------------------------------------------------------------------
@pytest.fixture
def two(cast: Cast, account: ConnectedAccount, item: Item) -> Preparation:
    """Prepared for two accounts of Liis'."""
    other = factories.account(cast.liis, "sandbox", external_id="sandbox:second", handle="second")
    return delegates.prepare(person=cast.mart, executive=cast.liis, item=item, accounts=[account, other], text="Two.")


def numbers(row: Preparation) -> list[int]:
    return list(row.shares.order_by("pk").values_list("pk", flat=True))


def test_a_network_that_is_left_out_never_goes_out_and_the_others_do(cast: Cast, two: Preparation) -> None:
    first, second = numbers(two)
    delegates.approve(person=cast.liis, preparation=two, without=[second])
    states = dict(Share.objects.values_list("pk", "state"))
    assert states == {first: State.PLANNED, second: State.CANCELLED}
    assert deliver_all() == 1
    line = Line.objects.get(verb="preparation.approved")
    assert (line.details["networks"], line.details["left_out"]) == (["sandbox"], ["sandbox"])
    assert Line.objects.get(verb="share.left_out").noun_id == str(second)


def test_an_account_that_does_not_work_can_be_left_out_so_that_the_others_go(cast: Cast, two: Preparation) -> None:
    broken = numbers(two)[1]
    ConnectedAccount.objects.filter(handle="second").update(state=ConnectedAccount.State.NEEDS_RECONNECT)
    with pytest.raises(ValidationError, match="Sign in to"):
        delegates.approve(person=cast.liis, preparation=two)
    two.refresh_from_db()
    delegates.approve(person=cast.liis, preparation=two, without=[broken])
    assert deliver_all() == 1


def test_to_leave_everything_out_is_to_decline_and_is_said_so(cast: Cast, two: Preparation) -> None:
    with pytest.raises(ValidationError, match="or decline it"):
        delegates.approve(person=cast.liis, preparation=two, without=numbers(two))
    two.refresh_from_db()
    assert two.state == Prep.WAITING
    assert set(Share.objects.values_list("state", flat=True)) == {State.WAITING}


def test_the_delegate_reads_what_was_left_out_and_by_letter_too(
    cast: Cast, two: Preparation, signed_in: SignIn
) -> None:
    delegates.approve(person=cast.liis, preparation=two, without=numbers(two)[1:])
    delegate_letters.answer(preparation=two.pk)
    letter = mail.outbox[-1]
    assert letter.to == [cast.mart.email]
    assert "Left out: Sandbox." in str(letter.body)
    desk = signed_in(cast.mart).get("/prepare/").content.decode()
    assert desk.count("Left out") == 1
    assert "Planned" in desk


def test_on_the_page_a_network_is_left_out_by_taking_its_tick_away(
    cast: Cast, two: Preparation, signed_in: SignIn
) -> None:
    liis, (first, second) = signed_in(cast.liis), numbers(two)
    page = liis.get(f"/approve/{two.pk}/").content.decode()
    assert page.count('name="keep"') == page.count("checked>") == 2
    address = f"/approve/{two.pk}/approve/"
    none = liis.post(address, {"places": "1", "asis": "1", "text": "Two."})
    assert none.status_code == 422
    assert "or decline it" in none.content.decode()
    liis.post(address, {"places": "1", "keep": [first], "asis": "1", "text": "Two."})
    assert dict(Share.objects.values_list("pk", "state")) == {first: State.PLANNED, second: State.CANCELLED}
    assert "left this network out" in liis.get(f"/shares/{second}/").content.decode()


def test_what_is_half_written_is_not_what_approve_lets_out_and_is_not_lost(
    cast: Cast, two: Preparation, signed_in: SignIn
) -> None:
    liis, typed = signed_in(cast.liis), {"text": "Half a sent", "asis": "1"}
    refused = liis.post(f"/approve/{two.pk}/approve/", {**typed, "places": "1"})
    assert refused.status_code == 422
    assert "Half a sent</textarea>" in refused.content.decode()
    liis.post(f"/approve/{two.pk}/approve/", typed)
    assert all(share.text.startswith("Two.") for share in Share.objects.all())


def test_one_network_alone_is_not_asked_about(
    cast: Cast, account: ConnectedAccount, item: Item, signed_in: SignIn
) -> None:
    row = prepared(cast, account, item)
    assert 'name="keep"' not in signed_in(cast.liis).get(f"/approve/{row.pk}/").content.decode()


def test_by_the_link_a_network_is_left_out_too(cast: Cast, two: Preparation, client: Client) -> None:
    first, second = numbers(two)
    address = "/approve/" + approval_links.mint(preparation=two, carrier=MAIL).partition("/approve/")[2]
    assert client.get(address).content.decode().count('name="keep"') == 2
    assert client.post(address, {"places": "1"}).status_code == 422
    answer = client.post(address, {"places": "1", "keep": [second]})
    assert answer.status_code == 200
    assert dict(Share.objects.values_list("pk", "state")) == {first: State.CANCELLED, second: State.PLANNED}


def test_the_delegate_takes_one_network_out_until_it_is_decided(
    cast: Cast, two: Preparation, signed_in: SignIn
) -> None:
    mart, (first, second) = signed_in(cast.mart), numbers(two)
    assert mart.get("/prepare/").content.decode().count("/take-out/") == 2
    mart.post(f"/prepare/{two.pk}/take-out/{second}/")
    mart.post(f"/prepare/{two.pk}/take-out/{second}/")  # twice is once
    assert dict(Share.objects.values_list("pk", "state")) == {first: State.WAITING, second: State.CANCELLED}
    assert Line.objects.filter(verb="share.taken_out").count() == 1
    page = signed_in(cast.liis).get(f"/approve/{two.pk}/").content.decode()
    assert page.count('class="preview ') == 1
    answer = mart.post(f"/prepare/{two.pk}/take-out/{first}/", follow=True).content.decode()
    assert "It is the only network left" in answer
    delegates.approve(person=cast.liis, preparation=two)
    with pytest.raises(ValidationError, match="approved it already"):
        delegates.take_out(person=cast.mart, preparation=two, share=first)
    assert deliver_all() == 1


def test_nobody_else_takes_a_network_out(cast: Cast, two: Preparation, item: Item, signed_in: SignIn) -> None:
    for somebody in (cast.liis, cast.kadri, cast.aado):
        with pytest.raises(PermissionDenied):
            delegates.take_out(person=somebody, preparation=two, share=numbers(two)[0])
    for other in (max(numbers(two)) + 1, 10**30):  # a post of another preparation, and none at all
        with pytest.raises(PermissionDenied):
            delegates.take_out(person=cast.mart, preparation=two, share=other)
    assert signed_in(cast.kadri).post(f"/prepare/{two.pk}/take-out/{numbers(two)[0]}/").status_code == 404
    delegations.end(person=cast.liis, delegation=delegations.named_by(cast.liis).get())
    with pytest.raises(PermissionDenied):
        delegates.take_out(person=cast.mart, preparation=two, share=numbers(two)[0])
    assert set(Share.objects.values_list("state", flat=True)) == {State.WAITING}


def test_a_network_taken_out_while_the_person_looks_is_no_trouble(
    cast: Cast, two: Preparation, signed_in: SignIn
) -> None:
    first, second = numbers(two)
    delegates.take_out(person=cast.mart, preparation=two, share=second)
    signed_in(cast.liis).post(f"/approve/{two.pk}/approve/", {"places": "1", "keep": [first, second], "asis": "1"})
    assert dict(Share.objects.values_list("pk", "state")) == {first: State.PLANNED, second: State.CANCELLED}

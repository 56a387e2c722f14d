"""A rule asks for a second pair of eyes: the share waits, a colleague looks, and nothing goes out before."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from kaja.content import review
from kaja.content.models import Caption, Item
from kaja.guidelines import rules
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people import delegations
from kaja.people.models import Person, RoleGrant, Team
from kaja.sharing import corrections, crisis, delegates, delivery, eyes, looks, shares
from kaja.sharing.models import Correction, SecondLook, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignedIn = Callable[[Person], Client]
WORDS = "Our robots never fail."


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def asking(person: Person, **given: Any) -> Any:
    return writing.rule(person, "avoid", "eyes", form={"words": ["never fail"]}, **given).rule


def shared(cast: Cast, account: ConnectedAccount, text: str = WORDS, **more: Any) -> Share:
    item = more.pop("item", None) or factories.item()
    return shares.share_now(person=cast.liis, item=item, account=account, text=text, **more)


def the_look(share: Share) -> SecondLook:
    return SecondLook.objects.get(share=share, decided_at=None)


def delivered(share: Share) -> Share:
    """Everything that is due goes out, as a worker does it."""
    for one in Share.objects.due():
        delivery.deliver(one.pk, worker="w")
    work()
    share.refresh_from_db()
    return share


def work() -> None:
    """Everything that was enqueued is done, as a worker does it."""
    for job in DBTaskResult.objects.all():
        given = job.args_kwargs["kwargs"]
        import_string(given["function"])(**given["arguments"])
        job.delete()


def letters() -> dict[str, str]:
    """Who got a letter since the last question: its subject."""
    work()
    found = {letter.to[0]: str(letter.subject) for letter in mail.outbox}
    mail.outbox.clear()
    return found


# --- waiting ------------------------------------------------------------------------------------------------------------
def test_what_touches_such_a_rule_waits_and_no_worker_takes_it(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = delivered(shared(cast, account))
    assert (share.state, share.reason) == (State.HELD, "eyes")
    assert not SandboxPost.objects.exists()
    assert "Asked: Kadri, Rein" in share.detail
    fine = delivered(shared(cast, account, "Our robots work."))
    assert fine.state == State.PUBLISHED


def test_passed_it_goes_out_once_and_its_person_is_told(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    assert letters() == dict.fromkeys([cast.kadri.email, cast.rein.email], "A post waits for your look")
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    assert letters() == {cast.liis.email: "Your post was passed"}
    assert delivered(share).state == State.PUBLISHED
    assert SandboxPost.objects.count() == 1


def test_sent_back_it_waits_for_other_words_which_are_looked_at_anew(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    with pytest.raises(ValidationError, match="a sentence is enough"):
        looks.give_back(person=cast.rein, number=the_look(share).pk, words="  ")
    looks.give_back(person=cast.rein, number=the_look(share).pk, words="Say what you saw.")
    share.refresh_from_db()
    assert (delivered(share).reason, share.detail) == ("eyes-returned", "Rein Saar: Say what you saw.")
    assert letters()[cast.liis.email] == "Your post came back"
    shares.edit(person=cast.liis, share=share, text="They never fail, so far.")
    assert (share.reason, the_look(share).text) == ("eyes", "They never fail, so far.")
    shares.edit(person=cast.liis, share=share, text="A thousand hours without a stop.")
    assert share.state == State.PLANNED
    assert not SecondLook.objects.filter(share=share, decided_at=None).exists()
    assert delivered(share).state == State.PUBLISHED


def test_changed_while_it_waits_the_old_look_decides_nothing(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    old = the_look(share).pk
    shares.edit(person=cast.liis, share=share, text="They never fail, they never fail.")
    with pytest.raises(ValidationError, match="does not wait any more"):
        looks.pass_(person=cast.rein, number=old)
    assert share.state == State.HELD
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    with pytest.raises(ValidationError, match="does not wait any more"):
        looks.give_back(person=cast.kadri, number=SecondLook.objects.latest("pk").pk, words="Late")


def test_a_rule_that_begins_after_the_plan_holds_it_when_it_is_due(cast: Cast, account: ConnectedAccount) -> None:
    share = shared(cast, account)
    asking(cast.kadri)
    assert delivered(share).reason == "eyes"
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    assert delivered(share).state == State.PUBLISHED


def test_what_was_passed_stays_passed_while_the_words_are_the_same(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    shares.edit(person=cast.liis, share=share, text=WORDS, at=timezone.now() + timedelta(hours=2))
    assert share.state == State.PLANNED
    shares.edit(person=cast.liis, share=share, text=WORDS + " Ever.")
    assert (share.state, share.reason) == (State.HELD, "eyes")


def test_dropped_or_withdrawn_it_waits_for_nobody(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share, other = shared(cast, account), shared(cast, account, item=factories.item("Other"))
    shares.cancel(person=cast.liis, share=share)
    shares.cancel_planned(other.item_id)
    assert eyes.waiting() == []
    with pytest.raises(ValidationError, match="does not wait any more"):
        looks.pass_(person=cast.rein, number=the_look(other).pk)
    assert delivered(other).state == State.CANCELLED


def test_passed_in_a_crisis_it_is_still_held_by_it(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    crisis.begin(person=cast.kadri, why="A fire", words=crisis.Words(notice={"en": "Wait"}))
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    assert (delivered(share).state, share.reason) == (State.HELD, "crisis")


def test_the_end_of_a_paused_queue_does_not_let_it_out(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    for reason in ("account", "cap"):
        delivery.release(account.pk)
        delivery.release_tomorrow()
        share.refresh_from_db()
        assert (share.state, share.reason) == (State.HELD, "eyes"), reason


# --- by the network's own window ----------------------------------------------------------------------------------------
def test_a_share_by_dialog_waits_too_and_its_window_opens_when_it_was_passed(cast: Cast) -> None:
    asking(cast.kadri)
    share = shares.open_dialog(person=cast.liis, item=factories.item(), network=BY_KEY["linkedin"], text=WORDS)
    assert (share.state, shares.dialog_address(share)) == (State.HELD, "")
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.UNKNOWN, "looked")
    assert "linkedin.com" in shares.dialog_address(share)
    shares.confirm(person=cast.liis, share=share)
    assert share.state == State.PUBLISHED


def test_a_must_or_an_end_meanwhile_keeps_the_window_shut(cast: Cast) -> None:
    asking(cast.kadri)
    text = WORDS + " Project Kelp."
    share = shares.open_dialog(person=cast.liis, item=factories.item(), network=BY_KEY["linkedin"], text=text)
    writing.rule(cast.kadri)
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.HELD, "rule")
    shares.edit(person=cast.liis, share=share, text="Fine words")
    assert share.state == State.UNKNOWN
    over = shares.open_dialog(person=cast.liis, item=factories.item("B"), network=BY_KEY["linkedin"], text=WORDS)
    Item.objects.filter(pk=over.item_id).update(live_until=timezone.now())
    looks.pass_(person=cast.rein, number=the_look(over).pk)
    over.refresh_from_db()
    assert (over.state, over.reason) == (State.CANCELLED, "ended")


# --- who looks ------------------------------------------------------------------------------------------------------------
def test_nobody_passes_their_own_words_and_only_reviewers_pass_any(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    look = the_look(share).pk
    RoleGrant.objects.create(person=cast.liis, role="reviewer")
    for person in (Person.objects.get(pk=cast.liis.pk), cast.eda, cast.mart):
        with pytest.raises(PermissionDenied):
            looks.pass_(person=person, number=look)
    assert delivered(share).state == State.HELD


def test_the_rules_team_is_asked_first_and_everybody_when_its_time_is_over(
    cast: Cast, account: ConnectedAccount
) -> None:
    legal = Team.objects.create(name="Legal")
    Person.objects.filter(pk=cast.rein.pk).update(team=legal)
    asking(cast.kadri, team=legal.pk, hours=2)
    share = shared(cast, account)
    look = the_look(share)
    assert letters() == {cast.rein.email: "A post waits for your look"}
    assert "Legal (Rein)" in share.detail
    with pytest.raises(PermissionDenied):
        looks.pass_(person=cast.kadri, number=look.pk)
    looks.escalate_due(look.due_at - timedelta(seconds=1))
    assert looks.count(cast.kadri) == 0
    looks.escalate_due(look.due_at)
    assert letters() == dict.fromkeys([cast.kadri.email, cast.rein.email], "Late: a post waits for your look")
    looks.escalate_due(look.due_at)
    assert letters() == {}
    assert delivered(share).state == State.HELD  # Time passes nothing.
    share.refresh_from_db()
    assert "longer than it should" in share.detail
    looks.pass_(person=cast.kadri, number=look.pk)
    assert delivered(share).state == State.PUBLISHED


def test_suggested_words_that_somebody_approved_have_had_their_second_pair_of_eyes(
    cast: Cast, account: ConnectedAccount
) -> None:
    asking(cast.kadri)
    item = factories.item("Reviewed", state=Item.State.DRAFT, live_from=None, live_until=None)
    words = Caption.objects.create(item=item, language="en", text=WORDS)
    review.submit(person=cast.eda, item=item)
    review.approve(person=cast.rein, item=item)
    assert shared(cast, account, item=item, caption=words).state == State.PLANNED
    own = shares.open_dialog(
        person=cast.liis, item=item, network=BY_KEY["linkedin"], text=WORDS + " Ever.", caption=words
    )
    assert own.state == State.HELD
    unread = factories.item("Nobody read it", WORDS)
    first = unread.captions.get()
    assert shared(cast, account, item=unread, caption=first).state == State.HELD


def test_a_held_share_that_lost_its_look_gets_one_again(cast: Cast, account: ConnectedAccount) -> None:
    asking(cast.kadri)
    share = shared(cast, account)
    SecondLook.objects.all().delete()
    looks.escalate_due()
    assert the_look(share).text == WORDS


# --- pages ----------------------------------------------------------------------------------------------------------------
def test_from_the_composer_to_the_review_list_and_back(
    cast: Cast, account: ConnectedAccount, signed_in: SignedIn
) -> None:
    asking(cast.kadri)
    item, liis, rein = factories.item(), signed_in(cast.liis), signed_in(cast.rein)
    check = liis.post(f"/share/{item.pk}/check/", {"to": [f"account:{account.pk}"], "text": WORDS}).content.decode()
    assert "Send for a look" in check
    sent = liis.post(f"/share/{item.pk}/", {"to": [f"account:{account.pk}"], "text": WORDS, "when": "now"}, follow=True)
    assert "wants a second pair of eyes" in sent.content.decode()
    assert "Asked: Kadri, Rein" in sent.content.decode()
    share = Share.objects.get()
    assert "Waits for a look" in liis.get("/shares/").content.decode()
    assert 'Quick looks <span class="n">1</span>' in rein.get("/review/").content.decode()
    shown = rein.get("/review/looks/").content.decode()
    assert '<mark class="warn">never fail</mark' in shown
    look = the_look(share).pk
    refused = rein.post(f"/review/looks/{look}/return/", {"words": ""})
    assert refused.status_code == 422
    rein.post(f"/review/looks/{look}/return/", {"words": "Say <b>what</b> you saw."})
    page = liis.get(f"/shares/{share.pk}/").content.decode()
    assert "Rein Saar: Say &lt;b&gt;what&lt;/b&gt; you saw." in page
    liis.post(
        f"/shares/{share.pk}/edit/",
        {"text": "They never fail, so far.", "at": f"{timezone.localtime():%Y-%m-%dT%H:%M}"},
    )
    assert rein.post(f"/review/looks/{the_look(share).pk}/pass/").status_code == 302
    assert delivered(share).state == State.PUBLISHED


def test_who_may_not_review_sees_no_list_and_opens_no_look(
    cast: Cast, account: ConnectedAccount, signed_in: SignedIn
) -> None:
    asking(cast.kadri)
    look = the_look(shared(cast, account)).pk
    for person in (cast.liis, cast.eda, cast.viivi):
        browser = signed_in(person)
        for answer in (
            browser.get("/review/looks/"),
            browser.post(f"/review/looks/{look}/pass/"),
            browser.post(f"/review/looks/{look}/return/", {"words": "x"}),
        ):
            assert answer.status_code == 404
    assert SecondLook.objects.get().decided_at is None


@pytest.mark.parametrize("count", [3, 60])
def test_the_list_costs_the_same_queries_for_three_and_for_sixty(
    cast: Cast, signed_in: SignedIn, django_assert_num_queries: Callable[..., Any], count: int
) -> None:
    asking(cast.kadri)
    for n in range(count):
        shares.open_dialog(
            person=cast.liis, item=factories.item(f"Item {n}"), network=BY_KEY["linkedin"], text=f"{WORDS} {n}"
        )
    browser = signed_in(cast.rein)
    browser.get("/review/looks/")
    with django_assert_num_queries(7):
        assert browser.get("/review/looks/").content.decode().count("<article") == count


def test_by_rest(cast: Cast, account: ConnectedAccount, signed_in: SignedIn) -> None:
    asking(cast.kadri)
    item, liis, rein = factories.item(), signed_in(cast.liis), signed_in(cast.rein)
    body = json.dumps({"item": item.pk, "text": WORDS, "account": account.pk})
    made = liis.post("/api/v1/shares", body, content_type="application/json").json()
    assert (made["state"], made["reason"]) == ("held", "eyes")
    assert liis.get("/api/v1/looks").status_code == 404
    listed = rein.get("/api/v1/looks").json()["items"]
    assert [(one["share"], one["mine"], one["text"]) for one in listed] == [(made["id"], True, WORDS)]
    number = listed[0]["id"]
    assert (
        rein.post(f"/api/v1/looks/{number}/return", '{"words": ""}', content_type="application/json").status_code == 422
    )
    assert liis.post(f"/api/v1/looks/{number}/pass").status_code == 404
    assert rein.post(f"/api/v1/looks/{number}/pass").json()["state"] == "planned"


# --- the rule -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("given", "said"), [
    ({"hours": -1}, "1 to 168"), ({"hours": "soon"}, "1 to 168"), ({"team": 10**9}, "team is gone"),
])  # fmt: skip
def test_a_rule_says_who_looks_and_how_soon(cast: Cast, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        asking(cast.kadri, **given)


def test_how_long_looks_take_is_told_from_enough_of_them(cast: Cast, account: ConnectedAccount) -> None:
    rule = asking(cast.kadri)
    for n in range(5):
        assert eyes.usual() == ""
        share = shared(cast, account, item=factories.item(f"Item {n}"))
        SecondLook.objects.filter(share=share).update(asked_at=timezone.now() - timedelta(minutes=18))
        looks.pass_(person=cast.rein, number=the_look(share).pk)
    assert eyes.usual() == "18 minutes"
    assert rules.history(rule.pk).last.level == "eyes"


# --- beside delegates, and after it went out ----------------------------------------------------------------------------
def test_what_a_delegate_prepared_is_looked_at_when_its_person_has_approved(
    cast: Cast, account: ConnectedAccount
) -> None:
    asking(cast.kadri)
    delegations.name(person=cast.liis, delegate=cast.mart)
    row = delegates.prepare(
        person=cast.mart, executive=cast.liis, item=factories.item(), accounts=[account], text=WORDS
    )  # fmt: skip
    assert not SecondLook.objects.exists()
    delegates.approve(person=cast.liis, preparation=row)
    share = delivered(Share.objects.get())
    assert (share.state, share.reason) == (State.HELD, "eyes")
    looks.pass_(person=cast.rein, number=the_look(share).pk)
    assert delivered(share).state == State.PUBLISHED
    assert SandboxPost.objects.count() == 1


def test_words_that_want_a_look_do_not_replace_those_of_a_post_that_is_out(
    cast: Cast, account: ConnectedAccount
) -> None:
    share = delivered(shared(cast, account, "Our robots work."))
    asking(cast.kadri)
    with pytest.raises(ValidationError, match="Share them as a new post"):
        corrections.ask(person=cast.liis, share=share, text=WORDS)
    assert not Correction.objects.exists()


# --- its page -----------------------------------------------------------------------------------------------------------
def test_its_page_says_who_looks_and_what_they_wrote_and_no_network_is_said_to_have_spoken(
    cast: Cast, account: ConnectedAccount, signed_in: SignedIn
) -> None:
    asking(cast.kadri)
    share, liis = shared(cast, account), signed_in(cast.liis)
    page = liis.get(f"/shares/{share.pk}/").content.decode()
    assert "Asked: Kadri, Rein" in page
    assert "What the network said" not in page
    assert "A colleague looks at these words before they go out." not in page  # they wait for it already
    looks.give_back(person=cast.rein, number=the_look(share).pk, words="Say what you saw.")
    page = liis.get(f"/shares/{share.pk}/").content.decode()
    assert '<p class="small">Rein Saar: Say what you saw.</p>' in page
    assert "What the network said" not in page


def test_a_post_of_the_networks_own_window_is_asked_for_no_time(
    cast: Cast, account: ConnectedAccount, signed_in: SignedIn
) -> None:
    asking(cast.kadri)
    liis = signed_in(cast.liis)
    by_kaja = shared(cast, account)
    window = shares.open_dialog(person=cast.liis, item=factories.item(), network=BY_KEY["linkedin"], text=WORDS)
    assert 'name="at"' in liis.get(f"/shares/{by_kaja.pk}/").content.decode()
    assert 'name="at"' not in liis.get(f"/shares/{window.pk}/").content.decode()
    assert liis.post(f"/shares/{window.pk}/edit/", {"text": "A thousand hours without a stop."}).status_code == 302
    window.refresh_from_db()
    assert (window.state, window.reason) == (State.UNKNOWN, "looked")

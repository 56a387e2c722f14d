"""Own hand (D7): words of a post that is out are changed there; what a network cannot do is said; deleting tells why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja.audit.models import Line
from kaja.jobs import tasks
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, OutOfCredits, Permanent, Retry, Unknown
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people.models import Person
from kaja.sharing import correcting, corrections, crisis, delivery, shares
from kaja.sharing.models import Correction, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignIn = Callable[[Person], Client]
S = Correction.State


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def share(account: ConnectedAccount) -> Share:
    """Out on the sandbox, with its link in the middle."""
    made = shares.share_now(
        person=account.person, item=factories.item("NW-7"), account=account, text="Frist {link} words"
    )
    delivery.deliver(made.pk, worker="w")
    made.refresh_from_db()
    assert made.state == State.PUBLISHED
    return made


def work() -> None:
    """What a worker does: the jobs of facts, then the schedule."""
    for job in DBTaskResult.objects.filter(status="READY"):
        arguments = job.args_kwargs["kwargs"]
        if arguments["function"].startswith("kaja.sharing"):
            tasks.run.call(**arguments)
        job.delete()
    correcting.run_due()


def later() -> None:
    Correction.objects.filter(state__in=Correction.OPEN).update(not_before=timezone.now())


def ends(monkeypatch: pytest.MonkeyPatch, *outcomes: Exception | None, name: str = "edit") -> list[str]:
    """The sandbox's edit (or look) ends so, one after the other; what was said to it."""
    said, left, network = list[str](), list(outcomes), BY_KEY["sandbox"]
    assert network.api is not None
    real = getattr(network.api, name)

    def speak(*given: Any) -> Any:
        said.append(str(given[-1]))
        outcome = left.pop(0) if left else None
        if outcome is not None:
            raise outcome
        return real(*given)

    changed: dict[str, Any] = {name: speak}
    monkeypatch.setitem(BY_KEY, "sandbox", replace(network, api=replace(network.api, **changed)))
    return said


def there() -> str:
    return SandboxPost.objects.get().text


# --- it works -------------------------------------------------------------------------------------------------------
def test_the_words_are_changed_there_and_here_and_the_old_ones_are_kept(cast: Cast, share: Share) -> None:
    before, link = share.text, share.link
    corrections.ask(person=cast.liis, share=share, text="First {link} words")
    share.refresh_from_db()
    assert (share.text, there()) == (before, before)  # not before the network has taken it
    work()
    share.refresh_from_db()
    assert share.text == there() == before.replace("Frist", "First")
    assert share.edited_at is not None
    assert share.link == link
    assert [one.text for one in corrections.versions(share)] == [before]
    corrections.ask(person=cast.liis, share=share, text="Third")
    work()
    share.refresh_from_db()
    assert [one.text for one in corrections.versions(share)] == [before.replace("Frist", "First"), before]
    assert corrections.versions(share)[1].since == share.published_at
    assert there().startswith("Third http")  # the link is never lost
    assert corrections.standing(share) is None
    assert Line.objects.filter(verb="share.corrected").count() == 2


def test_the_schedule_takes_up_what_no_job_did(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="First")
    DBTaskResult.objects.all().delete()
    correcting.run_due()
    assert there().startswith("First")


def test_own_words_stay_own_and_a_look_by_words_finds_the_new_ones(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item("NW-7", "Suggested")
    made = shares.share_now(person=cast.liis, item=item, account=account, text="Suggested", caption=item.captions.get())
    delivery.deliver(made.pk, worker="w")
    made = Share.objects.get()
    assert not made.own_words
    corrections.ask(person=cast.liis, share=made, text="Mine")
    work()
    made = Share.objects.get()
    assert made.own_words
    assert made.payload is not None
    assert made.payload["text"] == made.text


def test_the_same_words_ask_nothing_and_call_a_waiting_change_back(cast: Cast, share: Share) -> None:
    assert corrections.ask(person=cast.liis, share=share, text=shares.typed(share)) is None
    corrections.ask(person=cast.liis, share=share, text="Other")
    assert corrections.ask(person=cast.liis, share=share, text=shares.typed(share)) is None
    work()
    assert there() == share.text
    assert Correction.objects.get().state == S.DROPPED


def test_a_newer_wish_takes_the_place_of_one_that_waits(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="One")
    corrections.ask(person=cast.liis, share=share, text="Two")
    work()
    assert Correction.objects.count() == 1
    assert there().startswith("Two")


# --- who and when ---------------------------------------------------------------------------------------------------
def test_nobody_changes_what_is_not_theirs(cast: Cast, share: Share, signed_in: SignIn) -> None:
    with pytest.raises(PermissionDenied):
        corrections.ask(person=cast.mart, share=share, text="Mine now")
    cast.liis.grants.all().delete()
    with pytest.raises(PermissionDenied):
        corrections.ask(person=Person.objects.get(pk=cast.liis.pk), share=share, text="Mine now")
    assert signed_in(cast.mart).get(f"/shares/{share.pk}/words/").status_code == 404
    assert signed_in(cast.mart).post(f"/shares/{share.pk}/words/", {"text": "X"}).status_code == 404
    assert signed_in(cast.mart).post(f"/shares/{share.pk}/words/check/", {"text": "X"}).status_code == 404


@pytest.mark.parametrize("text", ["", "{link}", "x" * 480])
def test_words_that_will_not_do_are_refused(cast: Cast, share: Share, text: str) -> None:
    with pytest.raises(ValidationError):
        corrections.ask(person=cast.liis, share=share, text=text)
    assert not Correction.objects.exists()


def test_a_rule_holds_when_it_is_asked_and_when_it_goes_out(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="Project Kelp is next")
    writing.rule(cast.kadri, words=["Project Kelp"])
    work()
    told = corrections.standing(share)
    assert told is not None
    assert (told.state, told.reason) == ("failed", "rule")
    assert "Kelp" not in there()
    with pytest.raises(ValidationError) as refused:
        corrections.ask(person=cast.liis, share=share, text="Project Kelp is next")
    assert refused.value.code == "rule"


def test_a_hold_stops_a_wish_and_a_waiting_change_and_keeps_its_words(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="Cheerful")
    crisis.begin(person=cast.kadri, why="Jelgava", words=crisis.Words(notice={"en": "Please wait."}))
    work()
    told = corrections.standing(share)
    assert told is not None
    assert (told.reason, told.text.split()[0]) == ("crisis", "Cheerful")
    assert "Cheerful" not in there()
    with pytest.raises(ValidationError) as held:
        corrections.ask(person=cast.liis, share=share, text="Cheerful")
    assert held.value.code == "crisis"


def test_whoever_has_left_changes_nothing_any_more(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="Later")
    cast.liis.grants.all().delete()
    work()
    assert "Later" not in there()
    assert Correction.objects.get().reason == "left"


def test_what_was_deleted_meanwhile_is_not_changed(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="Later")
    shares.remove(person=cast.liis, share=share)
    work()
    assert Correction.objects.get().state == S.DROPPED
    assert not SandboxPost.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": State.PLANNED}, "Only what went out"),
        ({"way": Share.Way.DIALOG}, "yourself"),
        ({"network": "bluesky"}, "Bluesky goes on showing"),
        ({"network": "instagram"}, "Instagram lets no program"),
        ({"account": None}, "not connected any more"),
        ({"post_id": ""}, "does not know yet"),
    ],
)
def test_what_cannot_be_changed_is_said(cast: Cast, share: Share, fields: dict[str, Any], sentence: str) -> None:
    Share.objects.filter(pk=share.pk).update(**fields)
    share = Share.objects.get(pk=share.pk)
    assert sentence in corrections.hindrance(share)
    with pytest.raises(ValidationError, match=sentence):
        corrections.ask(person=cast.liis, share=share, text="Other")


# --- how calls end ----------------------------------------------------------------------------------------------------
def test_what_was_not_done_is_tried_again(cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ends(monkeypatch, Retry("unreachable"), OutOfCredits(), Retry("rate-limit", after=timedelta(hours=2)))
    corrections.ask(person=cast.liis, share=share, text="Later")
    for turn in range(1, 4):
        work()
        assert len(said) == turn
        row = Correction.objects.get()
        assert row.state == S.PLANNED
        assert row.not_before > timezone.now()
        correcting.run_due()
        assert len(said) == turn  # not before its time
        later()
    assert row.not_before > timezone.now() + timedelta(minutes=119)
    work()
    assert there().startswith("Later")


def test_after_eight_tries_it_is_over_and_the_words_are_kept(
    cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ends(monkeypatch, *[Retry("unreachable")] * 20)
    corrections.ask(person=cast.liis, share=share, text="Later")
    for _turn in range(12):
        later()
        work()
    told = corrections.standing(share)
    assert told is not None
    assert (len(said), told.state, told.reason) == (8, "failed", "too-often")
    assert told.text.startswith("Later")


def test_a_refusal_is_told_in_the_networks_words(
    cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    ends(monkeypatch, Permanent("refused", "Editing is closed for you."))
    corrections.ask(person=cast.liis, share=share, text="Later")
    work()
    page = signed_in(cast.liis).get(f"/shares/{share.pk}/").content.decode()
    assert "did not get to Sandbox" in page
    assert "Editing is closed for you." in page
    again = signed_in(cast.liis).get(f"/shares/{share.pk}/words/").content.decode()
    assert ">Later</textarea>" in again  # nothing typed is lost


def test_a_lost_permission_waits_for_its_person(cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ends(monkeypatch, NeedsReconnect("refused-token"))
    corrections.ask(person=cast.liis, share=share, text="Later")
    work()
    later()
    work()
    told = corrections.standing(share)
    assert told is not None
    assert len(said) == 1
    assert "until you sign in" in told.sentence
    connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    work()
    assert there().startswith("Later")


def test_a_post_that_is_gone_there_is_gone_here(cast: Cast, share: Share) -> None:
    SandboxPost.objects.all().delete()
    corrections.ask(person=cast.liis, share=share, text="Later")
    work()
    work()  # the fact that it is missing
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.REMOVED, "gone-there")


def test_doubt_is_settled_by_looking(cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not there: said again. There: done, without a second word."""
    said = ends(monkeypatch, Unknown("silence"))
    corrections.ask(person=cast.liis, share=share, text="Later")
    work()
    told = corrections.standing(share)
    assert told is not None
    assert "We look" in told.sentence
    for _turn in range(2):
        later()
        work()
    assert len(said) == 2
    assert there().startswith("Later")

    said = ends(monkeypatch, Unknown("silence"))
    corrections.ask(person=cast.liis, share=share, text="Last")
    work()
    SandboxPost.objects.update(text=Correction.objects.last().text)  # type: ignore[union-attr]
    later()
    work()
    share.refresh_from_db()
    assert len(said) == 1
    assert share.text.startswith("Last")


def test_where_nobody_may_look_the_same_is_said_again(
    cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ends(monkeypatch, Unknown("silence"))
    network = BY_KEY["sandbox"]
    assert network.api is not None
    monkeypatch.setitem(BY_KEY, "sandbox", replace(network, api=replace(network.api, words=None)))
    corrections.ask(person=cast.liis, share=share, text="Later")
    for _turn in range(3):
        work()
        later()
    assert len(set(said)) == 1
    assert len(said) == 2
    assert there().startswith("Later")


def test_a_look_that_never_answers_ends_with_a_question(
    cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, Unknown("silence"))
    looks = ends(monkeypatch, *[Unknown("silence")] * 20, name="words")
    corrections.ask(person=cast.liis, share=share, text="Later")
    for _turn in range(12):
        work()
        later()
    told = corrections.standing(share)
    assert told is not None
    assert (len(looks), told.reason) == (correcting.LOOKS, "edit-unsure")


def test_while_one_is_on_its_way_no_other_begins(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="One")
    row = Correction.objects.get()
    assert correcting.claim(row)
    assert not correcting.claim(Correction(pk=row.pk, attempts=0))
    with pytest.raises(ValidationError, match="still on its way"):
        corrections.ask(person=cast.liis, share=share, text="Two")
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(share=share, text="Three")


def test_a_late_answer_counts_once(cast: Cast, share: Share) -> None:
    corrections.ask(person=cast.liis, share=share, text="One")
    row = Correction.objects.get()
    correcting.claim(row)
    Correction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    Correction.objects.update(state=S.UNKNOWN)
    row = Correction.objects.select_related("share__account", "share__link").get()
    correcting.settle(row, None)
    correcting.settle(row, None)
    share.refresh_from_db()
    assert share.text.startswith("One")
    assert len(corrections.versions(share)) == 1


# --- pages and API ----------------------------------------------------------------------------------------------------
def test_the_page_shows_the_words_the_preview_and_the_count(cast: Cast, share: Share, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)
    page = liis.get(f"/shares/{share.pk}/words/").content.decode()
    assert ">Frist {link} words</textarea>" in page
    assert 'class="preview sandbox"' in page
    assert re.search(r"\d+ left", page)
    checked = liis.post(f"/shares/{share.pk}/words/check/", {"text": "y" * 600}).content.decode()
    assert "over the limit" in checked
    assert "Too long for Sandbox" in checked
    answer = liis.post(f"/shares/{share.pk}/words/", {"text": "y" * 600})
    assert answer.status_code == 422
    assert "y" * 600 in answer.content.decode()
    assert liis.post(f"/shares/{share.pk}/words/", {"text": "First {link} words"})["Location"] == f"/shares/{share.pk}/"
    page = liis.get(f"/shares/{share.pk}/").content.decode()
    assert "on their way to Sandbox" in page
    work()
    page = liis.get(f"/shares/{share.pk}/").content.decode()
    assert "Edited" in page
    assert "Frist" in page  # the words of before


def test_what_the_network_cannot_do_is_offered_otherwise(cast: Cast, share: Share, signed_in: SignIn) -> None:
    """On Bluesky: delete and share anew, with the words."""
    Share.objects.filter(pk=share.pk).update(network="bluesky", account=factories.account(cast.liis, "bluesky"))
    liis = signed_in(cast.liis)
    page = liis.get(f"/shares/{share.pk}/").content.decode()
    assert "Bluesky goes on showing the first words" in page
    assert "Delete and share anew" in page
    assert f"/shares/{share.pk}/words/" not in page.replace("/words/check/", "")
    assert "Delete and share anew" in liis.get(f"/shares/{share.pk}/words/").content.decode()


def test_delete_and_share_anew_brings_the_words_to_the_composer(cast: Cast, share: Share, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)
    answer = liis.post(f"/shares/{share.pk}/remove/", {"anew": "1"}, follow=True)
    assert not SandboxPost.objects.exists()
    assert answer.redirect_chain[-1][0] == f"/share/{share.item_id}/?again={share.pk}"
    page = answer.content.decode()
    assert ">Frist {link} words</textarea>" in page
    assert re.search(r'value="account:\d+"\s+checked', page)


def test_nobody_composes_with_the_words_of_another(cast: Cast, share: Share, signed_in: SignIn) -> None:
    page = signed_in(cast.mart).get(f"/share/{share.item_id}/?again={share.pk}").content.decode()
    assert "Frist" not in page


def test_the_share_page_asks_the_same_however_often_it_was_changed(
    cast: Cast, share: Share, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    Share.objects.filter(pk=share.pk).update(edited_at=timezone.now())
    liis = signed_in(cast.liis)
    for number in range(30):
        Correction.objects.create(
            share=share, text=f"{number}", before=f"{number}", state=S.DONE, ended_at=timezone.now()
        )
        if number in (0, 29):
            for address, queries in ((f"/shares/{share.pk}/", 17), (f"/shares/{share.pk}/words/", 10)):
                liis.get(address)
                with django_assert_num_queries(queries):
                    liis.get(address)


def test_the_api_changes_a_post_and_tells_how_it_stands(cast: Cast, share: Share, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)

    def patch(**data: Any) -> Any:
        return liis.patch(f"/api/v1/shares/{share.pk}", data, content_type="application/json")

    told = patch(text="First {link}").json()
    assert (told["correction"]["state"], told["text"]) == ("planned", share.text)
    assert patch(at="2030-01-01T10:00:00Z").status_code == 422
    work()
    told = liis.get(f"/api/v1/shares/{share.pk}").json()
    assert told["correction"] is None
    assert told["edited_at"]
    words = liis.get(f"/api/v1/shares/{share.pk}/words").json()
    assert [one["text"] for one in words["before"]] == [share.text]
    assert words["no_edit"] is None
    other = signed_in(cast.mart)
    assert other.get(f"/api/v1/shares/{share.pk}/words").status_code == 404
    assert other.patch(f"/api/v1/shares/{share.pk}", {"text": "X"}, content_type="application/json").status_code == 404


# --- deleting ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Permanent("refused", "Not within a day."), "refused to delete the post: “Not within a day.”"),
        (Unknown("silence"), "may be gone or not"),
        (Retry("rate-limit"), "asks for patience"),
        (Retry("unreachable"), "does not answer"),
        (OutOfCredits(), "credits"),
        (NeedsReconnect("refused-token"), "Sign in to Sandbox again"),
    ],
)
def test_why_a_post_could_not_be_deleted_is_said(
    cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch, outcome: Exception, sentence: str
) -> None:
    ends(monkeypatch, outcome, name="remove")
    with pytest.raises(ValidationError, match=sentence):
        shares.remove(person=cast.liis, share=share)
    share.refresh_from_db()
    assert share.state == State.PUBLISHED
    broken = ConnectedAccount.objects.get().state == ConnectedAccount.State.NEEDS_RECONNECT
    assert broken == isinstance(outcome, NeedsReconnect)
    shares.remove(person=cast.liis, share=share, by_hand=True)  # deleted on the network itself
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.REMOVED, "removed-by-hand")
    assert SandboxPost.objects.exists()


def test_without_its_account_kaja_does_not_pretend_to_have_deleted(cast: Cast, share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(account=None)
    share = Share.objects.get(pk=share.pk)
    with pytest.raises(ValidationError, match="Sign in to Sandbox"):
        shares.remove(person=cast.liis, share=share)
    assert SandboxPost.objects.exists()


# --- plans ------------------------------------------------------------------------------------------------------------
def test_a_plan_keeps_its_link_where_it_was_put(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    at = timezone.now() + timedelta(hours=3)
    made = shares.schedule(person=cast.liis, item=factories.item(), account=account, text="Look: {link} #now", at=at)
    liis = signed_in(cast.liis)
    page = liis.get(f"/shares/{made.pk}/").content.decode()
    typed = re.search(r"<textarea[^>]*>\s*([^<]*)</textarea>", page)
    assert typed is not None
    assert typed[1] == "Look: {link} #now"
    assert 'class="preview sandbox"' in page
    assert (
        liis.patch(
            f"/api/v1/shares/{made.pk}", {"at": (at + timedelta(hours=1)).isoformat()}, content_type="application/json"
        ).status_code
        == 200
    )
    before = made.text
    made.refresh_from_db()
    assert made.text == before


def test_a_plan_goes_by_another_account_of_ones_own(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    liis, at = signed_in(cast.liis), timezone.now() + timedelta(hours=3)
    made = shares.schedule(person=cast.liis, item=factories.item(), account=account, text="Look", at=at)
    assert 'name="account"' not in liis.get(f"/shares/{made.pk}/").content.decode()
    other = factories.account(cast.liis, external_id="sandbox:second", handle="second")
    strange = factories.account(cast.mart, external_id="sandbox:mart", handle="mart")
    assert 'name="account"' in liis.get(f"/shares/{made.pk}/").content.decode()
    sent = {"text": "Look", "at": f"{timezone.localtime(made.not_before):%Y-%m-%dT%H:%M}"}
    assert liis.post(f"/shares/{made.pk}/edit/", sent | {"account": strange.pk}).status_code == 422
    assert liis.post(f"/shares/{made.pk}/edit/", sent | {"account": other.pk}).status_code == 302
    made = Share.objects.get()
    assert made.account == other
    with pytest.raises(PermissionDenied):
        shares.edit(person=cast.liis, share=made, text="Look", account=strange)


def test_what_waits_for_a_broken_account_goes_by_one_that_works(cast: Cast, account: ConnectedAccount) -> None:
    at = timezone.now() + timedelta(hours=3)
    made = shares.schedule(person=cast.liis, item=factories.item(), account=account, text="Look", at=at)
    other = factories.account(cast.liis, external_id="sandbox:second", handle="second")
    ConnectedAccount.objects.filter(pk=account.pk).update(state=ConnectedAccount.State.NEEDS_RECONNECT)
    delivery.hold(account.pk)
    made = Share.objects.get()
    assert (made.state, made.reason) == (State.HELD, "account")
    shares.edit(person=cast.liis, share=made, text="Look", account=other)
    made = Share.objects.get()
    assert (made.state, made.account) == (State.PLANNED, other)
    with pytest.raises(ValidationError, match="Sign in"):
        shares.edit(person=cast.liis, share=made, text="Look", account=ConnectedAccount.objects.get(pk=account.pk))

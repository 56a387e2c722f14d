"""Deliveries that went wrong: what whoever runs the system can do, and that nothing goes out twice by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django_tasks_db.models import DBTaskResult

from kaja.audit.models import Line
from kaja.jobs import tasks
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Permanent, Retry, Unknown
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people.models import Person
from kaja.sharing import crisis, deliveries, delivery, notices, reasons, rows, settling, shares
from kaja.sharing.deliveries import Done
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignIn = Callable[[Person], Client]


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def ended(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch, outcome: Exception, text: str = "A"
) -> Share:
    """A share whose first attempt ended like this; the network is well again afterwards."""

    def refuse(*_args: object) -> Any:
        raise outcome

    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text=text)
    with monkeypatch.context() as now:
        now.setattr(delivery, "_call", refuse)
        delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    return share


def work_off() -> None:
    """Everything that follows, as a worker does it."""
    while rows_ := list(DBTaskResult.objects.filter(status="READY")):
        for row in rows_:
            row.delete()
            tasks.run.call(**row.args_kwargs["kwargs"])


def test_a_refused_post_goes_out_after_all(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Permanent("refused", "too dark"))
    assert list(deliveries.troubled()) == [share]
    assert deliveries.retry(person=cast.aado, share=share) == Done.PLANNED
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert share.state == State.PUBLISHED
    assert SandboxPost.objects.count() == 1
    line = Line.objects.get(verb="delivery.retried")
    assert (line.actor, line.details["why"], line.details["was"]) == (cast.aado, "refused", "failed")
    with pytest.raises(ValidationError):
        deliveries.retry(person=cast.aado, share=share)


def test_one_that_is_out_and_nobody_knew_is_found_and_never_sent_again(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    real = delivery._call

    def lose(*arguments: Any) -> Any:
        real(*arguments)
        raise Unknown("silence")

    with monkeypatch.context() as now:
        now.setattr(delivery, "_call", lose)
        delivery.deliver(share.pk, worker="w")
    DBTaskResult.objects.all().delete()  # its own look was lost
    share.refresh_from_db()
    for _press in range(3):  # pressed again and again, nothing is sent
        assert deliveries.retry(person=cast.aado, share=share) == Done.LOOKED_FOR
    share.refresh_from_db()
    assert share.state == State.UNKNOWN
    work_off()
    share.refresh_from_db()
    assert share.state == State.PUBLISHED
    assert SandboxPost.objects.count() == 1


def test_one_that_is_certainly_absent_goes_out_once(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Unknown("silence"))
    deliveries.retry(person=cast.aado, share=share)
    deliveries.retry(person=cast.aado, share=share)
    work_off()
    share.refresh_from_db()
    assert share.state == State.PLANNED
    Share.objects.update(not_before=share.created_at)
    delivery.deliver(share.pk, worker="w")
    delivery.deliver(share.pk, worker="w")
    assert SandboxPost.objects.count() == 1


def test_where_nobody_can_look_the_person_is_asked_once_more(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Unknown("silence"))
    monkeypatch.setattr(settling, "_can_look", lambda _row: False)
    monkeypatch.setattr(reasons, "can_look", lambda _share: False)
    work_off()
    assert len(mail.outbox) == 1
    assert deliveries.retry(person=cast.aado, share=share) == Done.ASKED
    work_off()
    assert [letter.to for letter in mail.outbox] == [[cast.liis.email]] * 2
    share.refresh_from_db()
    assert share.state == State.UNKNOWN


def test_given_up_it_does_not_go_out_and_its_person_can_post_by_hand(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Permanent("refused"))
    deliveries.give_up(person=cast.aado, share=share)
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.CANCELLED, "given-up")
    assert "administrator gave it up" in reasons.sentence(share)
    assert not deliveries.troubled().exists()
    assert Line.objects.filter(verb="delivery.given_up", actor=cast.aado).exists()
    with pytest.raises(ValidationError):
        deliveries.give_up(person=cast.aado, share=share)


def test_given_up_while_nobody_knew_the_persons_word_still_counts(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    share = ended(cast, account, monkeypatch, Unknown("silence"))
    deliveries.give_up(person=cast.aado, share=share)
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.CANCELLED, "given-up-unsure")
    assert "Yes, it is there" in signed_in(cast.liis).get(f"/shares/{share.pk}/").content.decode()
    shares.confirm(person=cast.liis, share=share)
    share.refresh_from_db()
    assert share.state == State.PUBLISHED


def test_a_plan_that_its_person_dropped_is_not_confirmed_that_way(cast: Cast, account: ConnectedAccount) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    shares.cancel(person=cast.liis, share=share)
    shares.confirm(person=cast.liis, share=share)
    share.refresh_from_db()
    assert share.state == State.CANCELLED


def test_what_its_person_has_answered_is_theirs(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Unknown("silence"))
    shares.deny(person=cast.liis, share=share)
    assert not deliveries.troubled().exists()
    share.refresh_from_db()
    for verb in (deliveries.retry, deliveries.give_up):
        with pytest.raises(ValidationError):
            verb(person=cast.aado, share=share)


def test_many_at_once_and_one_that_cannot_holds_up_no_other(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [ended(cast, account, monkeypatch, Permanent("refused"), text=f"Words {n}") for n in range(3)]
    shares.cancel(person=cast.liis, share=some[1])
    many = deliveries.retry_many(person=cast.aado, chosen=some)
    assert (many.done, many.refused) == (2, ["It has gone on meanwhile: there is nothing to try again."])
    assert Share.objects.filter(state=State.PLANNED).count() == 2


def test_in_a_crisis_nothing_is_tried_again(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Permanent("refused"))
    crisis.begin(person=cast.kadri, why="Jelgava", words=crisis.Words(notice={"en": "Please wait."}))
    with pytest.raises(ValidationError):
        deliveries.retry(person=cast.aado, share=share)


def test_only_who_runs_the_system_may(cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    share = ended(cast, account, monkeypatch, Permanent("refused"))
    for somebody in (cast.liis, cast.kadri, cast.eda, cast.viivi, cast.sten):
        for verb in (deliveries.retry, deliveries.give_up):
            with pytest.raises(PermissionDenied):
                verb(person=somebody, share=share)


# --- letters to its person ------------------------------------------------------------------------------------------
def test_a_person_is_told_once_that_a_post_did_not_go_out_and_again_when_it_fails_again(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Permanent("picture-refused", "415 {}"))
    work_off()
    (letter,) = mail.outbox
    assert letter.to == [cast.liis.email]
    assert letter.subject == "Sandbox: your post did not go out"
    assert "The network did not take a picture, so nothing was posted." in letter.body
    assert f"/shares/{share.pk}/" in letter.body
    assert "415" not in letter.body
    notices.failed(share.pk)
    assert len(mail.outbox) == 1
    shares.retry(person=cast.liis, share=share)

    def refuse(*_args: object) -> Any:
        raise Permanent("refused")

    monkeypatch.setattr(delivery, "_call", refuse)
    delivery.deliver(share.pk, worker="w")
    work_off()
    assert len(mail.outbox) == 2


def test_the_letter_is_in_the_persons_language_and_safe_in_html(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(language="et")
    share = ended(cast, account, monkeypatch, Permanent("refused"))
    type(share.item).objects.update(title="<b>Külmik</b>")
    work_off()
    (letter,) = mail.outbox
    assert letter.subject == "Sandbox: sinu postitus ei läinud välja"
    page = str(letter.alternatives[0][0])  # type: ignore[attr-defined]
    assert "&lt;b&gt;Külmik" in page
    assert "<b>Külmik" not in page


def test_nobody_is_written_to_about_a_post_that_has_gone_on_meanwhile(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Permanent("refused"))
    shares.cancel(person=cast.liis, share=share)
    work_off()
    assert mail.outbox == []


def test_eight_refusals_in_a_row_are_told_and_a_single_one_is_not(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = ended(cast, account, monkeypatch, Retry("unreachable"))
    work_off()
    assert mail.outbox == []
    Share.objects.update(attempts=7, not_before=share.created_at)

    def refuse(*_args: object) -> Any:
        raise Retry("unreachable")

    monkeypatch.setattr(delivery, "_call", refuse)
    delivery.deliver(share.pk, worker="w")
    work_off()
    assert [letter.subject for letter in mail.outbox] == ["Sandbox: your post did not go out"]


def test_a_post_that_a_rule_holds_is_told_with_the_rules_sentence_and_again_after_other_words_are_held_too(
    cast: Cast, account: ConnectedAccount
) -> None:
    share = shares.share_now(
        person=cast.liis, item=factories.item(), account=account, text="Our robots are unbreakable"
    )
    writing.rule(cast.eda, form={"words": ["unbreakable", "immortal"]})
    delivery.deliver(share.pk, worker="w")
    work_off()
    (letter,) = mail.outbox
    assert letter.subject == "Sandbox: a rule holds your post back"
    assert "A rule of the guidelines holds these words back." in letter.body
    share.refresh_from_db()
    assert share.reason == "rule"
    notices.held(share.pk)
    assert len(mail.outbox) == 1
    Share.objects.update(text="Our robots are immortal", state=State.PLANNED, told="")
    delivery.deliver(share.pk, worker="w")
    work_off()
    assert len(mail.outbox) == 2


def test_an_account_that_broke_is_told_by_one_letter_however_many_posts_wait(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        shares.share_now(person=cast.liis, item=factories.item(), account=account, text=f"Words {number}")
    share = Share.objects.order_by("pk")[0]

    def refuse(*_args: object) -> Any:
        raise NeedsReconnect("refused-token")

    monkeypatch.setattr(delivery, "_call", refuse)
    delivery.deliver(share.pk, worker="w")
    work_off()
    assert [letter.subject for letter in mail.outbox] == ["Sandbox: sign in again"]
    assert set(Share.objects.values_list("state", "reason")) == {(State.HELD, "account")}


# --- by hand instead ------------------------------------------------------------------------------------------------
def test_a_post_that_did_not_go_out_is_posted_by_hand_with_the_same_words(cast: Cast, signed_in: SignIn) -> None:
    account = factories.account(cast.liis, "bluesky")
    share = factories.share(
        cast.liis, network="bluesky", way=Share.Way.API, account=account, state=State.FAILED, reason="refused",
        published_at=None, confirmed="",
    )  # fmt: skip
    browser = signed_in(cast.liis)
    assert "Post it by hand" in browser.get(f"/shares/{share.pk}/").content.decode()
    page = browser.post(f"/shares/{share.pk}/by-hand/", follow=True).content.decode()
    new = Share.objects.exclude(pk=share.pk).get()
    assert (new.way, new.state, shares.words_of(new)) == (Share.Way.DIALOG, State.UNKNOWN, "My own words.")
    assert "Open Bluesky" in page
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.CANCELLED, "by-hand")


@pytest.mark.parametrize("state", [State.UNKNOWN, State.SENDING, State.PUBLISHED])
def test_what_may_be_out_is_not_posted_by_hand_as_well(cast: Cast, state: State) -> None:
    share = factories.share(
        cast.liis, network="bluesky", way=Share.Way.API, account=factories.account(cast.liis, "bluesky"), state=state
    )
    with pytest.raises(ValidationError, match="Too late"):
        shares.by_hand(person=cast.liis, share=share)
    with pytest.raises(PermissionDenied):
        shares.by_hand(person=cast.mart, share=share)
    assert Share.objects.count() == 1


def test_when_it_cannot_be_posted_by_hand_the_first_share_stays_as_it_was(cast: Cast) -> None:
    item = factories.item()
    share = factories.share(
        cast.liis, item, network="bluesky", way=Share.Way.API, account=factories.account(cast.liis, "bluesky"),
        state=State.HELD, reason="account",
    )  # fmt: skip
    type(item).objects.update(state="withdrawn")
    with pytest.raises(PermissionDenied):
        shares.by_hand(person=cast.liis, share=Share.objects.get())
    share.refresh_from_db()
    assert share.state == State.HELD


# --- its way --------------------------------------------------------------------------------------------------------
def test_the_way_says_when_the_next_try_is_and_why_each_one_ended_in_words(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    share = ended(cast, account, monkeypatch, Retry("unreachable", "ConnectError [Errno 111]"))
    steps = rows.way(share)
    assert [step.title for step in steps] == [
        "You wrote it", "Not taken yet, tried again later", "Next try at", "Published",
    ]  # fmt: skip
    assert steps[1].detail == "The network could not be reached. Kaja tries again by itself."
    assert steps[1].said == "ConnectError [Errno 111]"
    assert steps[2].at == share.not_before
    assert "Next try at" in rows.Row(share).sentence
    page = signed_in(cast.liis).get(f"/shares/{share.pk}/").content.decode()
    assert page.index("What the network said") < page.index("ConnectError")
    assert "Try 2 of 8." in page


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("account", "Waits until you have signed in again"), ("rule", "Waits for other words"),
        ("cap", "Waits for the next day"), ("paused", "Waits for your queue"),
        ("credits", "Waits for the company’s credits"), ("no-app", "Waits for the company’s keys"),
        ("crisis", "Waits until sharing is open again"),
    ],
)  # fmt: skip
def test_the_way_says_what_a_held_post_waits_for(cast: Cast, reason: str, title: str) -> None:
    share = factories.share(cast.liis, network="sandbox", way=Share.Way.API, state=State.HELD, reason=reason)
    assert title in [step.title for step in rows.way(share)]


def test_every_reason_that_a_network_can_give_has_its_sentence() -> None:
    """Codes stand in the connectors as literals; a sentence nobody wrote would be the bare word refused."""
    import ast
    from pathlib import Path

    raised = set()
    for path in (Path(delivery.__file__).parents[1] / "networks").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Retry", "Permanent", "Unknown") and node.args:
                first = node.args[0]
                raised |= {first.value} if isinstance(first, ast.Constant) else set()
    # What only ends a sign-in is told by connecting.SENTENCES.
    assert raised - set(reasons.SENTENCES) - set(connecting.SENTENCES) == set()

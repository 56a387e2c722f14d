"""Sharing as a person does it: compose, plan, post by hand, change one's mind."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from kaja.links.models import ShortLink
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Permanent, Retry, Unknown
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import delivery, sent, settling, shares, states
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
LINKEDIN = BY_KEY["linkedin"]


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def answers(monkeypatch: pytest.MonkeyPatch, outcome: Exception) -> None:
    def refuse(*_args: object) -> Any:
        raise outcome

    monkeypatch.setattr(delivery, "_call", refuse)


def test_the_personal_link_stands_where_it_was_put(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item(campaign=factories.campaign("Quiet Week"))
    share = shares.share_now(person=cast.liis, item=item, account=account, text="Look: {link} #now")
    link = ShortLink.objects.get()
    assert share.text == f"Look: http://localhost:8000/l/{link.slug} #now"
    assert "utm_source=sandbox" in link.target
    assert "utm_campaign=quiet-week" in link.target
    assert link.owner == cast.liis


def test_two_people_have_two_links(cast: Cast) -> None:
    item = factories.item()
    one = shares.open_dialog(person=cast.liis, item=item, network=LINKEDIN, text="A")
    two = shares.open_dialog(person=cast.mart, item=item, network=LINKEDIN, text="A")
    assert one.link_id != two.link_id


def test_a_second_click_on_share_is_the_same_share(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item()
    one, two = (shares.share_now(person=cast.liis, item=item, account=account, text="A", wish="w") for _ in range(2))
    three, four = (shares.open_dialog(person=cast.liis, item=item, network=LINKEDIN, text="B") for _ in range(2))
    assert one == two
    assert three == four
    assert Share.objects.count() == 2


def test_own_words_are_told_from_suggested_ones(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item("NW-7", "The fridge lost.")
    caption = item.captions.get()
    same = shares.share_now(person=cast.liis, item=item, account=account, text=" The fridge lost. ", caption=caption)
    own = shares.open_dialog(person=cast.liis, item=item, network=LINKEDIN, text="I lost.", caption=caption)
    assert (same.own_words, own.own_words) == (False, True)


@pytest.mark.parametrize("text", ["", "   ", "{link}", "x" * 501])
def test_words_that_cannot_go_out_are_refused(cast: Cast, account: ConnectedAccount, text: str) -> None:
    with pytest.raises(ValidationError):
        shares.share_now(person=cast.liis, item=factories.item(), account=account, text=text)
    assert not Share.objects.exists()


@pytest.mark.parametrize("days", [-1, 400, -40_000])
def test_absurd_times_are_refused(cast: Cast, account: ConnectedAccount, days: int) -> None:
    at = timezone.now() + timedelta(days=days)
    with pytest.raises(ValidationError):
        shares.schedule(person=cast.liis, item=factories.item(live_until=None), account=account, text="A", at=at)


def test_nothing_is_planned_for_after_its_story_ends(cast: Cast, account: ConnectedAccount) -> None:
    ends = timezone.now() + timedelta(days=2)
    item = factories.item(live_until=ends)
    with pytest.raises(ValidationError, match="ends before"):
        shares.schedule(person=cast.liis, item=item, account=account, text="A", at=ends + timedelta(minutes=1))
    share = shares.schedule(person=cast.liis, item=item, account=account, text="A", at=ends - timedelta(minutes=1))
    with pytest.raises(ValidationError, match="ends before"):
        shares.edit(person=cast.liis, share=share, text="A", at=ends + timedelta(minutes=1))


def test_words_are_ones_own_unless_they_are_the_suggested_ones(cast: Cast, account: ConnectedAccount) -> None:
    theirs, mine = factories.item("Theirs", "Ours"), factories.item("Mine", "Ours", original=True, author=cast.liis)
    for item, own in ((theirs, False), (mine, True)):
        at, caption = timezone.now() + timedelta(hours=1), item.captions.get()
        share = shares.schedule(person=cast.liis, item=item, account=account, text="Ours", caption=caption, at=at)
        assert share.own_words == own
        for text, words in (("Mine {link} now", True), ("Ours {link}", own)):
            shares.edit(person=cast.liis, share=share, text=text)
            share.refresh_from_db()
            assert share.own_words == words, (item.title, text)


def test_a_dialog_is_asked_about_until_its_person_says_so(cast: Cast) -> None:
    share = shares.open_dialog(person=cast.liis, item=factories.item(), network=LINKEDIN, text="A")
    assert (share.state, shares.dialog_address(share).startswith("https://www.linkedin.com/")) == ("unknown", True)
    shares.confirm(person=cast.liis, share=share, post_url="https://www.linkedin.com/posts/1")
    share.refresh_from_db()
    assert (share.state, share.confirmed) == ("published", "person")


def test_the_first_click_of_somebody_else_confirms_and_a_second_one_changes_nothing(cast: Cast) -> None:
    share = shares.open_dialog(person=cast.liis, item=factories.item(), network=LINKEDIN, text="A")
    assert share.link_id is not None
    for _again in range(2):
        settling.confirm_by_click(share.link_id)
    share.refresh_from_db()
    assert (share.state, share.confirmed) == ("published", "click")


def test_no_is_an_answer_too(cast: Cast) -> None:
    share = shares.open_dialog(person=cast.liis, item=factories.item(), network=LINKEDIN, text="A")
    shares.deny(person=cast.liis, share=share)
    share.refresh_from_db()
    assert share.state == "cancelled"


def test_a_post_goes_out_and_can_be_removed_there_too(cast: Cast, account: ConnectedAccount) -> None:
    from kaja.networks.models import SandboxPost

    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.confirmed, SandboxPost.objects.count()) == ("published", "network", 1)
    shares.remove(person=cast.liis, share=share)
    assert (share.state, SandboxPost.objects.count()) == ("removed", 0)


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Retry("rate-limit", after=timedelta(minutes=7)), "planned", "rate-limit"),
        (Permanent("refused", "too long"), "failed", "refused"),
        (NeedsReconnect("refused-token"), "held", "account"),
        (Unknown("silence"), "unknown", "silence"),
        (ZeroDivisionError("ours"), "unknown", "unforeseen"),
    ],
)
def test_each_outcome_has_its_end(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch, outcome: Exception, state: str, reason: str
) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    answers(monkeypatch, outcome)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.reason) == (state, reason)
    assert share.tries.get().outcome != ""
    if state == "planned":
        assert share.not_before > timezone.now() + timedelta(minutes=6)


def test_eight_refusals_are_enough(cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    answers(monkeypatch, Retry("unreachable"))
    for _try in range(8):
        Share.objects.update(not_before=timezone.now())
        delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.attempts) == ("failed", 8)
    shares.retry(person=cast.liis, share=share)
    assert share.state == "planned"


def test_a_held_share_goes_on_when_the_account_works_again(cast: Cast, account: ConnectedAccount) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    connecting.broken(account=account, reason="x")
    delivery.hold(account.pk)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert share.state == "held"
    connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    delivery.release(account.pk)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert share.state == "published"


def test_a_withdrawn_item_stops_its_plans(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item()
    later = timezone.now() + timedelta(days=1)
    share = shares.schedule(person=cast.liis, item=item, account=account, text="A", at=later)
    for _again in range(2):
        shares.cancel_planned(item.pk)
    share.refresh_from_db()
    assert (share.state, share.reason) == ("cancelled", "withdrawn")


def test_looking_settles_what_was_not_known(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    real = connecting.http(BY_KEY["sandbox"])
    silent = Unknown("silence")

    def loses(*args: Any) -> Any:
        BY_KEY["sandbox"].api.publish(real, connecting.session(account), sent.sending(args[0], args[3]))  # type: ignore[union-attr]
        raise silent

    monkeypatch.setattr(delivery, "_call", loses)
    delivery.deliver(share.pk, worker="w")
    settling.look(share.pk)
    share.refresh_from_db()
    assert share.state == "published"


def test_an_impossible_graph_fails_at_once() -> None:
    with pytest.raises(states.ImpossibleStep):
        states.check({State.PLANNED: frozenset()}, states.START)
    with pytest.raises(states.ImpossibleStep):
        states.check({state: frozenset() for state in State}, frozenset({State.PLANNED}))


def test_only_ones_own_shares_and_only_what_is_meant_for_one(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item()
    share = shares.open_dialog(person=cast.liis, item=item, network=LINKEDIN, text="A")
    verbs: list[Callable[[Person], object]] = [
        lambda wrong: shares.share_now(person=wrong, item=item, account=account, text="A"),
        lambda wrong: shares.confirm(person=wrong, share=share),
        lambda wrong: shares.deny(person=wrong, share=share),
        lambda wrong: shares.edit(person=wrong, share=share, text="x"),
        lambda wrong: shares.cancel(person=wrong, share=share),
        lambda wrong: shares.retry(person=wrong, share=share),
        lambda wrong: shares.remove(person=wrong, share=share),
    ]
    for wrong in (cast.mart, cast.sten, cast.kadri):
        for verb in verbs:
            with pytest.raises(PermissionDenied):
                verb(wrong)
    with pytest.raises(PermissionDenied):
        shares.open_dialog(person=cast.sten, item=item, network=LINKEDIN, text="A")
    for closed in (
        factories.item(state="draft"),
        factories.item("News", category=factories.category("internal", shareable=False)),
    ):
        with pytest.raises(PermissionDenied):
            shares.open_dialog(person=cast.liis, item=closed, network=LINKEDIN, text="A")


# --- pages ----------------------------------------------------------------------------------------------------------
def form(page: str, **fields: object) -> dict[str, object]:
    wish = re.search(r'name="wish" value="([^"]+)"', page)
    assert wish is not None
    return {"wish": wish[1], "when": "now", **fields}


def test_the_composer_shares_to_several_places_with_one_press(
    cast: Cast, signed_in: SignIn, account: ConnectedAccount
) -> None:
    item, browser = factories.item("NW-7", "The fridge lost."), signed_in(cast.liis)
    page = browser.get(f"/share/{item.pk}/").content.decode()
    assert "The fridge lost." in page
    sent = form(page, to=[f"account:{account.pk}", "dialog:linkedin"], text="My words")
    for _twice in range(2):
        done = browser.post(f"/share/{item.pk}/", sent)
        assert done.status_code == 302
    assert Share.objects.count() == 2
    shown = browser.get(done["Location"]).content.decode()
    assert "Open LinkedIn" in shown
    assert "I posted it" in shown


def test_a_refused_form_keeps_every_word(cast: Cast, signed_in: SignIn, account: ConnectedAccount) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    page = browser.get(f"/share/{item.pk}/").content.decode()
    long = "These are my words. " * 40
    for fields in (
        {"to": [], "text": long},
        {"to": [f"account:{account.pk}"], "text": long},
        {"to": [f"account:{account.pk}"], "text": long, "when": "at", "at": "2020-01-01T10:00"},
    ):
        answer = browser.post(f"/share/{item.pk}/", form(page, **fields))
        assert answer.status_code == 422
        assert long.strip() in answer.content.decode()
    assert not Share.objects.exists()


def test_preview_and_counts_follow_the_networks_rule(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item()
    answer = signed_in(cast.liis).post(
        f"/share/{item.pk}/check/", {"to": ["dialog:bluesky", "dialog:x"], "text": "Tere #kaja <b>" + "x" * 300}
    )
    page = answer.content.decode()
    assert "&lt;b&gt;" in page
    assert 'class="ovr"' in page
    assert page.count('class="meter over"') == page.count('class="tabbed-tab over"') == 2


def test_the_time_is_the_persons_own(cast: Cast, signed_in: SignIn, account: ConnectedAccount) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(time_zone="America/New_York")
    item, browser = factories.item(live_until=timezone.now() + timedelta(days=60)), signed_in(cast.liis)
    page = browser.get(f"/share/{item.pk}/").content.decode()
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT12:00")
    browser.post(f"/share/{item.pk}/", form(page, to=[f"account:{account.pk}"], text="A", when="at", at=at))
    assert Share.objects.get().not_before.strftime("%H") in ("16", "17")


@pytest.mark.parametrize("path", ["", "confirm/", "deny/", "cancel/", "retry/", "remove/", "edit/"])
def test_somebody_elses_share_is_not_there(cast: Cast, signed_in: SignIn, client: Client, path: str) -> None:
    share = shares.open_dialog(person=cast.liis, item=factories.item(), network=LINKEDIN, text="A")
    for wrong in (cast.mart, cast.sten, cast.kadri):
        browser = signed_in(wrong)
        answer = browser.post(f"/shares/{share.pk}/{path}") if path else browser.get(f"/shares/{share.pk}/")
        assert answer.status_code == 404
    assert client.get(f"/shares/{share.pk}/").status_code == 302


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_list_costs_the_same_few_queries(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., Any], rows: int
) -> None:
    item, now = factories.item(), timezone.now()
    for state, reason in (("published", ""), ("unknown", ""), ("planned", ""), ("held", "cap"), ("failed", "refused")):
        Share.objects.bulk_create(
            Share(
                person=cast.liis, item=item, network="x", way="api", text="w", state=state, reason=reason, not_before=now
            )
            for _n in range(rows)
        )  # fmt: skip
    browser = signed_in(cast.liis)
    browser.get("/shares/")
    with django_assert_num_queries(13):
        browser.get("/shares/")


def test_what_failed_or_was_given_up_is_written_anew_with_its_words(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="My very own words")
    browser, anew = signed_in(cast.liis), f"/share/{share.item_id}/?again={share.pk}"
    for state, reason in ((State.FAILED, "refused"), (State.CANCELLED, "given-up")):
        Share.objects.update(state=state, reason=reason)
        assert anew in browser.get(f"/shares/{share.pk}/").content.decode()
    assert "My very own words" in browser.get(anew).content.decode()
    Share.objects.update(reason="cancelled")
    assert anew not in browser.get(f"/shares/{share.pk}/").content.decode()

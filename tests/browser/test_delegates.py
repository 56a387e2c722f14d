"""Prepared, looked at and approved in a browser: by the page and by the link of the letter."""

from __future__ import annotations

import pytest
from django.db.models import Count
from playwright.sync_api import Locator

from kaja.people.models import Person
from kaja.sharing import approval_links
from kaja.sharing.models import ApprovalLink, Preparation, Share
from kaja.sharing.states import State
from tests.browser.conftest import Look, Visit
from tests.browser.test_pages import LOOKS, faults

pytestmark = pytest.mark.browser


def path_of(row: Preparation) -> str:
    link = approval_links.mint(preparation=row, carrier=ApprovalLink.Carrier.MAIL)
    return "/approve/" + link.partition("/approve/")[2]


def two() -> Preparation:
    """What waits for two accounts of Helena's."""
    return Preparation.objects.filter(state="waiting").annotate(n=Count("shares")).get(n=2)


@pytest.mark.parametrize("look", [*LOOKS, Look(320)], ids=str)
def test_the_pages_of_both_are_without_barriers(visit: Visit, look: Look) -> None:
    row = Preparation.objects.filter(state="waiting").earliest("pk")
    delegate, person = visit("Kadri", look), visit("Helena", look)
    for address in ("/prepare/", f"/prepare/for/{row.person_id}/", f"/prepare/for/{row.person_id}/{row.item_id}/"):
        delegate.goto(address)
        assert faults(delegate) == [], address
    several = two()
    for address in ("/", "/shares/", f"/approve/{row.pk}/", f"/approve/{several.pk}/", "/me/"):
        person.goto(address)
        assert faults(person) == [], address
    for one in (row, several):
        stranger = visit("", look)
        stranger.goto(path_of(one))
        assert faults(stranger) == []


@pytest.mark.parametrize("script", [True, False])
def test_one_press_on_the_links_page_approves_without_signing_in(visit: Visit, script: bool) -> None:
    row = Preparation.objects.filter(state="waiting").earliest("pk")
    page = visit("", Look(390, script=script))
    page.goto(path_of(row))
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("heading", name="Approved.").wait_for()
    assert row.shares.get().state == State.PLANNED
    page.goto("/shares/")
    assert "/signin/" in page.url


@pytest.mark.parametrize("script", [True, False])
def test_a_network_is_left_out_and_the_other_goes(visit: Visit, script: bool) -> None:
    row, page = two(), visit("Helena", Look(390, script=script))
    page.goto("/")
    page.get_by_role("link", name="2 posts wait for your word").click()
    page.wait_for_url("**/shares/")
    page.goto(f"/approve/{row.pk}/")
    page.get_by_label("nordwind").uncheck()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("My shares has it until it is out").first.wait_for()
    states = {share.account.handle: share.state for share in row.shares.select_related("account") if share.account}
    assert states == {"helena.rebane": State.PLANNED, "nordwind": State.CANCELLED}
    desk = visit("Kadri", Look(390))
    desk.goto("/prepare/")
    desk.get_by_text("Left out").wait_for()


def test_prepared_by_one_with_other_words_of_the_other(visit: Visit) -> None:
    helena = Person.objects.get(first_name="Helena", last_name="Rebane")
    delegate, person = visit("Kadri"), visit("Helena")
    delegate.goto("/prepare/")
    delegate.locator(".card a.btn.primary").click()
    delegate.wait_for_url("**/prepare/for/*/")
    delegate.locator(".card a.btn").first.click()
    delegate.get_by_label("The post").fill("A sentence that nobody has said. #NordwindTeam")
    delegate.get_by_role("button", name="Send for approval").click()
    delegate.get_by_text("Nothing goes out before the approval.").first.wait_for()
    row = Preparation.objects.latest("pk")
    assert (row.person, row.state) == (helena, "waiting")
    person.goto(f"/approve/{row.pk}/")
    person.get_by_text("Change the words").click()
    person.get_by_label("Your words").fill("My own sentence. #NordwindTeam")
    person.get_by_role("button", name="See how it looks").click()
    person.get_by_text("Nothing is saved or sent yet").wait_for()
    assert person.locator(".preview").first.inner_text().count("My own sentence.") == 1
    person.get_by_role("button", name="Approve these words").click()
    person.get_by_text("My shares has it until it is out").first.wait_for()
    share = Share.objects.get(preparation=row)
    assert share.text.startswith("My own sentence.")


@pytest.mark.parametrize("look", [Look(390), Look(390, "dark", "et"), Look(320, "light", "et")], ids=str)
def test_on_a_phone_what_waits_costs_no_line_so_that_share_is_on_the_first_screen(visit: Visit, look: Look) -> None:
    page = visit("Helena", look)
    page.goto("/")
    share, strip = page.locator("[data-compose]").first, page.locator(".approvals-strip")
    top, height = place(share)
    assert top + height <= place(page.locator(".tabbar"))[0]
    assert place(strip)[1] <= 48
    strip.evaluate("strip => strip.remove()")
    assert top <= place(share)[0]
    page.reload()
    strip.click()
    page.wait_for_url("**/shares/")


def place(one: Locator) -> tuple[float, float]:
    """Where it begins, and how high it is."""
    box = one.bounding_box()
    assert box is not None
    return box["y"], box["height"]

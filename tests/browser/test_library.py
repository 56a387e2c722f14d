"""The library in a browser: narrowed while one types, many chosen, kept without script, and without barriers."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from kaja.content.models import BulkChange, Item
from tests.browser.conftest import Look, Visit
from tests.browser.test_pages import faults

pytestmark = pytest.mark.browser
LOOKS = [Look(), Look(390, "dark", "et"), Look(320)]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_form_of_the_library_has_barriers(visit: Visit, look: Look) -> None:
    page, some = visit("Kadri", look), Item.objects.order_by("pk").first()
    assert some is not None
    found = {}
    for address in (
        "/library/?look=cards", "/library/?words=robot&category=product&validity=due", "/library/?status=live&words=robot&sort=clicks",
        f"/library/bulk/?item={some.pk}", "/library/bulk/?all=1", "/library/bulk/", "/library/views/", "/library/?validity=due",
    ):  # fmt: skip
        page.goto(address)
        found[address] = faults(page)
    page.goto("/library/")
    page.locator(".lib-more summary").click()
    page.locator("[name=item]").first.check()
    found["chosen"] = faults(page)
    page.locator(".pull summary").click()
    found["views"] = faults(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_the_list_follows_the_words_and_the_address_follows_the_list(visit: Visit) -> None:
    page = visit("Kadri")
    page.goto("/library/?sort=title")
    whole = page.locator(".tbl.lib tbody tr").count()
    page.locator("#f-words").press_sequentially("robotitega", delay=20)
    expect(page).to_have_url(re.compile(r"/library/\?words=robotitega&sort=title$"))
    # Words may stand in a caption alone: what tells is that a story of robots is there and fewer are than before.
    expect(page.locator(".tbl.lib tbody tr", has_text=re.compile("robot", re.I)).first).to_be_visible()
    assert 0 < page.locator(".tbl.lib tbody tr").count() < whole
    assert page.evaluate("document.activeElement.id") == "f-words"
    expect(page.locator("#standing")).to_contain_text("fit")
    page.locator("#f-category").select_option("people")
    expect(page).to_have_url(re.compile(r"category=people"))
    page.locator(".lib-chips a", has_text="robotitega").click()
    expect(page).to_have_url(re.compile(r"/library/\?category=people&sort=title$"))
    assert page.locator(".tbl.lib tbody tr").count() > 3


def test_a_list_that_cannot_be_loaded_says_so_and_keeps_what_was_there(visit: Visit) -> None:
    page = visit("Kadri").context.new_page()  # a page of its own: here the browser has reason to complain
    page.goto("/library/")
    rows = page.locator(".tbl.lib tbody tr").count()

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/library/?*", fail)
    page.locator("#f-category").select_option("people")
    expect(page.locator("#table [role=alert]")).to_contain_text("could not be loaded")
    assert page.locator(".tbl.lib tbody tr").count() == rows


def change_two(page: Page) -> None:
    page.goto("/library/?category=people")
    for place in (0, 1):
        page.locator("[name=item]").nth(place).check()
    page.locator(".lib-bulk button").click()
    expect(page.locator("h1")).to_have_text("Change 2 posts")
    page.locator("#what-ages").check()
    page.locator("#what-topic_add").check()
    page.locator("[name=to_topic_add]").fill("Open days")
    page.locator("button.primary", has_text="Change 2 posts").click()
    expect(page.locator("h1")).to_have_text("2 posts changed")
    page.locator("button", has_text="Undo").click()
    expect(page.locator("h1")).to_have_text("Taken back")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_two_posts_get_a_topic_and_lose_it_again(visit: Visit, script: bool) -> None:
    change_two(visit("Kadri", Look(script=script)))
    done = BulkChange.objects.get()
    assert done.undone_at is not None
    assert not Item.objects.filter(topics__slug="open-days").exists()


def test_all_of_the_page_are_chosen_by_one_box_and_counted(visit: Visit) -> None:
    page = visit("Kadri")
    page.goto("/library/?category=people")
    rows = page.locator(".tbl.lib tbody tr").count()
    page.locator("[data-check-all]").check()
    expect(page.locator("[data-chosen]")).to_have_text(str(rows))
    page.locator("[data-check-all]").uncheck()
    expect(page.locator("[data-chosen]")).to_have_text("")


def test_without_script_the_filters_are_a_plain_form(visit: Visit) -> None:
    page = visit("Kadri", Look(script=False))
    page.goto("/library/")
    page.locator("#f-category").select_option("people")
    page.locator("#f-words").fill("Riga")
    page.locator("#f-words").press("Enter")
    expect(page.locator(".page-head p")).to_contain_text("fit")
    assert "category=people" in page.url
    assert page.locator("[data-check-all]").is_hidden()

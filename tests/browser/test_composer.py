"""The composer in a browser: previews as tabs, with and without a script, by keyboard, while one writes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Look, Visit
from tests.browser.test_own_hand import LONG, story
from tests.browser.test_pages import LOOKS, faults

pytestmark = pytest.mark.browser
PLACES = ("linkedin", "x", "facebook")


def chosen(page: Page, *networks: str) -> None:
    """These places and no others, one after the other; the preview of each shows as it is chosen."""
    for one in page.locator("[name=to]:checked").all():
        page.locator(f'label:has([value="{one.get_attribute("value")}"])').click()
    for network in networks:
        page.locator(f'label:has([name=to][value="dialog:{network}"])').click()
        shows(page, network)


def shows(page: Page, network: str) -> None:
    """Of all previews only this one is seen."""
    expect(page.locator(f".preview.{network}")).to_be_visible()
    expect(page.locator(".preview:visible")).to_have_count(1)


@pytest.mark.parametrize("look", [*LOOKS, Look(320)], ids=str)
def test_one_preview_shows_at_a_time_and_its_tab_stays_while_one_writes(visit: Visit, look: Look) -> None:
    page = visit("Liis", look)
    page.goto(f"/share/{story().pk}/")
    chosen(page, *PLACES)
    page.locator(".tabbed-tab", has_text="LinkedIn").click()
    shows(page, "linkedin")
    page.locator("#id_text").fill(LONG)
    expect(page.locator(".tabbed-tab.over [data-look]")).to_have_value("dialog:x")
    shows(page, "linkedin")
    assert faults(page) == []


def test_the_tabs_are_one_stop_and_the_arrow_keys_walk_them(visit: Visit) -> None:
    page = visit("Liis")
    page.goto(f"/share/{story().pk}/")
    chosen(page, *PLACES)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/check/" in request.url else None)
    page.locator("[data-look]:checked").focus()
    page.keyboard.press("ArrowRight")
    shows(page, "linkedin")
    page.keyboard.press("ArrowRight")
    shows(page, "x")
    page.keyboard.press("Shift+Tab")
    assert not page.evaluate("document.activeElement.matches('[data-look]')")
    assert asked == []  # to look is to ask nothing


def test_an_answer_under_way_leaves_the_tab_that_was_chosen_meanwhile(visit: Visit) -> None:
    page = visit("Liis")
    page.goto(f"/share/{story().pk}/")
    chosen(page, *PLACES)

    held: list[Route] = []
    page.route("**/check/", lambda route: held.append(route))
    page.locator("#id_text").fill("Other words")
    page.wait_for_timeout(800)
    page.locator(".tabbed-tab", has_text="LinkedIn").click()
    held[0].continue_()
    expect(page.locator(".preview.linkedin")).to_contain_text("Other words")
    shows(page, "linkedin")


def test_without_a_script_the_tabs_work_too(visit: Visit) -> None:
    page = visit("Liis", Look(script=False))
    page.goto(f"/share/{story().pk}/")
    for network in PLACES:
        page.locator(f'label:has([name=to][value="dialog:{network}"])').click()
    page.locator("#id_text").fill("")
    page.locator("#share-press").click()
    page.wait_for_load_state()
    page.locator(".tabbed-tab", has_text="LinkedIn").click()
    shows(page, "linkedin")


def test_times_are_offered_for_the_chosen_places_alone_and_a_choice_under_way_stays(visit: Visit) -> None:
    page = visit("Liis")
    page.goto(f"/share/{story().pk}/")
    kaja = page.locator('label:has([name=to][value^="account:"])')
    for one in kaja.locator(":checked").all():
        one.dispatch_event("click")
    chosen(page, "linkedin")
    best = page.locator("label:has(> #offered-best)")
    expect(best).to_be_hidden()
    kaja.first.click()
    expect(best).to_be_visible()
    expect(page.locator("#offers p")).to_have_count(1)
    best.click()
    kaja.first.click()
    expect(page.locator("#offers p")).to_have_count(0)
    expect(best.locator("input")).to_be_checked()
    expect(best).to_be_visible()


def test_in_the_dialog_the_share_button_is_seen_whole(visit: Visit) -> None:
    page = visit("Liis")
    page.goto("/")
    page.locator("[data-compose]").first.click()
    expect(page.locator("#dialog #share-press")).to_be_visible()
    inside = page.evaluate("""() => {
      const dialog = document.querySelector("#dialog").getBoundingClientRect();
      const button = document.querySelector("#share-press").getBoundingClientRect();
      return button.bottom <= dialog.bottom && button.right <= dialog.right;
    }""")
    assert inside

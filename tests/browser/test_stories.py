"""Journeys of people in a browser: by mouse, by keyboard, without a script."""

import re

import pytest
from playwright.sync_api import expect

from kaja.sharing.models import Share
from tests.browser.conftest import Look, Visit

pytestmark = pytest.mark.browser


def test_a_figure_opens_beside_the_page_and_gives_the_focus_back(visit: Visit) -> None:
    page = visit("Kadri")
    page.goto("/programme/")
    link = page.locator(".kpis a[href*='/figures/clicks/']")
    link.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", name="Clicks", exact=True)).to_be_visible()
    whole = drawer.locator(".hero-fig").inner_text()
    expect(drawer.locator("tfoot td").last).to_have_text(whole)
    expect(page).to_have_url(re.compile("/programme/$"))
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(link).to_be_focused()


def test_the_rows_of_a_drawer_turn_their_pages_inside_it(visit: Visit) -> None:
    page = visit("Kadri")
    page.goto("/programme/?period=quarter")
    page.locator(".kpis a[href*='/figures/shares/']").click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("link", name="More").click()
    expect(drawer.get_by_text(re.compile("Page 2 of"))).to_be_visible()
    expect(page).to_have_url(re.compile("/programme/"))


def test_without_a_script_a_figure_is_a_page_of_its_own(visit: Visit) -> None:
    page = visit("Kadri", Look(script=False))
    page.goto("/programme/")
    page.locator(".kpis a[href*='/figures/share_rate/']").click()
    expect(page).to_have_url(re.compile("/figures/share_rate/"))
    expect(page.get_by_role("heading", name="How it is worked out")).to_be_visible()


def test_a_phone_without_a_script_chooses_a_period_and_reads_the_chart_as_a_table(visit: Visit) -> None:
    page = visit("Kadri", Look(390, "dark", "et", script=False))
    page.goto("/programme/")
    page.get_by_role("link", name="Kvartal").click()
    page.get_by_text("Näita tabelina").first.click()
    expect(page.locator(".as-table table").first).to_be_visible()


def test_liis_shares_by_keyboard_alone(visit: Visit) -> None:
    page = visit("Liis")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    share = page.locator("a[data-compose]").first
    share.focus()
    page.keyboard.press("Enter")
    words = page.locator("#dialog textarea[name=text]")
    expect(words).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(share).to_be_focused()
    page.keyboard.press("Enter")
    expect(words).to_be_focused()
    words.fill("Typed without a mouse.")
    before = Share.objects.count()
    button = page.locator("#dialog button.primary").last
    with page.expect_response(re.compile("/check/")):  # leaving the field asks once more, and swaps the button
        button.focus()
    page.wait_for_timeout(200)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    # To her own account it goes at once, and the card folds; a share dialog has a page of its own.
    expect(page.locator("#dialog")).to_be_hidden()
    assert Share.objects.count() > before
    assert Share.objects.filter(text__startswith="Typed without a mouse.").exists()


def test_liis_shares_without_a_script(visit: Visit) -> None:
    page = visit("Liis", Look(390, script=False))
    page.goto("/")
    page.locator("article a.primary").first.click()
    page.locator("textarea[name=text]").fill("No script at all.")
    page.locator("form button.primary").last.click()
    page.wait_for_url(re.compile("/shares/"))
    assert Share.objects.filter(text__startswith="No script at all.").exists()


def test_liis_mends_what_the_rules_say_by_their_buttons_and_shares(visit: Visit) -> None:
    page = visit("Liis")
    page.goto("/")
    page.locator("[data-compose]").first.click()
    words, hints = page.locator("#dialog textarea[name=text]"), page.locator("#hints")
    words.fill("Meet the 😀 of NordWind. Project Kelp is next.")
    expect(page.get_by_role("button", name="Fix 1 thing to share")).to_be_visible()
    expect(page.locator("[data-announce]")).to_have_text("1 thing to fix. 2 hints.")
    page.get_by_role("button", name="Fix 1 thing to share").click()
    expect(hints.locator(".bad button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(words).to_have_value("Meet the 😀 of NordWind. is next.")
    expect(hints).not_to_contain_text("not public yet")
    hints.get_by_role("button", name="Fix").click()
    expect(hints).not_to_contain_text("small w")
    hints.get_by_role("button", name="Add").click()
    expect(words).to_have_value("Meet the 😀 of Nordwind. is next. #NordwindTeam")
    expect(hints).to_contain_text("Nothing in the guidelines speaks against these words.")
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()


def test_an_editor_sees_a_trial_and_an_example_without_leaving_the_rule(visit: Visit) -> None:
    page = visit("Elīna")
    page.goto("/guidelines/rules/")
    page.get_by_role("link", name=re.compile("No absolute claims")).click()
    expect(page.locator("#tried mark").first).to_be_visible()
    page.get_by_role("textbox", name="An example").fill("It never failed.")
    expect(page.locator("#sampled mark")).to_have_text("never failed")
    page.get_by_label("Starts").fill("2031-01-01T10:00")
    page.get_by_label("Starts").blur()
    expect(page.get_by_role("button", name="Save and start on that day")).to_be_visible()

"""The calendar in a browser: posts dragged by mouse and moved by keys, campaigns stretched, refusals, without a script."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from kaja.content.models import Campaign, Category, Item
from tests.browser.conftest import Look, Visit

pytestmark = pytest.mark.browser
TALLINN = ZoneInfo("Europe/Tallinn")
# A month that is whole ahead of us, so that nothing lies in the past.
FIRST = (timezone.localdate().replace(day=1) + timedelta(days=70)).replace(day=1)
WEDNESDAY = FIRST + timedelta(days=(2 - FIRST.weekday()) % 7 + 7)


def post(title: str = "A story to move", day: date = WEDNESDAY, state: str = Item.State.DRAFT) -> Item:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=TALLINN)
    return Item.objects.create(
        title=title, url="https://nordwind.example/x", category=Category.objects.all()[0], state=state,
        live_from=at,
    )  # fmt: skip


def day_of(item: Item) -> date:
    item.refresh_from_db()
    assert item.live_from is not None
    return item.live_from.astimezone(TALLINN).date()


def cell(page: Page, day: date) -> Locator:
    return page.locator(f".cal [data-day='{day.isoformat()}']")


def drag(page: Page, grip: Locator, to: Locator) -> None:
    page.set_viewport_size({"width": 1440, "height": 1500})  # the whole month at once
    page.evaluate("document.fonts.ready")
    box, there = grip.bounding_box(), to.bounding_box()
    assert box is not None
    assert there is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(there["x"] + 20, there["y"] + there["height"] / 2, steps=6)
    page.mouse.up()


def test_a_post_dragged_to_another_day_moves_there_and_back_again(visit: Visit) -> None:
    item, page = post(), visit("Kadri")
    page.goto(f"/calendar/?day={FIRST}")
    grip = page.locator(".cal .ev .grip", has_text="A story to move")
    drag(page, grip, cell(page, WEDNESDAY + timedelta(days=2)))
    toast = page.locator(".toast", has_text="Moved to")
    expect(toast).to_be_visible()
    assert day_of(item) == WEDNESDAY + timedelta(days=2)
    toast.get_by_role("link", name="Undo").click()
    expect(page.locator(f".cal .grip[data-on='{WEDNESDAY}']")).to_be_visible()
    assert day_of(item) == WEDNESDAY


def test_what_was_approved_stays_where_it_is_until_its_new_day_is_approved(visit: Visit) -> None:
    item, page = post(state=Item.State.APPROVED), visit("Kadri")
    page.goto(f"/calendar/?day={FIRST}")
    drag(page, page.locator(".cal .ev .grip", has_text="A story to move"), cell(page, WEDNESDAY + timedelta(days=2)))
    asked = page.locator("#dialog", has_text="goes through review first")
    expect(asked).to_be_visible()
    assert not Item.objects.filter(replaces=item).exists()
    expect(asked.locator("input[type=date]")).to_have_value((WEDNESDAY + timedelta(days=2)).isoformat())
    asked.get_by_role("button", name="Send the new day to review").click()
    expect(page.locator(".toast", has_text="when a reviewer has approved that")).to_be_visible()
    expect(page.locator(f".cal .grip[data-on='{WEDNESDAY}']", has_text="A story to move")).to_be_visible()
    assert day_of(item) == WEDNESDAY
    change = Item.objects.get(replaces=item)
    assert (change.state, day_of(change)) == (Item.State.IN_REVIEW, WEDNESDAY + timedelta(days=2))


def test_a_refused_move_says_why_and_nothing_has_moved(visit: Visit) -> None:
    today = timezone.localdate()
    item, page = post(day=today + timedelta(days=1)), visit("Kadri")
    page.goto(f"/calendar/?view=week&day={today + timedelta(days=1)}")
    page.locator(".cal .ev .grip", has_text="A story to move").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".toast", has_text="That day has passed.")).to_be_visible()
    assert day_of(item) == today + timedelta(days=1)


def test_a_post_dropped_on_a_day_that_has_passed_falls_back(visit: Visit) -> None:
    today = timezone.localdate()
    item, page = post(day=today + timedelta(days=7)), visit("Kadri")
    page.goto(f"/calendar/?day={today}")
    if not cell(page, today + timedelta(days=7)).count():
        page.goto(f"/calendar/?day={today + timedelta(days=7)}")
    grip = page.locator(".cal .ev .grip", has_text="A story to move")
    if (past := cell(page, today - timedelta(days=1))).count():
        drag(page, grip, past)
        expect(page.locator(".toast", has_text="That day has passed.")).to_be_visible()
    expect(page.locator(".cal .ev.lift")).to_have_count(0)
    assert day_of(item) == today + timedelta(days=7)


def test_the_arrow_keys_move_a_post_and_keep_the_focus_on_it(visit: Visit) -> None:
    item, page = post(), visit("Kadri")
    page.goto(f"/calendar/?day={FIRST}")
    page.locator(".cal .ev .grip", has_text="A story to move").focus()
    for key, day in (("ArrowRight", 1), ("ArrowDown", 8), ("ArrowLeft", 7)):
        page.keyboard.press(key)
        moved = page.locator(f".cal .grip[data-on='{WEDNESDAY + timedelta(days=day)}']", has_text="A story to move")
        expect(moved).to_be_focused()
    assert day_of(item) == WEDNESDAY + timedelta(days=7)


def test_the_end_of_a_campaign_is_pulled_to_another_day(visit: Visit) -> None:
    Campaign.objects.all().delete()
    campaign = Campaign.objects.create(name="Pull me", slug="pull-me", begins_on=WEDNESDAY, ends_on=WEDNESDAY)
    page = visit("Elīna")
    page.goto(f"/calendar/?day={FIRST}")
    drag(page, page.locator(".cal [data-drag=ends_on]"), cell(page, WEDNESDAY + timedelta(days=9)))
    expect(page.locator(".toast", has_text="Pull me")).to_be_visible()
    campaign.refresh_from_db()
    assert (campaign.begins_on, campaign.ends_on) == (WEDNESDAY, WEDNESDAY + timedelta(days=9))
    expect(page.locator(".cal .ev.camp", has_text="Pull me")).to_have_count(2)


def test_a_press_on_the_grip_asks_for_the_day(visit: Visit) -> None:
    item, page = post(), visit("Kadri")
    page.goto(f"/calendar/?day={FIRST}")
    page.locator(".cal .ev .grip", has_text="A story to move").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Move to").fill((WEDNESDAY + timedelta(days=1)).isoformat())
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator(".toast", has_text="Moved to")).to_be_visible()
    expect(page).to_have_url(re.compile(f"day={FIRST}"))
    assert day_of(item) == WEDNESDAY + timedelta(days=1)


def test_on_a_phone_without_a_script_a_post_is_moved_from_the_agenda_by_a_form(visit: Visit) -> None:
    item, page = post(), visit("Kadri", Look(width=390, script=False))
    page.goto(f"/calendar/?day={FIRST}")
    page.locator(".agenda .grip", has_text="A story to move").click()
    page.get_by_label("Move to").fill((WEDNESDAY + timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Move").click()
    expect(page.get_by_text("Moved to")).to_be_visible()
    assert day_of(item) == WEDNESDAY + timedelta(days=1)


def test_a_campaigns_page_opens_the_composer_and_its_figure_the_drawer(visit: Visit) -> None:
    page = visit("Liis")
    page.goto("/")
    page.get_by_role("link", name="See campaign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quiet Week")
    page.locator(".hero .camp-figure").click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("hoped for")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".hero [data-compose]").click()
    expect(page.get_by_role("dialog").locator("textarea")).to_be_focused()

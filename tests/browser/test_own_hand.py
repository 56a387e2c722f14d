"""Own hand: marks in the field itself, other words for a post that is out, all previews side by side."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kaja.content.models import Item
from kaja.networks.models import ConnectedAccount
from kaja.sharing import delivery, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests.browser.conftest import Look, Visit
from tests.browser.test_pages import LOOKS, faults

pytestmark = pytest.mark.browser
LONG = "We measured it in the hall and once more in the office, and then the two of us went home. " * 9
TEXT = f"🤖 {LONG}\n\nNordWind says: Project Kelp is next."


def story() -> Item:
    return Item.objects.live().filter(audience=None, kind="link").order_by("pk").first()  # type: ignore[return-value]


def out() -> Share:
    """A post of Liis' that Kaja sent just now: what the demo has depends on the day."""
    account = ConnectedAccount.objects.get(person__first_name="Liis", network="sandbox")
    share = shares.share_now(person=account.person, item=story(), account=account, text="Mine alone. #NordwindTeam")
    Share.objects.filter(pk=share.pk).update(not_before=timezone.now(), wished_at=None)
    delivery.deliver(share.pk, worker="browser")
    share.refresh_from_db()
    assert share.state == State.PUBLISHED
    return share


def geometry(page: Page) -> dict[str, float]:
    """How far the layer of marks and the field are apart."""
    told: dict[str, float] = page.evaluate("""() => {
      const field = document.querySelector("textarea[data-marked]"), layer = field.previousElementSibling;
      const a = field.getBoundingClientRect(), b = layer.getBoundingClientRect();
      return {x: a.x - b.x, y: a.y - b.y, height: field.scrollHeight - layer.scrollHeight, scroll: field.scrollTop - layer.scrollTop,
              scrolled: field.scrollTop};
    }""")
    return told


@pytest.mark.parametrize("look", [Look(), Look(390, "dark", "et"), Look(320)], ids=str)
def test_what_the_hints_are_about_is_underlined_in_the_field(visit: Visit, look: Look) -> None:
    page = visit("Liis", look)
    page.goto(f"/share/{story().pk}/")
    field, marks = page.locator("#id_text"), page.locator(".marks mark")
    described = field.get_attribute("aria-describedby")
    field.fill(TEXT)
    expect(marks).to_have_text(["NordWind", "Project Kelp"])
    expect(marks.nth(1)).to_have_class("bad")
    assert field.get_attribute("aria-describedby") == described
    expect(page.locator(".marks")).to_have_attribute("aria-hidden", "true")
    # Wrapped as the field wraps, and scrolled with it where it does not grow with its words.
    field.evaluate("one => { one.style.fieldSizing = 'fixed'; one.style.minHeight = 0; one.style.height = '90px'; }")
    page.wait_for_timeout(200)
    field.evaluate("one => { one.scrollTop = one.scrollHeight; }")
    page.wait_for_timeout(200)
    apart = geometry(page)
    assert apart.pop("scrolled") > 0
    assert all(abs(value) <= 1 for value in apart.values()), apart
    page.evaluate("document.documentElement.style.fontSize = '150%'")
    page.wait_for_timeout(100)
    apart = geometry(page)
    assert abs(apart["x"]) <= 1
    assert abs(apart["height"]) <= 1


def test_a_mark_moves_with_its_words_and_goes_when_they_change(visit: Visit) -> None:
    """Before the next check has answered."""
    page = visit("Liis")
    page.goto(f"/share/{story().pk}/")
    field, marks = page.locator("#id_text"), page.locator(".marks mark")
    field.fill("NordWind and Project Kelp")
    expect(marks).to_have_text(["NordWind", "Project Kelp"])
    page.route("**/check/", lambda route: route.abort())
    field.press("Home")
    field.press_sequentially("Oh 🤖 ")
    expect(marks).to_have_text(["NordWind", "Project Kelp"])
    field.press("End")
    for _letter in range(3):
        field.press("Backspace")
    expect(marks).to_have_text(["NordWind"])


def test_without_a_script_there_is_the_field_alone(visit: Visit) -> None:
    page = visit("Liis", Look(script=False))
    page.goto(f"/share/{story().pk}/")
    expect(page.locator(".marks")).to_have_count(0)
    expect(page.locator("#id_text")).to_be_visible()


def test_an_editor_sees_the_marks_in_suggested_words_too(visit: Visit) -> None:
    page = visit("Elīna")
    page.goto(f"/library/{story().pk}/")
    field = page.locator("#new-words")
    field.fill("NordWind built it")
    expect(page.locator(".marks mark", has_text="NordWind")).to_have_count(1)
    page.locator(".caption-hints").get_by_role("button", name="Fix").click()
    expect(field).to_have_value("Nordwind built it")


@pytest.mark.parametrize("look", [*LOOKS, Look(320)], ids=str)
def test_the_pages_of_ones_own_hand_have_no_barriers(visit: Visit, look: Look) -> None:
    liis, item, share = visit("Liis", look), story(), out()
    found = {}
    for address in (
        f"/share/{item.pk}/previews/",
        f"/share/{item.pk}/previews/?on=computer",
        f"/shares/{share.pk}/",
        f"/shares/{share.pk}/words/",
    ):
        answer = liis.goto(address)
        assert answer is not None
        assert answer.status == 200
        found[address] = faults(liis)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("script", [True, False])
def test_words_are_changed_and_previews_looked_at_with_and_without_a_script(visit: Visit, script: bool) -> None:
    page, share = visit("Liis", Look(script=script)), out()
    page.goto(f"/shares/{share.pk}/")
    page.get_by_role("link", name="Change the words on Sandbox").click()
    page.locator("#id_text").fill("Better words, my own.")
    if script:
        expect(page.locator("#looks .pt")).to_contain_text("Better words, my own.")
    page.get_by_role("button", name="Change on Sandbox").click()
    expect(page.get_by_text("Your new words are on their way to Sandbox.")).to_be_visible()
    page.goto(f"/share/{share.item_id}/")
    page.locator("#id_text").fill("All of them, in my words.")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="On every network").click()
    looks = opened.value
    looks.wait_for_load_state()
    expect(looks.locator(".preview.linkedin .pt")).to_contain_text("All of them, in my words.")
    looks.get_by_role("button", name="Computer").click()
    expect(looks.locator(".pvgrid.computer .preview.x .pt")).to_contain_text("All of them, in my words.")
    expect(page.locator("#id_text")).to_have_value("All of them, in my words.")  # the composer stands as it stood

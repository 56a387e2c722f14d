"""Every page that a role can reach by its links: no barrier that axe finds, no sideways scrolling, one heading."""

import re
from collections import deque
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Page

from kaja.content.models import Item
from tests.browser.conftest import Look, Visit

pytestmark = pytest.mark.browser
# Nobody reads what axe found in order; telling of every such element takes it longer than finding out.
ASKED = """axe.run({resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
    told => told.violations.flatMap(one => one.nodes.slice(0, 3).map(node => `${one.id}: ${node.html.slice(0, 160)}`)))"""
AXE = f"{Axe().axe_script};{ASKED}"
# Of pages that differ only in their number one is looked at, of these several: their states differ.
OFTEN = {"share": 4, "item": 4, "figure": 6, "rule": 8, "rule-new": 3}
# Signing out, and what is no page of ours: pictures, PDF.
LEFT_ALONE = {
    "account_logout", "picture", "picture-jpeg", "media-file", "company-logo", "guide-pdf", "guide-public-pdf",
    "library-export", "calendar-file",
}  # fmt: skip
LOOKS = [Look(), Look(390, "dark", "et")]


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    found: list[str] = page.evaluate(AXE)
    wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide > width:
        found.append(f"{wide} px wide in a window of {width}")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{headings} main headings")
    return found


def kind(address: str) -> str:
    return resolve(urlsplit(address).path).url_name or ""


def walk(page: Page, begin: str) -> dict[str, list[str]]:
    """Follow every link from `begin`; address -> what is wrong there."""
    waiting, seen, looked = deque([begin]), {begin}, dict[str, int]()
    found: dict[str, list[str]] = {}
    while waiting:
        address = waiting.popleft()
        name = kind(address)
        if name in LEFT_ALONE or looked.get(name, 0) >= OFTEN.get(name, 1):
            continue
        looked[name] = looked.get(name, 0) + 1
        answer = page.goto(address)
        assert answer is not None
        found[address] = faults(page) if answer.status == 200 else [f"status {answer.status}"]
        for link in page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))"):
            target = link.partition("#")[0]
            if target.startswith("?"):
                target = urlsplit(address).path + target
            if re.match(r"/(?!l/|media/)", target) and target not in seen:
                seen.add(target)
                waiting.append(target)
    return found


def test_who_looks_for_barriers_sees_one(visit: Visit) -> None:
    page = visit("")
    page.goto("/signin/")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert faults(page) == ["image-alt: <img>"]


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_kind_of_item_has_pages_without_barriers(visit: Visit, look: Look) -> None:
    """The editor, what employees read, the composer; and for strangers the page that Kaja hosts."""
    items = {item.kind: item for item in Item.objects.live().filter(audience=None).order_by("-pk")}
    assert set(items) == set(Item.Kind.values) - {"job"}  # those of the demo are for some places only
    editor, sharer, stranger = visit("Elīna", look), visit("Liis", look), visit("", look)
    found = {}
    for item in items.values():
        for page, address in (
            (editor, f"/library/{item.pk}/"),
            (sharer, f"/read/{item.pk}/"),
            (sharer, f"/share/{item.pk}/"),
        ):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200
            found[address] = faults(page)
        if item.slug:
            stranger.goto(f"/stories/{item.slug}/")
            found[item.slug] = faults(stranger)
    for kind_ in Item.Kind.values:
        editor.goto(f"/library/new/?kind={kind_}")
        found[kind_] = faults(editor)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize(
    ("name", "pages"),
    [("Liis", {"feed", "impact", "shares", "accounts", "own-settings", "compose", "read", "sandbox", "figure"}),
     ("Kadri", {"programme", "programme-growth", "library", "item", "review-queue", "people", "person", "figure",
      "review", "item-versions", "item-audience", "audiences", "audience", "audience-people", "teams", "team", "categories",
      "category"}),
     ("Elīna", {"library", "library-bulk", "library-views", "item", "item-new", "sources", "source", "source-rule", "items-import",
               "suggest", "rules", "rule", "rule-new"}),
     ("Anna", {"programme", "programme-growth"}),
     ("Priit", {"people", "company-settings", "people-import"})],
)  # fmt: skip
def test_every_page_of_a_role_is_without_barriers(visit: Visit, name: str, pages: set[str], look: Look) -> None:
    found = walk(visit(name, look), "/")
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert pages <= {kind(address) for address in found}


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_pages_of_a_stranger_are_without_barriers(visit: Visit, look: Look) -> None:
    found = walk(visit("", look), "/signin/")
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/programme/",
        "/library/",
        "/impact/",
        "/me/accounts/",
        "/library/sources/",
        "/review/",
        "/people/audiences/new/",
        "/crisis/",
    ],
)
def test_nothing_is_lost_in_a_window_of_320_pixels(visit: Visit, address: str) -> None:
    page = visit("Kadri", Look(320))
    page.goto(address)
    assert faults(page) == []


def test_an_empty_company_has_no_barriers_either(visit: Visit) -> None:
    from kaja.measurement.models import HeadCount
    from kaja.sharing.models import Share

    Share.objects.all().delete()
    HeadCount.objects.all().delete()
    Item.objects.update(state=Item.State.DRAFT)
    page = visit("Kadri")
    for address in ("/", "/impact/", "/shares/", "/programme/", "/programme/growth/", "/review/"):
        page.goto(address)
        assert faults(page) == [], address

"""The library's page: what fits the address, in every order, with honest figures and few queries."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content import library as content
from kaja.content import saved, searching
from kaja.content.library import Filter
from kaja.content.models import Caption, Feed, Item, Topic
from kaja.hub import library
from kaja.measurement.models import ItemDay
from kaja.people import audiences
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def titles(**parts: str) -> list[str]:
    return [item.title for item in library.items(Filter(**parts))]


def got(item: Item, *, back: int = 0, shares: int = 0, clicks: int = 0) -> None:
    ItemDay.objects.create(item=item, day=timezone.now().date() - timedelta(days=back), shares=shares, clicks=clicks)


def test_each_part_of_the_address_narrows_the_list(cast: Cast) -> None:
    now, hiring = timezone.now(), factories.category("people")
    campaign, feed = factories.campaign(), Feed.objects.create(url="https://x.example/rss", category=hiring)
    riga = audiences.everyone_or(teams=[], locations=["Riga"], languages=[])
    one = factories.item("One", category=hiring, audience=riga, campaign=campaign, author=cast.eda, feed=feed, kind="job",
                         language="et", live_until=now + timedelta(days=2))  # fmt: skip
    one.topics.add(Topic.objects.create(slug="robots", names={"en": "Robots"}))
    other = factories.item("Other", live_until=None, evergreen=True, refresh_on=timezone.localdate(), author=cast.kadri)
    Caption.objects.create(item=other, language="lv", text="Vārdi")
    assert riga is not None
    for parts, found in [
        ({"category": "people"}, ["One"]), ({"audience": str(riga.pk)}, ["One"]), ({"audience": "everyone"}, ["Other"]),
        ({"campaign": campaign.slug}, ["One"]), ({"author": str(cast.eda.pk)}, ["One"]), ({"feed": str(feed.pk)}, ["One"]),
        ({"kind": "job"}, ["One"]), ({"language": "et"}, ["One"]), ({"language": "lv"}, ["Other"]), ({"topic": "robots"}, ["One"]),
        ({"validity": "soon"}, ["One"]), ({"validity": "open"}, ["Other"]), ({"validity": "evergreen"}, ["Other"]),
        ({"validity": "due"}, ["Other"]), ({"category": "people", "language": "lv"}, []), ({"status": "live"}, ["Other", "One"]),
    ]:  # fmt: skip
        assert titles(**parts) == found, parts


@pytest.mark.parametrize("part", ["status", "category", "audience", "language", "topic", "campaign", "validity", "kind", "author", "feed"])  # fmt: skip
@pytest.mark.parametrize("nonsense", ["nonsense", "-1", "9" * 99, "💡", "'; DROP TABLE content_item; --", "٣"])
def test_nonsense_finds_nothing_and_breaks_nothing(cast: Cast, signed_in: SignIn, part: str, nonsense: str) -> None:
    factories.item("Still here")
    answer = signed_in(cast.kadri).get("/library/", {part: nonsense})
    assert answer.status_code == 200
    assert "Nothing fits" in answer.content.decode()


def test_odd_pages_orders_and_looks_are_the_nearest_that_make_sense(cast: Cast, signed_in: SignIn) -> None:
    factories.item("Still here")
    for query in (
        "page=0",
        "page=-3",
        "page=9999",
        "page=x",
        "sort=evil",
        "look=evil",
        "page=%F0%9F%98%80",
        "unknown=1",
    ):
        assert "Still here" in signed_in(cast.kadri).get(f"/library/?{query}").content.decode(), query


def test_the_counts_of_each_status_respect_the_other_filters(cast: Cast) -> None:
    people = factories.category("people")
    factories.item("A", category=people)
    factories.item("B", category=people, state="draft")
    factories.item("C")
    searching.reindex()
    counts = content.counts(Filter(category="people", status="draft"))
    assert (counts.by_status, counts.all) == ({"live": 1, "draft": 1}, 2)
    assert content.counts(Filter(words="C")).by_status == {"live": 1}
    assert content.counts().all == 3


def test_orders_newest_best_fit_most_clicks_most_shares_and_ends_soonest(cast: Cast) -> None:
    now = timezone.now()
    a = factories.item("A robot", live_until=now + timedelta(days=9))
    b = factories.item("B", summary="robot", live_until=now + timedelta(days=2))
    c = factories.item("C robot", live_until=None)
    searching.reindex()
    got(a, shares=2, clicks=5)
    got(b, back=3, shares=1, clicks=4)
    got(b, back=40, shares=4, clicks=4)
    assert titles() == ["C robot", "B", "A robot"]
    assert titles(words="robot") == ["C robot", "A robot", "B"]
    assert titles(words="robot", sort="newest") == ["C robot", "B", "A robot"]
    assert titles(sort="clicks") == ["B", "A robot", "C robot"]
    assert titles(sort="shares") == ["B", "A robot", "C robot"]
    assert titles(sort="ends") == ["B", "A robot", "C robot"]
    assert titles(sort="title") == ["A robot", "B", "C robot"]
    assert c.pk


def test_figures_are_those_of_the_roll_ups_and_a_draft_has_none(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7")
    factories.item("Draft", state="draft", approved_at=None)
    got(item, shares=2, clicks=5)
    got(item, back=6, clicks=3)
    got(item, back=7, shares=1, clicks=9000)
    live, draft = library.rows([item, Item.objects.get(title="Draft")])
    assert (live.figures.shares, live.figures.clicks) == (3, 9008)
    assert live.figures.days == (3, 0, 0, 0, 0, 0, 5)
    assert (live.was_out, draft.was_out) == (True, False)
    page = signed_in(cast.kadri).get("/library/").content.decode()
    assert "9,008" in page
    assert "Click rate" not in page  # nobody knows how many saw it
    assert 'class="prov measured"' in page


def test_a_row_says_when_it_ends_and_what_is_due(cast: Cast, signed_in: SignIn) -> None:
    tonight = timezone.localtime().replace(hour=23, minute=58)
    factories.item("Tonight", live_from=tonight - timedelta(days=9), live_until=tonight)
    factories.item("Tomorrow", live_until=tonight + timedelta(days=1))
    due = factories.item("Guide", live_until=None, evergreen=True, refresh_on=timezone.localdate() - timedelta(days=1))
    page = signed_in(cast.eda).get("/library/").content.decode()
    for said in (
        "Ends today",
        "Ends tomorrow",
        "Due for a refresh",
        "1 evergreen post is due for a refresh",
        "Still right",
    ):
        assert said in page
    assert "Still right" not in signed_in(cast.rein).get("/library/").content.decode()
    answer = signed_in(cast.eda).post(f"/library/{due.pk}/still-right/", {"back": "https://evil.example/"})
    assert answer["Location"] == "/library/"
    page = signed_in(cast.eda).get("/library/").content.decode()
    assert "Due for a refresh" not in page.split("<tbody>")[1]


def test_filters_are_said_and_can_be_taken_away_one_by_one(cast: Cast, signed_in: SignIn) -> None:
    factories.item("NW-7")
    searching.reindex()
    page = signed_in(cast.kadri).get("/library/?category=product&words=nw&sort=clicks").content.decode()
    assert "1 post fits." in page
    assert 'href="/library/?category=product&amp;sort=clicks"' in page  # without the words
    assert 'href="/library/?words=nw&amp;sort=clicks"' in page  # without the category
    assert "Category: Product" in page


def test_the_part_that_htmx_swaps_tells_the_address_to_keep(cast: Cast, signed_in: SignIn) -> None:
    factories.item("NW-7")
    answer = signed_in(cast.kadri).get(
        "/library/?status=&words=&category=product&sort=", headers={"HX-Request": "true"}
    )
    assert answer["HX-Push-Url"] == "/library/?category=product"
    page = answer.content.decode()
    assert "<html" not in page
    assert '<p id="standing" role="status" hx-swap-oob="true">1 post fits.' in " ".join(page.split()).replace(
        "> 1", ">1"
    )


def test_an_empty_library_says_who_acts_next(cast: Cast, signed_in: SignIn) -> None:
    assert "Add the first post" in signed_in(cast.eda).get("/library/").content.decode()
    assert "Editors add the first posts" in signed_in(cast.rein).get("/library/").content.decode()


def test_cards_hold_the_same_posts_as_the_table(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7")
    page = signed_in(cast.kadri).get("/library/?look=cards").content.decode()
    assert f'href="/library/{item.pk}/"' in page
    assert "<table" not in page


@pytest.mark.parametrize("items", [10, 1000])
@pytest.mark.parametrize(
    "query", ["", "category=product&language=en&validity=soon", "words=item", "sort=clicks&look=cards"]
)
def test_the_library_costs_the_same_few_queries_for_ten_and_for_a_thousand_items(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., object], items: int, query: str
) -> None:
    now, category = timezone.now(), factories.category()
    Item.objects.bulk_create(
        Item(title=f"Item {n}", url="https://nordwind.example/x", category=category, state="approved", author=cast.eda,
             live_from=now, live_until=now + timedelta(days=2), approved_at=now)
        for n in range(items)
    )  # fmt: skip
    searching.reindex()
    for item in Item.objects.order_by("-id")[:20]:
        got(item, shares=1, clicks=1)
        Caption.objects.create(item=item, language="en", text="Words")
    saved.save(person=cast.kadri, name="Mine", query="words=item")
    browser = signed_in(cast.kadri)
    browser.get(f"/library/?{query}")
    with django_assert_num_queries(10):  # type: ignore[attr-defined]
        browser.get(f"/library/?{query}")


def test_the_file_holds_what_fits_and_no_formula_that_a_spreadsheet_would_calculate(
    cast: Cast, signed_in: SignIn
) -> None:
    item = factories.item('=HYPERLINK("https://evil.example/","Prize")', author=cast.eda)
    factories.item("Hidden", category=factories.category("people"))
    got(item, shares=2, clicks=7)
    answer = signed_in(cast.kadri).get("/library/export.csv?category=product")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    heading, line = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    row = dict(zip(heading, line, strict=True))
    assert row["Title"].startswith("'=HYPERLINK")
    assert (row["Shares"], row["Clicks"], row["Status"], row["Author"]) == ("2", "7", "Live", "Eda Lepik")
    assert item.live_until is not None
    assert row["Ends"] == timezone.localtime(item.live_until.astimezone(UTC)).strftime("%Y-%m-%d %H:%M")


def test_the_library_is_closed_to_those_who_only_share(cast: Cast, signed_in: SignIn) -> None:
    for someone in (cast.liis, cast.viivi, cast.aado, cast.sten):
        for address in ("/library/", "/library/export.csv"):
            assert signed_in(someone).get(address).status_code == 404

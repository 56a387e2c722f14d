import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kaja import memory, outbound
from kaja.content import campaigns as verbs
from kaja.content import searching
from kaja.content.models import Campaign, Item
from kaja.hub import campaigns
from kaja.measurement import rollups
from kaja.outbound import Refused
from kaja.people import audiences
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
TODAY = timezone.localdate


def quiet_week(cast: Cast, **fields: Any) -> Campaign:
    """A running campaign with a live post, shared by Mart a day ago."""
    about = "Let us be loud about it, once."
    made = factories.campaign(metric="shares", target=3, hashtag="QuietWeek", about=about, **fields)
    factories.share(cast.mart, factories.item("NW-7 is here", "The fridge lost.", campaign=made))
    rollups.rebuild()
    return made


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


# --- what people see ------------------------------------------------------------------------------------------------
def test_the_feed_has_a_panel_only_while_a_campaign_runs_for_the_reader(cast: Cast, signed_in: SignIn) -> None:
    made = quiet_week(cast)
    shown = page(signed_in(cast.liis), "/")
    assert "See campaign" in shown
    assert "Let us be loud about it, once." in shown
    assert "of 3 shares" in shown
    assert f'href="/campaigns/{made.slug}/"> #QuietWeek' in shown
    for change in (
        {"started_at": None},
        {"ended_at": timezone.now()},
        {"begins_on": TODAY() + timedelta(days=2)},
        {"begins_on": TODAY() - timedelta(days=9), "ends_on": TODAY() - timedelta(days=2)},
    ):
        Campaign.objects.filter(pk=made.pk).update(**change)
        memory.forget("campaigns")  # as the verbs do
        shown = page(signed_in(cast.liis), "/")
        assert "See campaign" not in shown
        assert "#QuietWeek" not in shown
        Campaign.objects.filter(pk=made.pk).delete()
        made.save(force_insert=True)
        Item.objects.update(campaign=made)
    Item.objects.update(audience=audiences.everyone_or(teams=(), locations=("Riga",), languages=()))
    memory.forget("campaigns")
    assert "See campaign" not in page(signed_in(cast.liis), "/")
    assert "See campaign" in page(signed_in(cast.mart), "/")


def test_a_campaigns_page_tells_what_it_is_for_how_far_it_is_and_who_takes_part(cast: Cast, signed_in: SignIn) -> None:
    made = quiet_week(cast)
    shown = page(signed_in(cast.liis), f"/campaigns/{made.slug}/")
    for said in (
        "<h1>Quiet Week</h1>",
        "once.",
        "#QuietWeek",
        "13 days left",
        "of 3 shares",
        "NW-7 is here",
        "Mart Kask",
    ):
        assert said in shown
    assert "/campaigns/quiet-week/edit/" not in shown
    Person.objects.filter(pk=cast.mart.pk).update(show_me=False)
    shown = page(signed_in(cast.liis), f"/campaigns/{made.slug}/")
    assert "Mart Kask" not in shown
    assert "1 colleague" in shown


@pytest.mark.parametrize(("target", "percent"), [(6, 33), (400, 1), (1, 100)])
def test_the_bar_shows_how_much_of_the_goal_is_reached(cast: Cast, target: int, percent: int) -> None:
    made = quiet_week(cast)
    factories.share(cast.mart, factories.item("Another", campaign=made))
    rollups.rebuild()
    made.target = target
    assert campaigns.panels([made])[0].percent == percent


def test_a_viewer_is_offered_only_the_posts_that_are_meant_for_them(cast: Cast, signed_in: SignIn) -> None:
    made = quiet_week(cast)
    riga = audiences.everyone_or(teams=(), locations=("Riga",), languages=())
    factories.item("Only in Riga", campaign=made, audience=riga)
    factories.item("Not yet", campaign=made, state=Item.State.DRAFT)
    for person, seen in ((cast.liis, False), (cast.mart, True)):
        shown = page(signed_in(person), f"/campaigns/{made.slug}/")
        assert ("Only in Riga" in shown) == seen
        assert "Not yet" not in shown
    shown = page(signed_in(cast.sten), f"/campaigns/{made.slug}/")
    assert "NW-7 is here" in shown
    assert "/share/" not in shown


def test_when_it_is_over_its_page_says_thank_you(cast: Cast, signed_in: SignIn) -> None:
    made = quiet_week(cast, thanks="The fridge has been told.")
    Campaign.objects.update(ended_at=timezone.now(), target=1)
    shown = page(signed_in(cast.liis), f"/campaigns/{made.slug}/")
    assert "The goal was reached." in shown
    assert "The fridge has been told." in shown
    assert "/share/" not in shown


def test_a_campaign_that_is_not_for_somebody_is_not_there(cast: Cast, signed_in: SignIn) -> None:
    made = quiet_week(cast)
    Campaign.objects.update(started_at=None)
    for person, status in ((cast.liis, 404), (cast.viivi, 404), (cast.rein, 200), (cast.eda, 200)):
        assert signed_in(person).get(f"/campaigns/{made.slug}/").status_code == status
    assert "Quiet Week" not in page(signed_in(cast.liis), "/campaigns/")
    assert "Drafts" in page(signed_in(cast.eda), "/campaigns/")


def test_places_with_fewer_than_five_people_have_no_bar(cast: Cast) -> None:
    made = quiet_week(cast)
    factories.share(cast.liis, made.items.get())
    rollups.rebuild()
    assert [place.name for place in campaigns.page(cast.liis, made).places] == ["Tallinn"]


@pytest.mark.parametrize("count", [4, 60])
def test_a_campaigns_page_costs_the_same_queries_for_few_and_many_posts(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., Any], count: int
) -> None:
    made, browser = quiet_week(cast), signed_in(cast.liis)
    made.items.update(pinned=True)
    for number in range(count):
        factories.item(f"Post {number}", "Words", campaign=made)
    browser.get(f"/campaigns/{made.slug}/")
    with django_assert_num_queries(16):
        browser.get(f"/campaigns/{made.slug}/")


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_for_one_and_for_many(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., Any], count: int
) -> None:
    browser = signed_in(cast.kadri)
    for number in range(count):
        factories.campaign(f"Campaign {number}")
    browser.get("/campaigns/")
    with django_assert_num_queries(6):
        browser.get("/campaigns/")


# --- preparing --------------------------------------------------------------------------------------------------------
def form(campaign: Campaign, **changes: Any) -> dict[str, Any]:
    fields = ("name", "about", "thanks", "hashtag", "slug", "metric")
    known = {name: getattr(campaign, name) for name in fields}
    days = {"begins_on": campaign.begins_on.isoformat(), "ends_on": campaign.ends_on.isoformat()}
    return known | days | {"seen": campaign.updated_at.isoformat()} | changes


def test_an_editor_prepares_a_campaign_and_a_manager_starts_it(cast: Cast, signed_in: SignIn) -> None:
    editor, manager = signed_in(cast.eda), signed_in(cast.kadri)
    first, last = TODAY(), TODAY() + timedelta(days=6)
    made = editor.post("/campaigns/new/", {"name": "Hiring winter", "begins_on": first, "ends_on": last})
    assert made["Location"] == "/campaigns/hiring-winter/edit/"
    item = factories.item("Six engineers wanted", "Words")
    searching.catch_up()
    shown = page(editor, "/campaigns/hiring-winter/edit/?words=engineers")
    assert "Six engineers wanted" in shown
    assert "A programme manager starts it." in shown
    editor.post("/campaigns/hiring-winter/posts/", {"item": item.pk})
    campaign = Campaign.objects.get()
    sent = form(
        campaign, about="You know them.", metric="people", target="12", hashtag="#Winter", name_et="Värbamistalv"
    )
    assert editor.post("/campaigns/hiring-winter/edit/", sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.hashtag, campaign.target, campaign.translations) == (
        "Winter",
        12,
        {"et": {"name": "Värbamistalv"}},
    )
    assert editor.post("/campaigns/hiring-winter/start/").status_code == 404
    manager.post("/campaigns/hiring-winter/start/")
    campaign.refresh_from_db()
    assert verbs.stage(campaign) == "running"
    assert "only those who run campaigns change it" in page(editor, "/campaigns/hiring-winter/edit/")
    manager.post("/campaigns/hiring-winter/end/")
    campaign.refresh_from_db()
    assert verbs.stage(campaign) == "over"


def test_what_cannot_be_saved_comes_back_with_everything_that_was_typed(cast: Cast, signed_in: SignIn) -> None:
    made = verbs.create(person=cast.eda, name="Winter", begins_on=TODAY(), ends_on=TODAY())
    browser = signed_in(cast.eda)
    sent = form(made, about="A sentence I thought about for long.", ends_on=(TODAY() - timedelta(days=3)).isoformat())
    answer = browser.post(f"/campaigns/{made.slug}/edit/", sent)
    assert answer.status_code == 422
    assert "A sentence I thought about for long." in answer.content.decode()
    assert "It would end before it begins." in answer.content.decode()
    bad = SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    assert browser.post(f"/campaigns/{made.slug}/edit/", form(made, picture=bad)).status_code == 422
    answer = browser.post("/campaigns/new/", {"name": "", "begins_on": "32 May", "ends_on": ""})
    assert answer.status_code == 422


def test_starting_too_early_says_what_is_missing(cast: Cast, signed_in: SignIn) -> None:
    made, browser = (
        verbs.create(person=cast.eda, name="Winter", begins_on=TODAY(), ends_on=TODAY()),
        signed_in(cast.kadri),
    )
    browser.post(f"/campaigns/{made.slug}/start/")
    assert "It has no posts yet." in page(browser, f"/campaigns/{made.slug}/edit/")
    made.refresh_from_db()
    assert made.started_at is None


def test_a_new_post_from_an_address_is_in_the_campaign_at_once(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, browser = factories.campaign(), signed_in(cast.eda)
    category = factories.category()

    def fetch(*_arguments: object, **_options: object) -> outbound.Fetched:
        return outbound.Fetched("https://x.example/a", 200, {"content-type": "text/html"}, b"<title>A page</title>")

    monkeypatch.setattr(outbound, "fetch", fetch)
    answer = browser.post(f"/campaigns/{made.slug}/posts/new/", {"url": "https://x.example/a", "category": category.pk})
    item = Item.objects.get()
    assert (item.campaign, answer["Location"]) == (made, f"/library/{item.pk}/")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise Refused("unreachable", "The server does not answer.")

    monkeypatch.setattr(outbound, "fetch", refuse)
    answer = browser.post(f"/campaigns/{made.slug}/posts/new/", {"url": "https://y.example/", "category": category.pk})
    assert answer.status_code == 422
    assert "The server does not answer." in answer.content.decode()
    assert "https://y.example/" in answer.content.decode()


def test_posts_are_taken_out_and_an_empty_draft_is_removed(cast: Cast, signed_in: SignIn) -> None:
    made, browser = (
        verbs.create(person=cast.eda, name="Winter", begins_on=TODAY(), ends_on=TODAY()),
        signed_in(cast.eda),
    )
    item = factories.item()
    browser.post(f"/campaigns/{made.slug}/posts/", {"item": item.pk})
    assert made.items.get() == item
    browser.post(f"/campaigns/{made.slug}/remove/")
    assert Campaign.objects.exists()
    browser.post(f"/campaigns/{made.slug}/posts/{item.pk}/take/")
    assert browser.post(f"/campaigns/{made.slug}/remove/")["Location"] == "/campaigns/"
    assert not Campaign.objects.exists()
    for nonsense in ("", "x", "9" * 30, "²"):
        other = factories.campaign()
        assert browser.post(f"/campaigns/{other.slug}/posts/", {"item": nonsense}).status_code == 302
        other.delete()

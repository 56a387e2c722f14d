from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kaja import memory
from kaja.content import campaigns
from kaja.content.models import Campaign, Caption, Item
from kaja.hub import cards, feed
from kaja.links.models import LinkDay, ShortLink
from kaja.networks.models import ConnectedAccount
from kaja.people import audiences, delegations
from kaja.people.models import Person
from kaja.sharing import delegates
from kaja.sharing.models import Preparation, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def share(person: Person, item: Item, *, state: State = State.PUBLISHED, network: str = "linkedin") -> Share:
    now = timezone.now()
    link = ShortLink.objects.create(slug=f"s{person.pk}-{item.pk}-{network}"[:32], target=item.url, owner=person)
    return Share.objects.create(
        person=person,
        item=item,
        network=network,
        way=Share.Way.DIALOG,
        link=link,
        text="words",
        state=state,
        not_before=now,
        published_at=now if state == State.PUBLISHED else None,
    )


def test_a_live_item_stands_in_the_feed_with_its_words_and_a_way_to_share_it(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7 is here", "The fridge lost.")
    page = signed_in(cast.liis).get("/").content.decode()
    assert "NW-7 is here" in page
    assert "The fridge lost." in page
    assert f"/share/{item.pk}/" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"state": Item.State.DRAFT},
        {"state": Item.State.IN_REVIEW},
        {"state": Item.State.WITHDRAWN},
        {"live_from": timezone.now() + timedelta(days=1)},
        {"live_from": timezone.now() - timedelta(days=3), "live_until": timezone.now() - timedelta(days=1)},
    ],
)
def test_what_is_not_live_does_not_stand_in_the_feed(cast: Cast, fields: dict[str, object]) -> None:
    fields.setdefault("live_until", timezone.now() + timedelta(days=9))
    factories.item("Not now", **fields)
    assert feed.read(cast.liis).cards == []


def test_what_is_meant_for_riga_is_not_seen_in_tallinn(cast: Cast) -> None:
    factories.item("For Riga", audience=audiences.everyone_or(teams=[], locations=["Riga"], languages=[]))
    assert feed.read(cast.liis).cards == []
    assert [card.item.title for card in feed.read(cast.mart).cards] == ["For Riga"]


def test_an_audience_of_team_and_place_wants_both(cast: Cast) -> None:
    assert cast.mart.team is not None
    both = audiences.everyone_or(teams=[cast.mart.team], locations=["Tallinn"], languages=[])
    factories.item("Product people in Tallinn", audience=both)
    assert feed.read(cast.mart).cards == []
    assert len(feed.read(cast.eda).cards) == 1


def test_what_i_shared_folds_and_says_how_many_clicked(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("How to lift an egg")
    mine = share(cast.liis, item)
    assert mine.link is not None
    LinkDay.objects.create(link=mine.link, day=timezone.now().date(), person=18, visitors=17, preview=4, own=2)
    page = signed_in(cast.liis).get("/").content.decode()
    assert "You shared “How to lift an egg”" in page
    assert "18 people clicked" in page
    assert f"/share/{item.pk}/" not in page


def test_a_share_that_may_not_have_gone_out_asks_and_does_not_count_for_the_week(cast: Cast) -> None:
    share(cast.liis, factories.item(), state=State.UNKNOWN)
    read = feed.read(cast.liis)
    assert read.cards[0].own is not None
    assert read.shared_this_week == 0


def test_a_cancelled_share_gives_the_item_back(cast: Cast) -> None:
    share(cast.liis, factories.item(), state=State.CANCELLED)
    assert feed.read(cast.liis).cards[0].own is None


def test_colleagues_who_shared_stand_on_the_card_and_those_who_hide_are_only_counted(cast: Cast) -> None:
    item = factories.item()
    share(cast.mart, item)
    share(cast.kadri, item)
    Person.objects.filter(pk=cast.kadri.pk).update(show_me=False)
    card = feed.read(cast.liis).cards[0]
    assert [person.first_name for person in card.sharers] == ["Mart"]
    drawn = cards.shown(card, may_share=True)
    assert (drawn.names, drawn.sharer_count, drawn.others) == ("Mart", 2, 1)


def test_internal_news_can_be_read_and_never_shared(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Berlin moves", category=factories.category("internal", shareable=False))
    page = signed_in(cast.liis).get("/").content.decode()
    assert f"/read/{item.pk}/" in page
    assert f"/share/{item.pk}/" not in page


def test_two_colleagues_begin_at_different_words(cast: Cast) -> None:
    item = factories.item("NW-7", "one", "two", "three")
    firsts = {feed.read(person).cards[0].captions[0].text for person in (cast.liis, cast.mart, cast.kadri)}
    assert len(firsts) == 3
    assert item.captions.count() == 3


def test_pages_follow_each_other_without_gap_or_repetition_pinned_first(cast: Cast) -> None:
    now = timezone.now()
    for number in range(24):
        factories.item(f"Item {number}", live_from=now - timedelta(hours=number + 1), pinned=number in (20, 5))
    seen: list[str] = []
    cursor = ""
    for _page in range(4):
        read = feed.read(cast.liis, cursor=cursor)
        seen += [card.item.title for card in read.cards]
        cursor = read.cursor
    assert seen[:2] == ["Item 5", "Item 20"]
    assert len(seen) == len(set(seen)) == 24
    assert cursor == ""


def test_a_broken_cursor_is_the_beginning_and_no_error(cast: Cast, signed_in: SignIn) -> None:
    factories.item("Still here")
    for nonsense in ("x", "1_2_3", "1__", "0_2026-01-01T00:00:00_9", "9" * 4000):
        response = signed_in(cast.liis).get("/", {"before": nonsense})
        assert response.status_code == 200
        assert b"Still here" in response.content


def test_words_with_html_are_shown_as_words(cast: Cast, signed_in: SignIn) -> None:
    factories.item("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    page = signed_in(cast.liis).get("/").content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_an_empty_feed_says_who_acts_next(cast: Cast, signed_in: SignIn) -> None:
    assert "Nothing new here." in signed_in(cast.liis).get("/").content.decode()


def test_somebody_without_a_role_reads_but_is_offered_no_share(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item()
    page = signed_in(cast.sten).get("/").content.decode()
    assert f"/share/{item.pk}/" not in page


def test_a_stranger_is_sent_to_the_sign_in_page(client: Client, cast: Cast) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/signin/")


@pytest.mark.parametrize("items", [10, 1000])
def test_the_feed_costs_the_same_few_queries_for_ten_and_for_a_thousand_items(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., object], items: int
) -> None:
    now, category = timezone.now(), factories.category()
    Item.objects.bulk_create(
        Item(title=f"Item {n}", url="https://nordwind.example/x", category=category, state="approved", live_from=now)
        for n in range(items)
    )
    for item in Item.objects.order_by("-id")[:20]:
        share(cast.mart, item)
        share(cast.kadri, item, network="x")
    today = campaigns.today()
    running = Campaign.objects.create(
        name="Winter", slug="winter", begins_on=today, ends_on=today, started_at=now, metric="shares", target=9
    )
    Item.objects.order_by("-id").update(campaign=running)
    for _two in range(2):
        waits(cast, Item.objects.earliest("id"))
    browser = signed_in(cast.liis)
    # What stands in memory for five seconds is read here: the company, audiences, categories, campaigns that run.
    memory.forget()
    page = browser.get("/").content.decode()
    assert "Winter" in page
    assert "2 posts wait for your word" in page
    with django_assert_num_queries(10):  # type: ignore[attr-defined]
        browser.get("/")


def waits(cast: Cast, item: Item) -> Preparation:
    """Mart has prepared a post of it for Liis, for two accounts."""
    delegations.name(person=cast.liis, delegate=cast.mart)
    accounts = [
        ConnectedAccount.objects.filter(handle=handle).first() or factories.account(cast.liis, external_id=handle, handle=handle)
        for handle in ("one", "two")
    ]  # fmt: skip
    return delegates.prepare(person=cast.mart, executive=cast.liis, item=item, accounts=accounts, text="It is here.")


def test_what_waits_for_the_persons_word_stands_above_the_feed_and_leads_there(cast: Cast, signed_in: SignIn) -> None:
    liis, item = signed_in(cast.liis), factories.item()
    assert "approvals-strip" not in liis.get("/").content.decode()
    first = waits(cast, item)
    page = liis.get("/").content.decode()
    assert "1 post waits for your word" in page
    assert f'class="note brand approvals-strip" href="/approve/{first.pk}/"' in page
    waits(cast, item)
    page = liis.get("/").content.decode()
    assert "2 posts wait for your word" in page
    assert 'class="note brand approvals-strip" href="/shares/"' in page
    assert feed.read(cast.liis).cards[0].open  # it is not shared yet
    for row in Preparation.objects.all():
        delegates.decline(person=cast.liis, preparation=row, reason="Not now")
    assert "approvals-strip" not in liis.get("/").content.decode()


def test_what_waits_for_others_is_nobody_elses_strip(cast: Cast, signed_in: SignIn) -> None:
    waits(cast, factories.item())
    for somebody in (cast.mart, cast.kadri, cast.sten):
        assert "approvals-strip" not in signed_in(somebody).get("/").content.decode()


def test_shared_today_tells_only_of_what_the_viewer_may_see_too(cast: Cast) -> None:
    everyone, tallinn, riga = (
        factories.item("For everyone"),
        factories.item("For Tallinn", audience=audiences.everyone_or(teams=(), locations=("Tallinn",), languages=())),
        factories.item("For Riga", audience=audiences.everyone_or(teams=(), locations=("Riga",), languages=())),
    )
    for person, item in ((cast.kadri, everyone), (cast.eda, tallinn), (cast.mart, riga)):
        share(person, item)
    assert {row.title for row in feed.shared_today(cast.liis)} == {"For everyone", "For Tallinn"}
    share(cast.viivi, everyone, state=State.REMOVED)
    Person.objects.filter(pk=cast.kadri.pk).update(show_me=False)
    memory.forget("shares")  # a few seconds later
    assert {row.title for row in feed.shared_today(cast.liis)} == {"For Tallinn"}


def test_the_first_story_that_waits_stands_large_at_the_top(cast: Cast) -> None:
    stories = [factories.item(f"Story {n}", live_from=timezone.now() - timedelta(hours=n + 1)) for n in range(3)]
    share(cast.liis, stories[0])
    cards = feed.read(cast.liis).cards
    assert [(card.item.title, card.lead) for card in cards] == [
        ("Story 1", True),
        ("Story 0", False),
        ("Story 2", False),
    ]
    for story in stories[1:]:
        share(cast.liis, story)
    read = feed.read(cast.liis)
    assert read.all_shared
    assert not any(card.lead for card in read.cards)


def test_whatever_changes_on_a_card_is_drawn_at_once(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item("First title", "Some words"), signed_in(cast.liis)
    assert "First title" in browser.get("/").content.decode()
    Item.objects.filter(pk=item.pk).update(title="Second title")
    Caption.objects.update(text="Other words")
    share(cast.mart, item)
    page = browser.get("/").content.decode()
    assert "Second title" in page
    assert "Other words" in page
    assert "Mart has shared" in page
    Person.objects.filter(pk=cast.mart.pk).update(first_name="Martin")
    assert "Martin has shared" in browser.get("/").content.decode()
    Person.objects.filter(pk=cast.liis.pk).update(language="et")
    assert "Jaganud on Martin" in browser.get("/").content.decode()


@pytest.mark.one_database
def test_a_page_is_read_in_the_order_of_its_index_and_sorts_nothing(cast: Cast) -> None:
    """Else every live item is looked at for each page. SQLite takes any index that names a range before one that spares
    the sorting, so that an index made for another page can take this one's away."""
    plan = feed.items(cast.liis).values_list("pk")[:25].explain()
    assert "item_feed" in plan
    assert "TEMP B-TREE" not in plan

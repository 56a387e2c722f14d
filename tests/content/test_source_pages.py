"""The pages of sources, the rule form, and suggesting a page; how many queries they take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaja import outbound
from kaja.content import feedrules, feeds, items, sources
from kaja.content.models import Feed, FeedEntry, FeedReading, FeedRule, Item
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast
from tests.content.feeding import Web, entry, rss

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
URL = "https://n.example/rss"
PAGE = "<html lang='et'><title>Vaikne robot</title><meta name='description' content='Ei tee häält.'>"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(outbound, "fetch", made.fetch)
    return made


def added(cast: Cast, web: Web, *entries: str) -> Feed:
    web.serve(URL, rss(*entries))
    return feeds.add(person=cast.kadri, url=URL, category=factories.category())[0]


def rule_form(**fields: object) -> dict[str, object]:
    return {"what": "review", "category": factories.category().pk, **fields}


def test_a_feed_is_added_from_the_page_and_its_page_tells_what_came(cast: Cast, signed_in: SignIn, web: Web) -> None:
    web.serve(URL, rss(entry(1, "Robots"), entry(2, "Drones")))
    client = signed_in(cast.eda)
    answer = client.post(
        "/library/sources/", {"url": URL, "category": factories.category().pk, "holds": ""}, follow=True
    )
    page = answer.content.decode()
    assert answer.redirect_chain[0][0] == f"/library/sources/{Feed.objects.get().pk}/"
    for words in ("News: 2 new posts.", "Robots", "Drones", "Everything else", "2 times", "HTTP 200"):
        assert words in page


def test_what_cannot_be_read_is_told_and_the_address_is_kept(cast: Cast, signed_in: SignIn, web: Web) -> None:
    form = {"url": "https://no.example/x", "category": factories.category().pk}
    answer = signed_in(cast.eda).post("/library/sources/", form)
    assert answer.status_code == 422
    assert "The server does not answer." in answer.content.decode()
    assert 'value="https://no.example/x"' in answer.content.decode()


def test_a_rule_is_tried_and_then_saved(cast: Cast, signed_in: SignIn, web: Web) -> None:
    feed = added(cast, web, entry(1, "Intern wanted"), entry(2, "Robots"))
    client, form = signed_in(cast.kadri), rule_form(title_has="intern", locations=["Riga"])
    address = f"/library/sources/{feed.pk}/rules/"
    tried = client.post(address, {**form, "try": "1"}).content.decode()
    assert "Tried on 2 entries: 2 would be kept today" in tried
    assert 'value="intern"' in tried
    assert feed.rules.count() == 1
    client.post(address, form)
    rule = feedrules.of(feed)[0]
    assert (rule.title_has, rule.what, rule.audience and rule.audience.label, rule.set_by) == (
        "intern",
        "review",
        "Riga",
        cast.kadri,
    )
    client.post(f"{address}{rule.pk}/", rule_form(title_has="trainee", what="leave_out"))
    assert feedrules.of(feed)[0].title_has == "trainee"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title_has": ""}, "at least one condition"),
        ({"title_has": "!!!"}, "no letters"),
        ({"title_has": "a", "what": "approve"}, "Only somebody who may approve"),
        ({"title_has": "a", "per_day": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_rule_that_cannot_be_is_told_by_its_field_and_nothing_typed_is_lost(
    cast: Cast, signed_in: SignIn, web: Web, fields: dict[str, str], words: str
) -> None:
    feed = added(cast, web)
    answer = signed_in(cast.eda).post(
        f"/library/sources/{feed.pk}/rules/", rule_form(author_has="", expires_days="33", **fields)
    )
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert 'value="33"' in answer.content.decode()
    assert feed.rules.count() == 1


def test_health_is_told_in_words_that_fit(cast: Cast, web: Web) -> None:
    now = timezone.now()
    feed = added(cast, web, entry(1))

    def look(**fields: object) -> tuple[str, str]:
        Feed.objects.filter(pk=feed.pk).update(**fields)
        found = sources.health(sources.index().get())
        return found.look, found.words

    assert look(read_at=now - timedelta(minutes=14)) == ("ok", "Read 14 minutes ago")
    FeedReading.objects.update(ms=8200)
    assert look() == ("warn", "Slow: the last reading took 8 seconds")
    FeedReading.objects.update(ms=20)
    FeedEntry.objects.update(decided_at=now - timedelta(days=41))
    assert look() == ("warn", "Nothing new for 41 days")
    assert look(failures=3, failing_since=now - timedelta(days=4))[0] == "bad"
    assert look(off="paused") == ("", "Paused")
    assert look(off="gone")[1].startswith("Gone since")


def test_the_list_and_a_feeds_page_take_the_same_queries_however_much_there_is(
    cast: Cast, signed_in: SignIn, web: Web
) -> None:
    feed = added(cast, web, entry(1))
    client = signed_in(cast.eda)

    def queries() -> list[int]:
        found = []
        for address in ("/library/sources/", f"/library/sources/{feed.pk}/"):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(address).status_code == 200
            found.append(len(seen))
        return found

    queries()  # What stands in memory for a few seconds is read here.
    few = queries()
    FeedEntry.objects.bulk_create(
        FeedEntry(feed=feed, guid=f"g{n}", fate="kept", said={"title": f"T{n}", "details": {}}) for n in range(1000)
    )
    FeedReading.objects.bulk_create(FeedReading(feed=feed, outcome="read") for _n in range(1000))
    category = factories.category()
    more = Feed.objects.bulk_create(Feed(url=f"https://f{n}.example/", category=category) for n in range(49))
    FeedRule.objects.bulk_create(FeedRule(feed=one, category=category, is_rest=True) for one in more)
    assert queries() == few


# --- suggesting -----------------------------------------------------------------------------------------------------
def test_a_colleague_sees_what_was_read_adds_why_and_an_editor_finds_the_draft(
    cast: Cast, signed_in: SignIn, web: Web
) -> None:
    address = "https://nordwind.example/quiet"
    web.serve(address, PAGE, content_type="text/html")
    page = (
        signed_in(cast.liis)
        .get("/suggest/", {"url": address, "title": "Odd title", "text": "Selected words"})
        .content.decode()
    )
    for words in ("Vaikne robot", "Ei tee häält.", "Selected words"):
        assert words in page
    form = {
        "url": address,
        "title": "Vaikne robot",
        "why": "It is quiet.",
        "category": factories.category().pk,
        "language": "et",
    }
    assert signed_in(cast.liis).post("/suggest/", form)["Location"] == "/"
    item = Item.objects.get()
    assert (item.state, item.credit, item.author, item.suggestion, item.language) == (
        "draft",
        cast.liis,
        None,
        "It is quiet.",
        "et",
    )
    assert "suggested by Liis Tamm" in signed_in(cast.eda).get("/library/?status=draft").content.decode()
    assert "It is quiet." in signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()


def test_an_editors_find_is_a_draft_of_their_own_to_go_on_with(cast: Cast, signed_in: SignIn, web: Web) -> None:
    form = {"url": "https://n.example/a", "title": "A", "category": factories.category().pk}
    answer = signed_in(cast.eda).post("/suggest/", form)
    item = Item.objects.get()
    assert (answer["Location"], item.author, item.credit) == (f"/library/{item.pk}/", cast.eda, cast.eda)


def test_a_page_that_does_not_let_itself_be_read_can_be_suggested_all_the_same(
    cast: Cast, signed_in: SignIn, web: Web
) -> None:
    page = signed_in(cast.liis).get("/suggest/", {"url": "https://no.example/", "title": "My title"}).content.decode()
    assert "could not read this page" in page
    assert 'value="My title"' in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "https://nordwind.example/nw-7"}, "brought this already"),
        ({"url": "javascript:alert(1)"}, "begins with https://"),
        ({"title": " "}, "Give it a title"),
        ({"url": ""}, "Paste the address"),
    ],
)
def test_what_cannot_be_suggested_says_why_and_loses_nothing(
    cast: Cast, signed_in: SignIn, web: Web, fields: dict[str, str], words: str
) -> None:
    factories.item()
    form = {"url": "https://n.example/x", "title": "X", "why": "Because", "category": factories.category().pk, **fields}
    answer = signed_in(cast.liis).post("/suggest/", form)
    assert (answer.status_code, words in answer.content.decode(), "Because" in answer.content.decode()) == (
        422,
        True,
        True,
    )
    assert Item.objects.count() == 1


def test_who_may_not_share_may_not_suggest_nor_have_pages_read(cast: Cast, web: Web) -> None:
    with pytest.raises(PermissionDenied):
        items.suggest(person=cast.viivi, address="https://n.example/", title="A", category=factories.category())
    with pytest.raises(PermissionDenied):
        items.suggestible(person=cast.sten, address="https://n.example/")
    assert web.asked == []


def test_one_person_cannot_have_pages_read_without_end(cast: Cast, web: Web) -> None:
    for n in range(items.READ_AN_HOUR + 10):
        items.suggestible(person=cast.liis, address=f"https://n.example/{n}")
    assert len(web.asked) == items.READ_AN_HOUR


def test_the_button_carries_our_address_and_nothing_of_the_person(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.liis).get("/suggest/button/").content.decode()
    assert "javascript:(()=&gt;{" in page
    assert "/suggest/&quot;" in page
    assert "liis" not in page[page.index("javascript:") : page.index("noopener")].lower()

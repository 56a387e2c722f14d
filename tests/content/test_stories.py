"""The page that Kaja hosts: for everybody, only what is out, and nothing of what somebody smuggled into the text."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from kaja.content import articles, items
from kaja.content.models import Caption, Item
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def article(person: Person, title: str = "Kuidas tõsta muna", **fields: Any) -> Item:
    """An approved article that began an hour ago."""
    fields = {"body": "## One\n\nText *here*.", "category": factories.category(), **fields}
    item = items.create(person=person, title=title, kind="article", **fields)
    now = timezone.now()
    Item.objects.filter(pk=item.pk).update(state="approved", approved_at=now, live_from=now - timedelta(hours=1))
    item.refresh_from_db()
    return item


def test_an_article_has_a_public_page_in_the_companys_look(cast: Cast, client: Client) -> None:
    image = factories.picture(alt="An egg")
    item = article(cast.eda, summary="Three hundred eggs & <one>.", image=image, language="et")
    assert item.url == f"{settings.BASE_URL}/stories/kuidas-tosta-muna/"
    answer = client.get("/stories/kuidas-tosta-muna/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ("Nordwind Robotics", "<h2>One</h2>", "<em>here</em>", "Three hundred eggs &amp; &lt;one&gt;."):
        assert words in page, words
    assert f'<link rel="canonical" href="{item.url}">' in page
    assert f'<meta property="og:image" content="{settings.BASE_URL}{image.jpeg_path}">' in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    assert '<article lang="et">' in page
    assert 'name="robots"' not in page
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    told = json.loads(found[1])
    assert (told["@type"], told["headline"], told["inLanguage"]) == ("Article", item.title, "et")
    assert told["publisher"]["name"] == "Nordwind Robotics"


def test_what_machines_read_of_it_can_not_break_out_of_its_element(cast: Cast, client: Client) -> None:
    article(cast.eda, title="</script><script>alert(1)</script>")
    slug = Item.objects.values_list("slug", flat=True).get()
    page = client.get(f"/stories/{slug}/").content.decode()
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"state": "draft"}, 404),
        ({"state": "in_review"}, 404),
        ({"state": "withdrawn"}, 404),
        ({"live_from": timezone.now() + timedelta(days=1)}, 404),
        ({"live_until": timezone.now() - timedelta(minutes=5)}, 200),  # posts lead to it long after
        ({"kind": "text"}, 404),
        ({"url": "https://elsewhere.example/"}, 404),
    ],
)
def test_it_is_there_only_while_it_is_out(cast: Cast, client: Client, changed: dict[str, Any], status: int) -> None:
    item = article(cast.eda)
    Item.objects.filter(pk=item.pk).update(**changed)
    assert client.get(f"/stories/{item.slug}/").status_code == status


def test_what_stays_inside_has_no_public_page(cast: Cast, signed_in: SignIn, client: Client) -> None:
    item = article(cast.eda, category=factories.category("internal", shareable=False))
    assert (item.url, item.slug) == ("", None)
    assert "<h2>One</h2>" in signed_in(cast.liis).get(f"/read/{item.pk}/").content.decode()


def test_an_item_that_moves_inside_takes_its_page_back(cast: Cast, client: Client) -> None:
    item = article(cast.eda)
    inside = factories.category("internal", shareable=False)
    item = items.change(person=cast.kadri, item=item, category=inside)
    assert item.url == ""
    assert client.get(f"/stories/{item.slug}/").status_code == 404


def test_search_engines_can_be_asked_to_leave_it_out(cast: Cast, client: Client) -> None:
    item = article(cast.eda, details={"noindex": True})
    answer = client.get(f"/stories/{item.slug}/")
    assert answer["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_the_address_follows_the_title_until_it_is_approved_and_never_after(cast: Cast) -> None:
    item = items.create(person=cast.eda, title="First", kind="article", category=factories.category())
    item = items.change(person=cast.eda, item=item, title="Second name")
    assert item.slug == "second-name"
    Item.objects.filter(pk=item.pk).update(approved_at=timezone.now())
    assert items.change(person=cast.eda, item=item, title="Third").slug == "second-name"


def test_two_of_one_title_and_one_without_any_letter_have_addresses_of_their_own(cast: Cast) -> None:
    first, second = (
        items.create(person=cast.eda, title="Same", kind="article", category=factories.category()) for _n in range(2)
    )
    assert first.slug == "same"
    assert second.slug is not None
    assert second.slug.startswith("same-")
    assert items.create(person=cast.eda, title="日本", kind="article", category=factories.category()).slug == "story"


def test_events_and_jobs_without_a_page_elsewhere_get_one_too(cast: Cast, client: Client) -> None:
    item = items.create(
        person=cast.eda, title="Open day", kind="event", category=factories.category(),
        details={"begins": "2027-01-10T18:00", "place": "Tallinn"},
    )  # fmt: skip
    Item.objects.filter(pk=item.pk).update(state="approved", live_from=timezone.now())
    page = client.get("/stories/open-day/").content.decode()
    assert "18:00" in page
    assert '"@type": "Event"' in page
    assert '"startDate": "2027-01-10T18:00:00+02:00"' in page
    row = items.change(person=cast.kadri, item=item, url="https://x.example/day")
    Caption.objects.create(item=row, language="en", text="Come.")
    assert client.get("/stories/open-day/").status_code == 200
    assert factories.reviewed(cast.kadri, cast.rein, row).url == "https://x.example/day"
    assert client.get("/stories/open-day/").status_code == 404
    item.refresh_from_db()
    assert items.change(person=cast.kadri, item=item, url="").url.endswith("/stories/open-day/")


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://tracker.example/a.gif)",
        "![x](//tracker.example/a.gif)",
        "![x](/pictures/../settings)",
        '<iframe src="https://x.example"></iframe>',
        "<a href='x' style='position:fixed'>x</a>",
        "[x](https://a.example \"onmouseover='alert(1)'\")",
    ],
)
def test_nothing_that_was_smuggled_into_an_article_comes_out(attack: str) -> None:
    written = articles.html(attack)
    tags = re.findall(r"<[^>]*>", written)
    for tag in tags:
        assert not re.search(r"<(script|iframe|img|style)|\son\w+=|style=|(javascript|data):", tag), written


def test_our_own_pictures_stand_in_an_article_and_headings_begin_below_the_title(cast: Cast) -> None:
    kept = factories.picture(alt="An egg")
    written = articles.html(f"# Big\n\n### Small\n\n![An egg]({kept.path})\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<h2>Big</h2>" in written
    assert "<h4>Small</h4>" in written
    assert f'src="{kept.path}"' in written
    assert "<td>1</td>" in written


def test_an_article_is_seen_while_it_is_written(cast: Cast, signed_in: SignIn) -> None:
    item = items.create(person=cast.eda, title="Draft", kind="article", category=factories.category())
    eda = signed_in(cast.eda)
    piece = eda.post(f"/library/{item.pk}/body/", {"body": "**now**"}, headers={"hx-request": "true"}).content.decode()
    assert "<strong>now</strong>" in piece
    assert "<html" not in piece
    whole = eda.post(f"/library/{item.pk}/body/", {"body": "**now**"}).content.decode()
    assert "<strong>now</strong>" in whole
    assert "<html" in whole
    item.refresh_from_db()
    assert item.body == ""


def test_pictures_are_served_as_jpeg_too(cast: Cast, client: Client) -> None:
    kept = factories.picture()
    answer = client.get(kept.jpeg_path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer.content[:2] == b"\xff\xd8"
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/pictures/" + "0" * 32 + ".jpg").status_code == 404


def test_a_long_text_of_brackets_and_stars_takes_no_long_time() -> None:
    began = timezone.now()
    for attack in ("[" * 20_000, "*_" * 20_000, "> " * 5_000 + "x", "![" * 10_000 + "](x)" * 10_000, "|" * 30_000):
        articles.html(attack)
    assert timezone.now() - began < timedelta(seconds=10)

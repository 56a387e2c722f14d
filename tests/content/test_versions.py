"""Versions of an item: numbered, compared, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from kaja.content import captions, changes, differences, items, library, review, versions
from kaja.content.differences import Rows
from kaja.content.library import Filter
from kaja.content.models import Item, ItemVersion, Media, Topic
from kaja.design.wording import Part, words
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def picture(name: str) -> Media:
    return Media.objects.create(file=name, width=4, height=3, mime="image/webp", sha256=name, alt=name.title())


def test_every_saved_change_makes_a_version_and_saving_the_same_makes_none(cast: Cast) -> None:
    item = items.create(person=cast.eda, title="One", url="https://x.example/", category=factories.category())
    items.change(person=cast.eda, item=item, title="Two")
    items.change(person=cast.kadri, item=item, title="Two", pinned=True)
    caption = captions.add(person=cast.kadri, item=item, language="en", text="Words")
    captions.change(person=cast.eda, caption=caption, text="Better words")
    captions.remove(person=cast.eda, caption=caption)
    found = list(item.versions.values_list("number", "person__first_name"))
    assert found == [(1, "Eda"), (2, "Eda"), (3, "Kadri"), (4, "Eda"), (5, "Eda")]
    titles = [one.content["title"] for one in item.versions.all()]
    assert titles == ["One", "Two", "Two", "Two", "Two"]


def test_what_came_without_a_version_keeps_what_it_said_before_its_first_change(cast: Cast) -> None:
    item = factories.item("From a feed", "w", state="draft", author=None)
    items.change(person=cast.eda, item=item, title="Changed")
    assert [one.content["title"] for one in item.versions.all()] == ["From a feed", "Changed"]


def test_a_version_taken_back_has_all_of_its_content_and_goes_through_review(cast: Cast) -> None:
    topic, first, second = Topic.objects.create(slug="robots", names={"en": "Robots"}), picture("one"), picture("two")
    item = factories.item("Old", "Old words", "Second", state="draft", author=cast.eda, summary="About")
    items.change(person=cast.eda, item=item, topics=[topic], attachments=[first, second], image=first)
    wanted = versions.latest(item)
    assert wanted is not None
    items.change(person=cast.eda, item=item, title="New", topics=[], attachments=[second], image=None, summary="",
                 audience=factories.audience(cast.kadri, "Riga", location=["Riga"]), live_from=timezone.now())  # fmt: skip
    for caption in item.captions.all():
        captions.remove(person=cast.eda, caption=caption)
    captions.add(person=cast.eda, item=item, language="et", text="Uus")
    row = changes.restore(person=cast.eda, item=item, number=wanted.number)
    latest = versions.latest(item)
    assert latest is not None
    assert (row.pk, row.state, latest.restores) == (item.pk, "draft", wanted.number)
    for name in ("title", "summary", "topics", "attachments", "image", "audience", "live_from"):
        assert latest.content[name] == wanted.content[name], name
    assert [one["text"] for one in latest.content["captions"]] == ["Old words", "Second"]


def test_a_version_of_what_is_live_is_taken_back_as_a_change(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("First", "w", author=cast.eda)
    change = items.change(person=cast.eda, item=item, title="Second")
    review.submit(person=cast.eda, item=change)
    review.approve(person=cast.rein, item=change)
    answer = signed_in(cast.eda).post(f"/library/{item.pk}/versions/1/restore/")
    row = Item.objects.get(replaces=item)
    assert answer["Location"] == f"/library/{row.pk}/"
    item.refresh_from_db()
    assert (item.title, row.title, row.state) == ("Second", "First", "draft")
    review.submit(person=cast.eda, item=row)
    review.approve(person=cast.rein, item=row)
    item.refresh_from_db()
    assert (item.title, item.captions.get().text) == ("First", "w")


def test_a_version_that_is_none_and_a_person_who_may_not(cast: Cast) -> None:
    item = factories.item("First", "w")
    with pytest.raises(ValidationError):
        changes.restore(person=cast.eda, item=item, number=7)
    for wrong in (cast.sten, cast.liis, cast.rein):
        with pytest.raises(PermissionDenied):
            changes.restore(person=wrong, item=item, number=1)
    assert Item.objects.count() == 1


def test_rows_that_are_gone_leave_what_is_there(cast: Cast) -> None:
    item = factories.item("First", "w", state="draft")
    items.change(person=cast.eda, item=item, image=(gone := picture("gone")))
    items.change(person=cast.eda, item=item, image=None, title="Second")
    gone.delete()
    row = changes.restore(person=cast.eda, item=item, number=2)
    assert (row.title, row.image) == ("First", None)


def test_the_difference_is_told_field_by_field_and_word_by_word(cast: Cast) -> None:
    item = factories.item("Quiet robots", "The fridge lost.", "Second", state="draft", summary="")
    versions.begin(item)
    first, second = item.captions.all()
    gone = second.pk
    items.change(
        person=cast.eda, item=item, title="Quieter robots", summary="About", image=picture("egg"),
        live_until=timezone.now() + timedelta(days=9), details={"place": "Riga"},
    )  # fmt: skip
    captions.change(person=cast.eda, caption=first, text="The fridge won.", voice="Witty")
    captions.remove(person=cast.eda, caption=second)
    before, after = item.versions.earliest("number").content, item.versions.latest("number").content
    found = {one.about: one for one in differences.between(before, after, Rows.of(before, after))}
    assert list(found) == [
        "title", "summary", "live_until", "image", "details", f"caption:{first.pk}", f"caption:{gone}",
    ]  # fmt: skip
    assert found["title"].parts == [Part("-", "Quiet"), Part("+", "Quieter"), Part("=", " robots")]
    assert (found["summary"].what, found[f"caption:{gone}"].what) == ("added", "removed")
    assert (found["image"].parts, found["details"].label) == ([Part("+", "Egg")], "Place of work")
    assert (found[f"caption:{first.pk}"].label, found[f"caption:{first.pk}"].tag) == (
        "English, all networks",
        "– → Witty",
    )


def test_words_exchanged_one_after_the_other_read_as_one_exchange() -> None:
    assert words("have a single failure now", "have a coffee break now") == [
        Part("=", "have a "), Part("-", "single failure"), Part("+", "coffee break"), Part("=", " now"),
    ]  # fmt: skip
    assert words("a b", "a b") == [Part("=", "a b")]
    assert words("", "new text") == [Part("+", "new text")]


def test_a_long_text_is_compared_in_a_moment_and_loses_nothing() -> None:
    old = "\n".join(f"Line {n} of a long story with many words in it" for n in range(1500))
    new = old.replace("Line 700 of", "Line seven hundred of")
    found = words(old, new)
    assert "".join(part.words for part in found if part.what in "=-") == old
    assert "".join(part.words for part in found if part.what in "=+") == new
    assert [part.words for part in found if part.what != "="] == ["700", "seven hundred"]


def test_the_page_of_versions_compares_any_two(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("One", "w", state="draft")
    for title in ("Two", "Three"):
        items.change(person=cast.eda, item=item, title=title)
    browser = signed_in(cast.rein)
    page = browser.get(f"/library/{item.pk}/versions/?version=3&against=1").content.decode()
    assert "<del>One</del>" in page
    assert "<ins" in page
    assert "Take this version back" not in page
    for odd in ("?version=9", "?version=x&against=-1", "?version=2&against=2"):
        assert browser.get(f"/library/{item.pk}/versions/{odd}").status_code == 200


def test_the_page_of_versions_costs_the_same_few_queries(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    item = factories.item("One", "w", state="draft")
    versions.begin(item)
    said = item.versions.get().content
    ItemVersion.objects.bulk_create(
        ItemVersion(item=item, number=n, content={**said, "title": f"T {n}"}, person=cast.eda) for n in range(2, 200)
    )
    browser = signed_in(cast.rein)
    browser.get(f"/library/{item.pk}/versions/")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        browser.get(f"/library/{item.pk}/versions/")


def test_what_a_change_says_is_found_as_soon_as_it_is_approved(cast: Cast) -> None:
    item = factories.item("NW-7", "Words")
    change = items.change(person=cast.eda, item=item, title="Kangaroo")
    review.submit(person=cast.eda, item=change)
    assert list(library.items(Filter(words="kangaroo"))) == [change]
    review.approve(person=cast.rein, item=change)
    assert list(library.items(Filter(words="kangaroo"))) == [item]

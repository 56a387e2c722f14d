"""Review: steps of a category, who decides, deadlines and reminders, comments; changes of what is live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from kaja.content import (
    captions,
    categories,
    changes,
    comments,
    items,
    reminders,
    review,
    review_shown,
    steps,
    versions,
)
from kaja.content.models import Category, Comment, Item, Reminder, ReviewStep
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def two_steps(cast: Cast, *, legal: list[int] | None = None) -> Category:
    """Brand, for whoever may review; then legal, for the persons named."""
    row = factories.category()
    return categories.save(
        person=cast.kadri, category=row, names=row.names, look=row.look, shareable=True,
        review=[
            {"names": {"en": "Brand", "et": "Bränd"}, "days": 1},
            {"names": {"en": "Legal", "et": "Õigus"}, "days": 3, "people": legal or []},
        ],
    )  # fmt: skip


def draft(cast: Cast, title: str = "NW-7", **fields: Any) -> Item:
    return factories.item(title, "The fridge lost.", state="draft", author=cast.eda, **fields)


def queue_of(person: Person) -> list[str]:
    return [row.item.title for row in review_shown.queue(person).mine]


def test_an_item_goes_through_its_steps_each_decided_by_somebody_else(cast: Cast) -> None:
    two_steps(cast)
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    assert item.step == "brand"
    assert review.approve(person=cast.rein, item=item, words="Fine colours") is False
    assert (item.state, item.step) == ("in_review", "legal")
    with pytest.raises(ValidationError):
        review.approve(person=cast.rein, item=item)
    assert review.approve(person=cast.kadri, item=item) is True
    assert item.status == "live"
    told = list(ReviewStep.objects.values_list("what", "step", "person__first_name", "version"))
    assert told == [
        ("submitted", "", "Eda", 1), ("passed", "brand", "Rein", 1), ("approved", "legal", "Kadri", 1),
    ]  # fmt: skip


def test_a_step_for_named_people_waits_for_them_alone(cast: Cast) -> None:
    two_steps(cast, legal=[cast.kadri.pk])
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    assert (queue_of(cast.rein), queue_of(cast.kadri)) == (["NW-7"], ["NW-7"])
    review.approve(person=cast.kadri, item=item)
    # She decided the first step, so the second falls to the others rather than to nobody.
    assert (queue_of(cast.rein), queue_of(cast.kadri)) == (["NW-7"], [])


def test_a_step_whose_people_are_gone_is_for_everybody_who_may_review(cast: Cast) -> None:
    two_steps(cast, legal=[cast.kadri.pk])
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    Person.objects.filter(pk=cast.kadri.pk).update(is_active=False)
    review.approve(person=cast.rein, item=item)
    assert review.approve(person=cast.rein, item=item) is True  # nobody else is left


def test_a_reviewer_who_changed_it_does_not_approve_it(cast: Cast) -> None:
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    items.change(person=cast.kadri, item=item, title="Mine now")
    item.refresh_from_db()
    assert queue_of(cast.kadri) == []
    with pytest.raises(ValidationError, match="somebody else"):
        review.approve(person=cast.kadri, item=item)
    assert review.approve(person=cast.rein, item=item)


def test_what_is_changed_during_review_begins_again_at_the_first_step(cast: Cast) -> None:
    two_steps(cast)
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    review.approve(person=cast.rein, item=item)
    captions.add(person=cast.eda, item=item, language="et", text="Külmkapp kaotas.")
    item.refresh_from_db()
    assert (item.state, item.step) == ("in_review", "brand")
    assert queue_of(cast.rein) == ["NW-7"]


def test_a_decision_about_an_older_version_is_refused(cast: Cast) -> None:
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    items.change(person=cast.eda, item=item, title="Newer")
    item.refresh_from_db()
    with pytest.raises(ValidationError, match="version 2"):
        review.approve(person=cast.rein, item=item, seen=1)
    assert review.approve(person=cast.rein, item=item, seen=2)


def test_a_change_of_what_is_live_waits_beside_it_and_takes_its_place_when_approved(
    cast: Cast, signed_in: SignIn
) -> None:
    item = factories.item("Quiet", "The fridge lost.", "Second", author=cast.eda)
    share = factories.share(cast.liis, item)
    first, second = item.captions.order_by("position")
    change = items.change(person=cast.eda, item=item, title="Quieter")
    changed = captions.change(person=cast.eda, caption=first, text="The fridge won.")
    captions.remove(person=cast.eda, caption=second)
    added = captions.add(person=cast.eda, item=item, language="et", text="Külmkapp võitis.")
    assert {changed.item_id, added.item_id} == {change.pk}
    page = signed_in(cast.liis).get("/").content.decode()
    assert "Quiet" in page
    assert "Quieter" not in page
    assert "The fridge won." not in page
    assert signed_in(cast.liis).get(f"/read/{change.pk}/").status_code == 404
    review.submit(person=cast.eda, item=change)
    review.approve(person=cast.rein, item=change)
    item.refresh_from_db()
    assert (change.pk, item.title, item.status) == (item.pk, "Quieter", "live")
    assert list(item.captions.values_list("pk", "text")) == [
        (first.pk, "The fridge won."),
        (added.pk, "Külmkapp võitis."),
    ]
    assert Item.objects.count() == 1
    share.refresh_from_db()
    assert share.item == item
    assert [one.approved_at is not None for one in versions.of(item)] == [True, False, False, False, True]


def test_a_change_that_is_given_up_leaves_what_was_approved(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Live", "w")
    change = items.change(person=cast.eda, item=item, title="Never")
    for wrong in (cast.sten, cast.rein):
        with pytest.raises(PermissionDenied):
            changes.discard(person=wrong, change=change)
    signed_in(cast.eda).post(f"/library/{change.pk}/discard/")
    item.refresh_from_db()
    assert (item.title, Item.objects.count()) == ("Live", 1)
    assert items.change(person=cast.eda, item=item, title="Another").pk != change.pk


def test_withdrawing_what_is_live_gives_up_its_change(cast: Cast) -> None:
    item = factories.item("Live", "w")
    items.change(person=cast.eda, item=item, title="Never")
    items.withdraw(person=cast.kadri, item=item, reason="wrong")
    assert list(Item.objects.values_list("title", "state")) == [("Live", "withdrawn")]
    item.refresh_from_db()
    review.submit(person=cast.eda, item=item)
    assert item.state == "in_review"


@pytest.mark.parametrize(("begins", "days", "ends"), [("2026-11-20", 1, "2026-11-23"), ("2026-11-25", 2, "2026-11-27")])
def test_days_of_a_step_are_working_days(begins: str, days: int, ends: str) -> None:
    moment = datetime.fromisoformat(f"{begins}T12:00").replace(tzinfo=ZoneInfo("Europe/Tallinn"))
    assert steps.due(steps.Step("x", {}, days), moment).date().isoformat() == ends


def overdue(cast: Cast, title: str = "Late") -> Item:
    item = draft(cast, title)
    review.submit(person=cast.eda, item=item)
    Item.objects.filter(pk=item.pk).update(due_at=timezone.now() - timedelta(hours=3))
    return item


def test_reviewers_are_reminded_of_what_is_overdue_once_a_day_in_their_language(cast: Cast) -> None:
    overdue(cast, "Late")
    overdue(cast, "Later")
    draft_in_time = draft(cast, "In time")
    review.submit(person=cast.eda, item=draft_in_time)
    Person.objects.filter(pk=cast.rein.pk).update(language="et")
    Person.objects.filter(pk=cast.kadri.pk).update(remind_me=False)
    for _time in range(2):
        reminders.send_due()
    assert Reminder.objects.count() == 2
    reminders.send(cast.rein.pk, list(Item.objects.values_list("pk", flat=True)))
    letter = mail.outbox[-1]
    assert letter.to == [cast.rein.email]
    assert "ootab" in letter.subject
    assert "Late" in letter.body
    reminders.send(cast.kadri.pk, list(Item.objects.values_list("pk", flat=True)))
    assert {to for letter in mail.outbox for to in letter.to} == {cast.rein.email}


def test_nobody_is_reminded_of_what_was_decided_meanwhile(cast: Cast) -> None:
    item = overdue(cast)
    item.refresh_from_db()
    review.return_(person=cast.rein, item=item, reason="Shorter")
    reminders.send(cast.rein.pk, [item.pk])
    reminders.send_due()
    assert (mail.outbox, Reminder.objects.count()) == ([], 0)


def test_comments_are_read_by_those_who_write_and_review(cast: Cast, signed_in: SignIn) -> None:
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    signed_in(cast.rein).post(
        f"/library/{item.pk}/comments/", {"text": "Is <b>this</b> so?", "about": "title", "from": "review"}
    )
    signed_in(cast.eda).post(f"/library/{item.pk}/comments/", {"text": "It is."})
    for who, where in ((cast.eda, f"/library/{item.pk}/"), (cast.rein, f"/review/{item.pk}/")):
        page = signed_in(who).get(where).content.decode()
        assert "Is &lt;b&gt;this&lt;/b&gt; so?" in page
        assert "It is." in page
    assert list(Comment.objects.values_list("version", "about")) == [(1, "title"), (1, "")]
    for wrong in (cast.sten, cast.liis, cast.viivi):
        with pytest.raises(PermissionDenied):
            comments.add(person=wrong, item=item, text="x")
    for text in (" ", "x" * 2001):
        with pytest.raises(ValidationError):
            comments.add(person=cast.eda, item=item, text=text)


def test_the_review_page_shows_what_is_different_from_what_is_live(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Robots", "Works without a single failure.", author=cast.eda)
    change = captions.change(person=cast.eda, caption=item.captions.get(), text="Works without a coffee break.").item
    items.change(
        person=cast.eda, item=change, audience=factories.audience(cast.kadri, "Riga people", location=["Riga"])
    )
    review.submit(person=cast.eda, item=change)
    page = signed_in(cast.rein).get(f"/review/{change.pk}/").content.decode()
    assert "<del>single failure.</del>" in page
    assert "coffee break.</ins" in page
    assert "<del>Everyone</del>" in page
    assert "2 changes" in page
    assert "single failure" in signed_in(cast.rein).get(f"/review/{change.pk}/?look=before").content.decode()
    after = signed_in(cast.rein).get(f"/review/{change.pk}/?look=after").content.decode()
    assert "coffee break" in after
    assert "single failure" not in after


def test_a_decision_without_its_reason_comes_back_with_the_page(cast: Cast, signed_in: SignIn) -> None:
    item = draft(cast)
    review.submit(person=cast.eda, item=item)
    browser = signed_in(cast.rein)
    answer = browser.post(f"/library/{item.pk}/return/", {"reason": " ", "version": "1"})
    assert answer.status_code == 422
    assert "Say what should change" in answer.content.decode()
    items.change(person=cast.eda, item=item, title="Newer")
    late = browser.post(f"/library/{item.pk}/approve/", {"reason": "My long words", "version": "1"})
    assert late.status_code == 422
    assert "My long words" in late.content.decode()
    assert browser.post(f"/library/{item.pk}/approve/", {"version": "2"})["Location"] == "/review/"


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_queue_costs_the_same_few_queries(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Any, rows: int
) -> None:
    row, now = two_steps(cast), timezone.now()
    Item.objects.bulk_create(
        Item(title=f"I {n}", url="https://x.example/", category=row, state="in_review", step="brand", due_at=now,
             author=cast.eda)
        for n in range(rows)
    )  # fmt: skip
    browser = signed_in(cast.rein)
    browser.get("/review/")
    with django_assert_num_queries(27):
        browser.get("/review/")


def test_only_managers_and_administrators_change_categories(cast: Cast, signed_in: SignIn) -> None:
    row = factories.category()
    for wrong in (cast.sten, cast.liis, cast.eda, cast.rein, cast.viivi):
        with pytest.raises(PermissionDenied):
            categories.save(person=wrong, category=row, names={"en": "x"}, look="product", shareable=True)
    form = {
        "name_en": "Products", "name_et": "Tooted", "look": "people", "position": "3", "shareable": "on",
        "steps-TOTAL_FORMS": "1", "steps-INITIAL_FORMS": "0", "steps-0-name_en": "Legal", "steps-0-name_et": "Õigus",
        "steps-0-days": "4", "steps-0-people": [str(cast.kadri.pk)],
    }  # fmt: skip
    assert signed_in(cast.kadri).post(f"/settings/categories/{row.pk}/", form).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.look, row.position) == ("Products", "people", 3)
    assert [(step.name, step.days, step.people) for step in steps.of(row)] == [("Legal", 4, (cast.kadri.pk,))]
    wrong_form = {**form, "name_en": "", "steps-0-days": "0", "steps-0-name_et": "Kept"}
    answer = signed_in(cast.aado).post(f"/settings/categories/{row.pk}/", wrong_form)
    assert answer.status_code == 422
    assert "Kept" in answer.content.decode()
    made = {**form, "name_en": "Partners", "steps-0-name_en": "", "steps-0-name_et": ""}
    assert signed_in(cast.aado).post("/settings/categories/new/", made).status_code == 302
    assert steps.of(Category.objects.get(slug="partners")) == [steps.ONLY]


def test_a_person_chooses_their_own_interests(cast: Cast, signed_in: SignIn) -> None:
    factories.category()
    factories.category("people")
    signed_in(cast.liis).post("/me/interests/", {"wish-product": "more", "wish-people": "none", "wish-gone": "more"})
    cast.liis.refresh_from_db()
    assert (cast.liis.interests, cast.liis.hidden) == (["product"], ["people"])


def test_a_company_of_one_approves_its_own(cast: Cast) -> None:
    Person.objects.exclude(pk=cast.kadri.pk).update(is_active=False)
    two_steps(cast)
    item = factories.item("Mine", "w", state="draft", author=cast.kadri)
    review.submit(person=cast.kadri, item=item)
    review.approve(person=cast.kadri, item=item)
    assert review.approve(person=cast.kadri, item=item)

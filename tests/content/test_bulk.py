"""Many items changed at once: each by its own rules, told what was left alone, taken back as one step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from kaja.audit.models import Line
from kaja.content import bulk, captions, items, library, review
from kaja.content.library import Filter
from kaja.content.models import BulkChange, Campaign, Category, Item, ReviewStep, Topic
from kaja.people import audiences
from kaja.people.models import Person, RoleGrant
from kaja.sharing import shares
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def three(**fields: object) -> list[Item]:
    return [factories.item(f"Item {n}", "Words", **fields) for n in range(3)]


def numbers(found: list[Item]) -> list[int]:
    return [item.pk for item in found]


def values(found: list[Item], name: str) -> list[object]:
    return list(Item.objects.filter(pk__in=numbers(found)).order_by("pk").values_list(name, flat=True))


def changes_of(found: list[Item], name: str) -> list[object]:
    """The same of their open changes."""
    return list(Item.objects.filter(replaces__in=numbers(found)).order_by("pk").values_list(name, flat=True))


def test_three_drafts_are_moved_to_another_category_and_taken_back(cast: Cast) -> None:
    found, people = three(state="draft"), factories.category("people")
    done = bulk.apply(person=cast.kadri, chosen=numbers(found), what="category", typed="people")
    assert values(found, "category__slug") == ["people"] * 3
    assert (done.rows.count(), done.left, done.value) == (3, [], people.name)
    assert bulk.back_to_review(done) == 0
    bulk.undo(person=cast.kadri, bulk=done)
    assert values(found, "category__slug") == ["product"] * 3
    assert Line.objects.filter(verb="item.put_back").count() == 3


@pytest.mark.parametrize("who", ["eda", "kadri"])
def test_what_is_changed_of_approved_posts_waits_for_review_and_they_stay_live_as_they_are(
    cast: Cast, who: str
) -> None:
    found, person = three(), getattr(cast, who)
    factories.category("people")
    done = bulk.apply(person=person, chosen=numbers(found), what="category", typed="people")
    assert (values(found, "state"), values(found, "category__slug")) == (["approved"] * 3, ["product"] * 3)
    assert (changes_of(found, "state"), changes_of(found, "category__slug")) == (["in_review"] * 3, ["people"] * 3)
    assert (done.rows.count(), bulk.back_to_review(done)) == (3, 3)
    bulk.undo(person=person, bulk=done)
    assert changes_of(found, "state") == []
    assert list(ReviewStep.objects.values_list("what", flat=True)).count("taken_back") == 3
    assert Line.objects.filter(verb="item.put_back").count() == 3


def test_what_a_reviewer_has_approved_meanwhile_is_not_taken_back(cast: Cast) -> None:
    item = factories.item("NW-7", "Words")
    factories.category("people")
    done = bulk.apply(person=cast.eda, chosen=[item.pk], what="category", typed="people")
    review.approve(person=cast.rein, item=Item.objects.get(replaces=item))
    assert values([item], "category__slug") == ["people"]
    assert bulk.undo(person=cast.eda, bulk=done).kept == [{"why": "It was changed meanwhile.", "items": [item.pk]}]
    assert values([item], "category__slug") == ["people"]


def test_a_change_that_somebody_is_writing_is_changed_too_and_not_sent_to_review(cast: Cast) -> None:
    item = factories.item("NW-7", "Words")
    factories.category("people")
    change = items.change(person=cast.eda, item=item, title="Half a tit")
    done = bulk.apply(person=cast.kadri, chosen=[item.pk, change.pk], what="category", typed="people")
    assert (done.rows.count(), done.left) == (1, [])  # the two rows are one post
    assert changes_of([item], "category__slug") == ["people"]
    assert changes_of([item], "state") == ["draft"]
    bulk.undo(person=cast.kadri, bulk=done)
    assert (changes_of([item], "category__slug"), changes_of([item], "title")) == (["product"], ["Half a tit"])


def test_words_changed_meanwhile_are_not_lost_by_taking_back(cast: Cast) -> None:
    item = factories.item("NW-7", "Words")
    factories.category("people")
    done = bulk.apply(person=cast.eda, chosen=[item.pk], what="category", typed="people")
    captions.add(person=cast.eda, item=item, language="en", text="Never seen by a reviewer")
    kept = bulk.undo(person=cast.eda, bulk=done).kept
    assert kept[0]["items"] == [item.pk]
    assert Item.objects.get(replaces=item).captions.filter(text="Never seen by a reviewer").exists()


def test_posts_changed_meanwhile_stay_and_are_told_and_nothing_is_taken_back_twice(cast: Cast) -> None:
    found = three(state="draft")
    done = bulk.apply(person=cast.kadri, chosen=numbers(found), what="ends", typed="")
    assert values(found, "live_until") == [None] * 3
    items.change(person=cast.kadri, item=found[1], title="Another title")
    undone = bulk.undo(person=cast.kadri, bulk=done)
    assert [until is None for until in values(found, "live_until")] == [False, True, False]
    assert [(one["why"], one["items"]) for one in undone.kept] == [("It was changed meanwhile.", [found[1].pk])]
    with pytest.raises(ValidationError, match="taken back already"):
        bulk.undo(person=cast.kadri, bulk=done)


def test_one_that_is_refused_holds_up_no_other(cast: Cast) -> None:
    live, draft, draft_too = (
        factories.item("Live"),
        factories.item("A", state="draft"),
        factories.item("B", state="draft"),
    )
    done = bulk.apply(person=cast.eda, chosen=[live.pk, draft.pk, draft_too.pk], what="submit")
    assert Item.objects.filter(state="in_review").count() == 2
    assert done.left == [{"why": "Only a draft can be sent to review.", "items": [live.pk]}]
    bulk.undo(person=cast.eda, bulk=done)
    assert Item.objects.filter(state="draft").count() == 2


def test_what_is_so_already_is_left_alone(cast: Cast) -> None:
    found = three()
    done = bulk.apply(person=cast.kadri, chosen=numbers(found), what="category", typed="product")
    assert (done.rows.count(), done.left[0]["why"], done.left[0]["items"]) == (0, "It is so already.", numbers(found))


def test_the_company_closes_a_day_at_its_end_on_its_own_clock(cast: Cast) -> None:
    item, day = factories.item(state="draft"), timezone.localdate() + timedelta(days=10)
    bulk.apply(person=cast.kadri, chosen=[item.pk], what="ends", typed=day.isoformat())
    item.refresh_from_db()
    assert item.live_until is not None
    assert timezone.localtime(item.live_until).strftime("%Y-%m-%d %H:%M") == f"{day} 23:59"


def test_topics_come_and_go_by_name_and_are_found(cast: Cast) -> None:
    found = three()
    Topic.objects.create(slug="robots", names={"en": "Robots", "et": "Robotid"})
    bulk.apply(person=cast.eda, chosen=numbers(found), what="topic_add", typed=" robotid ")
    new = bulk.apply(person=cast.eda, chosen=numbers(found)[:2], what="topic_add", typed="Külmad laod")
    assert Topic.objects.count() == 2
    assert library.items(Filter(topic="robots")).count() == 3
    assert library.items(Filter(words="külmad laod")).count() == 2
    bulk.undo(person=cast.eda, bulk=new)
    assert library.items(Filter(words="külmad laod")).count() == 0
    bulk.apply(person=cast.eda, chosen=numbers(found)[:1], what="topic_remove", typed="Robots")
    assert library.items(Filter(topic="robots")).count() == 2


def test_campaign_and_audience_are_set_and_taken_away(cast: Cast) -> None:
    found, campaign = three(state="draft"), factories.campaign()
    riga = audiences.everyone_or(teams=[], locations=["Riga"], languages=[])
    assert riga is not None
    bulk.apply(person=cast.kadri, chosen=numbers(found), what="campaign", typed=campaign.slug)
    set_for = bulk.apply(person=cast.kadri, chosen=numbers(found), what="audience", typed=str(riga.pk))
    assert values(found, "campaign") == [campaign.pk] * 3
    assert values(found, "audience") == [riga.pk] * 3
    bulk.apply(person=cast.kadri, chosen=numbers(found)[:1], what="audience", typed="everyone")
    undone = bulk.undo(person=cast.kadri, bulk=set_for)
    assert len(undone.kept) == 1
    bulk.apply(person=cast.kadri, chosen=numbers(found), what="campaign", typed="")
    assert values(found, "campaign") == [None] * 3


def test_which_campaign_a_post_is_in_needs_no_review_and_acts_at_once(cast: Cast) -> None:
    found, campaign = three(), factories.campaign()
    items.change(person=cast.eda, item=found[0], title="An open change")
    done = bulk.apply(person=cast.eda, chosen=numbers(found), what="campaign", typed=campaign.slug)
    assert (values(found, "campaign"), bulk.back_to_review(done)) == ([campaign.pk] * 3, 0)
    assert campaign.items.count() == 3  # a change of a post is not another post of the campaign
    bulk.undo(person=cast.eda, bulk=done)
    assert values(found, "campaign") == [None] * 3


def test_a_campaign_that_is_over_keeps_its_posts(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=2)
    over = factories.campaign("Over", begins_on=yesterday, ends_on=yesterday)
    item, running = factories.item(campaign=over), factories.campaign("Running")
    done = bulk.apply(person=cast.kadri, chosen=[item.pk], what="campaign", typed=running.slug)
    assert done.left == [{"why": "It is over. Its posts stay as they were.", "items": [item.pk]}]
    other = factories.item()
    done = bulk.apply(person=cast.kadri, chosen=[other.pk], what="campaign", typed=running.slug)
    Campaign.objects.filter(pk=running.pk).update(ended_at=timezone.now())
    assert bulk.undo(person=cast.kadri, bulk=done).kept[0]["why"] == "It is over. Its posts stay as they were."
    assert values([item, other], "campaign") == [over.pk, running.pk]


def test_what_it_had_before_may_be_gone(cast: Cast) -> None:
    campaign = factories.campaign()
    item = factories.item(campaign=campaign)
    done = bulk.apply(person=cast.kadri, chosen=[item.pk], what="campaign", typed="")
    campaign.delete()
    assert bulk.undo(person=cast.kadri, bulk=done).kept[0]["why"] == "What it had before is gone."


def test_evergreen_items_are_due_on_their_day_and_still_right_sets_the_next(cast: Cast) -> None:
    found = three()
    bulk.apply(person=cast.eda, chosen=numbers(found), what="evergreen", typed="")
    in_half_a_year = timezone.localdate() + timedelta(days=180)
    assert values(found, "refresh_on") == [in_half_a_year] * 3
    Item.objects.filter(pk=found[0].pk).update(refresh_on=timezone.localdate())
    assert list(library.items(Filter(validity="due"))) == [found[0]]
    assert library.counts().due == 1
    items.still_right(person=cast.eda, item=found[0])
    assert values(found, "refresh_on") == [in_half_a_year] * 3
    bulk.apply(person=cast.eda, chosen=numbers(found)[:1], what="ages")
    with pytest.raises(ValidationError, match="Only what is evergreen"):
        items.still_right(person=cast.eda, item=found[0])
    with pytest.raises(PermissionDenied):
        items.still_right(person=cast.rein, item=found[1])


def test_withdrawing_many_cancels_what_was_planned_and_taking_it_back_brings_the_posts_alone(cast: Cast) -> None:
    found = three()
    later = timezone.now() + timedelta(days=1)
    plan = factories.share(cast.liis, found[0], network="sandbox", state=State.PLANNED, at=later, published_at=None,
                           account=factories.account(cast.liis), way=Share.Way.API, confirmed="")  # fmt: skip
    done = bulk.apply(person=cast.rein, chosen=numbers(found), what="withdraw", typed="Wrong price")
    assert values(found, "state") == ["withdrawn"] * 3
    shares.cancel_planned(item=found[0].pk)  # what the worker does then
    bulk.undo(person=cast.rein, bulk=done)
    assert values(found, "state") == ["approved"] * 3
    plan.refresh_from_db()
    assert plan.state == State.CANCELLED


@pytest.mark.parametrize(
    ("what", "typed"),
    [
        ("", ""), ("explode", ""), ("category", "nothing"), ("category", ""), ("campaign", "nothing"), ("audience", "9" * 30),
        ("audience", "x"), ("ends", "yesterday"), ("ends", "2026-02-31"), ("ends", "2020-01-01"), ("ends", "9999-12-31"),
        ("evergreen", "2020-01-01"), ("evergreen", "9999-12-31"), ("evergreen", "x"), ("topic_add", " "), ("topic_add", "!!"),
        ("topic_add", "x" * 51), ("topic_remove", "nobody knows it"),
    ],
)  # fmt: skip
def test_values_that_make_no_sense_are_refused_in_words(cast: Cast, what: str, typed: str) -> None:
    found = three()
    before = values(found, "updated_at")
    with pytest.raises(ValidationError, match=r"[.?]"):
        bulk.apply(person=cast.kadri, chosen=numbers(found), what=what, typed=typed)
    assert values(found, "updated_at") == before


def test_none_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Choose some posts"):
        bulk.apply(person=cast.kadri, chosen=[], what="ages")


# --- more than are changed while one waits ----------------------------------------------------------------------------
@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than four is many, and three are done at a time."""
    monkeypatch.setattr(bulk, "MOST", 4)
    monkeypatch.setattr(bulk, "PART", 3)


def many(count: int = 8) -> list[Item]:
    return [factories.item(f"Item {n}", evergreen=n % 2 == 0) for n in range(count)]


def work(most: int = 100) -> int:
    """The jobs that are enqueued, one after the other, each twice as after a crash; how many there were."""
    for count in range(most):
        job = DBTaskResult.objects.order_by("enqueued_at").first()
        if job is None:
            return count
        given = job.args_kwargs["kwargs"]
        for _twice in range(2):
            import_string(given["function"])(**given["arguments"])
        job.delete()
    return most


@pytest.mark.usefixtures("few")
def test_many_are_changed_part_by_part_and_put_back_part_by_part(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found = many()
    done = bulk.apply(person=cast.kadri, chosen=numbers(found), what="ages")
    assert (done.total, done.done, done.finished_at) == (8, 0, None)
    with pytest.raises(ValidationError, match="still under way"):
        bulk.undo(person=cast.kadri, bulk=done)
    assert work(1) == 1
    done.refresh_from_db()
    assert (done.done, done.running) == (3, True)
    work()
    done.refresh_from_db()
    assert (done.done, done.running, done.rows.count()) == (8, False, 4)
    assert done.left == [{"why": "It is so already.", "items": [one.pk for one in found if not one.evergreen]}]
    assert not Item.objects.filter(evergreen=True).exists()
    before = done.rows.count()
    monkeypatch.setattr(bulk, "MOST", before - 1)
    bulk.undo(person=cast.kadri, bulk=done)
    done.refresh_from_db()
    assert (done.taking_back, done.undone_at) == (True, None)
    work()
    done.refresh_from_db()
    assert done.undone_at is not None
    assert done.undone == before
    assert Item.objects.filter(evergreen=True).count() == before


@pytest.mark.usefixtures("few")
def test_a_change_under_way_is_stopped_and_what_was_done_is_put_back(cast: Cast, signed_in: SignIn) -> None:
    found, browser = many(), signed_in(cast.kadri)
    answer = browser.post("/library/bulk/", {"all": "1", "what": "ages"})
    work(1)
    shown = browser.get(answer["Location"]).content.decode()
    assert "3 of 8 posts were gone through" in shown
    assert 'hx-trigger="every 2s"' in shown
    assert signed_in(cast.eda).post(f"{answer['Location']}stop/").status_code == 404
    browser.post(f"{answer['Location']}stop/")
    work()
    shown = " ".join(browser.get(answer["Location"]).content.decode().split())
    assert "It was stopped after 3 of 8 posts." in shown
    assert 'hx-trigger="every' not in shown
    assert Item.objects.filter(evergreen=True).count() == 2
    browser.post(f"{answer['Location']}undo/")
    work()
    assert Item.objects.filter(evergreen=True).count() == 4
    assert len(found) == 8


@pytest.mark.usefixtures("few")
def test_what_is_gone_meanwhile_or_no_longer_allowed_ends_it_with_a_reason(cast: Cast) -> None:
    found, other = many(), factories.category("other")
    done = bulk.apply(person=cast.kadri, chosen=numbers(found), what="category", typed="other")
    Category.objects.filter(pk=other.pk).delete()
    work()
    done.refresh_from_db()
    assert (done.rows.count(), done.running, done.left[0]["why"]) == (0, False, "Choose a category.")
    again = bulk.apply(person=cast.eda, chosen=numbers(found), what="ages")
    RoleGrant.objects.filter(person=cast.eda, role="editor").delete()
    work()
    again.refresh_from_db()
    assert (again.rows.count(), again.left[0]["why"]) == (0, "You may not do this any more.")


def test_who_may_not_change_may_not_change_many(cast: Cast) -> None:
    item = factories.item()
    for someone in (cast.liis, cast.viivi, cast.aado, cast.sten):
        for what in bulk.ACTIONS:
            with pytest.raises(PermissionDenied):
                bulk.apply(person=someone, chosen=[item.pk], what=what)
    with pytest.raises(PermissionDenied):
        bulk.apply(person=cast.rein, chosen=[item.pk], what="ages")
    done = bulk.apply(person=cast.eda, chosen=[item.pk], what="ends", typed="")
    with pytest.raises(PermissionDenied):
        bulk.undo(person=cast.kadri, bulk=done)  # only whoever did it
    assert list(bulk.offered(cast.rein)) == ["withdraw"]
    assert bulk.offered(cast.liis) == {}


def test_the_page_asks_does_tells_and_takes_back(cast: Cast, signed_in: SignIn) -> None:
    found, browser = three(), signed_in(cast.kadri)
    factories.campaign("Quiet Week")
    asked = browser.get("/library/bulk/", {"item": numbers(found)[:2]}).content.decode()
    assert "Change 2 posts" in asked
    refused = browser.post("/library/bulk/", {"item": numbers(found)[:2], "what": "ends", "to_ends": "2020-01-01"})
    assert refused.status_code == 422
    assert 'value="2020-01-01"' in refused.content.decode()  # nothing typed is lost
    answer = browser.post(
        "/library/bulk/", {"item": numbers(found)[:2], "what": "campaign", "to_campaign": "quiet-week"}
    )
    done = BulkChange.objects.get()
    assert answer["Location"] == f"/library/bulk/{done.pk}/"
    told = browser.get(answer["Location"]).content.decode()
    assert "2 posts changed" in told
    assert "Set the campaign: Quiet Week" in told
    browser.post(f"/library/bulk/{done.pk}/undo/")
    assert "Taken back" in browser.get(answer["Location"]).content.decode()
    assert values(found, "campaign") == [None] * 3


def test_everything_that_fits_the_address_is_changed_and_nothing_else(cast: Cast, signed_in: SignIn) -> None:
    found = three()
    factories.item("Other", category=factories.category("people"))
    form = {"all": "1", "category": "product", "what": "ages"}
    assert "Change 3 posts" in signed_in(cast.kadri).get("/library/bulk/?all=1&category=product").content.decode()
    Item.objects.update(evergreen=True, refresh_on=date(2030, 1, 1))
    signed_in(cast.kadri).post("/library/bulk/", form)
    assert values(found, "evergreen") == [False] * 3
    assert Item.objects.get(title="Other").evergreen


def test_odd_choices_of_posts_break_nothing(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.kadri)
    for query in (
        "item=x",
        "item=-1",
        "item=" + "9" * 40,
        "item=%F0%9F%98%80",
        "all=1&author=x",
        "all=1&words=!!!",
        "",
    ):
        assert "No post is chosen" in browser.get(f"/library/bulk/?{query}").content.decode()

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone, translation

from kaja import memory
from kaja.audit.models import Line
from kaja.content import campaigns
from kaja.content.models import Campaign, Item
from kaja.networks.catalogue import BY_KEY
from kaja.people import audiences
from kaja.people.models import Company
from kaja.sharing import shares
from tests import factories
from tests.cast import Cast

TODAY = timezone.localdate


def draft(cast: Cast, name: str = "Hiring winter", **fields: Any) -> Campaign:
    days = {"begins_on": TODAY() + timedelta(days=3), "ends_on": TODAY() + timedelta(days=10)}
    return campaigns.create(person=cast.eda, name=name, **{**days, **fields})


def ready(cast: Cast) -> Campaign:
    made = draft(cast, about="Twelve engineers are missing.", metric="shares", target=90)
    campaigns.add_items(person=cast.eda, campaign=made, items=[factories.item(f"Post {n}", "Words") for n in range(3)])
    return made


def test_an_editor_prepares_a_campaign_and_its_name_makes_the_name_in_links(cast: Cast) -> None:
    first, second = draft(cast, "Töö Riias!"), draft(cast, "Töö Riias!", hashtag="#TööRiias")
    assert (first.slug, second.slug) == ("too-riias", "too-riias-2")
    assert second.hashtag == "TööRiias"
    assert campaigns.stage(first) == "draft"
    assert draft(cast, "New").slug == "new-2"
    assert Line.objects.filter(verb="campaign.created").count() == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"ends_on": date(2020, 1, 1)},
        {"ends_on": timezone.localdate() + timedelta(days=900)},
        {"ends_on": date(2199, 1, 2), "begins_on": date(2199, 1, 1)},
        {"hashtag": "Quiet Week"},
        {"slug": "Quiet Week"},
        {"slug": "new"},
        {"metric": "likes"},
        {"target": 0},
        {"translations": {"xx": {"name": "X"}}},
        {"translations": {"et": {"slug": "X"}}},
        {"about": "x" * 401},
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        draft(cast, **wrong)
    assert set(refused.value.message_dict) == set(list(wrong)[-1:])


def test_nobody_but_editors_prepares_and_nobody_but_managers_starts(cast: Cast) -> None:
    made = ready(cast)
    for person in (cast.liis, cast.rein, cast.viivi, cast.aado, cast.sten):
        with pytest.raises(PermissionDenied):
            campaigns.create(person=person, name="Mine", begins_on=TODAY(), ends_on=TODAY())
        with pytest.raises(PermissionDenied):
            campaigns.change(person=person, campaign=made, name="Mine")
        with pytest.raises(PermissionDenied):
            campaigns.add_items(person=person, campaign=made, items=[])
        with pytest.raises(PermissionDenied):
            campaigns.remove_item(person=person, campaign=made, item=factories.item())
        with pytest.raises(PermissionDenied):
            campaigns.remove(person=person, campaign=made)
    for person in (cast.eda, cast.rein, cast.liis):
        with pytest.raises(PermissionDenied):
            campaigns.start(person=person, campaign=made)
        with pytest.raises(PermissionDenied):
            campaigns.end(person=person, campaign=made)


def test_what_is_missing_is_a_list_of_sentences_and_stands_between_it_and_its_start(cast: Cast) -> None:
    made = draft(cast)
    assert len(campaigns.missing(made)) == 3
    with pytest.raises(ValidationError) as refused:
        campaigns.start(person=cast.kadri, campaign=made)
    assert refused.value.messages == campaigns.missing(made)
    item = factories.item("Only one", "Words", state=Item.State.DRAFT)
    campaigns.add_items(person=cast.eda, campaign=made, items=[item])
    campaigns.change(person=cast.eda, campaign=made, about="Why", metric="people", target=5)
    made.refresh_from_db()
    assert campaigns.missing(made) == ["None of its posts is approved or in review yet."]
    Item.objects.filter(pk=item.pk).update(state=Item.State.IN_REVIEW)
    assert campaigns.missing(made) == []
    said = [one.sentence for one in campaigns.checks(made) if not one.fine]
    assert "Only 1 post is approved or in review. Three give people a choice." in said
    assert "1 post has no words in Eesti." in said


def test_a_campaign_says_with_whom_it_overlaps_and_which_posts_end_too_early(cast: Cast) -> None:
    made = ready(cast)
    factories.campaign("Quiet Week")
    Item.objects.filter(campaign=made).update(live_until=timezone.now() + timedelta(hours=1))
    said = " ".join(one.sentence for one in campaigns.checks(made) if not one.fine)
    assert "at the same time as Quiet Week" in said
    assert "3 posts end before the campaign begins." in said


def test_stages_follow_from_the_start_and_the_days_on_the_companys_clock(cast: Cast) -> None:
    made = campaigns.start(person=cast.kadri, campaign=ready(cast))
    days = {-1: "coming", 0: "running", 7: "running", 8: "over"}
    assert {by: campaigns.stage(made, made.begins_on + timedelta(days=by)) for by in days} == days
    for stage in campaigns.STAGES:
        for by in days:
            day = made.begins_on + timedelta(days=by)
            found = Campaign.objects.filter(campaigns.in_stage(stage, day)).exists()
            assert found == (campaigns.stage(made, day) == stage)
    Company.objects.update(time_zone="Pacific/Kiritimati")
    memory.forget("company")
    there = campaigns.today()
    Company.objects.update(time_zone="Pacific/Pago_Pago")
    memory.forget("company")
    assert there > campaigns.today()


def test_a_running_campaign_is_ended_early_and_a_coming_one_becomes_a_draft_again(cast: Cast) -> None:
    made = campaigns.start(person=cast.kadri, campaign=ready(cast))
    back = campaigns.end(person=cast.kadri, campaign=made)
    assert campaigns.stage(back) == "draft"
    campaigns.change(person=cast.eda, campaign=back, begins_on=TODAY())
    campaigns.start(person=cast.kadri, campaign=back)
    over = campaigns.end(person=cast.kadri, campaign=back)
    assert (campaigns.stage(over), over.ends_on) == ("over", campaigns.today())
    for verb in (campaigns.end, campaigns.start):
        with pytest.raises(ValidationError):
            verb(person=cast.kadri, campaign=over)


def test_once_started_an_editor_changes_no_promise_and_a_manager_no_past(cast: Cast) -> None:
    running = factories.campaign(metric="shares", target=10)
    with pytest.raises(PermissionDenied):
        campaigns.change(person=cast.eda, campaign=running, target=20)
    campaigns.change(person=cast.kadri, campaign=running, target=20, ends_on=TODAY() + timedelta(days=20))
    wrongs: list[dict[str, Any]] = [{"begins_on": TODAY()}, {"ends_on": TODAY() - timedelta(days=1)}]
    for wrong in wrongs:
        with pytest.raises(ValidationError) as refused:
            campaigns.change(person=cast.kadri, campaign=running, **wrong)
        assert set(refused.value.message_dict) == set(wrong)
    over = campaigns.end(person=cast.kadri, campaign=running)
    campaigns.change(person=cast.kadri, campaign=over, thanks="Thank you all.")
    laters: list[dict[str, Any]] = [{"target": 5}, {"ends_on": TODAY() + timedelta(days=30)}, {"metric": "clicks"}]
    for later in laters:
        with pytest.raises(ValidationError):
            campaigns.change(person=cast.kadri, campaign=over, **later)


def test_two_editors_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    made = draft(cast)
    seen = made.updated_at.isoformat()
    campaigns.change(person=cast.eda, campaign=made, about="First", seen=seen)
    with pytest.raises(ValidationError, match="Somebody else"):
        campaigns.change(person=cast.kadri, campaign=made, about="Second", seen=seen)


def test_the_name_in_links_can_change_until_a_link_carries_it(cast: Cast) -> None:
    made = ready(cast)
    made = campaigns.change(person=cast.eda, campaign=made, slug="winter")
    item = made.items.first()
    assert item is not None
    shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["linkedin"], text="Mine")
    with pytest.raises(ValidationError, match="carry this name"):
        campaigns.change(person=cast.eda, campaign=made, slug="winter-2027")
    for one in made.items.all():
        campaigns.remove_item(person=cast.eda, campaign=made, item=one)
    with pytest.raises(ValidationError, match="carry its name"):
        campaigns.remove(person=cast.eda, campaign=made)


def test_an_item_is_in_one_campaign_and_stays_in_one_that_is_over(cast: Cast) -> None:
    made, other = ready(cast), draft(cast, "Other")
    item = made.items.all()[0]
    with pytest.raises(ValidationError, match="Hiring winter"):
        campaigns.add_items(person=cast.eda, campaign=other, items=[item])
    news = factories.item("News", category=factories.category("internal", shareable=False))
    with pytest.raises(ValidationError, match="cannot be shared"):
        campaigns.add_items(person=cast.eda, campaign=other, items=[news])
    Campaign.objects.filter(pk=made.pk).update(started_at=timezone.now(), ended_at=timezone.now())
    with pytest.raises(ValidationError, match="It is over"):
        campaigns.remove_item(person=cast.eda, campaign=made, item=item)
    with pytest.raises(ValidationError, match="It is over"):
        campaigns.add_items(person=cast.eda, campaign=made, items=[factories.item("Late")])


def test_only_a_draft_on_which_nothing_hangs_is_removed(cast: Cast) -> None:
    made = ready(cast)
    with pytest.raises(ValidationError, match="posts in it"):
        campaigns.remove(person=cast.eda, campaign=made)
    for item in made.items.all():
        campaigns.remove_item(person=cast.eda, campaign=made, item=item)
    campaigns.remove(person=cast.eda, campaign=made)
    assert not Campaign.objects.exists()
    with pytest.raises(ValidationError, match="people have seen it"):
        campaigns.remove(person=cast.kadri, campaign=factories.campaign())


def test_people_see_what_was_started_and_is_meant_for_them(cast: Cast) -> None:
    made = ready(cast)
    riga = audiences.everyone_or(teams=(), locations=("Riga",), languages=())
    seen = {name: set(campaigns.seen_by(getattr(cast, name))) for name in ("liis", "eda", "rein", "viivi")}
    assert seen == {"liis": set(), "eda": {made}, "rein": {made}, "viivi": set()}
    campaigns.start(person=cast.kadri, campaign=made)
    Item.objects.filter(campaign=made).update(audience=riga)
    seen = {name: set(campaigns.seen_by(getattr(cast, name))) for name in ("liis", "mart", "viivi", "sten")}
    assert seen == {"liis": set(), "mart": {made}, "viivi": {made}, "sten": set()}


def test_its_words_come_in_the_readers_language_and_fall_back_to_the_companys(cast: Cast) -> None:
    made = draft(cast, about="Why", translations={"et": {"name": "Värbamistalv"}})
    with translation.override("et"):
        assert (made.title, made.why) == ("Värbamistalv", "Why")
    with translation.override("en"):
        assert made.title == "Hiring winter"


@pytest.mark.parametrize("posts", [3, 60])
def test_checks_cost_the_same_queries_for_few_and_for_many_posts(
    cast: Cast, django_assert_num_queries: Callable[..., Any], posts: int
) -> None:
    made = draft(cast)
    campaigns.add_items(person=cast.eda, campaign=made, items=[factories.item(f"Post {n}", "W") for n in range(posts)])
    with django_assert_num_queries(3):
        campaigns.checks(made)

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from kaja.content import library, saved, sources
from kaja.content.library import Filter
from kaja.content.models import Feed, FeedEntry, FeedReading, Item
from kaja.demo import filling
from kaja.demo.filling import fill
from kaja.links.models import Click, LinkDay
from kaja.measurement.models import HeadCount
from kaja.networks.models import SandboxPost
from kaja.people.models import Person
from kaja.people.roles import Role
from kaja.sharing.models import Share

pytestmark = pytest.mark.django_db


@pytest.fixture
def nordwind() -> None:
    fill(people=120, days=30, seed=7)


@pytest.mark.usefixtures("nordwind")
def test_the_people_everybody_knows_are_there_and_every_role_is_held() -> None:
    liis = Person.objects.get(email="liis.tamm@nordwind.example")
    assert liis.roles == {"advocate"}
    assert "manager" in Person.objects.get(email="kadri.magi@nordwind.example").roles
    assert all(Person.objects.with_role(role).exists() for role in Role)


@pytest.mark.usefixtures("nordwind")
def test_roll_ups_are_the_sums_of_the_clicks_and_clicks_come_after_their_share() -> None:
    clicks = Counter(Click.objects.values_list("kind", flat=True))
    sums = LinkDay.objects.aggregate(person=Sum("person"), own=Sum("own"), repeat=Sum("repeat"), preview=Sum("preview"))
    assert clicks["person"] > 100
    assert sums == {kind: clicks[kind] for kind in ("person", "own", "repeat", "preview")}
    assert not LinkDay.objects.filter(visitors__gt=F("person")).exists()
    begun = dict(Share.objects.values_list("link", "published_at"))
    for click in Click.objects.all():
        published = begun[click.link_id]
        assert published is not None
        assert published <= click.at


@pytest.mark.usefixtures("nordwind")
def test_nobody_shares_what_is_not_meant_for_them_or_has_not_begun() -> None:
    for share in Share.objects.select_related("item", "person"):
        assert share.item.live_from is not None
        assert share.item.live_from <= share.created_at
        assert share.person.joined_at is not None
        assert share.person.joined_at <= share.created_at
        assert Item.objects.for_person(share.person).filter(pk=share.item_id).exists()


@pytest.mark.usefixtures("nordwind")
def test_every_sandbox_share_has_its_post_there() -> None:
    gone_out = Share.objects.filter(network="sandbox").exclude(state__in=("planned", "waiting"))
    assert set(gone_out.values_list("record_key", flat=True)) == set(SandboxPost.objects.values_list("key", flat=True))


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[tuple[str, str, str]]:
        with transaction.atomic():
            fill(people=40, days=20, seed=seed)
            told = list(Share.objects.order_by("id").values_list("person__email", "item__title", "text"))
            transaction.set_rollback(True)
        return [(email, title, text.rsplit("/", 1)[0]) for email, title, text in told]

    first = story(3)
    assert first == story(3)
    assert first != story(4)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-25T21:50:00+00:00",  # ten to midnight in Tallinn, the summer's hour ended within the period
        "2026-11-25T22:10:00+00:00",
        "2026-11-25T23:59:59+00:00",
        "2026-10-25T01:30:00+00:00",  # the hour that comes twice
        "2026-03-29T01:00:00+00:00",  # the hour that is left out
        "2028-02-29T12:00:00+00:00",
        "2027-01-01T00:00:00+00:00",
    ],
)
def test_the_story_can_be_told_at_any_hour(moment: str) -> None:
    now = datetime.fromisoformat(moment)
    fill(people=30, days=90, now=now)
    days = set(HeadCount.objects.filter(team=None).values_list("day", flat=True))
    assert days == {now.date() - timedelta(days=back) for back in range(1, 91)}


def test_real_people_are_never_mixed_with_invented_ones() -> None:
    Person.objects.create(email="real@company.example", first_name="Real")
    with pytest.raises(filling.NotEmpty):
        fill(people=20, days=5)
    assert Person.objects.count() == 1


@pytest.mark.usefixtures("nordwind")
def test_sources_stand_with_rules_and_a_log_one_fails_and_none_is_ever_fetched() -> None:
    looks = sorted(sources.health(feed).look for feed in sources.index())
    assert looks == ["bad", "ok", "ok", "warn"]
    assert Feed.objects.get(holds="jobs").rules.count() == 4
    assert FeedReading.objects.filter(outcome="failed").exists()
    assert not Feed.objects.filter(next_read_at__lt=timezone.now() + timedelta(days=365)).exists()
    assert FeedEntry.objects.filter(fate="kept", item__isnull=True).count() == 0


@pytest.mark.usefixtures("nordwind")
def test_the_library_is_kept_stories_have_topics_one_is_late_for_a_refresh_and_all_are_found() -> None:
    kadri = Person.objects.get(first_name="Kadri")
    assert library.items(Filter(topic="robots")).count() > 5
    assert [item.title for item in library.items(Filter(validity="due"))] == [
        "Our safety report, with the two incidents in it"
    ]
    assert library.items(Filter(words="robotitega laos")).exists()
    assert len(saved.of(kadri)) == 3

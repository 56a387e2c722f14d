import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError

from kaja import memory
from kaja.content import campaigns, items, library, own_posts, review
from kaja.content.library import Filter
from kaja.content.models import Item
from kaja.hub import feed
from kaja.measurement import own, periods, rollups
from kaja.people.models import Company, Person
from tests import factories
from tests.cast import Cast

TEXT = "Lunch with the perception team.\n\nSomebody brought a mirror. #NordwindTeam"


def post(person: Person, text: str = TEXT, **fields: object) -> Item:
    fields = {"category": factories.category(), "language": "en", **fields}
    return own_posts.write(person=person, text=text, **fields)  # type: ignore[arg-type]


def no_review() -> None:
    Company.objects.update(own_posts_reviewed=False)
    memory.forget("company")


def test_an_own_post_waits_for_a_reviewer_and_its_author_is_told(cast: Cast) -> None:
    mine = post(cast.liis)
    assert (mine.state, mine.title) == (Item.State.IN_REVIEW, "Lunch with the perception team.")
    assert list(review.waiting()) == [mine]
    review.approve(person=cast.rein, item=mine)
    own_posts.tell_approved(item=mine.pk)
    assert mail.outbox[-1].to == [cast.liis.email]
    assert f"/share/{mine.pk}/" in mail.outbox[-1].body
    assert [card.item for card in feed.read(cast.liis).cards] == [mine]


def test_where_the_company_wants_no_review_it_is_ready_at_once(cast: Cast) -> None:
    no_review()
    assert post(cast.liis).status == "live"


def test_nobody_elses_feed_shows_it_nor_can_they_share_or_open_it(cast: Cast, client: object) -> None:
    no_review()
    mine = post(cast.liis)
    assert feed.read(cast.mart).cards == []
    assert feed.why(cast.mart, mine.pk) is None
    assert not Item.objects.live().for_person(cast.mart).exists()


def test_a_returned_post_is_changed_and_sent_again_by_its_author_alone(cast: Cast) -> None:
    mine = post(cast.liis)
    review.return_(person=cast.rein, item=mine, reason="Leave the customer’s name out.")
    own_posts.tell_returned(item=mine.pk)
    assert "Leave the customer’s name out." in mail.outbox[-1].body
    with pytest.raises(PermissionDenied):
        post(cast.mart, post=mine)
    post(cast.liis, "Without a name. #NordwindTeam", post=mine)
    mine.refresh_from_db()
    assert (mine.state, mine.body) == (Item.State.IN_REVIEW, "Without a name. #NordwindTeam")
    assert [words.text for words in mine.captions.all()] == ["Without a name. #NordwindTeam"]
    review.approve(person=cast.rein, item=mine)
    with pytest.raises(ValidationError, match="approved"):
        post(cast.liis, "Something else", post=mine)


def test_taking_back_removes_what_nobody_approved_and_withdraws_what_somebody_did(cast: Cast) -> None:
    draft, live = post(cast.liis), post(cast.liis)
    review.approve(person=cast.rein, item=live)
    with pytest.raises(PermissionDenied):
        own_posts.remove(person=cast.mart, post=draft)
    for one in (draft, live):
        own_posts.remove(person=cast.liis, post=one)
    assert [item.state for item in Item.objects.all()] == [Item.State.WITHDRAWN]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"url": "ftp://x"}, "url"),
        ({"language": "Klingon"}, "language"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(cast: Cast, fields: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        post(cast.liis, **fields)
    assert field in refused.value.message_dict


def test_internal_news_is_no_category_for_it(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Internal"):
        post(cast.liis, category=factories.category("internal", shareable=False))


def test_an_editor_makes_a_draft_for_everybody_with_credit_and_the_post_stays(cast: Cast) -> None:
    mine = post(cast.liis)
    with pytest.raises(PermissionDenied):
        own_posts.for_everybody(person=cast.mart, post=mine)
    made = own_posts.for_everybody(person=cast.eda, post=mine)
    assert (made.original, made.credit, made.state) == (False, cast.liis, Item.State.DRAFT)
    assert made.captions.get().text == TEXT
    mine.refresh_from_db()
    assert mine.original


def test_whoever_may_not_share_writes_no_post(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        post(cast.viivi)


@pytest.mark.parametrize(
    ("text", "carries"),
    [
        ("A day #NordwindTeam", True),
        ("#nordwindteam, a day", True),
        ("A day #NordwindTeams", False),
        ("x#NordwindTeam", False),
        ("A day", False),
    ],
)
def test_the_companys_hashtag_is_a_whole_word(cast: Cast, text: str, carries: bool) -> None:
    assert own_posts.carries_hashtag(text) is carries


def test_it_counts_for_the_company_when_what_went_out_carries_the_hashtag(cast: Cast) -> None:
    no_review()
    mine, other = post(cast.liis), factories.item()
    for item, text in ((mine, "Lunch #NordwindTeam"), (mine, "Lunch, without"), (other, "Their story #NordwindTeam")):
        factories.share(cast.liis, item, text=text, network="x" if "without" in text else "linkedin", link=None)
    figure = own.read(cast.liis).own_posts(periods.of("month", rollups.today()))
    assert (figure.value, figure.provenance) == (1, "measured")


def test_an_own_post_is_not_in_the_library_nor_a_reason_to_refuse_a_find(cast: Cast) -> None:
    own = factories.item("My lunch", original=True, author=cast.liis, url="https://nordwind.example/lunch")
    assert library.counts().all == 0
    assert list(library.items(Filter())) == []
    assert items.suggest(person=cast.mart, address=own.url, title="Lunch", category=own.category).url == own.url
    with pytest.raises(ValidationError, match="own post"):
        campaigns.add_items(person=cast.eda, campaign=factories.campaign(), items=[own])

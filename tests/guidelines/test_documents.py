from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kaja.audit.models import Line
from kaja.guidelines import differences, documents, pieces, publication
from kaja.guidelines.models import Edition
from kaja.guidelines.starters import STARTERS, Answers
from tests.cast import Cast
from tests.guidelines.writing import ANSWERS, adopted, next_version, published, words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("starter", STARTERS)
def test_a_template_is_filled_in_with_the_companys_names_in_both_languages(cast: Cast, starter: str) -> None:
    draft = documents.adopt(person=cast.eda, starter=starter, answers=ANSWERS)
    for language in pieces.LANGUAGES:
        told = "\n".join(differences.told(one, language) for name in pieces.DOCUMENTS for one in draft.content[name])
        assert "Nordwind Robotics" in told
        assert "#NordwindTeam" in told
        assert "Priit Oja" in told
        assert "{" not in told
    assert not [one for name in pieces.DOCUMENTS for one in draft.content[name] if pieces.silent(one, "et")]


def test_adoption_says_field_by_field_what_is_missing(cast: Cast) -> None:
    with pytest.raises(ValidationError) as caught:
        documents.adopt(person=cast.eda, starter="short", answers=Answers(" ", "", "#", "", ""))
    assert set(caught.value.message_dict) == {"company", "hashtag", "contact"}
    assert documents.draft() is None


def test_adoption_never_overwrites_a_draft_that_somebody_is_writing(cast: Cast) -> None:
    adopted(cast.eda)
    with pytest.raises(ValidationError, match="draft already"):
        adopted(cast.kadri)


def test_a_piece_is_added_written_moved_and_removed_each_with_its_line_in_the_audit_trail(cast: Cast) -> None:
    documents.begin(person=cast.eda)
    first = documents.add(person=cast.eda, document="policy", kind="text")
    second = documents.add(person=cast.eda, document="policy", kind="rule")
    documents.change(person=cast.eda, piece=first, given=words(title="One", text="Two"))
    documents.move(person=cast.eda, piece=second, to=0)
    draft = documents.draft()
    assert draft is not None
    assert [one["id"] for one in draft.content["policy"]] == [second, first]
    assert draft.content["policy"][1]["words"]["et"]["title"] == "One"
    documents.remove(person=cast.eda, piece=second)
    draft.refresh_from_db()
    assert [one["id"] for one in draft.content["policy"]] == [first]
    verbs = list(Line.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        "guidelines.begun", "guidelines.piece_added", "guidelines.piece_added", "guidelines.piece_changed",
        "guidelines.piece_moved", "guidelines.piece_removed",
    ]  # fmt: skip


def test_two_editors_of_one_piece_notice_each_other(cast: Cast) -> None:
    piece = adopted(cast.eda).content["policy"][0]
    seen = documents.stamp(piece)
    documents.change(person=cast.eda, piece=piece["id"], given=words(title="Eda", text="x"), seen=seen)
    with pytest.raises(ValidationError, match="Somebody else"):
        documents.change(person=cast.kadri, piece=piece["id"], given=words(title="Kadri", text="x"), seen=seen)


def test_what_is_published_is_the_next_version_and_the_old_one_stays_as_it_was(cast: Cast) -> None:
    first = published(cast.eda)
    second = next_version(cast.kadri, matters=True)
    assert (first.number, second.number) == (1, 2)
    assert documents.current() == second
    assert documents.version(1).content == first.content
    assert documents.draft() is None


def test_a_version_may_begin_later_and_the_old_one_is_in_force_until_then(cast: Cast) -> None:
    first = published(cast.eda)
    draft = documents.begin(person=cast.eda)
    documents.remove(person=cast.eda, piece=draft.content["policy"][0]["id"])
    documents.publish(person=cast.eda, matters=True, begins=timezone.now() + timedelta(days=3))
    assert documents.current() == first
    assert Edition.objects.in_force(timezone.now() + timedelta(days=4))[0].number == 2
    documents.begin(person=cast.eda, content=first.content)
    with pytest.raises(ValidationError, match="begins later"):
        documents.publish(person=cast.eda, matters=False)


@pytest.mark.parametrize("when", ["empty", "silent", "unchanged", "far away"])
def test_what_makes_no_sense_is_not_published(cast: Cast, when: str) -> None:
    if when == "empty":
        documents.begin(person=cast.eda)
    elif when == "silent":
        documents.begin(person=cast.eda)
        documents.add(person=cast.eda, document="style", kind="colours")
    elif when == "unchanged":
        published(cast.eda)
        documents.begin(person=cast.eda)
    else:
        adopted(cast.eda)
    begins = timezone.now() + timedelta(days=4000) if when == "far away" else None
    with pytest.raises(ValidationError):
        documents.publish(person=cast.eda, matters=True, begins=begins)
    assert Edition.objects.filter(state="draft").exists()


def test_an_older_version_is_restored_as_a_draft_and_comes_into_force_when_published(cast: Cast) -> None:
    first = published(cast.eda)
    next_version(cast.eda, matters=True)
    documents.restore(person=cast.eda, number=1)
    third = documents.publish(person=cast.eda, matters=False)
    assert third.number == 3
    assert third.content == first.content


def test_the_difference_names_each_piece_and_marks_the_words(cast: Cast) -> None:
    first = published(cast.eda)
    draft = documents.begin(person=cast.eda)
    gone, kept = draft.content["policy"][0], draft.content["policy"][2]
    documents.remove(person=cast.eda, piece=gone["id"])
    documents.change(
        person=cast.eda, piece=kept["id"],
        given={"words": {**kept["words"], "en": {**kept["words"]["en"], "title": "Use your very own words"}}},
    )  # fmt: skip
    new = documents.add(person=cast.eda, document="policy", kind="text")
    documents.change(person=cast.eda, piece=new, given=words(title="New here", text="Yes"))
    draft.refresh_from_db()
    found = differences.between(first.content, draft.content, "en")
    assert [(one.what, one.title) for one in found] == [
        ("changed", "Use your very own words"), ("added", "New here"), ("removed", gone["words"]["en"]["title"]),
    ]  # fmt: skip
    assert "".join(part.words for part in found[0].parts if part.what == "+").split() == ["very"]
    assert [one.what for one in differences.between(first.content, draft.content, "et")] == ["added", "removed"]


def test_the_public_link_opens_closes_and_moves(cast: Cast) -> None:
    published(cast.eda)
    row = publication.change(person=cast.eda, open_=True)
    assert publication.public(row.token)[1].number == 1
    old = row.token
    new = publication.renew(person=cast.eda)
    assert new.token != old
    assert len(new.token) >= 32


def _verbs(piece: str) -> dict[str, Any]:
    return {
        "begin": lambda who: documents.begin(person=who),
        "adopt": lambda who: documents.adopt(person=who, starter="short", answers=ANSWERS),
        "add": lambda who: documents.add(person=who, document="policy", kind="text"),
        "change": lambda who: documents.change(person=who, piece=piece, given={}),
        "move": lambda who: documents.move(person=who, piece=piece, to=0),
        "remove": lambda who: documents.remove(person=who, piece=piece),
        "put": lambda who: documents.put(person=who, content={}),
        "discard": lambda who: documents.discard(person=who),
        "publish": lambda who: documents.publish(person=who, matters=True),
        "restore": lambda who: documents.restore(person=who, number=1),
        "link": lambda who: publication.change(person=who, open_=True),
        "renew": lambda who: publication.renew(person=who),
    }


@pytest.mark.parametrize("verb", list(_verbs("")))
def test_only_editors_write_the_guidelines(cast: Cast, verb: str) -> None:
    published(cast.eda)
    draft = documents.begin(person=cast.eda)
    before = draft.content
    for somebody in (cast.liis, cast.rein, cast.aado, cast.viivi, cast.sten):
        with pytest.raises(PermissionDenied):
            _verbs(before["policy"][0]["id"])[verb](somebody)
    draft.refresh_from_db()
    assert draft.content == before
    assert draft.state == "draft"
    assert publication.link() is None

"""Never the same text twice: what counts as the same, who has used it, and how suggested words are dealt."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kaja.content.models import Caption, Item
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.sharing import composing, shares, wording
from kaja.sharing.models import CaptionUse
from tests import cast as people
from tests import factories
from tests.cast import Cast

SAME = [
    ("NW-7 carries parcels between shelves all night.", "NW-7 carries parcels all night between shelves!"),
    ("Our new robot is here: https://n.example/l/abc #NordwindTeam", "our new robot is here 🎉 @nordwind"),
    ("Meie uus robot kannab pakke riiulite vahel.", "Meie uued robotid kannavad pakke riiulite vahel."),
]
DIFFERENT = [
    ("NW-7 carries parcels between shelves all night.", "I have worked on the gripper for two years. Here it is."),
    ("Meie uus robot kannab pakke riiulite vahel.", "Kaks aastat tööd ja nüüd see sõidab."),
    ("Our new robot is here", "Meie uus robot on kohal"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_reader_would_call_these_the_same(one: str, other: str) -> None:
    assert wording.nearly_same(one, other)
    assert wording.nearly_same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_own_words_and_translations_are_not_the_same(one: str, other: str) -> None:
    assert not wording.nearly_same(one, other)


def test_of_very_short_texts_only_equality_says_anything() -> None:
    assert wording.nearly_same("Proud!", "proud")
    assert not wording.nearly_same("Proud", "Loud")
    assert not wording.nearly_same("🎉", "🚀")


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert wording.nearly_same(one, other) == wording.nearly_same(other, one)
    assert wording.fingerprint(one) == wording.fingerprint(f"  {one} https://example.org/x?y ")
    assert wording.normalised(wording.normalised(one)) == wording.normalised(one)


@pytest.mark.django_db
class TestHeard:
    def test_colleagues_who_used_the_wording_are_counted_and_not_named(self, cast: Cast) -> None:
        item, words = factories.item(), "NW-7 carries parcels between shelves all night."
        for person, text in (
            (cast.mart, words),
            (cast.kadri, words + " #NordwindTeam"),
            (cast.eda, "NW-7 carries parcels all night between the shelves."),
            (cast.rein, "I drove it around the lab for two years."),
        ):
            factories.share(person, item, text=text, wording=wording.fingerprint(text))
        assert wording.heard(person=cast.liis, item=item, text=words) == wording.Heard(same=2, nearly=1)
        assert wording.heard(person=cast.liis, item=item, text="Quite my own story of it").colleagues == 0

    def test_own_shares_other_items_and_old_ones_do_not_count(self, cast: Cast) -> None:
        item, words = factories.item(), "NW-7 carries parcels between shelves all night."
        print_ = wording.fingerprint(words)
        factories.share(cast.liis, item, text=words, wording=print_)
        factories.share(cast.mart, factories.item("Another"), text=words, wording=print_)
        factories.share(cast.kadri, item, text=words, wording=print_, created_at=timezone.now() - timedelta(days=31))
        assert wording.heard(person=cast.liis, item=item, text=words).colleagues == 0

    def test_a_share_remembers_its_wording_also_when_it_is_edited(self, cast: Cast) -> None:
        item = factories.item("NW-7", "Suggested words for this")
        made = shares.schedule(
            person=cast.liis,
            item=item,
            account=factories.account(cast.liis),
            text="Suggested words for this",
            at=timezone.now() + timedelta(hours=1),
        )
        assert wording.heard(person=cast.mart, item=item, text="Suggested words for this!").same == 1
        shares.edit(person=cast.liis, share=made, text="I wrote something else then")
        assert wording.heard(person=cast.mart, item=item, text="Suggested words for this!").colleagues == 0


def _first(item: Item, person: Person) -> Caption:
    return wording.dealt(wording.with_uses(Caption.objects.filter(item=item), person), person)[0]


@pytest.mark.django_db
class TestDealing:
    def test_a_team_as_large_as_the_hand_gets_a_different_card_each(self, cast: Cast) -> None:
        item = factories.item("NW-7", *(f"Words {n}" for n in range(8)))
        crew = [people.person(f"P{n}", "Kask", "advocate", team=cast.liis.team) for n in range(8)]
        taken = []
        for person in crew:
            card = _first(item, person)
            shares.open_dialog(person=person, item=item, network=BY_KEY["linkedin"], text=card.text, caption=card)
            taken.append(card.pk)
        assert len(set(taken)) == 8

    def test_a_large_team_uses_every_card_equally_often(self, cast: Cast) -> None:
        item = factories.item("NW-7", *(f"Words {n}" for n in range(5)))
        used: Counter[int] = Counter()
        for n in range(20):
            person = people.person(f"P{n}", "Kask", "advocate", team=cast.liis.team)
            card = _first(item, person)
            wording.count_use(caption=card, person=person)
            used[card.pk] += 1
        assert sorted(used.values()) == [4] * 5

    def test_the_own_team_counts_before_the_rest(self, cast: Cast) -> None:
        item = factories.item("NW-7", "One", "Two")
        one, two = item.captions.all()
        wording.count_use(caption=one, person=cast.kadri)
        for n in range(3):
            wording.count_use(caption=two, person=people.person(f"P{n}", "Far", team=cast.mart.team, location="Riga"))
        assert _first(item, cast.liis) == two
        assert _first(item, cast.mart) == one

    def test_counting_again_gives_what_the_shares_say(self, cast: Cast) -> None:
        item = factories.item("NW-7", "One", "Two")
        one, two = item.captions.all()
        factories.share(cast.liis, item, caption=one)
        factories.share(cast.mart, item, caption=one)
        factories.share(cast.kadri, item, caption=two, state="cancelled")
        wording.count_use(caption=two, person=cast.kadri)
        wording.recount()
        wording.recount()
        found = {(row.caption_id, row.circle): row.used for row in CaptionUse.objects.all()}
        assert found[one.pk, wording.EVERYBODY] == 2
        assert found[one.pk, f"team:{cast.liis.team_id}"] == 1
        assert found[two.pk, wording.EVERYBODY] == 0

    def test_words_for_the_network_come_before_those_for_all(self, cast: Cast) -> None:
        item = factories.item("NW-7", "For all")
        Caption.objects.create(item=item, language="en", network="x", text="Short for X")
        cast.liis.languages = ["en"]
        assert [one.text for one in composing.captions(item, cast.liis, "x")] == ["Short for X", "For all"]
        assert [one.text for one in composing.captions(item, cast.liis)] == ["For all"]

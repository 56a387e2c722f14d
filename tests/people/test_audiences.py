"""Kept audiences: versions with the time they begin, who may change them, what uses them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kaja.content.models import Item
from kaja.hub import feed
from kaja.people import audiences, rules
from kaja.people.models import AudienceVersion, Person
from tests import factories
from tests.cast import Cast


def places(*names: str) -> rules.Rule:
    return rules.parse({"any": [{"all": [{"field": "location", "values": list(names)}]}]})


def sees(person: Person) -> list[str]:
    return [card.item.title for card in feed.read(person).cards]


def test_items_follow_a_kept_audience_when_its_rule_changes(cast: Cast) -> None:
    kept = factories.audience(cast.kadri, "Baltic offices", location=["Riga"])
    factories.item("For them", audience=kept)
    assert (sees(cast.mart), sees(cast.liis)) == (["For them"], [])
    audiences.change(person=cast.kadri, audience=kept, rule=places("Tallinn"))
    assert (sees(cast.mart), sees(cast.liis)) == ([], ["For them"])


def test_a_rule_for_later_holds_from_its_time_and_who_saw_it_before_can_be_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now = factories.audience(cast.kadri, "Baltic offices", location=["Riga"]), timezone.now()
    audiences.change(person=cast.kadri, audience=kept, rule=places("Tallinn"), begins_at=now + timedelta(days=2))
    factories.item("For them", audience=kept, live_until=now + timedelta(days=9))
    assert (sees(cast.mart), sees(cast.liis)) == (["For them"], [])
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=3))
    assert (sees(cast.mart), sees(cast.liis)) == ([], ["For them"])
    then = audiences.people(audiences.rule_of(kept, now + timedelta(days=1)))
    assert [person.first_name for person in then] == ["Mart"]


def test_the_past_cannot_be_changed(cast: Cast) -> None:
    kept = factories.audience(cast.kadri, "Riga", location=["Riga"])
    for wrong in (timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=900)):
        with pytest.raises(ValidationError):
            audiences.change(person=cast.kadri, audience=kept, rule=places("Tallinn"), begins_at=wrong)
    with pytest.raises(ValidationError):
        audiences.change(person=cast.kadri, audience=kept, rule=rules.Rule())
    assert AudienceVersion.objects.filter(audience=kept).count() == 1


def test_editors_keep_audiences_and_reviewers_change_them(cast: Cast) -> None:
    kept = factories.audience(cast.eda, "Riga", location=["Riga"])
    for wrong in (cast.sten, cast.liis, cast.viivi, cast.aado, cast.rein):
        with pytest.raises(PermissionDenied):
            audiences.create(person=wrong, name="Mine", rule=places("Riga"))
    for wrong in (cast.sten, cast.liis, cast.viivi, cast.aado, cast.eda):
        with pytest.raises(PermissionDenied):
            audiences.change(person=wrong, audience=kept, rule=places("Tallinn"))
        with pytest.raises(PermissionDenied):
            audiences.remove(person=wrong, audience=kept)
    assert audiences.change(person=cast.rein, audience=kept, rule=places("Tallinn")).number == 2


def test_a_name_is_there_once_and_an_audience_in_use_stays(cast: Cast) -> None:
    kept = factories.audience(cast.kadri, "Riga", location=["Riga"])
    with pytest.raises(ValidationError):
        factories.audience(cast.kadri, " riga ", location=["Tallinn"])
    item = factories.item("For Riga", audience=kept)
    with pytest.raises(ValidationError):
        audiences.remove(person=cast.kadri, audience=kept)
    Item.objects.filter(pk=item.pk).update(audience=None)
    audiences.remove(person=cast.kadri, audience=kept)
    assert audiences.of(cast.mart) == []


def test_the_feed_asks_the_database_nothing_for_its_audiences(cast: Cast, django_assert_num_queries: Any) -> None:
    for n in range(300):
        audiences.everyone_or(teams=(), locations=(f"Place {n}", "Riga"), languages=())
    person = Person.objects.get(pk=cast.mart.pk)
    assert len(audiences.of(person)) == 300
    with django_assert_num_queries(0):
        assert len(audiences.of(person)) == 300

"""Rules look at suggested words: the editor sees it, and a must is not approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from kaja.content import caption_checks, review
from kaja.content.models import Item
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignedIn = Callable[[Person], Client]


def test_words_that_a_must_forbids_are_not_approved(cast: Cast) -> None:
    item = factories.item("NW-7", "Project Kelp comes", state=Item.State.IN_REVIEW, author=cast.eda)
    writing.rule(cast.eda)
    with pytest.raises(ValidationError, match="Project Kelp"):
        review.approve(person=cast.kadri, item=item)
    item.captions.update(text="Something comes")
    review.approve(person=cast.kadri, item=Item.objects.get(pk=item.pk))


def test_words_for_a_later_day_are_looked_at_as_of_that_day(cast: Cast) -> None:
    day = timezone.now() + timedelta(days=6)
    writing.rule(cast.eda, form={"words": ["Project Kelp"], "until": day.isoformat()})
    item = factories.item("Kelp", "Project Kelp is here", live_from=day + timedelta(hours=1), live_until=None)
    assert caption_checks.checked(item) == []


def test_the_editor_sees_advice_with_its_reason(cast: Cast, signed_in: SignedIn) -> None:
    writing.rule(cast.eda, "spelling", "should", form={"right": "Nordwind"})
    writing.rule(cast.eda, "disclosure", "should", form={"words": ["#Werbung"]}, countries=["DE"])
    item = factories.item("NW-7", "NordWind built it")
    page = signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    assert "We write Nordwind." in page
    assert "#Werbung" not in page

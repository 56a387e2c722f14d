"""The pages of rules: the list, one rule saved and started, tried on last quarter without anybody's words or name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kaja.guidelines import checks, rules
from kaja.guidelines.models import Rule, RuleVersion
from kaja.people.models import Person
from kaja.sharing import trying
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignedIn = Callable[[Person], Client]
FIELDS = {
    "name_en": "No claims",
    "name_et": "Ära luba",
    "words": "never fails\r\nveatu*",
    "level": "should",
    "reason_en": "Say what you saw.",
}


def test_an_editor_writes_tries_and_starts_a_rule(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in(cast.eda)
    answer = client.post("/guidelines/rules/new/avoid/", FIELDS)
    rule = Rule.objects.get()
    assert answer.url == f"/guidelines/rules/{rule.pk}/"  # type: ignore[attr-defined]
    page = client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert "Start now" in page
    assert "never fails\nveatu*" in page
    begins = timezone.localtime() + timedelta(days=3)
    client.post(f"/guidelines/rules/{rule.pk}/", {**FIELDS, "begins": f"{begins:%Y-%m-%dT%H:%M}"})
    assert f"Start on {begins.day} {begins:%B}" in client.get(f"/guidelines/rules/{rule.pk}/").content.decode()
    client.post(f"/guidelines/rules/{rule.pk}/", {**FIELDS, "start": "1"})
    assert [hint.reason for hint in checks.check("It never fails")] == ["Say what you saw."]
    assert "Save as a draft of version 2" in client.get(f"/guidelines/rules/{rule.pk}/").content.decode()
    client.post(f"/guidelines/rules/{rule.pk}/end/")
    assert "Ended on" in client.get("/guidelines/rules/").content.decode()


def test_a_refused_rule_keeps_what_was_typed(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in(cast.eda).post(
        "/guidelines/rules/new/pattern/", {**FIELDS, "pattern": "(?=oops", "unless": "so far"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This pattern cannot be read" in page
    assert "(?=oops" in page
    assert "so far" in page
    assert Rule.objects.count() == 0


def test_an_example_is_looked_at(cast: Cast, signed_in: SignedIn) -> None:
    rule, client = writing.rule(cast.eda, start=False).rule, signed_in(cast.eda)
    page = client.get(f"/guidelines/rules/{rule.pk}/?sample=Soon:+Project+Kelp!").content.decode()
    assert '<mark class="warn">Project Kelp</mark' in page
    piece = client.get(f"/guidelines/rules/{rule.pk}/?sample=Nothing", headers={"hx-request": "true"}).content.decode()
    assert "The rule is silent." in piece
    empty = client.get(f"/guidelines/rules/{rule.pk}/?sample=", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in piece + empty


def test_a_trial_shows_captions_and_counts_shares_without_words_or_names(cast: Cast, signed_in: SignedIn) -> None:
    item = factories.item("NW-7", "Project Kelp will fly", "Nothing here")
    long_ago = timezone.now() - timedelta(days=100)
    factories.item("Old", "Project Kelp of old", live_from=long_ago - timedelta(days=1), live_until=long_ago)
    factories.share(cast.liis, item, text="My very own Project Kelp words")
    factories.share(cast.mart, item, text="My very own Project Kelp words")
    factories.share(cast.mart, item, text="Project Kelp", created_at=timezone.now() - timedelta(days=100))
    factories.share(cast.mart, item, text="Project Kelp", state="cancelled")
    version = writing.rule(cast.eda, start=False)
    found = trying.tried(version)
    assert (found.captions, found.captions_found, found.shares, found.shares_found) == (2, 1, 2, 2)
    page = signed_in(cast.eda).get(f"/guidelines/rules/{version.rule_id}/tried/").content.decode()
    assert "will fly" in page
    assert "My very own" not in page
    assert "Liis" not in page
    assert "would be stopped" in page


def test_the_words_of_a_piece_become_drafts_by_one_press_and_the_editor_shows_them(
    cast: Cast, signed_in: SignedIn
) -> None:
    writing.published(cast.eda)
    client = signed_in(cast.eda)
    client.post("/guidelines/edit/begin/")
    page = client.get("/guidelines/edit/?document=style").content.decode()
    assert "Make checks of these words" in page
    address = page.split('action="/guidelines/rules/from/')[1].split('"')[0]
    client.post(f"/guidelines/rules/from/{address}")
    assert RuleVersion.objects.exists()
    page = client.get("/guidelines/edit/?document=style").content.decode()
    assert f'href="/guidelines/rules/{Rule.objects.order_by("pk")[0].pk}/"' in page


@pytest.mark.parametrize("number", [10, 300])
def test_the_list_asks_as_often_with_many_rules_as_with_few(
    cast: Cast, signed_in: SignedIn, number: int, django_assert_num_queries: Any
) -> None:
    for each in range(number):
        rule = Rule.objects.create(made_by=cast.eda)
        RuleVersion.objects.create(
            rule=rule, number=1, kind="topic", form={"words": [f"w{each}"]}, names={"en": "A rule"}, written_by=cast.eda
        )
    client = signed_in(cast.eda)
    client.get("/guidelines/rules/")
    with django_assert_num_queries(5):
        client.get("/guidelines/rules/")
    assert len(rules.histories()) == number

"""Rules as editors keep them: drafts, versions that never change, starts, ends; made from the words of the guidelines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from kaja.audit.models import Line
from kaja.guidelines import checks, documents, rules
from kaja.guidelines.models import Rule, RuleVersion
from tests.cast import Cast
from tests.guidelines import writing

SECRET = "Project Kelp is next"


def said(text: str = SECRET) -> list[str]:
    return [hint.words for hint in checks.check(text)]


def test_a_draft_says_nothing_until_it_starts(cast: Cast) -> None:
    draft = writing.rule(cast.eda, start=False)
    assert said() == []
    rules.start(person=cast.eda, rule=draft.rule)
    assert said() == ["Project Kelp"]
    assert list(Line.objects.order_by("pk").values_list("verb", flat=True)) == ["rule.written", "rule.started"]


def test_a_change_is_the_next_version_from_its_day_and_the_old_one_stays(cast: Cast) -> None:
    rule, now = writing.rule(cast.eda).rule, timezone.now()
    begins = now + timedelta(days=2)
    given = {"level": "hint", "form": {"words": ["Kelp"]}, "names": {"en": "Kelp"}, "begins": begins}
    rules.write(person=cast.kadri, rule=rule, given=given)
    rules.start(person=cast.kadri, rule=rule)
    assert [hint.level for hint in checks.check(SECRET)] == ["must"]
    assert [(hint.level, hint.words) for hint in checks.check(SECRET, at=begins)] == [("hint", "Kelp")]
    assert [hint.version for hint in checks.check(SECRET, at=begins)] == [2]
    first = RuleVersion.objects.get(rule=rule, number=1)
    assert (first.level, first.form["words"]) == ("must", ["Project Kelp"])
    with pytest.raises(ValidationError, match="waiting"):
        rules.write(person=cast.eda, rule=rule, given=given)
    rules.call_back(person=cast.eda, rule=rule)
    rules.write(person=cast.eda, rule=rule, given={**given, "begins": None})
    assert RuleVersion.objects.filter(rule=rule).count() == 2
    with pytest.raises(ValidationError, match="It has begun"):
        rules.call_back(person=cast.eda, rule=rule)


def test_a_rule_ends_and_stays_in_the_list(cast: Cast) -> None:
    rule = writing.rule(cast.eda).rule
    rules.end(person=cast.eda, rule=rule, at=timezone.now() + timedelta(days=1))
    assert said() == ["Project Kelp"]
    assert checks.check(SECRET, at=timezone.now() + timedelta(days=2)) == []
    rules.end(person=cast.eda, rule=rule)
    assert said() == []
    [past] = rules.histories()
    assert past.state == rules.ENDED
    for verb in (rules.start, rules.end, rules.discard):
        with pytest.raises(ValidationError, match="ended"):
            verb(person=cast.eda, rule=rule)


def test_a_draft_is_thrown_away_alone_or_with_its_rule(cast: Cast) -> None:
    rule = writing.rule(cast.eda).rule
    rules.write(person=cast.eda, rule=rule, given={"level": "hint", "form": {"words": ["x"]}, "names": {"en": "N"}})
    assert rules.discard(person=cast.eda, rule=rule)
    assert said() == ["Project Kelp"]
    with pytest.raises(ValidationError, match="no draft"):
        rules.discard(person=cast.eda, rule=rule)
    other = writing.rule(cast.eda, start=False).rule
    assert not rules.discard(person=cast.eda, rule=other)
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"names": {}}, "name"), ({"level": "maybe"}, "is a must"), ({"form": {"words": []}}, "at least one"),
        ({"countries": ["Eesti"]}, "capital letters"), ({"networks": ["X!"]}, "networks"), ({"languages": ["xx"]}, "languages"),
        ({"form": {"words": ["!!!"]}}, "letter or digit"), ({"form": {"words": ["x"], "until": "soon"}}, "day"),
        ({"form": {"words": ["x"] * 3 + [f"y{n}" for n in range(70)]}}, "two rules"), ({"kind": "magic"}, "kind of rule"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_a_sentence(cast: Cast, wrong: dict[str, object], sentence: str) -> None:
    given = {"kind": "confidential", "form": {"words": ["x"]}, "names": {"en": "A"}, **wrong}
    with pytest.raises(ValidationError, match=sentence):
        rules.write(person=cast.eda, given=given)
    assert Rule.objects.count() == 0


def test_a_rule_begins_within_a_year(cast: Cast) -> None:
    draft = writing.rule(cast.eda, start=False, begins=timezone.now() + timedelta(days=400))
    with pytest.raises(ValidationError, match="year"):
        rules.start(person=cast.eda, rule=draft.rule)


def test_who_may_not_write_the_guidelines_may_not_touch_rules(cast: Cast) -> None:
    rule = writing.rule(cast.eda).rule
    for person in (cast.liis, cast.rein, cast.aado, cast.viivi, cast.sten):
        with pytest.raises(PermissionDenied):
            rules.write(person=person, given={"kind": "topic", "form": {"words": ["x"]}, "names": {"en": "x"}})
        for verb in (rules.start, rules.end, rules.discard, rules.call_back):
            with pytest.raises(PermissionDenied):
                verb(person=person, rule=rule)
        with pytest.raises(PermissionDenied):
            rules.from_piece(person=person, piece="x")


def test_words_and_hashtags_of_the_guidelines_become_drafts_once(cast: Cast) -> None:
    writing.published(cast.eda)
    content = documents.current().content  # type: ignore[union-attr]
    terms = next(piece for piece in content["style"] if piece["kind"] == "terms")
    tags = next(piece for piece in content["style"] if piece["kind"] == "hashtags")
    made = rules.from_piece(person=cast.eda, piece=terms["id"])
    by_name = {version.names["en"]: version for version in made}
    assert by_name["Nordwind Robotics"].form["right"] == "Nordwind Robotics"
    # Several good words cannot be put in the place of a bad one: that is left to the writer.
    assert (by_name["we, our team"].kind, by_name["we, our team"].reasons["en"]) == ("avoid", "We write we, our team.")
    assert {(version.piece, version.started) for version in made} == {(terms["id"], False)}
    assert rules.from_piece(person=cast.eda, piece=terms["id"]) == []
    [tag, *_more] = rules.from_piece(person=cast.eda, piece=tags["id"])
    assert tag.form["words"] == ["#NordwindTeam"]
    assert len(rules.by_piece()[terms["id"]]) == len(made)
    with pytest.raises(ValidationError, match="Only words"):
        rules.from_piece(person=cast.eda, piece=content["policy"][0]["id"])
    with pytest.raises(ValidationError, match="gone"):
        rules.from_piece(person=cast.eda, piece="00000000")


def test_a_rule_nobody_made_is_not_found(cast: Cast) -> None:
    for number in (0, 1, 2**31, 2**64):
        with pytest.raises(Http404):
            rules.history(number)


def test_the_database_keeps_one_draft_and_a_start_for_what_has_started(cast: Cast) -> None:
    rule = writing.rule(cast.eda).rule
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.create(rule=rule, number=2, kind="topic", started=True)
    RuleVersion.objects.create(rule=rule, number=2, kind="topic")
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.create(rule=rule, number=3, kind="topic")

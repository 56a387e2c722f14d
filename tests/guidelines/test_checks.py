"""What rules find in texts: names and phrases in every form, with places that point at the words."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaja.guidelines import checks, kinds
from kaja.guidelines.models import Rule, RuleVersion


def rule(kind: str, level: str = "should", *, number: int = 1, **form: Any) -> RuleVersion:
    """A rule that stands in no database: for looking at texts alone."""
    fields = {name: form.pop(name) for name in ("languages", "networks", "countries", "reasons") if name in form}
    return RuleVersion(rule=Rule(pk=number), number=1, kind=kind, level=level, form=kinds.clean(kind, form), **fields)


def found(text: str, *rules: RuleVersion, **where: Any) -> list[str]:
    return [hint.words for hint in checks.check(text, rules=rules, **where)]


NORDWIND = rule("spelling", right="Nordwind")
KELP = rule("confidential", "must", words=["Project Kelp", "Kelp-projekt"])


@pytest.mark.parametrize(
    ("text", "words", "mended"),
    [
        ("NordWind built it.", "NordWind", "Nordwind built it."),
        ("we at nordwind", "nordwind", "we at Nordwind"),
        ("Nord Wind built it", "Nord Wind", "Nordwind built it"),
        ("Nord-wind built it", "Nord-wind", "Nordwind built it"),
        ("NORDWIND!", "NORDWIND", "Nordwind!"),
        ("Töötan NordWindis juba", "NordWindis", "Töötan Nordwindis juba"),
        ("nordwindile aitäh", "nordwindile", "Nordwindile aitäh"),
        ("N\u200bord\u00adWind", "N\u200bord\u00adWind", "Nordwind"),
        ("Nоrdwind", "Nоrdwind", "Nordwind"),
    ],
)
def test_a_name_written_otherwise_is_found_and_mended_with_its_ending(text: str, words: str, mended: str) -> None:
    [hint] = checks.check(text, rules=[NORDWIND])
    assert hint.words == words
    assert text[hint.start : hint.end] == words
    assert checks.fixed(text, hint) == mended
    assert checks.check(mended, rules=[NORDWIND]) == []


@pytest.mark.parametrize(
    "text",
    ["Nordwind", "Nordwindi robot", "Nordwindis", "Nordwind’s robot", "#nordwind and #NordwindTeam", "@nordwind",
     "https://nordwind.example/NordWind", "see nordwind.ee", "mail to info@nordwind.example", "a nord. Wind blows",
     "Nordwind\u00ad", "the north wind"],
)  # fmt: skip
def test_the_right_form_tags_and_addresses_are_left_alone(text: str) -> None:
    assert found(text, NORDWIND) == []


def test_a_name_of_two_words_and_one_with_a_number_and_one_with_marks() -> None:
    assert found("nordwind robotics", rule("spelling", right="Nordwind Robotics")) == ["nordwind robotics"]
    assert found("NordwindRobotics", rule("spelling", right="Nordwind Robotics")) == ["NordwindRobotics"]
    assert found("NW7, NW 7, nw-7, NW‑7 and NW-7", rule("spelling", right="NW-7")) == ["NW7", "NW 7", "nw-7"]
    assert found("Pohja Kulm ja Põhja Külm", rule("spelling", right="Põhja Külm")) == ["Pohja Kulm"]


def test_two_short_words_are_no_name_written_apart() -> None:
    assert found("Ka ja sina", rule("spelling", right="Kaja")) == []


def test_wrong_forms_of_their_own_are_put_right() -> None:
    term = rule("spelling", right="NW-7", words=["the Seven", "robot that replaces people"])
    [hint] = checks.check("Meet the Seven!", rules=[term])
    assert checks.fixed("Meet the Seven!", hint) == "Meet NW-7!"
    assert found("the seven numbers", term) == []


def test_a_wrong_form_inside_the_right_one_is_no_fault() -> None:
    term = rule("spelling", right="Nordwind Robotics", words=["Nordwind"])
    assert found("Nordwind Robotics and Nordwind", term) == ["Nordwind"]


@pytest.mark.parametrize(
    "text",
    ["Project Kelp", "project kelp", "PROJECT KELP", "Project Kelpi", "Project Kelpist", "Kelp-projekti", "ProjectKelp",
     "#ProjectKelp", "#meetprojectkelp", "project-kelp", "Project 🌊 Kelp", "Prоject Kelр",
     "Pro\u200bject K\u0301elp", "Ｐｒｏｊｅｃｔ Kelp", "P r o j e c t K e l p", "https://nordwind.example/project-kelp",
     "𝗣𝗿𝗼𝗷𝗲𝗰𝘁 𝗞𝗲𝗹𝗽"],
)  # fmt: skip
def test_a_secret_is_seen_through_its_disguises(text: str) -> None:
    whole = f"Soon {text} comes"
    [hint] = checks.check(whole, rules=[KELP])
    assert whole[hint.start : hint.end] == text if "http" not in text else "kelp" in hint.words
    assert hint.stops
    if "http" not in text:
        assert checks.fixed(whole, hint) == "Soon comes"


@pytest.mark.parametrize("text", ["Project plan, kelp soup", "Project. Something else. Kelp", "Projects", "a kelper"])
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert found(text, KELP) == []


def test_phrases_are_found_in_their_forms() -> None:
    claims = rule("avoid", words=["never fails", "single failure", "veatu*", "saladus", "leping"])
    for text, words in [
        ("It never failed.", "never failed"), ("Not a single failure here", "single failure"),
        ("Veatult!", "Veatult"), ("veatuks", "veatuks"), ("meie saladused", "saladused"), ("lepingust", "lepingust"),
    ]:  # fmt: skip
        assert found(text, claims) == [words], text


def test_capitals_of_a_rule_that_advises_count() -> None:
    assert found("kelp is a seaweed", rule("topic", words=["Kelp"])) == []
    assert found("kelp is a seaweed", rule("topic", "must", words=["Kelp"])) == ["kelp"]
    assert found("Kelpi kohta", rule("topic", words=["Kelp"])) == ["Kelpi"]


def test_an_exception_and_quotation_marks_excuse() -> None:
    claims = rule("avoid", words=["never fails"], unless=["so far"], quotes=True)
    assert found("It never fails", claims) == ["never fails"]
    assert found("It never fails, so far", claims) == []
    assert found("He said „it never fails“ there", claims) == []


def test_a_word_may_be_replaced_by_another() -> None:
    [hint] = checks.check("We utilise robots", rules=[rule("avoid", words=["utilise"], instead="use")])
    assert checks.fixed("We utilise robots", hint) == "We use robots"


def test_a_secret_is_public_from_its_day() -> None:
    day = timezone.now() + timedelta(days=6)
    version = rule("confidential", "must", words=["Project Kelp"], until=day.isoformat())
    assert "You can mention it from" in checks.reason(version, "Project Kelp")
    with translation.override("et"):
        assert "avalik" in checks.reason(version, "Project Kelp")
    assert not kinds.over(version.form, timezone.now())
    assert kinds.over(version.form, day)


def test_patterns_know_words_with_marks_and_never_hang() -> None:
    assert found("Leping KLP-1234 ja klp-99", rule("pattern", pattern=r"\bKLP-\d+\b")) == ["KLP-1234", "klp-99"]
    assert found("See on õun.", rule("pattern", pattern=r"\bõun\b")) == ["õun"]
    began = time.process_time()
    for bad in (r"(a+)+$", r"(a|aa)+$", r"(.*a){20}", r"(x+x+)+y"):
        found("a" * 9_990 + "xxxxxxxb", rule("pattern", pattern=bad))
    assert time.process_time() - began < 3


@pytest.mark.parametrize("bad", ["(", "(?=x)", r"(a)\1", "((a{900}){900}){900}", "a*", ""])
def test_a_pattern_that_cannot_work_is_refused_with_a_sentence(bad: str) -> None:
    with pytest.raises(ValidationError):
        kinds.clean("pattern", {"pattern": bad})


def test_a_missing_hashtag_or_disclosure_can_be_added() -> None:
    tag = rule("disclosure", words=["#NordwindTeam", "my employer", "töötan Nordwindis"])
    for text in ("Look! #nordwindteam", "I am proud of my employer.", "Töötan Nordwindis ja naudin"):
        assert found(text, tag) == []
    [hint] = checks.check("Look at this \n", rules=[tag])
    assert (hint.start, hint.end) == (14, 14)
    assert checks.fixed("Look at this \n", hint) == "Look at this #NordwindTeam \n"
    [hint] = checks.check("Look at #NordwindTeams", rules=[rule("hashtag", words=["#NordwindTeam"])])
    assert hint.fix == " #NordwindTeam"


def test_tone_hears_shouting_marks_and_insults() -> None:
    tone = rule("tone", capitals=True, marks=True, words=["idiot*"])
    assert found("WE ARE THE VERY BEST TEAM today", tone) == ["WE ARE THE VERY BEST TEAM"]
    assert found("NASA and the EU and ABB", tone) == []
    [hint] = checks.check("Great!!!", rules=[tone])
    assert checks.fixed("Great!!!", hint) == "Great!"
    assert found("Hi! Ho! He! Hu!", tone) == ["! Ho! He! Hu!"]
    assert found("Idiootne idioot, idiots", tone) == ["idiots"]


def test_a_rule_holds_where_it_says() -> None:
    german = rule("disclosure", words=["#Werbung"], countries=["DE"])
    assert found("Schau", german, country="DE") == [""]
    assert found("Vaata", german, country="EE") == []
    assert found("Look", german) == []
    there = rule("avoid", words=["cheap"], networks=["linkedin"], languages=["en"])
    assert found("cheap", there, networks=["linkedin", "x"], language="en") == ["cheap"]
    assert found("cheap", there, networks=["x"]) == []
    assert found("cheap", there, language="et") == []
    assert found("cheap", there) == ["cheap"]


SURROUNDING = st.text(max_size=200)
RULES = [
    NORDWIND, KELP,
    rule("avoid", words=["never fails", "veatu*"], number=3),
    rule("pattern", pattern=r"KLP-\d+", number=4),
    rule("hashtag", words=["#NordwindTeam"], number=5),
    rule("tone", capitals=True, marks=True, words=["idiot*"], number=6),
]  # fmt: skip
EASY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EASY
@given(
    SURROUNDING, st.sampled_from(["Project Kelp", "Kelp-projekti", "ProjectKelp", "K\u00adelp-projekt"]), SURROUNDING
)
def test_a_rule_finds_its_phrase_wherever_it_stands(before: str, phrase: str, after: str) -> None:
    text = f"{before} . {phrase} . {after}"
    start = len(before) + 3
    spans = [(hint.start, hint.end) for hint in checks.check(text, rules=[KELP])]
    assert any(one <= start and start + len(phrase) <= end for one, end in spans)


@EASY
@given(
    SURROUNDING,
    st.sampled_from(["NordWind", "nordwindis", "KLP-7", "Project Kelp", "never failed", "ÕUN"]),
    SURROUNDING,
)
def test_places_point_into_the_text_and_checking_twice_says_the_same(before: str, phrase: str, after: str) -> None:
    text = f"{before} {phrase} {after}"
    hints = checks.check(text, rules=RULES)
    for hint in hints:
        assert 0 <= hint.start <= hint.end <= len(text)
        assert hint.words == text[hint.start : hint.end]
        assert hint.kind in kinds.MISSING or hint.words.strip()
    assert checks.check(text, rules=RULES) == hints


@EASY
@given(st.text(alphabet="abcõ \n,.!😀\u0301\u200d\u00ad", max_size=200))
def test_a_text_without_the_phrase_has_no_hint(text: str) -> None:
    assert checks.check(text, rules=[NORDWIND, KELP, rule("pattern", pattern="KLP")]) == []


@EASY
@given(st.lists(st.sampled_from(
    ["NordWind", "nordwindis", "Project Kelp", "robot", "good!!!!", "õhtul", "😀", "#tag", "{link}", ",", "\n", "Kelp-projekt"]
), max_size=12))  # fmt: skip
def test_every_fix_removes_its_hint_and_leaves_the_rest(words: list[str]) -> None:
    text = " ".join(words)
    for _step in range(60):
        hint = next((one for one in checks.check(text, rules=RULES) if one.fix is not None), None)
        if hint is None:
            break
        mended = checks.fixed(text, hint)
        assert mended.startswith(text[: hint.fix_start])
        assert mended.endswith(text[hint.fix_end :])
        text = mended
    assert [one for one in checks.check(text, rules=RULES) if one.fix is not None] == []
    assert text.count("robot") == words.count("robot")
    assert text.count("{link}") == words.count("{link}")


def test_the_longest_text_against_five_hundred_rules_takes_a_moment() -> None:
    many = [rule("topic", words=[f"topic{n} word", f"Name{n}", f"veat{n}*"], number=n) for n in range(300)]
    many += [rule("spelling", right=f"Brand{n} Name", number=n) for n in range(100)]
    many += [rule("confidential", "must", words=[f"Project P{n}x"], pattern=rf"C{n}-\d+", number=n) for n in range(100)]
    text = "Õunad ja pirnid " * 300 + "x" * 3000 + " a b c d e" * 300
    began = time.process_time()
    checks.check(text[:10_000], rules=many)
    assert time.process_time() - began < 5

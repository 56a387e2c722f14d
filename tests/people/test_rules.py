"""Rules of audiences: the same in Python and in SQL, described in words, refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaja.people import audiences, rules
from kaja.people.models import Person, RoleGrant, Team
from kaja.people.rules import Names
from tests.cast import Cast

PLACES, CODES = ["Tallinn", "Riga", 'Kärdla "saar"', "tallinn", "50%_"], ["et", "en", "lv"]
SLUGS, COSTS = ["product", "robots", "pro"], ["R-12", "r-12", "Õ 7", "true", "null", "5"]


def a(field: str, *values: str, wanted: bool = True) -> dict[str, Any]:
    return {"field": field, "is": wanted, "values": list(values)}


def rule(*groups: list[dict[str, Any]]) -> rules.Rule:
    return rules.parse({"any": [{"all": group} for group in groups]})


@pytest.fixture
def crowd(db: None) -> list[Team]:
    """Eighteen people who differ in everything a rule may ask for; some have nothing at all."""
    teams = [
        Team.objects.create(name=name, department=where) for name, where in (("A", "Lab"), ("B", "Lab"), ("C", ""))
    ]
    for n in range(18):
        person = Person.objects.create(
            email=f"p{n}@x.example", first_name=f"P{n}", team=teams[n % 3] if n % 5 else None,
            location=PLACES[n % 5] if n % 4 else "", country=("EE", "LV", "")[n % 3],
            languages=CODES[: n % 4], interests=SLUGS[: n % 3], hidden=SLUGS[n % 3 :] if n % 2 else [],
            attributes={"cost": COSTS[n % 6]} if n % 3 else {"other": "x"},
        )  # fmt: skip
        if n % 4 == 0:
            RoleGrant.objects.create(person=person, role="editor")
        if n % 6 == 0:
            RoleGrant.objects.create(person=person, role="reviewer")
    return teams


CONDITIONS = st.one_of(
    *(
        st.builds(
            lambda values, wanted, name=name: {"field": name, "is": wanted, "values": values},
            st.lists(st.sampled_from(values), min_size=1, max_size=3),
            st.booleans(),
        )
        for name, values in {
            "team": ["0", "1", "2", "999"], "department": ["Lab", "lab", "Kiln"], "location": PLACES, "country": ["EE", "LV"],
            "language": CODES, "role": ["editor", "reviewer", "leader"], "interest": SLUGS, "hidden": SLUGS,
            "attribute:cost": COSTS, "attribute:gone": ["x"], "attribute:other": ["x"],
        }.items()
    )
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(CONDITIONS, min_size=1, max_size=4), max_size=3))
def test_a_rule_means_the_same_people_in_python_and_in_sql(
    crowd: list[Team], groups: list[list[dict[str, Any]]]
) -> None:
    numbers = {str(place): str(team.pk) for place, team in enumerate(crowd)}
    for one in (one for group in groups for one in group if one["field"] == "team"):
        one["values"] = [numbers.get(value, value) for value in one["values"]]
    read = rule(*groups)
    departments = {team.pk: team.department for team in crowd if team.department}
    everybody = Person.objects.get_queryset().prefetch_related("grants")
    in_python = {person.pk for person in everybody if rules.fits(read, rules.Facts(person, departments))}
    assert set(audiences.people(read).values_list("pk", flat=True)) == in_python
    assert audiences.reach(read, Names()).people == len(in_python)
    assert rules.parse(rules.dump(read)) == read


def test_equal_rules_are_one_row_however_they_were_written(cast: Cast) -> None:
    one = rule([a("location", "Riga", "Tallinn"), a("language", "et")])
    other = rule([a("language", "et", "et"), a("location", " Tallinn", "Riga")])
    assert audiences.for_rule(one) == audiences.for_rule(other)
    assert audiences.for_rule(one) == audiences.everyone_or(teams=(), locations=("Riga", "Tallinn"), languages=("et",))
    assert audiences.for_rule(rule()) is None


def test_groups_are_joined_by_or_and_conditions_by_and(cast: Cast) -> None:
    sales = str(cast.liis.team_id)
    made = audiences.for_rule(rule([a("location", "Riga")], [a("team", sales), a("role", "manager")]))
    assert made is not None
    seen = {person.first_name for person in Person.objects.all() if made.pk in audiences.of(person)}
    assert seen == {"Mart", "Kadri"}
    assert audiences.size(made) == 2


def test_how_it_narrows_is_counted_condition_by_condition_in_one_query(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    read = rule([a("team", str(cast.liis.team_id)), a("role", "advocate"), a("location", "Riga", wanted=False)])
    with django_assert_num_queries(1):
        found = audiences.reach(read, Names({str(cast.liis.team_id): "Sales"}))
    assert (found.everyone, found.people, found.joined) == (8, 2, 2)
    assert [(step.words, step.people) for step in found.steps] == [
        ("team is Sales", 3), ("office is not Riga", 3), ("role is Advocate", 2),
    ]  # fmt: skip


def test_a_rule_is_described_in_both_languages(cast: Cast) -> None:
    read = rule([a("location", "Riga", "Tallinn"), a("language", "et", "lv")], [a("hidden", "product", wanted=False)])
    names = Names(topics={"product": "Product"})
    assert rules.described(read, names) == (
        "Has not hidden “Product” or else office is Riga or Tallinn and reads Estonian or Latvian"
    )
    with translation.override("et"):
        said = rules.described(read, Names(topics={"product": "Toode"}))
    assert said == "Pole peitnud teemat „Toode“ või siis asukoht on Riga või Tallinn ja loeb keelt: eesti või läti"


@pytest.mark.parametrize(
    "data",
    [
        None, [], {}, {"any": {}}, {"any": [1]}, {"any": [{"all": 1}]}, {"any": [{"all": [{}]}]}, {"any": [], "x": 1},
        {"any": [{"all": [a("shoe", "42")]}]}, {"any": [{"all": [a("team", "Sales")]}]}, {"any": [{"all": [a("team", "007")]}]},
        {"any": [{"all": [a("role", "king")]}]}, {"any": [{"all": [a("language", 'et" OR 1')]}]},
        {"any": [{"all": [a("attribute:a__b; drop", "x")]}]}, {"any": [{"all": [a("location")]}]},
        {"any": [{"all": [a("location", " ")]}]}, {"any": [{"all": [a("location", "x\x00")]}]},
        {"any": [{"all": [a("location", "x" * 121)]}]}, {"any": [{"all": [a("location", *map(str, range(201)))]}]},
        {"any": [{"all": [a("location", "x")]}] * 11}, {"any": [{"all": [{"field": "location", "is": "no", "values": ["x"]}]}]},
        {"any": [{"all": [{"field": ["location"], "values": ["x"]}]}]},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_a_sentence(data: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        rules.parse(data)
    assert all(" " in message for message in refused.value.messages)

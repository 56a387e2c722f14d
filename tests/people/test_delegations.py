"""Naming delegates: by oneself and for nobody else, until a day or until it is ended; both are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from kaja.audit.models import Line
from kaja.people import delegations, persons
from kaja.people.models import Delegation, Person
from tests import cast as people
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def test_a_person_names_a_delegate_in_their_own_settings_and_ends_it(cast: Cast, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)
    answer = liis.post("/me/delegates/", {"delegate": "mart kask"}, follow=True)
    assert "Mart Kask can prepare posts for you now" in answer.content.decode()
    assert "Liis Tamm" in signed_in(cast.mart).get("/prepare/").content.decode()
    row = Delegation.objects.get()
    assert liis.post(f"/me/delegates/{row.pk}/end/").status_code == 302
    assert not delegations.allows(delegate=cast.mart, person=cast.liis)
    assert "Nobody has named you" in signed_in(cast.mart).get("/prepare/").content.decode()
    assert [(line.verb, line.actor_id) for line in Line.objects.filter(verb__startswith="delegation").order_by("pk")] == [
        ("delegation.begun", cast.liis.pk), ("delegation.ended", cast.liis.pk),
    ]  # fmt: skip


def test_both_are_told_when_it_begins_and_when_it_ends(cast: Cast) -> None:
    row = delegations.name(person=cast.liis, delegate=cast.mart)
    delegations.tell(row.pk)
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [
        ([cast.liis.email], "Mart Kask may prepare posts for you"),
        ([cast.mart.email], "You may prepare posts for Liis Tamm"),
    ]
    delegations.end(person=cast.mart, delegation=row)  # the delegate may step down, too
    delegations.tell(row.pk)
    assert [letter.subject for letter in mail.outbox[2:]] == [
        "Mart Kask prepares no posts for you any more", "You prepare no posts for Liis Tamm any more",
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["mart", "kadri", "aado"])
def test_nobody_not_even_an_administrator_makes_themselves_a_delegate(cast: Cast, signed_in: SignIn, who: str) -> None:
    somebody = getattr(cast, who)
    signed_in(somebody).post(
        "/me/delegates/", {"delegate": somebody.email, "person": cast.liis.pk, "executive": cast.liis.pk}
    )
    assert not Delegation.objects.exists()


@pytest.mark.parametrize("who", ["kadri", "eda", "aado", "sten"])
def test_a_third_person_ends_nothing(cast: Cast, signed_in: SignIn, who: str) -> None:
    row = delegations.name(person=cast.liis, delegate=cast.mart)
    with pytest.raises(PermissionDenied):
        delegations.end(person=getattr(cast, who), delegation=row)
    assert signed_in(getattr(cast, who)).post(f"/me/delegates/{row.pk}/end/").status_code == 404
    assert delegations.allows(delegate=cast.mart, person=cast.liis)


@pytest.mark.parametrize("who", ["viivi", "sten", "aado"])
def test_who_shares_nothing_names_nobody(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        delegations.name(person=getattr(cast, who), delegate=cast.mart)


def test_it_holds_to_the_end_of_its_last_day_and_no_longer(cast: Cast) -> None:
    today = delegations.today()
    row = delegations.name(person=cast.liis, delegate=cast.mart, last_day=today)
    assert delegations.allows(delegate=cast.mart, person=cast.liis)
    Delegation.objects.update(last_day=today - timedelta(days=1))
    assert not delegations.allows(delegate=cast.mart, person=cast.liis)
    delegations.end_due()
    row.refresh_from_db()
    assert row.ended_at is not None
    assert delegations.name(person=cast.liis, delegate=cast.mart).pk != row.pk


def test_named_again_only_the_last_day_changes(cast: Cast) -> None:
    one = delegations.name(person=cast.liis, delegate=cast.mart)
    day = delegations.today() + timedelta(days=5)
    two = delegations.name(person=cast.liis, delegate=cast.mart, last_day=day)
    assert (one.pk, two.last_day, Delegation.objects.count()) == (two.pk, day, 1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write the e-mail address"),
        ("Nobody Here", "Nobody who uses Kaja"),
        ("liis.tamm@nordwind.example", "You need no delegate"),
        ("Mart Kask", "More than one colleague"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(cast: Cast, signed_in: SignIn, typed: str, said: str) -> None:
    other = people.person("Mart", "Kaske", "advocate")
    Person.objects.filter(pk=other.pk).update(last_name="Kask")
    answer = signed_in(cast.liis).post("/me/delegates/", {"delegate": typed})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert f'value="{typed}"' in answer.content.decode() or not typed
    assert not Delegation.objects.exists()


def test_a_day_that_is_over_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="This day is over"):
        delegations.name(person=cast.liis, delegate=cast.mart, last_day=delegations.today() - timedelta(days=1))


def test_who_leaves_is_nobodys_delegate_and_stays_so_when_they_come_back(cast: Cast) -> None:
    delegations.name(person=cast.liis, delegate=cast.mart)
    persons.deactivate(actor=cast.aado, person=cast.mart)
    assert not delegations.named_by(cast.liis).exists()
    delegations.left(cast.mart.pk)
    persons.reactivate(actor=cast.aado, person=cast.mart)
    assert not delegations.named_by(cast.liis).exists()


def test_ten_delegates_are_enough(cast: Cast) -> None:
    for number in range(delegations.MOST):
        delegations.name(person=cast.liis, delegate=people.person(f"D{number}", "X", "advocate"))
    with pytest.raises(ValidationError, match="10 delegates are enough"):
        delegations.name(person=cast.liis, delegate=cast.mart)


def test_the_database_holds_one_delegation_of_two_people_and_none_of_one(cast: Cast) -> None:
    delegations.name(person=cast.liis, delegate=cast.mart)
    for person, delegate in ((cast.liis, cast.mart), (cast.liis, cast.liis)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delegation.objects.create(person=person, delegate=delegate)

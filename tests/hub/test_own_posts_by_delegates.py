"""A delegate writes a post without a story in somebody's name: theirs, unseen by others, approved before it goes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client

from kaja import memory
from kaja.audit.models import Line
from kaja.content import own_posts
from kaja.content.models import Category, Item
from kaja.networks.models import ConnectedAccount
from kaja.people import delegations
from kaja.people.models import Company, Person
from kaja.sharing import delegates
from kaja.sharing.models import Preparation, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
WORDS = "Today I met the people who keep the cold stores cold. #NordwindTeam"


@pytest.fixture
def about() -> Category:
    return factories.item().category


def reviewed(value: bool) -> None:
    Company.objects.update(own_posts_reviewed=value)
    memory.forget("company")


@pytest.fixture
def named(cast: Cast, about: Category) -> Cast:
    """Mart prepares for Liis, who has an account; own posts need no review."""
    reviewed(False)
    delegations.name(person=cast.liis, delegate=cast.mart)
    factories.account(cast.liis)
    return cast


def sent(about: Category) -> dict[str, object]:
    return {"text": WORDS, "category": about.pk, "language": "en", "url": "", "alt": ""}


def test_from_the_desk_to_the_approval_by_its_person(named: Cast, about: Category, signed_in: SignIn) -> None:
    mart, liis = signed_in(named.mart), signed_in(named.liis)
    own = f"/prepare/for/{named.liis.pk}/own/"
    assert own in mart.get(f"/prepare/for/{named.liis.pk}/").content.decode()
    assert "who approves it before it goes out" in mart.get(own).content.decode()
    answer = mart.post(own, sent(about))
    post = Item.objects.get(original=True)
    assert answer["Location"] == f"/prepare/for/{named.liis.pk}/{post.pk}/"
    assert (post.author, post.body) == (named.liis, WORDS)
    page = mart.get(answer["Location"]).content.decode()
    assert WORDS.partition(" #")[0] in page
    account = ConnectedAccount.objects.get(person=named.liis).pk
    mart.post(answer["Location"], {"to": [f"account:{account}"], "text": WORDS, "when": "now"})
    row, share = Preparation.objects.get(), Share.objects.get()
    assert (row.person, row.by, share.state) == (named.liis, named.mart, State.WAITING)
    assert WORDS.partition(" #")[0] in liis.get(f"/approve/{row.pk}/").content.decode()
    delegates.approve(person=named.liis, preparation=row)
    share.refresh_from_db()
    assert (share.state, share.own_words) == (State.PLANNED, True)
    assert Line.objects.get(verb="own_post.written").actor == named.mart


def test_it_is_a_post_of_its_person_alone_and_a_delegate_sees_none_that_they_write_themselves(
    named: Cast, about: Category, signed_in: SignIn
) -> None:
    mine = own_posts.write(person=named.liis, text="Quite private.", category=about, language="en")
    theirs = own_posts.write(person=named.liis, by=named.mart, text=WORDS, category=about, language="en")
    assert list(delegates.items(named.liis, by=named.mart).filter(original=True)) == [theirs]
    assert not delegates.items(named.liis).filter(original=True).exists()
    mart = signed_in(named.mart)
    page = mart.get(f"/prepare/for/{named.liis.pk}/").content.decode()
    assert theirs.title in page
    assert "Quite private" not in page
    assert mart.get(f"/prepare/for/{named.liis.pk}/{mine.pk}/").status_code == 302  # not to be prepared
    assert signed_in(named.kadri).get(f"/share/{theirs.pk}/").status_code == 404
    assert theirs.title in signed_in(named.liis).get("/own-posts/").content.decode()


def test_a_reviewer_reads_it_first_and_the_delegate_is_told(named: Cast, about: Category, signed_in: SignIn) -> None:
    reviewed(True)
    mart, own = signed_in(named.mart), f"/prepare/for/{named.liis.pk}/own/"
    assert mart.post(own, sent(about))["Location"] == f"/prepare/for/{named.liis.pk}/"
    post = Item.objects.get(original=True)
    assert post.state == Item.State.IN_REVIEW
    assert f"{own}{post.pk}/" in mart.get(f"/prepare/for/{named.liis.pk}/").content.decode()
    mart.post(f"{own}{post.pk}/", {**sent(about), "text": "Other words."})
    post.refresh_from_db()
    assert post.body == "Other words."
    Item.objects.filter(pk=post.pk).update(state=Item.State.DRAFT)
    own_posts.tell_returned(post.pk)
    Item.objects.filter(pk=post.pk).update(state=Item.State.APPROVED)
    own_posts.tell_approved(post.pk)
    returned, approved = mail.outbox[-2:]
    assert returned.to == approved.to == [named.mart.email]
    assert f"{own}{post.pk}/" in returned.body
    assert f"/prepare/for/{named.liis.pk}/{post.pk}/" in approved.body
    assert f"wrote for {named.liis.name} is approved" in " ".join(approved.body.split())
    assert mart.get(f"{own}{post.pk}/").status_code == 404  # approved, it stays as it is
    delegations.end(person=named.liis, delegation=delegations.standing().get())
    own_posts.tell_approved(post.pk)
    assert mail.outbox[-1].to == [named.liis.email]  # theirs again, and nobody else's


def test_who_is_no_delegate_writes_nothing_in_anybodys_name(named: Cast, about: Category, signed_in: SignIn) -> None:
    assert signed_in(named.kadri).post(f"/prepare/for/{named.liis.pk}/own/", sent(about)).status_code == 404
    with pytest.raises(PermissionDenied):
        own_posts.write(person=named.liis, by=named.kadri, text=WORDS, category=about, language="en")
    mine = own_posts.write(person=named.liis, text="Mine.", category=about, language="en")
    with pytest.raises(PermissionDenied):
        own_posts.write(person=named.liis, by=named.mart, text="Changed.", category=about, language="en", post=mine)
    assert not Item.objects.filter(body=WORDS).exists()


def test_words_that_will_not_do_come_back(named: Cast, about: Category, signed_in: SignIn) -> None:
    own = f"/prepare/for/{named.liis.pk}/own/"
    answer = signed_in(named.mart).post(own, {**sent(about), "url": "not an address"})
    assert answer.status_code == 422
    assert WORDS in answer.content.decode()

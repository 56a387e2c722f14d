import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from kaja.guidelines import acknowledgement
from kaja.guidelines.models import Acknowledgement
from tests.cast import Cast
from tests.guidelines.writing import next_version, published

pytestmark = pytest.mark.django_db


def test_a_person_confirms_once_and_is_asked_no_more(cast: Cast) -> None:
    edition = published(cast.eda)
    assert acknowledgement.waiting(cast.liis) == edition
    for _again in range(2):
        acknowledgement.confirm(person=cast.liis, number=1, ticked=True)
    assert Acknowledgement.objects.count() == 1
    assert acknowledgement.waiting(cast.liis) is None
    assert acknowledgement.waiting(cast.mart) == edition


def test_without_the_tick_or_for_an_old_version_nothing_is_confirmed(cast: Cast) -> None:
    published(cast.eda)
    with pytest.raises(ValidationError, match="Tick"):
        acknowledgement.confirm(person=cast.liis, number=1, ticked=False)
    next_version(cast.eda, matters=True)
    with pytest.raises(ValidationError, match="newer version"):
        acknowledgement.confirm(person=cast.liis, number=1, ticked=True)
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("matters", [True, False])
def test_only_a_version_that_matters_asks_again(cast: Cast, matters: bool) -> None:
    published(cast.eda)
    acknowledgement.confirm(person=cast.liis, number=1, ticked=True)
    second = next_version(cast.eda, matters=matters)
    assert acknowledgement.waiting(cast.liis) == (second if matters else None)
    assert acknowledgement.count(second).confirmed == (0 if matters else 1)


def test_a_small_change_after_one_that_matters_does_not_bring_older_confirmations_back(cast: Cast) -> None:
    published(cast.eda)
    acknowledgement.confirm(person=cast.liis, number=1, ticked=True)
    next_version(cast.eda, matters=True)
    third = next_version(cast.eda, matters=False, title="Third")
    assert acknowledgement.waiting(cast.liis) == third
    acknowledgement.confirm(person=cast.liis, number=3, ticked=True)
    assert acknowledgement.count(third).confirmed == 1


def test_the_number_counts_those_who_joined_and_the_manager_sees_who_has_not(cast: Cast) -> None:
    edition = published(cast.eda)
    acknowledgement.confirm(person=cast.liis, number=1, ticked=True)
    cast.mart.is_active = False
    cast.mart.save()
    assert acknowledgement.count(edition) == acknowledgement.Count(1, 7)
    names = [one.first_name for one in acknowledgement.missing(person=cast.kadri, edition=edition)]
    assert sorted(names) == ["Aado", "Eda", "Kadri", "Rein", "Sten", "Viivi"]


def test_nobody_but_the_manager_sees_the_names(cast: Cast, client: Client) -> None:
    edition = published(cast.eda)
    for somebody in (cast.liis, cast.eda, cast.rein, cast.aado, cast.viivi, cast.sten):
        with pytest.raises(PermissionDenied):
            acknowledgement.missing(person=somebody, edition=edition)
        client.force_login(somebody)
        assert client.get("/guidelines/confirmed/").status_code == 404
    client.force_login(cast.kadri)
    assert "Liis Tamm" in client.get("/guidelines/confirmed/").content.decode()


def test_the_feed_reminds_gently_and_later_puts_it_off(cast: Cast, client: Client) -> None:
    published(cast.eda)
    client.force_login(cast.liis)
    assert "/guidelines/later/" in client.get("/").content.decode()
    assert client.post("/guidelines/later/").status_code == 302
    assert "/guidelines/later/" not in client.get("/").content.decode()
    assert acknowledgement.waiting(cast.liis) is not None


def test_the_box_is_empty_and_a_refusal_shows_the_page_again(cast: Cast, client: Client) -> None:
    published(cast.eda)
    client.force_login(cast.liis)
    page = client.get("/guidelines/").content.decode()
    assert 'name="read"' in page
    assert "checked" not in page
    refused = client.post("/guidelines/confirm/", {"number": "1"})
    assert refused.status_code == 422
    assert "Tick the box" in refused.content.decode()
    assert client.post("/guidelines/confirm/", {"number": "1", "read": "on"}).status_code == 302
    assert "You confirmed these pages" in client.get("/guidelines/").content.decode()

"""What an editor is told of an address that names a post on a network: whether people pass that post on, or a link."""

from collections.abc import Callable

import pytest
from django.test import Client

from kaja.networks import company_apps
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import linkedin
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
ACTIVITY = "https://www.linkedin.com/posts/nordwind_quiet-activity-7399146032652296192-abcd"
EMBEDDED = "https://www.linkedin.com/embed/feed/update/urn:li:share:7399146032652296192"


@pytest.fixture
def keys(cast: Cast) -> None:
    given = {"client_id": "86abc", "client_secret": "s3cret"}
    company_apps.save(person=cast.aado, network=BY_KEY["linkedin"], given=given)


def page(client: Client, address: str, **typed: str) -> str:
    item = factories.item("Our post", url=address)
    answer = client.post(f"/library/{item.pk}/", typed) if typed else client.get(f"/library/{item.pk}/")
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (ACTIVITY, True),
        ("https://linkedin.com/feed/update/urn:li:activity:7399146032652296192/", True),
        ("https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A739/?utm_source=share", True),
        ("https://www.linkedin.com/embed/feed/update/urn:li:activity:739", True),
        (EMBEDDED, False),
        ("https://www.linkedin.com/feed/update/urn:li:ugcPost:739/", False),
        ("https://www.linkedin.com/company/nordwind/", False),
        ("https://www.linkedin.com/pulse/quiet-robots-nordwind", False),
        ("https://evil.example/posts/x-activity-739", False),
        ("https://[linkedin.com/posts/x", False),
        ("", False),
    ],
)
def test_only_a_post_whose_address_does_not_name_it_is_told_about(address: str, told: bool) -> None:
    assert bool(linkedin.cannot_reshare(address)) == told


def test_an_editor_reads_why_it_becomes_a_link_and_what_to_paste_instead(
    cast: Cast, signed_in: SignIn, keys: None
) -> None:
    said = page(signed_in(cast.kadri), ACTIVITY)
    assert "people will share it as a link" in said
    assert "“Embed this post”" in said
    said = page(signed_in(cast.kadri), EMBEDDED)
    assert "passes the post itself on" in said
    assert "as a link" not in said


def test_it_is_said_in_estonian_too(cast: Cast, signed_in: SignIn, keys: None) -> None:
    cast.kadri.language = "et"
    cast.kadri.save()
    said = page(signed_in(cast.kadri), ACTIVITY)
    assert "jagavad inimesed seda lingina" in said


def test_what_was_typed_is_told_about_when_the_form_comes_back(cast: Cast, signed_in: SignIn, keys: None) -> None:
    said = page(signed_in(cast.kadri), "https://nordwind.example/story", url=ACTIVITY, title="")
    assert "people will share it as a link" in said


def test_without_the_companys_keys_all_is_shared_by_windows_and_nothing_is_said(cast: Cast, signed_in: SignIn) -> None:
    assert "Embed this post" not in page(signed_in(cast.kadri), ACTIVITY)

import pytest
from pytest_django import Settings

from kaja import memory
from kaja.links import minting
from kaja.links.models import ShortLink
from kaja.people.models import Company
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TEMPLATE = "utm_source={network}&utm_medium=social&utm_campaign={campaign}&utm_content={item}"


def test_a_link_says_where_its_visitors_come_from(cast: Cast, settings: Settings) -> None:
    settings.LINK_BASE_URL = "https://k.nordwind.example"
    link = minting.mint(
        target="https://nordwind.example/nw-7", owner=cast.liis, network="linkedin", item=42, campaign="2026q4-hiring"
    )
    assert link.target == (
        "https://nordwind.example/nw-7?utm_source=linkedin&utm_medium=social&utm_campaign=2026q4-hiring&utm_content=42"
    )
    assert (link.owner, link.network) == (cast.liis, "linkedin")
    assert minting.address(link) == f"https://k.nordwind.example/{link.slug}"


def test_slugs_are_short_random_and_can_be_read_aloud() -> None:
    slugs = {minting.slug() for _number in range(1_000)}
    assert len(slugs) == 1_000
    assert all(len(slug) == 7 and not set(slug) - set(minting.ALPHABET) for slug in slugs)
    assert not set("01loi") & set(minting.ALPHABET)


def test_a_slug_that_is_taken_is_drawn_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["taken22", "taken22", "taken22", "free222"])
    monkeypatch.setattr(minting, "slug", lambda: next(drawn))
    first = minting.mint(target="https://x.example/", owner=None, network="x")
    second = minting.mint(target="https://x.example/", owner=None, network="x")
    assert (first.slug, second.slug) == ("taken22", "free222")


@pytest.mark.parametrize(
    ("target", "tagged"),
    [
        ("https://a.example/?utm_source=own", "https://a.example/?utm_source=own&utm_medium=social&utm_content=7"),
        ("https://a.example/?UTM_Medium=x#top", "https://a.example/?UTM_Medium=x&utm_source=x&utm_content=7#top"),
        (
            "https://a.example/p?q=%20%2B&r",
            "https://a.example/p?q=%20%2B&r&utm_source=x&utm_medium=social&utm_content=7",
        ),
        ("https://a.example/õ?ä=ö", "https://a.example/õ?ä=ö&utm_source=x&utm_medium=social&utm_content=7"),
    ],
)
def test_what_the_target_has_is_kept_and_what_is_empty_is_left_out(target: str, tagged: str) -> None:
    assert minting.tagged(target, TEMPLATE, network="x", item=7) == tagged


def test_odd_values_cannot_break_out_of_their_parameter() -> None:
    odd = minting.tagged("https://a.example/", "?c={campaign}", network="x", campaign="a&b=c#d {network}")
    assert odd == "https://a.example/?c=a%26b%3Dc%23d%20%7Bnetwork%7D"


def test_a_company_may_want_no_parameters_at_all(cast: Cast) -> None:
    Company.objects.update(utm_template="")
    memory.forget("company")
    assert minting.mint(target="https://a.example/?b", owner=None, network="x").target == "https://a.example/?b"


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "ftp://a.example/", "//a.example", "https://", "https://a.example/ b", "a", "https://[::1"],
)
def test_a_link_leads_to_nothing_but_a_web_address(cast: Cast, target: str) -> None:
    with pytest.raises(minting.BadTarget, match="https://"):
        minting.mint(target=target, owner=cast.liis, network="x")
    assert not ShortLink.objects.exists()

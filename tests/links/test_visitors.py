import csv
from collections import Counter
from pathlib import Path

import pytest

from kaja.links import visitors
from tests import samples

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
OWN = Path(__file__).parent / "fixtures" / "useragents.tsv"
KINDS = {"human": "person", "bot": "bot", "preview-fetcher": "preview", "security-scanner": "scanner"}


def labelled(path: Path) -> list[tuple[str, str]]:
    with path.open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(KINDS[row["label"]], row["user_agent"]) for row in rows]


@pytest.mark.parametrize(("kind", "user_agent"), labelled(OWN))
def test_our_own_list_is_told_apart_without_a_mistake(kind: str, user_agent: str) -> None:
    assert visitors.classify(user_agent).kind == kind


def test_of_the_samples_no_human_is_lost_and_nearly_every_machine_is_known_for_what_it_is() -> None:
    rows = labelled(samples.folder() / "useragents-given.tsv")
    found = Counter((kind, visitors.classify(agent).kind) for kind, agent in rows)
    assert not [pair for pair in found if pair[0] == "person" and pair[1] != "person"]
    assert not [pair for pair in found if pair[0] != "person" and pair[1] == "person"]
    right = sum(number for (kind, said), number in found.items() if kind == said)
    assert right >= 0.98 * len(rows), found


def test_an_empty_user_agent_is_a_bot() -> None:
    assert visitors.classify("").kind == visitors.classify("  ").kind == "bot"


def test_asking_for_the_head_only_is_no_click() -> None:
    assert visitors.classify(FIREFOX, "HEAD").kind == "head"
    assert visitors.classify(FIREFOX, "head").kind == "head"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-Purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("Sec-Purpose", "prefetch;anonymous-client-ip"),
        ("Purpose", "prefetch"),
        ("X-Moz", "prefetch"),
        ("X-Purpose", "preview"),
    ],
)
def test_fetching_ahead_is_no_click(header: str, value: str) -> None:
    assert visitors.classify(FIREFOX, "GET", {header: value}).kind == "prefetch"


def test_an_ordinary_click_is_a_persons() -> None:
    said = visitors.classify(FIREFOX, "GET", {"Sec-Fetch-Mode": "navigate", "Sec-Purpose": ""})
    assert (said.kind, said.version) == ("person", visitors.RULES_VERSION)


def test_the_key_of_a_visitor_is_the_published_one() -> None:
    """Vectors of measurement.md 3.4, with the full address in the place of the network."""
    day, next_day = bytes(32), b"\x01" * 32
    assert visitors.visitor_key(day, "k.example", "203.0.113.7", FIREFOX) == "901576276d6de22f"
    assert visitors.visitor_key(next_day, "k.example", "203.0.113.7", FIREFOX) == "48433324436e858a"
    assert visitors.visitor_key(day, "k.example", "203.0.113.8", FIREFOX) == "857b427bbd5e072b"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::9", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_of_an_address_only_its_network_is_kept(address: str, network: str) -> None:
    assert visitors.prefix(address) == network


def test_an_inner_network_is_many_people_and_is_not_suspected() -> None:
    salt = bytes(32)
    assert visitors.source_key(salt, "203.0.113.0")
    assert [visitors.source_key(salt, inner) for inner in ("127.0.0.0", "10.1.2.0", "::", "fd00::", "")] == [""] * 5

"""The table of networks in the documents says what the constants say: a promise that the code does not keep fails here."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaja.networks import abilities
from kaja.networks.catalogue import NETWORKS
from kaja.networks.contract import Network

PAGE = Path(__file__).resolve().parents[2] / "docs" / "networks" / "README.md"
# The clipboard and the phone’s own sheet open no address: the page tells of them in words.
SHOWN = [
    one
    for one in NETWORKS
    if not one.demo_only and (one.api or (one.dialog and one.dialog.address("A", "https://k.example/l/a", "A")))
]


def megabytes(size: int) -> str:
    return f"{size // 1_000_000_000} GB" if size % 1_000_000_000 == 0 else f"{size // 1_000_000} MB"


def time(seconds: float) -> str:
    if seconds >= 3600:
        return f"{seconds / 3600:g} h"
    return f"{seconds / 60:g} min" if seconds % 60 == 0 else f"{seconds:g} s"


def films(network: Network) -> str:
    if network.api is None or not network.api.films:
        return "–"
    assert network.takes
    assert network.takes.videos
    rule = network.takes.videos
    return ", ".join([megabytes(rule.bytes), *([time(rule.seconds[1])] if rule.seconds[1] else [])])


def documents(network: Network) -> str:
    if network.api is None or not network.api.documents:
        return "–"
    assert network.takes
    assert network.takes.documents
    return f"{megabytes(network.takes.documents.bytes)}, {network.takes.documents.pages} pages"


def pictures(network: Network) -> str:
    if network.api is None or not abilities.takes_pictures(network):
        return "–"
    assert network.takes
    assert network.takes.pictures
    return f"{'1 to' if network.needs_picture else 'to'} {network.takes.pictures.most}"


def row(network: Network) -> list[str]:
    """A network as its row of the table says it."""
    api, dialog, able = network.api, network.dialog, abilities.kinds(network)
    window = "–" if dialog is None else "words and link" if dialog.takes_text else "link"
    needs = "–" if api is None else "the company’s app" if network.app else "nothing"
    sure = "–" if api is None else "Kaja looks" if api.find else "its person is asked"
    yes = {name: "yes" if name in able else "–" for name in ("reshare", "edit", "remove", "figures")}
    return [
        network.name, window, "yes" if api else "–", needs, pictures(network), films(network), documents(network),
        yes["reshare"], yes["edit"] if api else "–", yes["remove"] if api else "–", yes["figures"] if api else "–", sure,
    ]  # fmt: skip


def told() -> dict[str, list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {one[0]: one for one in cells[1:]}


@pytest.mark.parametrize("network", SHOWN, ids=lambda network: network.key)
def test_the_table_says_what_the_network_can(network: Network) -> None:
    assert told().get(network.name) == row(network), f"docs/networks/README.md wants: | {' | '.join(row(network))} |"


def test_the_table_promises_no_network_that_is_not_there() -> None:
    assert set(told()) == {one.name for one in SHOWN}

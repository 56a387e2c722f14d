"""Xing by its share page: takes the address only."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Network


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.xing.com/spi/shares/new?url={quote(link, safe='')}"


NETWORK = Network(
    key="xing",
    name="Xing",
    icon="brand-xing",
    inessive_et="Xingis",
    limits=None,
    dialog=Dialog(address=_address, takes_text=False),
)

"""Threads by its web intent: text and address; emoji count by their bytes."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    address = f"https://www.threads.com/intent/post?text={quote(text, safe='')}"
    return f"{address}&url={quote(link, safe='')}" if link else address


NETWORK = Network(
    key="threads",
    name="Threads",
    icon="brand-threads",
    inessive_et="Threadsis",
    limits=Limits(text=500, unit="threads"),
    dialog=Dialog(address=_address, takes_text=True, plain=True),
)

"""Threads by its web intent: text and address; emoji count by their bytes."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.threads.com/intent/post?text={quote(text, safe='')}&url={quote(link, safe='')}"


NETWORK = Network(
    key="threads",
    name="Threads",
    icon="brand-threads",
    inessive_et="Threadsis",
    limits=Limits(text=500, unit="threads"),
    dialog=Dialog(address=_address, takes_text=True),
)

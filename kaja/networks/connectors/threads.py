"""Threads by its web intent: text and address; emoji count by their bytes."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network, Pictures, Takes, Videos


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
    takes=Takes(
        pictures=Pictures(most=20, bytes=8_000_000, narrowest=320, ratio=10),
        videos=Videos(bytes=1_000_000_000, seconds=(0, 300)),
    ),
)

"""Threads by its web intent: text and address; emoji count by their bytes."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Drawn, Limits, Network, Pictures, Reaction, Takes, Videos


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.threads.com/intent/post?text={quote(text, safe='')}&url={quote(link, safe='')}"


NETWORK = Network(
    key="threads",
    name="Threads",
    icon="brand-threads",
    inessive_et="Threadsis",
    limits=Limits(text=500, unit="threads"),
    drawn=Drawn(
        host_first=True,
        reactions=(
            Reaction(icon="message-circle"),
            Reaction(icon="repeat"),
            Reaction(icon="heart"),
            Reaction(icon="bookmark"),
        ),
    ),
    dialog=Dialog(address=_address, takes_text=True),
    takes=Takes(
        pictures=Pictures(most=20, bytes=8_000_000, narrowest=320, ratio=10),
        videos=Videos(bytes=1_000_000_000, seconds=(0, 300)),
    ),
)

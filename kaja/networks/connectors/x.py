"""X by its web intent: text and address; every address counts as 23."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Drawn, Limits, Network, Pictures, Reaction, Takes, Videos


def _address(text: str, link: str, title: str) -> str:
    return f"https://x.com/intent/tweet?text={quote(text, safe='')}&url={quote(link, safe='')}"


NETWORK = Network(
    key="x",
    name="X",
    icon="brand-x",
    inessive_et="X võrgus",
    limits=Limits(text=280, unit="weighted", link_length=23),
    drawn=Drawn(
        card="over",
        hides_link=True,
        reactions=(
            Reaction(icon="message-circle"),
            Reaction(icon="repeat"),
            Reaction(icon="heart"),
            Reaction(icon="bookmark"),
        ),
    ),
    dialog=Dialog(address=_address, takes_text=True),
    takes=Takes(
        pictures=Pictures(most=4, bytes=5_000_000),
        videos=Videos(bytes=512_000_000, seconds=(0.5, 140), codecs=frozenset({"h264"}), ratio=3),
    ),
)

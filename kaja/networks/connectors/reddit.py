"""Reddit by its submit page: the words are the title, at most 300 characters."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.reddit.com/submit?url={quote(link, safe='')}&title={quote((text or title)[:300], safe='')}"


NETWORK = Network(
    key="reddit",
    name="Reddit",
    icon="brand-reddit",
    inessive_et="Redditis",
    limits=Limits(text=300, unit="characters"),
    dialog=Dialog(address=_address, takes_text=True),
)

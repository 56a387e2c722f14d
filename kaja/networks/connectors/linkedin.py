"""LinkedIn by its share dialog: takes the address only, draws the preview from the page's Open Graph tags."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.linkedin.com/sharing/share-offsite/?url={quote(link, safe='')}"


NETWORK = Network(
    key="linkedin",
    name="LinkedIn",
    icon="brand-linkedin",
    inessive_et="LinkedInis",
    limits=Limits(text=3000, unit="utf16"),
    dialog=Dialog(address=_address, takes_text=False),
)

"""Facebook by its share dialog: takes the address only."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.facebook.com/sharer/sharer.php?u={quote(link, safe='')}"


NETWORK = Network(
    key="facebook",
    name="Facebook",
    icon="brand-facebook",
    inessive_et="Facebookis",
    limits=Limits(text=63206, unit="characters"),
    dialog=Dialog(address=_address, takes_text=False),
)

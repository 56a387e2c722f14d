"""A letter of one's own (RFC 6068): spaces as %20, lines end with %0D%0A; mail programs cut at 2,000 characters."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    body = "\r\n".join([*text.splitlines(), *(["", link] if link else [])])
    return f"mailto:?subject={quote(title, safe='')}&body={quote(body, safe='')}"


NETWORK = Network(
    key="email",
    name="E-mail",
    icon="mail",
    inessive_et="e-kirjas",
    limits=Limits(text=1500, unit="characters"),
    dialog=Dialog(address=_address, takes_text=True, plain=True),
    draws_cards=False,
)

"""Telegram by its share address."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Limits, Network


def _address(text: str, link: str, title: str) -> str:
    return f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(text, safe='')}"


NETWORK = Network(
    key="telegram",
    name="Telegram",
    icon="brand-telegram",
    inessive_et="Telegramis",
    limits=Limits(text=4096, unit="utf16"),
    dialog=Dialog(address=_address, takes_text=True),
)

"""WhatsApp by its click-to-chat address: the person chooses the chat there."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Network


def _address(text: str, link: str, title: str) -> str:
    words = f"{text} {link}".strip()
    return f"https://wa.me/?text={quote(words, safe='')}"


NETWORK = Network(
    key="whatsapp",
    name="WhatsApp",
    icon="brand-whatsapp",
    inessive_et="WhatsAppis",
    limits=None,
    dialog=Dialog(address=_address, takes_text=True, plain=True),
)

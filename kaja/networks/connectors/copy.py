"""Words and link on the clipboard, to paste wherever one likes. Opens nothing."""

from kaja.networks.contract import Dialog, Network

NETWORK = Network(
    key="copy",
    name="Copy",
    icon="copy",
    inessive_et="mujal",
    limits=None,
    dialog=Dialog(address=lambda _text, _link, _title: "", takes_text=False, plain=True),
    draws_cards=False,
)

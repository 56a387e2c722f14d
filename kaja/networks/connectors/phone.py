"""The phone's own share sheet, where the browser has one; it never tells which app was chosen."""

from kaja.networks.contract import Dialog, Network

NETWORK = Network(
    key="phone",
    name="Phone",
    icon="share",
    inessive_et="telefonis",
    limits=None,
    dialog=Dialog(address=lambda _text, _link, _title: "", takes_text=True, plain=True, share_sheet=True),
    draws_cards=False,
)

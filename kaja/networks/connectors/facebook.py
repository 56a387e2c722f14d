"""Facebook by its share dialog: takes the address only."""

from urllib.parse import quote

from kaja.networks.contract import Dialog, Drawn, Fold, Limits, Network, Reaction, gettext_noop


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.facebook.com/sharer/sharer.php?u={quote(link, safe='')}"


NETWORK = Network(
    key="facebook",
    name="Facebook",
    icon="brand-facebook",
    inessive_et="Facebookis",
    limits=Limits(text=63206, unit="characters"),
    # Our own choice, near what the site folds at; no document of theirs says it.
    fold=Fold(chars=477, lines=5, words=gettext_noop("… See more")),
    drawn=Drawn(
        name="",
        card="wide",
        pictures="edge",
        host_first=True,
        capitals=True,
        reactions=(
            Reaction(icon="thumb-up", word=gettext_noop("Like")),
            Reaction(icon="message-circle", word=gettext_noop("Comment")),
            Reaction(icon="share", word=gettext_noop("Share")),
        ),
    ),
    dialog=Dialog(address=_address, takes_text=False),
)

"""LinkedIn by its share dialog: takes the address only, draws the preview from the page's Open Graph tags."""

from urllib.parse import quote

from kaja.networks.contract import (
    Dialog,
    Documents,
    Drawn,
    Fold,
    Limits,
    Network,
    Pictures,
    Reaction,
    Takes,
    Videos,
    gettext_noop,
)


def _address(text: str, link: str, title: str) -> str:
    return f"https://www.linkedin.com/sharing/share-offsite/?url={quote(link, safe='')}"


NETWORK = Network(
    key="linkedin",
    name="LinkedIn",
    icon="brand-linkedin",
    inessive_et="LinkedInis",
    limits=Limits(text=3000, unit="utf16"),
    dialog=Dialog(address=_address, takes_text=False),
    # Read off the site in autumn 2026; not documented.
    fold=Fold(chars=200, lines=3, words=gettext_noop("…more")),
    drawn=Drawn(
        name="job",
        card="wide",
        reactions=(
            Reaction(icon="thumb-up", word=gettext_noop("Like")),
            Reaction(icon="message-circle", word=gettext_noop("Comment")),
            Reaction(icon="repeat", word=gettext_noop("Repost")),
        ),
    ),
    takes=Takes(
        # No size of a picture in bytes is documented; others keep to 5 MB.
        pictures=Pictures(most=20, bytes=5_000_000, pixels=36_152_320),
        videos=Videos(bytes=500_000_000, seconds=(3, 1800)),
        documents=Documents(bytes=100_000_000, pages=300),
    ),
)

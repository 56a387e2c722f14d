"""Which pictures a post shows itself, beside or instead of a link's card, and whether its network can take them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaja.content import attaching, fits, kinds
from kaja.content.models import Item, Media
from kaja.networks.contract import Network


def pictures(item: Item, network: Network) -> list[Media]:
    """Those of a post of pictures, in their order, as many as the network takes; of one without a link its own. Where
    nothing is posted without a picture, a story with a link shows its own, too."""
    most = network.limits.pictures if network.limits else 0
    own = [item.image] if network.needs_picture and item.url and item.image else []
    return (every_picture(item) or own)[:most]


def every_picture(item: Item) -> list[Media]:
    """Every picture that belongs into a post of this item; by hand people may take them all."""
    kind = kinds.of(item)
    if kind.posts_pictures:
        return [one.media for one in attaching.of(item)]
    alone = not item.url and kind.words
    return [item.image] if alone and item.image else []


def check(item: Item, network: Network) -> None:
    """Raises ValidationError with a sentence when Kaja cannot post this item's pictures there by itself."""
    shown = pictures(item, network)
    if network.needs_picture and not shown:
        raise ValidationError(
            _("%s takes no post without a picture, and this one has none.") % network.name, code="needs-picture"
        )
    if not shown or not network.fetches_pictures:
        return
    if not settings.BASE_URL.startswith("https://"):
        raise ValidationError(
            _("%s fetches pictures from Kaja, and this Kaja has no public address. Its administrator can give it one.")
            % network.name,
            code="no-public-address",
        )
    fit = fits.together(shown, network)
    if fit.verdict == fits.CANNOT:
        told = {"network": network.name, "why": " ".join(fit.reasons)}
        raise ValidationError(_("The picture does not fit %(network)s. %(why)s") % told, code="picture")


def remarks(item: Item, network: Network) -> list[str]:
    """What a person should know before Kaja posts this there: what stands against it, and what the network lacks."""
    return [words for _code, words in remarks_of(item, network)]


def remarks_of(item: Item, network: Network) -> list[tuple[str, str]]:
    """The same, each with its code; that of a link which nobody can click is "link"."""
    said = []
    try:
        check(item, network)
    except ValidationError as error:
        said += [("check", words) for words in error.messages]
    if item.url and not network.links_work:
        said.append(("link", _("Nobody can click the link on %s: it stands there as text.") % network.name))
    return said

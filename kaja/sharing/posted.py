"""Which pictures, film or document a post shows itself, beside or instead of a link's card, and whether its network can
take them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaja.content import attaching, fits, kinds
from kaja.content.models import Item, Media
from kaja.networks import company_apps
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


def file(item: Item, network: Network) -> Media | None:
    """The film or document that Kaja posts there itself; None where the item has none, or where the network or Kaja
    cannot: then the link's card stands for it."""
    media = _own_file(item)
    if media is None or not _carries(network, media.kind) or _against(media, network):
        return None
    return media


def _own_file(item: Item) -> Media | None:
    kind = kinds.of(item)
    if kind.attaches not in (Media.Kind.VIDEO, Media.Kind.DOCUMENT):
        return None
    return next((one.media for one in attaching.of(item)), None)


def _carries(network: Network, kind: str) -> bool:
    """Whether Kaja's own posts there carry a file of this kind."""
    api = network.api
    return api is not None and (api.films if kind == Media.Kind.VIDEO else api.documents)


def _against(media: Media, network: Network) -> list[str]:
    """Why this file cannot go there, as sentences; empty when it can."""
    if network.fetches_pictures and not settings.BASE_URL.startswith("https://"):
        return [_("The network fetches it from Kaja, and this Kaja has no public address.")]
    fit = fits.look(media, network)
    return fit.reasons if fit.verdict == fits.CANNOT else []


def reshares(item: Item, network: Network) -> str:
    """The id of the network's own post that the item stands for, so that people pass it on there; empty as a rule."""
    reshare = network.api.reshare if network.api else None
    return reshare(item.url) if reshare and item.url else ""


def check(item: Item, network: Network) -> None:
    """Raises ValidationError with a sentence when Kaja cannot post this item's pictures there by itself."""
    shown = [] if file(item, network) else pictures(item, network)
    if network.needs_picture and not shown and not file(item, network):
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


def remarks_of(item: Item, network: Network) -> list[tuple[str, str]]:
    """What a person should know before Kaja posts this there, each with its code: what stands against it ("check"), and
    what the network lacks (a link that nobody can click is "link")."""
    said = []
    try:
        check(item, network)
    except ValidationError as error:
        said += [("check", words) for words in error.messages]
    if reshares(item, network):
        passed_on = _("You pass the company’s own post on, with your words above it. Clicks are not counted there.")
        return [*said, ("reshare", passed_on)]
    if words := _about_file(item, network):
        said.append(("file", words))
    if name := _mentioned(network):
        said.append(("mention", _("Write @%(name)s to mention the company’s page.") % {"name": name}))
    if item.url and not network.links_work:
        said.append(("link", _("Nobody can click the link on %s: it stands there as text.") % network.name))
    return said


def _about_file(item: Item, network: Network) -> str:
    """Why its film or document is not posted there itself; empty when it is, or when there is none."""
    media = _own_file(item)
    if media is None:
        return ""
    if _carries(network, media.kind):
        if not (against := _against(media, network)):
            return ""
        told = {"network": network.name, "why": " ".join(against)}
        if media.kind == Media.Kind.VIDEO:
            return _("%(network)s does not take the video itself, so the link stands for it. %(why)s") % told
        return _("%(network)s does not take the document itself, so the link stands for it. %(why)s") % told
    if network.api is None:
        return ""
    if media.kind == Media.Kind.VIDEO:
        return _("Kaja posts no videos on %(network)s: the link stands for it.") % {"network": network.name}
    return _("Kaja posts no documents on %(network)s: the link stands for it.") % {"network": network.name}


def _mentioned(network: Network) -> str:
    """The company's name on the network, where writing it after an @ mentions it; empty where that is not set up."""
    if network.api is None or not network.api.mentions:
        return ""
    app = company_apps.of(network)
    return str(app.entries.get(network.api.mentions, "")) if app else ""

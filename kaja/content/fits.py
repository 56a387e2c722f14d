"""Whether a picture, film or document fits a network, or is made to fit, or cannot go there, and why, in words (B5).

The facts are the networks' own constants (`contract.Takes`); this is arithmetic over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaja.content.models import Item, Media
from kaja.design.tags import figure, megabytes
from kaja.networks.catalogue import offered
from kaja.networks.contract import Documents, Network, Pictures, Videos

FITS, MADE, CANNOT = "fits", "made", "cannot"


@dataclass(frozen=True)
class Fit:
    """`verdict`: fits, made (to fit) or cannot; `reasons` are sentences, at least one."""

    network: Network
    verdict: str
    reasons: list[str]


def networks() -> list[Network]:
    """Those whose posts can carry media."""
    return [network for network in offered() if network.takes is not None]


def others() -> list[Network]:
    """Those that take words and a link; they show the picture of the page behind the link."""
    return [network for network in offered() if network.takes is None and network.limits is not None]


def everywhere(media: Media) -> list[Fit]:
    """The verdict of each network that takes media."""
    return [look(media, network) for network in networks()]


def of_item(item: Item) -> list[Fit]:
    """What each network makes of an item's files: its attachments, or else its picture. Empty without any."""
    some = [one.media for one in item.attachments.select_related("media")] or ([item.image] if item.image else [])
    return [together(some, network) for network in networks()] if some else []


def together(some: Sequence[Media], network: Network) -> Fit:
    """The verdict on all of one post's media: the worst of each, and whether there are too many."""
    each = [look(media, network) for media in some]
    pictures_of = network.takes.pictures if network.takes else None
    number = sum(media.kind == Media.Kind.PICTURE for media in some)
    reasons = [reason for one in each if one.verdict != FITS for reason in one.reasons]
    verdicts = [one.verdict for one in each]
    if pictures_of and number > pictures_of.most:
        verdicts.append(CANNOT)
        said = _("It takes %(most)d pictures at most, and there are %(n)d.")
        reasons.insert(0, said % {"most": pictures_of.most, "n": number})
    if len({media.kind for media in some}) > 1:
        verdicts.append(CANNOT)
        reasons.insert(0, _("A post carries pictures, or a video, or a document, and not two of these."))
    verdict = next((one for one in (CANNOT, MADE) if one in verdicts), FITS)
    reasons = reasons or [reason for one in each for reason in one.reasons][:1] or [_("Goes as it is.")]
    return Fit(network, verdict, list(dict.fromkeys(reasons)))


def look(media: Media, network: Network) -> Fit:
    """The verdict of one network on one file."""
    takes = network.takes
    if takes is None:
        said = _("Its window takes words and a link. It shows the picture of the page behind the link.")
        return Fit(network, CANNOT, [said])
    if media.kind == Media.Kind.PICTURE:
        against = list(_picture(media, takes.pictures)) if takes.pictures else [_("It takes no pictures from Kaja.")]
        if against or takes.pictures is None:
            return Fit(network, CANNOT, against)
        return _made(media, network, takes.pictures)
    if media.kind == Media.Kind.VIDEO:
        against = list(_video(media, takes.videos)) if takes.videos else [_("It takes no videos.")]
    else:
        no = [_("It takes no documents. Share a link to it.")]
        against = list(_document(media, takes.documents)) if takes.documents else no
    return Fit(network, CANNOT if against else FITS, against or [_("Goes as it is.")])


def _made(media: Media, network: Network, rule: Pictures) -> Fit:
    """A picture always goes as a JPEG that we write; whether it loses something on the way."""
    large = media.sizes[-1][1] if media.sizes else media.width
    if rule.bytes and media.size > rule.bytes:
        said = _("It is %(size)s, and %(most)s is the most. Kaja makes it smaller.")
        return Fit(network, MADE, [said % {"size": megabytes(media.size), "most": megabytes(rule.bytes)}])
    if rule.pixels and large * large * media.height / max(media.width, 1) > rule.pixels:
        return Fit(network, MADE, [_("It has too many pixels. Kaja makes it smaller.")])
    high = round(large * media.height / max(media.width, 1))
    return Fit(network, FITS, [_("Goes as JPEG, %(wide)d × %(high)d.") % {"wide": large, "high": high}])


def _picture(media: Media, rule: Pictures) -> Iterator[str]:
    large = media.sizes[-1][1] if media.sizes else media.width
    if rule.narrowest and large < rule.narrowest:
        yield _("It is %(wide)d pixels wide, and %(least)d is the least.") % {"wide": large, "least": rule.narrowest}
    if rule.ratio and _ratio(media) > rule.ratio:
        yield _("One side is more than %d times the other. Cut it.") % rule.ratio
    tall, wide = rule.shape
    if wide and media.height and not tall <= round(media.width / media.height, 2) <= wide:
        yield _("It is too tall or too wide: from 4:5 upright to 1.91:1 across is taken. Cut it.")


def _video(media: Media, rule: Videos) -> Iterator[str]:
    shortest, longest = rule.seconds
    seconds = media.seconds or 0
    if media.mime not in rule.mimes:
        yield _("It takes MP4. Save it as MP4 with H.264.")
    elif rule.codecs and media.codec not in rule.codecs:
        yield _("It takes H.264. Save it as MP4 with H.264.")
    if media.size > rule.bytes:
        yield _too_large(media, rule.bytes)
    if longest and seconds > longest:
        said = _("It is %(long)s long, and %(most)s is the most.")
        yield said % {"long": minutes(seconds), "most": minutes(longest)}
    if seconds < shortest:
        said = _("It is %(long)s long, and %(least)s is the least.")
        yield said % {"long": minutes(seconds), "least": minutes(shortest)}
    if rule.ratio and _ratio(media) > rule.ratio:
        yield _("One side is more than %d times the other. Cut it.") % rule.ratio
    tall, wide = rule.shape
    if wide and media.height and not tall <= round(media.width / media.height, 2) <= wide:
        yield _("It is too tall or too wide: from 9:16 upright to 16:9 across is taken. Cut it.")


def _document(media: Media, rule: Documents) -> Iterator[str]:
    if media.size > rule.bytes:
        yield _too_large(media, rule.bytes)
    if (media.pages or 0) > rule.pages:
        yield _("It has %(pages)d pages, and %(most)d is the most.") % {"pages": media.pages, "most": rule.pages}


def _too_large(media: Media, most: int) -> str:
    return _("It is %(size)s, and %(most)s is the most.") % {"size": megabytes(media.size), "most": megabytes(most)}


def _ratio(media: Media) -> float:
    sides = sorted((media.width, media.height))
    return sides[1] / sides[0] if sides[0] else 0.0


def minutes(seconds: float) -> str:
    """65 -> "1:05 min"; below a minute "6 s"."""
    if seconds < 60:
        return f"{figure(seconds, 0 if seconds == int(seconds) else 1)} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"

"""Minting short links: a slug nobody can misread, and a target that says where its visitors come from (UTM)."""

import re
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.links.models import ShortLink
from kaja.people import company
from kaja.people.models import Person

# No 0 and o, 1, l and i, and no capitals: a slug may be read aloud and typed.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 7
_TRIES = 8
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_PLACEHOLDER = re.compile(r"\{(network|campaign|item)\}")


class BadTarget(Exception):
    """The target is no web address. The text is a sentence for the person."""


def slug() -> str:
    """A new random slug: one of 31^7, about 27 thousand million."""
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


def tagged(target: str, template: str, *, network: str, campaign: str = "", item: int | str = "") -> str:
    """`target` with the parameters of `template`, its placeholders filled.

    Parameters that the target already has are kept as they are; those whose value comes out empty are left out.
    The target's own query and fragment stay byte for byte.
    """
    values = {"network": network, "campaign": campaign, "item": str(item)}
    parts = urlsplit(target)
    present = {pair.partition("=")[0].lower() for pair in parts.query.split("&")}
    added = []
    for pair in template.strip("?& ").split("&"):
        name, _equals, raw = pair.partition("=")
        value = _PLACEHOLDER.sub(lambda found: values[found[1]], raw)
        if name and value and name.lower() not in present:
            added.append(f"{name}={quote(value, safe='-._~%')}")
    query = "&".join([part for part in (parts.query, *added) if part])
    return urlunsplit(parts._replace(query=query))


def _is_web_address(target: str) -> bool:
    try:
        parts = urlsplit(target)
        return bool(parts.scheme in ("http", "https") and parts.hostname) and not _CONTROL.search(target)
    except ValueError:
        return False


def mint(
    *,
    target: str,
    owner: Person | None,
    network: str,
    item: int | str = "",
    campaign: str = "",
    preview: Mapping[str, str] | None = None,
) -> ShortLink:
    """Store a new short link to `target`, tagged by the company's UTM template. `preview` (title, text, image) is what
    preview fetchers are told; without it they are led on.

    Raises BadTarget when `target` is not an http(s) address. Whoever may do what the link is for may mint it; the
    verb that calls asks for the permission.
    """
    if not _is_web_address(target):
        raise BadTarget(_("A short link can lead only to an address that begins with https:// or http://."))
    where = tagged(target, company.current().utm_template, network=network, campaign=campaign, item=item)
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                return ShortLink.objects.create(
                    slug=slug(), target=where, owner=owner, network=network, preview=dict(preview or {})
                )
        except IntegrityError:
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def carried(campaign: str) -> bool:
    """Whether any link was minted with this campaign in its parameters: then its name in links can no longer change."""
    ends = (
        Q(target__endswith=f"={campaign}") | Q(target__contains=f"={campaign}&") | Q(target__contains=f"={campaign}#")
    )
    return ShortLink.objects.filter(ends).exists()


def change_preview(links: QuerySet[ShortLink], preview: Mapping[str, str]) -> None:
    """Tell preview fetchers of these links something else from now on; link servers notice within two seconds."""
    links.update(preview=dict(preview), changed_at=timezone.now())


def address(link: ShortLink) -> str:
    """The public address of a link, as people post it."""
    return f"{settings.LINK_BASE_URL}/{link.slug}"

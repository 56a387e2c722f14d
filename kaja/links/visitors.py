"""Who asked for a short link: a person, or one of the machines that come before any person does (L3).

The rules are public (docs/clicks.md). Change one and raise RULES_VERSION: `counting.recount` then classes the stored
hits again.
"""

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from kaja.links import agents
from kaja.links.models import DailySalt

RULES_VERSION = 1
_SEPARATOR = b"\x1f"
# Loopback, private, shared and link-local networks, as `prefix` writes them.
_INNER = re.compile(
    r"127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\."
    r"|::$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:"
)


class Classified(NamedTuple):
    """`kind` is person, preview, scanner, bot, prefetch or head; `rule` says why; `version` is that of the rules."""

    kind: str
    rule: str
    version: int = RULES_VERSION


HEAD = Classified("head", "method HEAD")
OWN = Classified("own", "the owner of the link")
PREFETCH = Classified("prefetch", "fetched ahead of a click")


def is_prefetch(sec_purpose: str, purpose: str, x_moz: str, x_purpose: str) -> bool:
    """Whether a browser only fetches ahead what a person may click later (measurement.md 3.2, 4)."""
    return (
        sec_purpose.lower().startswith("prefetch")
        or purpose.lower() == "prefetch"
        or x_moz.lower() == "prefetch"
        or x_purpose.lower() in ("preview", "prefetch")
    )


def classify(user_agent: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Classified:
    """The class of a single request by what it says of itself; names of headers in any case.

    What needs other requests (own, repeat, suspicious) is decided while counting.
    """
    if method.upper() == "HEAD":
        return HEAD
    said = {name.lower(): value for name, value in (headers or {}).items()}
    if is_prefetch(*(said.get(name, "") for name in ("sec-purpose", "purpose", "x-moz", "x-purpose"))):
        return PREFETCH
    agent = agents.read(user_agent)
    return Classified(agent.kind, agent.rule)


def of_line(how: str, user_agent: str) -> Classified:
    """The class of a request that the click log tells of: how it was made (see clicklog) and its user agent.

    Own clicks are told apart after the bots: a network that previews a link in the owner's name is still a machine.
    """
    if how == "H":
        return HEAD
    if how == "P":
        return PREFETCH
    kind, rule = agents.read(user_agent)
    return OWN if how == "O" and kind == "person" else Classified(kind, rule)


def prefix(address: str) -> str:
    """The network an address belongs to, /24 or /48: all that is written down of it. Empty for what is no address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False).network_address)


def visitor_key(salt: bytes, host: str, network: str, user_agent: str) -> str:
    """16 hex digits that stand for one visitor of one day: HMAC-SHA256 of host, network and user agent (3.4)."""
    message = _SEPARATOR.join((host.encode(), network.encode(), user_agent.encode()))
    return hmac.digest(salt, message, hashlib.sha256).hex()[:16]


def source_key(salt: bytes, network: str) -> str:
    """8 hex digits for the network alone, to see many requests from one place; empty for inner networks.

    An inner address is a proxy nobody declared or the company's own office: many people, so nothing is suspected.
    """
    if not network or _INNER.match(network):
        return ""
    return hmac.digest(salt, b"source" + _SEPARATOR + network.encode(), hashlib.sha256).hex()[:8]


def salt_of(day: date) -> bytes:
    """The salt of a day (UTC), made by whoever asks first. `counting.forget_old` destroys it."""
    row, _made = DailySalt.objects.get_or_create(day=day, defaults={"salt": secrets.token_bytes(32)})
    return bytes(row.salt)

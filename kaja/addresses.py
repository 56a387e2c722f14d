"""Web addresses as people and pages write them, made fit to be asked, stored and posted.

What is written may be relative, have letters of any alphabet (RFC 3987), or be no address at all; what comes out is
ASCII (RFC 3986, host in IDNA) or empty. Nothing here raises.
"""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from django.utils.encoding import iri_to_uri

HOST = re.compile(r"[a-z0-9._~-]+|[0-9a-f:.]+", re.IGNORECASE)


def fit(text: str, base: str = "") -> str:
    """The http(s) address that `text` names on a page at `base`, in full and in ASCII; empty when it names none."""
    try:
        parts = urlsplit(urljoin(base, text.strip()) if base else text.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
        if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
            return ""
        sign_in, at, _host = parts.netloc.rpartition("@")
        netloc = f"{sign_in}{at}[{host}]{port}" if ":" in host else f"{sign_in}{at}{host}{port}"
        return iri_to_uri(urlunsplit(parts._replace(netloc=netloc)))
    except ValueError:  # brackets without an end, no port at all, a letter that no name may have
        return ""


def host(address: str) -> str:
    """The host of an address; empty when there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""

"""The only module that speaks HTTP to the outside; refuses inner addresses.

Every connection goes to an address that was checked after the name was resolved, also at each redirect, so that neither
a redirect nor a name that changes its address (DNS rebinding) leads into the company's network. Time, size and
unpacked size are capped. Two ends are told apart because sharing lives on it: NotSent (it certainly had no effect) and
Silence (bytes had left and no whole answer came).
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import certifi
import httpcore
from cryptography import x509
from django.conf import settings
from django.utils.translation import gettext as _

from kaja import addresses

REDIRECTS = 5
# Connections that may be kept open, and for how many seconds: less than any server waits before it closes them.
KEPT, KEPT_FOR = 24, 2.0
# Bytes a second that a line can be trusted to carry out.
UPLOADED = 100_000
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status. Header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(Exception):
    """The request never left (no address, connection refused): certain to have had no effect."""


class Silence(Exception):
    """The request left, at least in part, and no whole answer came back."""


class Refused(NotSent):
    """We do not fetch this, or could not. `reason` is a code, `sentence` tells a person what is wrong; `status` and
    `headers` are those of the answer, when there was one."""

    def __init__(
        self, reason: str, sentence: str, *, status: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.reason, self.sentence, self.status, self.headers = reason, sentence, status, headers or {}


class Http(Protocol):
    """Sends one request and follows no redirects. Raises NotSent or Silence; any HTTP status is an answer."""

    def __call__(self, request: Request) -> Response: ...


@dataclass(frozen=True)
class Fetched:
    """A page or file, with the address it came from after redirects; `moved` is where it lives for good (301, 308)."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved: str = ""


# --- which addresses may be reached ---------------------------------------------------------------------------------
def is_outer(address: str) -> bool:
    """Whether an IP address lies in the public internet, also when an IPv4 address hides in an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_outer(str(ip.ipv4_mapped))
        if ip in NAT64:
            return is_outer(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip in SIX_TO_FOUR and ip.sixtofour:
            return is_outer(str(ip.sixtofour))
        if ip.teredo or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_addresses(host: str, port: int) -> list[str]:
    """Where to connect for `host`. Raises Refused for inner addresses and names without one."""
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise Refused("no-address", _("There is no server called %s. Check the address.") % host) from error
    if f"{host}:{port}" in settings.OUTBOUND_ALLOW:
        return found
    if port not in PORTS.values():
        raise Refused("port", _("Kaja fetches pages from the usual web ports only, not from port %s.") % port)
    # One inner address among several is enough: whoever mixes them is up to something.
    if not found or not all(is_outer(address) for address in found):
        raise Refused("inner", _("%s is an address inside a network. Kaja fetches public pages only.") % host)
    return found


class _Deadline:
    """What is left of a request's time; every wait asks it, so that a drip of bytes cannot hold a worker."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The whole request took too long.")
        return left


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, timer: Callable[[], _Deadline]) -> None:
        self._stream, self._timer = stream, timer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._timer().left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._timer().left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._timer().left()), self._timer)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to checked addresses only: what was checked is what is connected to."""

    def __init__(self, timer: Callable[[], _Deadline]) -> None:
        self._inner, self._timer = httpcore.SyncBackend(), timer

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"No address for {host}")
        for address in checked_addresses(host, port):
            try:
                stream = self._inner.connect_tcp(address, port, min(self._timer().left(), 10.0), local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._timer)
        raise failure


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: to read all certificates costs more than a request."""
    return ssl.create_default_context(cafile=certifi.where())


_under_way = threading.local()  # `deadline` of the request that this thread sends


@cache
def _kept() -> httpcore.ConnectionPool:
    """Connections that stay open for a moment, each to the address that was checked when it was opened."""
    return httpcore.ConnectionPool(
        ssl_context=_trusted(),
        network_backend=_Backend(lambda: _under_way.deadline),
        max_connections=None,  # nobody waits for another one's answer
        max_keepalive_connections=KEPT,
        keepalive_expiry=KEPT_FOR,
    )


# --- our own certificate ---------------------------------------------------------------------------------------------
# Codes of OpenSSL: past its end; for another name. Whatever else: nobody we know vouches for it.
_CODES = {10: "expired", 62: "name"}


@dataclass(frozen=True)
class Certificate:
    """A server's certificate: its end, and what a browser would have against it: expired, name, issuer or nothing."""

    ends_at: datetime
    reason: str = ""
    detail: str = ""


def certificate(host: str, port: int, *, timeout: float = 5.0) -> Certificate:
    """The certificate that `host` shows, which the operator named as the address of the pages.

    It may lie in the company's own network: nothing is asked of it and nothing read but the certificate. Raises NotSent
    when it does not answer, or not with TLS.
    """
    try:
        return Certificate(_end(_shown(host, port, _trusted(), timeout)))
    except ssl.SSLCertVerificationError as error:
        reason, detail = _CODES.get(error.verify_code, "issuer"), error.verify_message
    except (OSError, UnicodeError, ValueError) as error:
        raise NotSent(str(error) or type(error).__name__) from error
    any_ = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    any_.check_hostname, any_.verify_mode = False, ssl.CERT_NONE
    try:
        return Certificate(_end(_shown(host, port, any_, timeout)), reason, detail)
    except (OSError, ValueError) as error:
        raise NotSent(str(error) or type(error).__name__) from error


def _shown(host: str, port: int, context: ssl.SSLContext, timeout: float) -> bytes:
    with (
        socket.create_connection((host, port), timeout=timeout) as line,
        context.wrap_socket(line, server_hostname=host) as safe,
    ):
        return safe.getpeercert(binary_form=True) or b""


def _end(certificate: bytes) -> datetime:
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc


# --- one request ----------------------------------------------------------------------------------------------------
def http(*, timeout: float = 15.0, limit: int = 5_000_000, keep: bool = False) -> Http:
    """A way to send requests: `timeout` seconds for each as a whole (a second more for each 100 kB that is sent),
    `limit` bytes of (unpacked) answer.

    One call at a time, then the connection is closed: a kept one could be cut just as bytes leave, and that would be
    doubt where there need be none. `keep`: it stays open for two seconds, for a caller who can settle such doubt.
    """

    def send(request: Request) -> Response:
        deadline = _Deadline(timeout + len(request.body) // UPLOADED)
        fit = addresses.fit(request.url)
        if not fit:
            raise Refused("scheme", _("A web address begins with https:// or http://."))
        url = request.url if request.url.isascii() else fit
        parts = urlsplit(url)
        headers = [(name, value) for name, value in request.headers.items()]
        names = {name.lower() for name in request.headers}
        host = parts.netloc.rpartition("@")[2]
        headers += [("Host", host)] if "host" not in names else []
        headers += [("Accept-Encoding", "gzip")] if "accept-encoding" not in names else []
        if request.body and "content-length" not in names:
            headers.append(("Content-Length", str(len(request.body))))
        if keep:
            _under_way.deadline = deadline
            return _exchange(_kept(), replace(request, url=url), headers, limit)
        with httpcore.ConnectionPool(
            ssl_context=_trusted() if parts.scheme == "https" else None,
            network_backend=_Backend(lambda: deadline),
            max_keepalive_connections=0,
        ) as pool:
            return _exchange(pool, replace(request, url=url), headers, limit)

    return send


def _exchange(pool: httpcore.ConnectionPool, request: Request, headers: list[tuple[str, str]], limit: int) -> Response:
    try:
        with pool.stream(request.method, request.url, headers=headers, content=request.body or None) as answer:
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            body = _unpacked(answer.iter_stream(), named.get("content-encoding", ""), limit)
            return Response(answer.status, named, body)
    except (
        httpcore.ConnectError,
        httpcore.ConnectTimeout,
        httpcore.PoolTimeout,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise NotSent(str(error)) from error
    except (httpcore.LocalProtocolError, UnicodeError) as error:
        raise NotSent(f"This request cannot be written: {error}") from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise Silence(str(error) or type(error).__name__) from error


def _unpacked(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The body, unpacked; never more than `limit` bytes of it, however small it was packed."""
    body = bytearray()
    unpacker = zlib.decompressobj(wbits=47) if encoding in ("gzip", "deflate", "x-gzip") else None
    if unpacker is None and encoding not in ("", "identity"):
        raise Refused("encoding", _("The server answered in a packing (%s) that was not asked for.") % encoding[:20])
    for chunk in chunks:
        try:
            body += unpacker.decompress(chunk, limit + 1 - len(body)) if unpacker else chunk
        except zlib.error as error:
            raise Silence(f"The answer cannot be unpacked: {error}") from error
        if len(body) > limit:
            raise Refused("too-large", _("What came is larger than %d MB.") % max(limit // 1_000_000, 1))
    return bytes(body)


# --- pages and files ------------------------------------------------------------------------------------------------
def fetch(
    url: str,
    *,
    accept: str = "*/*",
    limit: int = 5_000_000,
    timeout: float = 10.0,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Fetch a page or file that a person named, following at most five redirects, each of them checked.

    Returns any status from 200 to 299, and 304. Raises Refused with a sentence for the person in every other case.
    """
    address, ends = addresses.fit(url), time.monotonic() + timeout
    moved, for_good = "", True
    for _hop in range(REDIRECTS + 1):
        send = http(timeout=max(ends - time.monotonic(), 0.1), limit=limit)
        wanted = {
            "User-Agent": "Kaja/0.1 (link preview; +https://github.com/kaja)",
            "Accept": accept,
            **(headers or {}),
        }
        try:
            answer = send(Request("GET", address, wanted))
        except Refused:
            raise
        except NotSent as error:
            raise Refused("unreachable", _("The server does not answer. Try again in a minute.")) from error
        except Silence as error:
            raise Refused("silence", _("The server did not finish its answer in time. Try again later.")) from error
        if answer.status in (301, 302, 303, 307, 308) and "location" in answer.headers:
            address = addresses.fit(_as_text(answer.headers["location"]), address)
            # Only an unbroken chain of permanent redirects from the first address on tells where it lives now.
            for_good = for_good and answer.status in (301, 308)
            moved = address if for_good else moved
            continue
        if 200 <= answer.status < 300 or answer.status == 304:
            return Fetched(address, answer.status, answer.headers, answer.body, moved)
        raise Refused(
            f"status-{answer.status}", _status_sentence(answer.status), status=answer.status, headers=answer.headers
        )
    raise Refused("redirects", _("The address leads from one page to the next without end."))


def _as_text(header: str) -> str:
    """A header in the letters that were meant: servers write UTF-8 where the standard reads Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _status_sentence(status: int) -> str:
    if status in (401, 403, 407):
        return _("The page wants a sign-in, so Kaja cannot read it. You can still fill in the words yourself.")
    if status in (404, 410):
        return _("There is no page at this address. Check whether all of it was copied.")
    if status == 429:
        return _("The server asks for patience. Try again in a few minutes.")
    return _("The server answered with an error (%d). Try again later.") % status

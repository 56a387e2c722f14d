"""DPoP (RFC 9449): a token that works only together with a key; every request carries a fresh proof signed with it.

Servers demand a nonce of theirs: the first answer is `use_dpop_nonce`, the same request is then sent once more with it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from kaja.outbound import Request, Response

Send = Callable[[Request], Response]
# The newest nonce of each server, kept as long as the process lives; a stale one costs one more round.
_nonces: dict[str, str] = {}


def new_key() -> dict[str, Any]:
    """A fresh ES256 key as a JWK dictionary, private part included."""
    return dict(ECKey.generate_key("P-256", private=True).as_dict(private=True))


def proof(key: Mapping[str, Any], method: str, url: str, *, nonce: str = "", token: str = "") -> str:
    """The proof for one request; `token` binds it to an access token (claim `ath`)."""
    private = ECKey.import_key(dict(key))
    claims: dict[str, Any] = {
        "jti": random.token_urlsafe(16),
        "htm": method,
        "htu": url.split("?")[0].split("#")[0],
        "iat": int(time.time()),
    }
    if nonce:
        claims["nonce"] = nonce
    if token:
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    public = private.as_dict(private=False)
    shown = {name: public[name] for name in ("kty", "crv", "x", "y")}
    return jwt.encode({"typ": "dpop+jwt", "alg": "ES256", "jwk": shown}, claims, private, algorithms=["ES256"])


def send(send_one: Send, request: Request, secrets: Mapping[str, Any], token: str = "") -> Response:
    """Send a request with its proof, and once more with the server's nonce when it asks for it."""
    origin = "/".join(request.url.split("/")[:3])
    for _round in range(2):
        signed = proof(secrets["key"], request.method, request.url, nonce=_nonces.get(origin, ""), token=token)
        headers = {**request.headers, "DPoP": signed}
        if token:
            headers["Authorization"] = f"DPoP {token}"
        answer = send_one(Request(request.method, request.url, headers, request.body))
        fresh = answer.headers.get("dpop-nonce", "")
        known = _nonces.get(origin)
        if fresh:
            _nonces[origin] = fresh
        wants = b"use_dpop_nonce" in answer.body or "use_dpop_nonce" in answer.headers.get("www-authenticate", "")
        if answer.status not in (400, 401) or not wants or fresh == known:
            break
    return answer


def assertion(key: Mapping[str, Any], client_id: str, audience: str) -> str:
    """The client's own signature towards a server (private_key_jwt, RFC 7523), good for one minute."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": random.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    }
    private = ECKey.import_key(dict(key))
    header = {"alg": "ES256", "kid": str(key.get("kid", "kaja"))}
    return jwt.encode(header, claims, private, algorithms=["ES256"])


def public(key: Mapping[str, Any]) -> dict[str, Any]:
    """The public part of a key, for others to read."""
    shown = ECKey.import_key(dict(key)).as_dict(private=False)
    return {
        **{name: shown[name] for name in ("kty", "crv", "x", "y")},
        "alg": "ES256",
        "use": "sig",
        "kid": key.get("kid", "kaja"),
    }


def challenge() -> tuple[str, str]:
    """A fresh PKCE verifier and its S256 challenge (RFC 7636)."""
    verifier = random.token_urlsafe(48)
    hashed = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def expiry(secrets: Mapping[str, Any]) -> datetime:
    """When the access token ends."""
    return datetime.fromtimestamp(float(secrets["ends"]), UTC)

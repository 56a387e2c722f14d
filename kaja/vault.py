"""Encryption of what must not be read from a stolen database: tokens, app passwords, private keys.

Keys come from `KAJA_VAULT_KEYS`, newest first, any strings of 32 characters or more. Old keys go on opening what
they sealed; `rotate` seals it again with the newest (J4).
"""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """No key of `KAJA_VAULT_KEYS` opens this: the key it was sealed with is gone."""


@lru_cache(maxsize=4)
def _keys(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())) for secret in secrets]
    )


def _current() -> MultiFernet:
    return _keys(tuple(settings.VAULT_KEYS))


def seal(secret: dict[str, Any]) -> bytes:
    """Encrypt a JSON-able dictionary with the newest key."""
    return _current().encrypt(json.dumps(secret).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, Any]:
    """Decrypt what `seal` made. Raises Unreadable when no key fits."""
    try:
        opened: dict[str, Any] = json.loads(_current().decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise Unreadable("No key in KAJA_VAULT_KEYS opens this value.") from error
    return opened


def rotate(sealed: bytes | memoryview) -> bytes:
    """Encrypt again with the newest key. Raises Unreadable when no key fits."""
    try:
        return _current().rotate(bytes(sealed))
    except InvalidToken as error:
        raise Unreadable("No key in KAJA_VAULT_KEYS opens this value.") from error

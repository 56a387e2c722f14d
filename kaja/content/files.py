"""Where media lie: on the disk, or in a store that speaks S3. Written whole, read in stretches.

The storage library speaks to the store by itself, not through `outbound`: its address is the operator's setting, like
the database's, and never anything that a person or a page names (docs/decisions/media.md).
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)
PIECE = 256 * 1024
KEY_DAYS = 7
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _troubles() -> tuple[type[Exception], ...]:
    """What the storage in use raises when it cannot be written or read."""
    if not settings.MEDIA_IS_REMOTE:
        return (OSError,)
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, BotoCoreError, ClientError, Boto3Error)


def put(name: str, content: bytes | IO[bytes]) -> None:
    """Write a file under exactly this name, over one that is there. Raises ValidationError with a sentence when the
    disk is full or the store does not answer."""
    with told():
        if not settings.MEDIA_IS_REMOTE and default_storage.exists(name):
            default_storage.delete(name)  # A disk would give the new file another name; a store writes over it.
        default_storage.save(name, ContentFile(content) if isinstance(content, bytes) else File(content))


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong with disk or store inside is told as a ValidationError with a sentence."""
    try:
        yield
    except _troubles() as error:
        log.error("Media could not be stored: %s", error)
        raise ValidationError(_told(error), code="storage") from error


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in FULL:
        return _(
            "There is no room left on the disk. Nothing was kept. Ask whoever runs Kaja to make room, then try again."
        )
    return _("The file could not be stored just now. Nothing was kept. Try again in a minute.")


def remove(name: str) -> None:
    """Take a file away; one that is gone already is fine."""
    default_storage.delete(name)


def size(name: str) -> int | None:
    """How many bytes the file has; None when it is not there."""
    try:
        return default_storage.size(name)
    except _troubles():
        return None


def read(name: str) -> bytes:
    """The whole file."""
    return b"".join(stretch(name, 0, default_storage.size(name)))


def stretch(name: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to `end`, piece by piece. A store is asked for these bytes only."""
    if end <= start:
        return
    bucket: Any = getattr(default_storage, "bucket", None)
    if bucket is not None:
        key = default_storage._normalize_name(name)  # type: ignore[attr-defined]
        body = bucket.Object(key).get(Range=f"bytes={start}-{end - 1}")["Body"]
        yield from body.iter_chunks(PIECE)
        return
    with default_storage.open(name, "rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def everything(folder: str = "") -> Iterator[str]:
    """The name of every file there is, for the backup."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return  # Nothing was ever kept.
    for name in names:
        yield f"{folder}/{name}" if folder else name
    for inner in folders:
        yield from everything(f"{folder}/{inner}" if folder else inner)


def key(name: str) -> str:
    """Opens the file of this name for a week to somebody without an account: a network that fetches a film."""
    return signing.TimestampSigner(salt="kaja.media").sign(name).split(":", 1)[1]


def opens(name: str, given: str) -> bool:
    """Whether the key was made for this file, and not more than a week ago."""
    try:
        signing.TimestampSigner(salt="kaja.media").unsign(f"{name}:{given}", max_age=KEY_DAYS * 86_400)
    except signing.BadSignature:
        return False
    return True

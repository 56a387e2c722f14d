"""Pictures: verified by content, re-encoded by us, served under the hash of their bytes (B5 first form).

What was uploaded or fetched is never served: a picture is opened, turned upright, stripped of everything but its
pixels, and written anew.
"""

import hashlib
import io

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from kaja.content.models import Media

LARGEST_FILE = 15_000_000
# 50 megapixels take 150 MB unpacked; anything larger is a mistake or a bomb.
LARGEST_PIXELS = 50_000_000
WIDE, SMALL = 1200, 480
# How many times its width a picture may be high: WebP ends at 16,383 pixels, and nobody scrolls that far.
TALLEST = 4
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


def _opened(content: bytes) -> Image.Image:
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The picture is larger than 15 MB. Save it smaller and try again."), code="picture")
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > LARGEST_PIXELS:
            raise ValidationError(_("The picture has more than 50 megapixels. Save it smaller."), code="picture")
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(
            _("This is no picture that Kaja can read. JPEG, PNG, WebP, GIF and AVIF work."), code="picture"
        ) from error
    upright = ImageOps.exif_transpose(picture)
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    # What can be seen through is seen on white, as networks show it.
    shown = Image.new("RGBA", upright.size, "white")
    shown.alpha_composite(upright.convert("RGBA"))
    return shown.convert("RGB")


def _written(picture: Image.Image, wide: int, form: str = "WEBP", quality: int = 82) -> tuple[bytes, int, int]:
    scale = min(wide / picture.width, TALLEST * wide / picture.height, 1)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    out = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(out, form, quality=quality)
    return out.getvalue(), *size


def keep(content: bytes, *, alt: str = "") -> Media:
    """Keep a picture; the same picture twice is one row. Raises ValidationError with a sentence for what is none."""
    digest = hashlib.sha256(content).hexdigest()
    if kept := Media.objects.filter(sha256=digest).first():
        return kept
    picture = _opened(content)
    large, width, height = _written(picture, WIDE)
    small, _width, _height = _written(picture, SMALL)
    row = Media(sha256=digest, width=width, height=height, mime="image/webp", alt=alt[:1000])
    row.file.save(f"{digest[:32]}.webp", ContentFile(large), save=False)
    row.small.save(f"{digest[:32]}-small.webp", ContentFile(small), save=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return Media.objects.get(sha256=digest)  # The same picture came in twice at the same moment.
    return row


def describe(media: Media, *, alt: str) -> None:
    """Say anew what a picture shows, for those who cannot see it."""
    Media.objects.filter(pk=media.pk).update(alt=alt[:1000])


def find(number: int) -> Media | None:
    """The picture of this number, if it is still there."""
    return Media.objects.filter(pk=number).first()


def for_network(media: Media, *, most_bytes: int) -> tuple[bytes, int, int]:
    """The picture as JPEG of at most `most_bytes`, with its width and height in pixels."""
    with media.file.open("rb") as file:
        picture = Image.open(file).convert("RGB")
    for wide, quality in ((WIDE, 88), (WIDE, 75), (900, 75), (600, 70), (400, 60)):
        content, width, height = _written(picture, wide, "JPEG", quality)
        if len(content) <= most_bytes:
            return content, width, height
    raise ValidationError(_("The picture cannot be made small enough for this network."), code="picture")

"""Pictures: opened, turned upright, stripped of everything but their pixels, written anew in the sizes of our pages.

Each size is written twice, as AVIF (two fifths smaller) and as WebP for browsers that do not know it. What is animated
becomes its first picture: no network that Kaja posts to by its API takes more, and nothing moves by itself on a page.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

# 50 megapixels take 150 MB unpacked; anything larger is a mistake or a bomb.
LARGEST_PIXELS = 50_000_000
WIDE, SMALL, LARGE = 1200, 480, 2000
# What is appended to the name: how wide. The large one only where the original has more pixels than the middle one.
SIZES = {"-small": SMALL, "": WIDE, "-large": LARGE}
# How many times its width a picture may be high: WebP ends at 16,383 pixels, and nobody scrolls that far.
TALLEST = 4
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


@dataclass(frozen=True)
class Written:
    """One size of a picture, in both forms."""

    suffix: str
    width: int
    height: int
    webp: bytes
    avif: bytes


def opened(content: bytes) -> Image.Image:
    """The picture's pixels on white, upright. Raises ValidationError with a sentence for what is none."""
    too_many = ValidationError(_("The picture has more than 50 megapixels. Save it smaller."), code="picture")
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > LARGEST_PIXELS:
            raise too_many
        picture.load()
    except Image.DecompressionBombError as error:
        raise too_many from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
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


def scaled(picture: Image.Image, wide: int) -> Image.Image:
    """At most `wide` pixels wide and four times that high; never larger than it was."""
    scale = min(wide / picture.width, TALLEST * wide / picture.height, 1)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def saved(picture: Image.Image, form: str, **options: int) -> bytes:
    """The bytes of a picture, without any of what a camera wrote beside the pixels."""
    out = io.BytesIO()
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    clean.save(out, form, **options)
    return out.getvalue()


def written(picture: Image.Image) -> list[Written]:
    """The picture in each of our sizes, the smallest first."""
    found = []
    for suffix, wide in SIZES.items():
        if suffix == "-large" and picture.width <= WIDE:
            continue
        one = scaled(picture, wide)
        webp, avif = saved(one, "WEBP", quality=82), saved(one, "AVIF", quality=55, speed=7)
        found.append(Written(suffix, one.width, one.height, webp, avif))
    return found


def as_jpeg(picture: Image.Image, *, most_bytes: int) -> tuple[bytes, int, int]:
    """The picture as JPEG of at most `most_bytes`, with its width and height in pixels. Raises ValidationError."""
    for wide, quality in ((LARGE, 88), (WIDE, 88), (WIDE, 75), (900, 75), (600, 70), (400, 60)):
        if wide > WIDE and picture.width <= WIDE:
            continue
        one = scaled(picture, wide)
        content = saved(one, "JPEG", quality=quality)
        if len(content) <= most_bytes:
            return content, one.width, one.height
    raise ValidationError(_("The picture cannot be made small enough for this network."), code="picture")

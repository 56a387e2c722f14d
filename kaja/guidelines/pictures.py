"""Pictures of the guidelines: opened, stripped of everything but their pixels, written anew. What was uploaded is never
served; SVG is refused, for it can carry scripts."""

import hashlib
import io

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from kaja.guidelines.models import Picture

LARGEST_FILE, LARGEST_PIXELS, WIDE = 10_000_000, 50_000_000, 1200


def _written(content: bytes) -> tuple[bytes, int, int]:
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > LARGEST_PIXELS:
            raise ValidationError(_("The picture has more than 50 megapixels. Save it smaller."))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This is no picture that Kaja can read. JPEG, PNG and WebP work.")) from error
    upright.thumbnail((WIDE, WIDE))
    out = io.BytesIO()
    # JPEG: pages and the PDF can both draw it.
    upright.save(out, "JPEG", quality=85)
    return out.getvalue(), *upright.size


def keep(content: bytes) -> Picture:
    """Keep a picture; the same one twice is one row. Raises ValidationError with a sentence for what is none."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The picture is larger than 10 MB. Save it smaller and try again."))
    digest = hashlib.sha256(content).hexdigest()
    if kept := Picture.objects.filter(sha256=digest).first():
        return kept
    written, width, height = _written(content)
    row = Picture(sha256=digest, width=width, height=height)
    row.file.save(f"{digest}.jpg", ContentFile(written), save=False)
    row.save()
    return row

"""The company of this installation: read from memory, refreshed from its row every few seconds."""

import io
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from kaja import memory
from kaja.audit import lines
from kaja.memory import Kept
from kaja.people.models import Company, Person
from kaja.people.roles import Permission, require


def _read() -> Company:
    return Company.objects.first() or Company(name="Kaja", short_name="Kaja")


_kept = Kept(_read, about="company")


def current() -> Company:
    """The company; an unsaved one with sensible defaults before the first set-up."""
    return _kept.get()


def context(_request: HttpRequest) -> dict[str, Any]:
    """For every template: the company and whether this is a demo."""
    return {"company": current(), "demo": settings.DEMO}


@transaction.atomic
def change(*, actor: Person, logo: IO[bytes] | None = None, **fields: object) -> Company:
    """Change the company's settings; a logo is opened and written anew as PNG. Raises ValidationError for a logo that
    is no picture."""
    require(actor.may(Permission.CHANGE_SETTINGS))
    row = Company.objects.select_for_update().first() or Company()
    for name, value in fields.items():
        setattr(row, name, value)
    if logo is not None:
        row.logo.save("logo.png", ContentFile(_drawn(logo.read())), save=False)
    row.version += 1
    row.save()
    memory.forget("company")
    lines.write(actor=actor, verb="company.changed", on=row, fields=sorted(fields))
    return row


def _drawn(content: bytes) -> bytes:
    """The logo as PNG of at most 256 pixels. SVG is refused: it can carry scripts."""
    try:
        picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > 20_000_000:
            raise ValidationError(_("The logo is too large. Save it smaller."))
        picture.thumbnail((256, 256))
        out = io.BytesIO()
        picture.convert("RGBA").save(out, "PNG")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This is no logo that Kaja can read. Save it as PNG.")) from error
    return out.getvalue()

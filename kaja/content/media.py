"""Pictures, films and documents: verified by content, cleaned, served under the hash of their bytes (B5).

What a file is called says nothing: its first bytes say what to try, and a real reading says what it is. Pictures are
written anew; films keep their pictures and sound only; documents that act are refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image

from kaja.audit import lines
from kaja.content import files, mp4, pictures, webm
from kaja.content.models import Item, Media
from kaja.people.models import Person
from kaja.people.roles import Permission, require

log = logging.getLogger(__name__)
Kind = Media.Kind
MB = 1_000_000
# Of a picture that Kaja fetches by itself.
LARGEST_FILE = 15 * MB
LONGEST_ALT, LONGEST_NAME = 1000, 200
PDF_SECONDS = 40
# What begins a file: bytes, where they stand, kind. HEIC is told apart from the other files of its family.
BEGINNINGS = (
    (0, b"\xff\xd8\xff", Kind.PICTURE), (0, b"\x89PNG\r\n\x1a\n", Kind.PICTURE), (0, b"GIF8", Kind.PICTURE),
    (8, b"WEBP", Kind.PICTURE), (4, b"ftypavif", Kind.PICTURE), (4, b"ftypavis", Kind.PICTURE),
    (4, b"ftyp", Kind.VIDEO), (0, b"\x1a\x45\xdf\xa3", Kind.VIDEO), (0, b"%PDF-", Kind.DOCUMENT),
)  # fmt: skip
PHONE = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")


def most(kind: str) -> int:
    """How many bytes a file of this kind may have, by the operator's settings."""
    return {
        Kind.PICTURE: settings.MEDIA_MAX_PICTURE, Kind.VIDEO: settings.MEDIA_MAX_VIDEO,
        Kind.DOCUMENT: settings.MEDIA_MAX_DOCUMENT,
    }[Kind(kind)]  # fmt: skip


def told_too_large(kind: str) -> str:
    """The sentence for a file that is larger than the settings allow."""
    megabytes = most(kind) // MB
    return {
        Kind.PICTURE: _("The picture is larger than %d MB. Save it smaller and try again."),
        Kind.VIDEO: _("The video is larger than %d MB. Save it shorter or in a lower quality."),
        Kind.DOCUMENT: _("The document is larger than %d MB. Save it with smaller pictures."),
    }[Kind(kind)] % megabytes


def kind_of(head: bytes) -> Media.Kind:
    """What to try, by the first bytes. Raises ValidationError with a sentence that helps for what is never taken."""
    if any(head[4:].startswith(brand) for brand in PHONE):
        raise ValidationError(_("This is a HEIC picture, as some phones take them. Save it as JPEG and try again."))
    for place, begins, kind in BEGINNINGS:
        if head[place:].startswith(begins):
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        raise ValidationError(_("SVG pictures can carry scripts. Save it as PNG and try again."), code="picture")
    if text.startswith((b"<!doctype", b"<html", b"<script", b"<?xml")):
        raise ValidationError(_("This is a web page, and no picture, video or document."), code="picture")
    if head.startswith(b"PK"):
        raise ValidationError(_("This is an Office file or an archive. Save it as PDF and try again."))
    raise ValidationError(
        _("Kaja cannot tell what this is. Pictures (JPEG, PNG, WebP, GIF, AVIF), videos (MP4, WebM) and PDF work.")
    )


def receive(*, person: Person, file: IO[bytes], size: int, name: str, alt: str = "") -> Media:
    """Keep what an editor uploads, of `size` bytes; the same file twice is one row. Raises ValidationError with a
    sentence for what is not taken."""
    require(person.may(Permission.EDIT_CONTENT))
    file.seek(0)
    kind = kind_of(file.read(4096))
    if size > most(kind):
        raise ValidationError(told_too_large(kind))
    file.seek(0)
    called = _name(name)
    if kind == Kind.PICTURE:
        row = keep(file.read(), alt=alt, name=called, by=person)
    elif kind == Kind.VIDEO:
        row = _film(file, size, alt, called, person)
    else:
        row = _document(file, size, alt, called, person)
    return row


def _name(name: str) -> str:
    """The last part of a path, without what cannot be seen."""
    last = re.split(r"[/\\]", name)[-1]
    unseen = r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    return re.sub(unseen, "", last).strip()[:LONGEST_NAME]


def keep(content: bytes, *, alt: str = "", name: str = "", by: Person | None = None) -> Media:
    """Keep a picture; the same picture twice is one row. Raises ValidationError with a sentence for what is none."""
    if len(content) > max(LARGEST_FILE, settings.MEDIA_MAX_PICTURE):
        raise ValidationError(told_too_large(Kind.PICTURE), code="picture")
    digest = hashlib.sha256(content).hexdigest()
    if kept := _known(digest, alt):
        return kept
    row = Media(sha256=digest, mime="image/webp", alt=alt[:LONGEST_ALT], name=name, size=len(content), added_by=by)
    _write_sizes(row, pictures.opened(content))
    row.file.name = f"pictures/{digest[:32]}.webp"
    return _saved(row)


def _known(digest: str, alt: str) -> Media | None:
    kept = Media.objects.filter(sha256=digest).first()
    if kept and alt and not kept.alt:
        describe(kept, alt=alt)
        kept.refresh_from_db()
    return kept


def _write_sizes(row: Media, picture: Image.Image) -> None:
    stem, row.sizes = row.sha256[:32], []
    for one in pictures.written(picture):
        files.put(f"pictures/{stem}{one.suffix}.webp", one.webp)
        files.put(f"pictures/{stem}{one.suffix}.avif", one.avif)
        if not row.sizes or one.width > row.sizes[-1][1]:
            row.sizes.append([one.suffix, one.width])
        if not one.suffix:
            row.width, row.height = one.width, one.height
    row.small.name = f"pictures/{stem}-small.webp"


def _saved(row: Media) -> Media:
    try:
        with transaction.atomic():
            row.save()
            if row.added_by:
                lines.write(actor=row.added_by, verb="media.added", on=row, kind=row.kind)
    except IntegrityError:
        return Media.objects.get(sha256=row.sha256)  # The same file came in twice at the same moment.
    return row


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def _film(file: IO[bytes], size: int, alt: str, name: str, by: Person) -> Media:
    """A film: its index is read, everything that is neither pictures nor sound is filled with zeros."""
    digest = _digest(file)
    if kept := _known(digest, alt):
        return kept
    head = file.read(4)
    try:
        film = (webm if head == b"\x1a\x45\xdf\xa3" else mp4).look(file, size)
    except mp4.Unfit as error:
        raise ValidationError(_told_film(str(error)), code="video") from error
    row = Media(
        sha256=digest, kind=Kind.VIDEO, mime=film.mime, alt=alt[:LONGEST_ALT], name=name, size=size, added_by=by,
        width=film.width, height=film.height, seconds=film.seconds, codec=film.codec,
    )  # fmt: skip
    row.file.name = f"files/{digest[:32]}.{film.mime.split('/')[1]}"
    with files.told(), tempfile.TemporaryFile() as clean:
        file.seek(0)
        shutil.copyfileobj(file, clean, files.PIECE)
        for begins, length in film.zeros:
            clean.seek(begins)
            for done in range(0, length, files.PIECE):
                clean.write(bytes(min(files.PIECE, length - done)))
        for place, called in film.names:
            clean.seek(place)
            clean.write(called)
        clean.seek(0)
        files.put(row.file.name, clean)
    return _saved(row)


def _told_film(code: str) -> str:
    return {
        "no-video": _("There is no picture in this video, only sound."),
        "protected": _("This video is protected against copying. Ask for an unprotected one."),
        "codec": _("This video is coded in a way that browsers do not play. Save it as MP4 with H.264."),
        "index": _("This video is built in a way that Kaja does not take. Save it anew as MP4 with H.264."),
    }.get(code, _("This video is broken, or not all of it has arrived. MP4 and WebM work."))


def _document(file: IO[bytes], size: int, alt: str, name: str, by: Person) -> Media:
    """A PDF, looked into by a process of its own; it is kept byte for byte, its first page becomes a picture."""
    digest = _digest(file)
    if kept := _known(digest, alt):
        return kept
    row = Media(
        sha256=digest, kind=Kind.DOCUMENT, mime="application/pdf", alt=alt[:LONGEST_ALT], name=name, size=size,
        added_by=by,
    )  # fmt: skip
    row.file.name = f"files/{digest[:32]}.pdf"
    with files.told(), tempfile.TemporaryDirectory(prefix="kaja-pdf-") as folder:
        path, drawn = Path(folder) / "in.pdf", Path(folder) / "page.png"
        with path.open("wb") as out:
            shutil.copyfileobj(file, out, files.PIECE)
        found = _looked_into(path, drawn)
        if refused := found.get("refused"):
            raise ValidationError(_told_document(refused), code="document")
        row.pages = int(found["pages"])
        if found.get("picture") and drawn.exists():
            _write_sizes(row, pictures.opened(drawn.read_bytes()))
    file.seek(0)
    files.put(row.file.name, file)
    return _saved(row)


def _looked_into(path: Path, drawn: Path) -> dict[str, Any]:
    """What the other process says of the PDF; it may be ended by its limits."""
    command = [sys.executable, "-m", "kaja.content.pdfwork", str(path), str(drawn)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, paths of our own
            command, capture_output=True, timeout=PDF_SECONDS, check=False, cwd=settings.ROOT.parent,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(settings.ROOT.parent)},
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"refused": "slow"}
    except ValueError:
        log.warning("A PDF ended its reader (%s): %s", done.returncode, done.stderr[-300:].decode("utf-8", "replace"))
        return {"refused": "slow"}
    return found


def _told_document(code: str) -> str:
    return {
        "encrypted": _("This PDF is locked with a password. Save it without one."),
        "active": _(
            "This PDF carries scripts, files or forms that act by themselves. Print it to PDF and upload the print."
        ),
        "slow": _("This PDF is too large or too tangled to be checked. Print it to PDF and upload the print."),
    }.get(code, _("This PDF is broken, or not all of it has arrived."))


def describe(media: Media, *, alt: str) -> None:
    """Say anew what a picture shows, for those who cannot see it."""
    Media.objects.filter(pk=media.pk).update(alt=alt[:LONGEST_ALT])


@transaction.atomic
def reword(*, person: Person, media: Media, alt: str) -> None:
    """Other words for what a picture, film or document shows. Raises ValidationError when they are too long."""
    require(person.may(Permission.EDIT_CONTENT))
    if len(alt) > LONGEST_ALT:
        raise ValidationError(_("This is longer than %d characters.") % LONGEST_ALT)
    describe(media, alt=" ".join(alt.split()))
    lines.write(actor=person, verb="media.described", on=media)


@transaction.atomic
def show_still(*, person: Person, media: Media, content: bytes | None, alt: str = "") -> Media:
    """The picture that stands there before a film plays; None takes it away. Raises ValidationError for what is no
    picture, and for what is no film."""
    require(person.may(Permission.EDIT_CONTENT))
    if media.kind != Kind.VIDEO:
        raise ValidationError(_("Only a video has a still picture."))
    still = ""
    if content is not None:
        if kind_of(content[:4096]) != Kind.PICTURE:
            raise ValidationError(_("This is no picture. JPEG, PNG, WebP and AVIF work."))
        still = keep(content, alt=alt.strip() or media.alt, name=_name(f"{media.name} (still)"), by=person).sha256[:32]
    media.still = still
    media.save(update_fields=["still"])
    lines.write(actor=person, verb="media.still_chosen" if still else "media.still_removed", on=media)
    return media


def users(media: Media) -> list[Item]:
    """The items that show it, now or in a change: as their picture, among their attachments, or in their text."""
    uses = Q(image=media) | Q(attachments__media=media) | Q(body__contains=media.sha256[:32])
    rows = Item.objects.filter(uses).select_related("replaces").distinct().order_by("-updated_at")[:100]
    # An item and its change are one: it is used where either shows it.
    return list({item.root.pk: item.root for item in rows}.values())[:50]


@transaction.atomic
def remove(*, person: Person, media: Media) -> None:
    """Take it away for good. Raises ValidationError while an item shows it."""
    require(person.may(Permission.EDIT_CONTENT))
    row = Media.objects.select_for_update().get(pk=media.pk)
    if used := len(users(row)):
        said = ngettext(
            "It is used in %d post. Take it out there first.",
            "It is used in %d posts. Take it out there first.",
            used,
        )
        raise ValidationError(said % used)
    if row.kind == Kind.PICTURE and Media.objects.filter(still=row.sha256[:32]).exists():
        raise ValidationError(_("It is the still picture of a video. Choose another one there first."))
    lines.write(actor=person, verb="media.removed", on=row, name=row.name, sha256=row.sha256)
    row.delete()
    transaction.on_commit(lambda: _erase(row))


def _erase(row: Media) -> None:
    """Its files, unless the same bytes have been uploaded anew meanwhile."""
    if Media.objects.filter(sha256=row.sha256).exists():
        return
    names = [row.file.name] if row.kind != Kind.PICTURE else []
    names += [f"pictures/{row.sha256[:32]}{end}.{form}" for end in pictures.SIZES for form in ("webp", "avif")]
    for name in names:
        if name:
            files.remove(name)


def find(number: int) -> Media | None:
    """The row of this number, if it is still there."""
    return Media.objects.filter(pk=number).first()


def for_network(media: Media, *, most_bytes: int) -> tuple[bytes, int, int]:
    """The picture as JPEG of at most `most_bytes`, with its width and height in pixels."""
    largest = media.sizes[-1][0] if media.sizes else ""
    content = files.read(f"pictures/{media.sha256[:32]}{largest}.webp")
    picture = Image.open(io.BytesIO(content), formats=("WEBP",)).convert("RGB")
    return pictures.as_jpeg(picture, most_bytes=most_bytes)


def length(media: Media) -> int:
    """How many bytes a film or document has where it is kept. Raises FileNotFoundError."""
    size = files.size(media.file.name or "")
    if size is None:
        raise FileNotFoundError(media.file.name)
    return size


def part(media: Media, start: int, end: int) -> bytes:
    """The bytes of a film or document from `start` up to `end`."""
    return b"".join(files.stretch(media.file.name or "", start, end))


def fetched(media: Media) -> str:
    """The address under which a network can fetch it: a film's carries a key that works for a week."""
    name = media.file.name or ""
    return media.address if media.kind == Kind.PICTURE else f"{media.address}?key={files.key(name)}"

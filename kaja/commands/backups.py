"""Backup and restore: one file that any Kaja of this version reads, whatever its database.

A gzipped tar with the rows as JSON lines in the order they depend on each other, and the media files. The daily salts
of the click count are left out: they must not outlive their day (measurement 3.4). Sign-in sessions are left out too.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, models, transaction

from kaja import __version__
from kaja.content import files
from kaja.health import signs
from kaja.people.models import Person

LEFT_OUT = {
    "links.dailysalt", "jobs.workerlife", "health.sign", "sessions.session", "contenttypes.contenttype",
    "auth.permission",
}  # fmt: skip


def tables() -> list[type[models.Model]]:
    """Every model that is kept, those that others point to first; also the tables that join two others (an item's
    topics), which are rows like any others."""
    every = apps.get_models(include_auto_created=True)
    kept = [model for model in every if model._meta.label_lower not in LEFT_OUT]
    return list(serializers.sort_dependencies([(None, kept)], allow_cycles=True))


def write(file: str) -> str:
    """Write everything into `file`; its path. The rows are read as of one moment, so they fit together.

    The file appears under its name only when it is whole, and nobody else may read it from its first byte.
    """
    path = Path(file)
    half = path.with_name(f"{path.name}.part")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    try:
        _fill(half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    signs.backup(size=path.stat().st_size)
    return str(path)


def _fill(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive, transaction.atomic():
        _one_moment()
        _add(archive, "kaja.json", json.dumps({"version": __version__}).encode())
        for model in tables():
            rows = model._default_manager.order_by("pk").iterator(2000)
            lines = io.StringIO()
            # Not what stands in a joining table: that would be a question for each row.
            columns = [field.name for field in model._meta.concrete_fields]
            serializers.serialize("jsonl", rows, stream=lines, fields=columns)
            _add(archive, f"rows/{model._meta.label_lower}.jsonl", lines.getvalue().encode())
        _add_media(archive)


def _add_media(archive: tarfile.TarFile) -> None:
    """Every file of the disk or the store, one after another."""
    for name in files.everything():
        entry = tarfile.TarInfo(f"media/{name}")
        with default_storage.open(name, "rb") as file:
            entry.size = file.size
            archive.addfile(entry, file)


def _one_moment() -> None:
    """PostgreSQL shows every statement the newest rows unless told otherwise; SQLite's transaction is one moment."""
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def read(file: str) -> int:
    """Read a backup into an empty database; how many rows. Raises ValidationError when it is not empty or not ours."""
    from kaja.commands import database

    database.migrate()
    if Person.objects.exists():
        raise ValidationError("This database has people in it. A backup is read into an empty one only.")
    try:
        with tarfile.open(file, "r:gz") as archive, transaction.atomic():
            about = json.loads(_content(archive, "kaja.json"))
            if about["version"] != __version__:
                raise ValidationError(f"This backup is of Kaja {about['version']}, and this is {__version__}.")
            count = 0
            with connection.constraint_checks_disabled():
                for model in tables():
                    count += _restore(archive, model)
            connection.check_constraints()
            _reset_sequences()
            _media(archive)
            return count
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise ValidationError(f"{file} is no backup of Kaja, or it is damaged: {error}") from error


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _restore(archive: tarfile.TarFile, model: type[models.Model]) -> int:
    lines = _content(archive, f"rows/{model._meta.label_lower}.jsonl").decode()
    batch: list[models.Model] = [row.object for row in _rows(lines)]
    model._default_manager.all().delete()
    model._default_manager.bulk_create(batch, batch_size=1000)
    return len(batch)


def _rows(lines: str) -> Iterator[serializers.base.DeserializedObject]:
    return serializers.deserialize("jsonl", lines)


def _reset_sequences() -> None:
    statements = connection.ops.sequence_reset_sql(no_style(), tables())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _media(archive: tarfile.TarFile) -> None:
    for member in archive.getmembers():
        if member.isfile() and member.name.startswith("media/"):
            name = member.name.removeprefix("media/")
            if name.startswith("/") or ".." in Path(name).parts:
                raise ValueError(f"a file outside the media folder: {member.name}")
            content = archive.extractfile(member)
            if content is not None:
                files.put(name, content)

"""Bringing database and static files up to this version."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command


def migrate() -> None:
    """Apply what migrations are missing; safe to run at any time."""
    call_command("migrate", verbosity=0, interactive=False)
    # Models can be imported only when Django is loaded.
    from kaja.content import categories

    categories.begin()


def collect_static() -> None:
    """Copy styles, scripts, fonts and pictures to where they are served from; at once when they are there already.

    Packing them takes many seconds, and every start asks for it. The mark is written last: who was killed amid the
    work does it again.
    """
    if settings.DEBUG:
        return
    mark, wanted = Path(settings.STATIC_ROOT) / "collected", _fingerprint()
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    mark.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=False)
    mark.write_text(wanted, encoding="utf-8")


def _fingerprint() -> str:
    """One value for all static files with their names; another when one of them differs."""
    found = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for path, storage in sorted(finder.list([]), key=lambda one: one[0]):
            with storage.open(path) as file:
                found.update(f"{path}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
    return found.hexdigest()

"""Bringing database and static files up to this version."""

from django.conf import settings
from django.core.management import call_command


def migrate() -> None:
    """Apply what migrations are missing; safe to run at any time."""
    call_command("migrate", verbosity=0, interactive=False)
    # Models can be imported only when Django is loaded.
    from kaja.content import categories

    categories.begin()


def collect_static() -> None:
    """Copy styles, scripts, fonts and pictures to where they are served from."""
    if not settings.DEBUG:
        call_command("collectstatic", verbosity=0, interactive=False, clear=False)

"""`kaja doctor`: looks at the installation and says how to mend what is wrong."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from kaja import environment

SECRET = {
    "KAJA_SECRET_KEY", "KAJA_VAULT_KEYS", "KAJA_SMTP_URL", "KAJA_DATABASE_URL", "KAJA_METRICS_TOKEN", "KAJA_MEDIA_URL",
}  # fmt: skip
Check = Callable[[], str]


class Ill(Exception):
    """What is wrong, and how to mend it."""


def examine() -> bool:
    """Print every setting and the result of every check; whether all is well."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaja.settings")
    fault = ""
    try:
        import django

        django.setup()
    except ImproperlyConfigured as error:
        fault = str(error)
    print("Settings")
    for name, default in sorted(environment.KNOWN.items()):
        print(f"  {name:28} {_shown(name, default)}")
    if fault:
        print(f"\n✗ settings: {fault}")
        return False
    print("\nChecks")
    results = [_run(name, check) for name, check in CHECKS.items()]
    return all(results)


def _shown(name: str, default: str) -> str:
    if os.environ.get(f"{name}_FILE"):
        return f"from the file {os.environ[f'{name}_FILE']}"
    value = os.environ.get(name, "")
    if not value:
        return f"{default or 'not set'} (default)"
    return "set, not shown" if name in SECRET else value


def _run(name: str, check: Check) -> bool:
    from django.db import DatabaseError

    try:
        print(f"  ✓ {name}: {check()}")
    except (Ill, OSError, DatabaseError) as error:
        print(f"  ✗ {name}: {error}")
        return False
    return True


def _database() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return f"{connection.vendor} answers"


def _migrations() -> str:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Ill(f"{len(missing)} are missing. Run: kaja migrate")
    return "all applied"


def _disk() -> str:
    from django.conf import settings

    folder = Path(settings.DATA_DIR)
    if not os.access(folder, os.W_OK):
        raise Ill(f"{folder} cannot be written. Give it to the user that runs Kaja, or set KAJA_DATA_DIR.")
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < 500:
        raise Ill(f"only {free} MB are left. Make room: clicks are not answered when they cannot be written down.")
    return f"{folder} can be written, {free:,} MB are left"


def _keys() -> str:
    from django.conf import settings

    from kaja import vault

    if vault.unseal(vault.seal({"a": 1})) != {"a": 1}:
        raise Ill("the vault does not open what it sealed. Look at KAJA_VAULT_KEYS.")
    if min(map(len, settings.VAULT_KEYS)) < 32:
        raise Ill("a key in KAJA_VAULT_KEYS is shorter than 32 characters. Put a longer one first.")
    return f"{len(settings.VAULT_KEYS)} in use"


def _accounts() -> str:
    from kaja import vault
    from kaja.networks.models import ConnectedAccount

    for sealed in ConnectedAccount.objects.exclude(sealed=None).values_list("sealed", flat=True)[:50]:
        try:
            vault.unseal(sealed or b"")
        except vault.Unreadable as error:
            raise Ill("tokens were sealed with a key that is gone. Add the old key to KAJA_VAULT_KEYS.") from error
    return "tokens can be opened"


def _addresses() -> str:
    from django.conf import settings

    if settings.BASE_URL.startswith("http://") and "localhost" not in settings.BASE_URL and not settings.DEMO:
        raise Ill(f"{settings.BASE_URL} is not encrypted. Put Kaja behind HTTPS and set KAJA_BASE_URL.")
    return f"pages {settings.BASE_URL}, links {settings.LINK_BASE_URL}"


def _card(key: str) -> str:
    """What the page of jobs and health says of it, with what to do."""
    from django.utils import timezone, translation

    from kaja.health import around

    with translation.override("en"):
        card = next(one for one in around.read(timezone.now()) if one.key == key)
    said = " ".join(part if part.endswith(".") else f"{part}." for part in [*card.said, card.how] if part)
    if card.ill:
        raise Ill(f"{card.ill} {said}")
    return said


def _mail() -> str:
    from django.conf import settings

    if not settings.MAIL_SERVER:
        return f"no server is set (KAJA_SMTP_URL); letters are written to {settings.DATA_DIR}/mail"
    try:
        socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=5).close()
    except OSError as error:
        raise Ill(
            f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} does not answer ({error}). Look at KAJA_SMTP_URL."
        ) from error
    return f"{settings.EMAIL_HOST} answers. {_card('mail')}"


def _backup() -> str:
    return _card("backup")


def _certificate() -> str:
    """As a worker saw it last."""
    return _card("certificate")


def _files() -> str:
    from django.conf import settings

    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        raise Ill("styles and scripts are not collected. Run: kaja migrate")
    for part in ("vendor/inter-latin-wght-normal.woff2", "icons.svg"):
        if not (Path(settings.ROOT) / "static" / "kaja" / part).exists():
            raise Ill(f"{part} is missing. Run: python -m tools.assets")
    if not list(Path(settings.ROOT).rglob("*.mo")):
        raise Ill("translations are not compiled. Run: python -m tools.translations --compile")
    return "styles, fonts, icons and translations are there"


def _clock() -> str:
    """Against the database's clock: workers on several machines must agree on when a share is due."""
    from django.db import connection
    from django.utils import timezone

    if connection.vendor == "sqlite":
        return f"{timezone.now():%H:%M:%S} UTC"
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - timezone.now().timestamp())
    if apart > 5:
        raise Ill(f"this machine and the database are {apart:.0f} s apart. Set the clocks by a time server (NTP).")
    return f"{apart:.1f} s apart from the database's"


def _media() -> str:
    """Write a small file where media lie, read it back, take it away."""
    from django.conf import settings
    from django.core.exceptions import ValidationError

    from kaja.content import files

    name, content = f"doctor/{os.getpid()}.txt", b"Kaja was here."
    place = "the store of KAJA_MEDIA_URL" if settings.MEDIA_IS_REMOTE else f"{settings.MEDIA_ROOT}"
    try:
        with files.told():
            files.put(name, content)
            read = files.read(name)
            files.remove(name)
    except ValidationError as error:
        raise Ill(f"{place} cannot be written and read ({error.__cause__ or error}).") from error
    if read != content:
        raise Ill(f"{place} gives back something else than was written.")
    return f"{place} can be written and read"


def _worker() -> str:
    from kaja.jobs import worker

    if not worker.alive():
        raise Ill("none was seen in the last minute. Start one: kaja worker (or kaja up)")
    return "seen lately"


def _health() -> str:
    """The worst of what the page of jobs and health tells; what has a line of its own here is left out."""
    from django.utils import translation

    from kaja.health import standing

    with translation.override("en"):
        now = standing.read()
        ill = now.worst(of_all=False)
        if ill:
            raise Ill(f"{' '.join(ill)} Look at {_page('jobs')}")
    stuck = f"{now.refused} posts did not go out, {now.unsure} are not certain" if now.refused + now.unsure else ""
    rests = [one.network.name for one in now.collected if one.rests_until]
    said = [stuck, f"figures rest: {', '.join(rests)}" if rests else "",
            f"{now.feeds.failing} feeds fail" if now.feeds.failing else ""]  # fmt: skip
    return "; ".join(part for part in said if part) or "nothing waits for a decision"


def _page(name: str) -> str:
    from django.conf import settings
    from django.urls import reverse

    return f"{settings.BASE_URL}{reverse(name)}"


CHECKS: dict[str, Check] = {
    "database": _database,
    "migrations": _migrations,
    "data folder": _disk,
    "vault keys": _keys,
    "accounts": _accounts,
    "addresses": _addresses,
    "certificate": _certificate,
    "mail": _mail,
    "backup": _backup,
    "files": _files,
    "media": _media,
    "worker": _worker,
    "jobs": _health,
    "clock": _clock,
}

"""Reading settings from the environment, typed. A wrong value raises ImproperlyConfigured with a sentence."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# Every variable that was asked for, with what holds without it; `kaja doctor` prints them.
KNOWN: dict[str, str] = {}


def text(name: str, default: str = "") -> str:
    """The value of an environment variable, or the contents of the file that `NAME_FILE` points to."""
    KNOWN.setdefault(name, default)
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {file}, which cannot be read: {error}") from error
    return os.environ.get(name) or default


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no from the environment: 1/true/yes/on or 0/false/no/off."""
    value = text(name, "1" if default else "0").lower()
    if value in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        return value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name} must be 1 or 0, and not {value!r}.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number from the environment, not below `least`."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} on, and not {value!r}.")
    return int(value)


def secret(name: str, path: Path) -> str:
    """A secret from the environment; without one, from the file `path`, made at the first start."""
    KNOWN[name] = f"made once, kept in {path}"
    if value := text(name):
        return value
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(48))
    return path.read_text().strip()

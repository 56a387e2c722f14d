"""Kaja's own settings on a database of the tests: SQLite in a file, or PostgreSQL (KAJA_TEST_DB=postgres)."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("KAJA_DATA_DIR", tempfile.mkdtemp(prefix="kaja-test-"))
# Tests that run side by side would store and delete each other's files; what they start themselves stays in their folder.
if (side := os.environ.get("PYTEST_XDIST_WORKER", "")) and Path(os.environ["KAJA_DATA_DIR"]).name != side:
    os.environ["KAJA_DATA_DIR"] = str(Path(os.environ["KAJA_DATA_DIR"]) / side)
os.environ.setdefault("KAJA_SECRET_KEY", "only-for-tests")
os.environ.setdefault("KAJA_VAULT_KEYS", "only-for-tests-0123456789abcdef0123456789abcdef")

from kaja.settings import *  # noqa: F403
from kaja.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES

DATA_DIR.mkdir(parents=True, exist_ok=True)
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
DEMO = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

if os.environ.get("KAJA_TEST_DB") == "postgres":
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "kaja",
        "USER": "postgres",
        "HOST": os.environ.get("KAJA_TEST_PGHOST", ""),
    }
else:
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}

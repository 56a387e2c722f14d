"""Every setting, read from the environment, typed. A wrong value stops the start with a sentence.

Each `KAJA_X` may also come from a file named by `KAJA_X_FILE` (mounted secrets). `kaja doctor` prints them all.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from kaja.environment import flag, number, secret, text

ROOT = Path(__file__).resolve().parent


def database(url: str) -> dict[str, Any]:
    """Django's description of the database at `url` (postgres://… or sqlite:///…), or of the SQLite file."""
    parts = urlsplit(url)
    if not url or parts.scheme == "sqlite":
        path = Path(unquote(parts.path)) if url else DATA_DIR / "kaja.sqlite3"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(path),
            # Opening anew for each request would throw away what SQLite has read already.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # IMMEDIATE: two writers wait for each other instead of failing half way ("database is locked").
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")) or "kaja",
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", None) or parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        f"KAJA_DATABASE_URL must begin with postgres:// or sqlite:///, and not with {parts.scheme}://."
    )


def mail(url: str) -> dict[str, Any]:
    """Django's mail settings for `smtp://user:password@host:port` (smtps for TLS from the start, ?tls=1 for STARTTLS).

    Without an address letters are written as files into the data folder, so that a trial works without a mail server.
    """
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(DATA_DIR / "mail"),
        }
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured("KAJA_SMTP_URL must look like smtp://user:password@mail.example.com:587?tls=1.")
    return {
        "EMAIL_BACKEND": "kaja.health.letters.Server",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": "tls=1" in parts.query,
        "EMAIL_TIMEOUT": 20,
    }


def storage(url: str) -> dict[str, Any]:
    """Where media lie: the data folder, or a store that speaks S3.

    `s3://key:secret@host/bucket` with `?region=…`, `prefix=…` (a folder in it), `tls=0` (for a trial on one machine)
    and `style=virtual` (bucket.host instead of host/bucket).
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts, given = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    bucket = unquote(parts.path.strip("/"))
    if parts.scheme != "s3" or not (parts.hostname and parts.username and parts.password and bucket) or "/" in bucket:
        raise ImproperlyConfigured(
            "KAJA_MEDIA_URL must look like s3://key:secret@s3.example.com/bucket?region=eu-north-1"
        )
    if odd := set(given) - {"region", "prefix", "tls", "style"}:
        raise ImproperlyConfigured(f"KAJA_MEDIA_URL knows region, prefix, tls and style, and not {sorted(odd)[0]!r}.")
    if given.get("style", "path") not in ("path", "virtual") or given.get("tls", "1") not in ("0", "1"):
        raise ImproperlyConfigured("KAJA_MEDIA_URL: style is path or virtual, tls is 1 or 0.")
    from botocore.config import Config

    port = f":{parts.port}" if parts.port else ""
    # A person waits in front of it: a store that is silent is told after seconds, not after minutes.
    patience = {"connect_timeout": 5, "read_timeout": 30, "retries": {"total_max_attempts": 2}}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "access_key": unquote(parts.username),
            "secret_key": unquote(parts.password),
            "endpoint_url": f"{'http' if given.get('tls') == '0' else 'https'}://{parts.hostname}{port}",
            "region_name": given.get("region", "us-east-1"),
            "location": given.get("prefix", ""),
            "client_config": Config(
                signature_version="s3v4", s3={"addressing_style": given.get("style", "path")}, **patience
            ),
            # Who may read is for our own pages to say: nothing in the bucket is public.
            "default_acl": None,
            "file_overwrite": True,
        },
    }


# --- what the operator sets -------------------------------------------------------------------------------------
DATA_DIR = Path(text("KAJA_DATA_DIR", "data")).resolve()
DEBUG = flag("KAJA_DEBUG")
DEMO = flag("KAJA_DEMO")
METRICS_TOKEN = text("KAJA_METRICS_TOKEN")
BASE_URL = text("KAJA_BASE_URL", "http://localhost:8000").rstrip("/")
# Short links live under /l/ of the pages' own address unless they have a domain of their own.
LINK_BASE_URL = text("KAJA_LINK_BASE_URL", f"{BASE_URL}/l").rstrip("/")
CLICKLOG_DIR = DATA_DIR / "clicks"
CLICKLOG_SYNC = flag("KAJA_CLICKLOG_SYNC")
# How many proxies in front of Kaja may be believed when they say who the visitor is (X-Forwarded-For).
TRUSTED_PROXIES = number("KAJA_TRUSTED_PROXIES", 0)
SECRET_KEY = secret("KAJA_SECRET_KEY", DATA_DIR / "secret_key")
VAULT_KEYS = [key for key in secret("KAJA_VAULT_KEYS", DATA_DIR / "vault_keys").replace(",", " ").split() if key]
FROM_EMAIL = text("KAJA_FROM_EMAIL", f"Kaja <kaja@{urlsplit(BASE_URL).hostname}>")

# Media: where they lie, and how large a file may be, in megabytes.
MEDIA_URL_OF_STORE = text("KAJA_MEDIA_URL")
MEDIA_IS_REMOTE = bool(MEDIA_URL_OF_STORE)
MEDIA_MAX_PICTURE = number("KAJA_MEDIA_MAX_PICTURE_MB", 15, least=1) * 1_000_000
MEDIA_MAX_VIDEO = number("KAJA_MEDIA_MAX_VIDEO_MB", 200, least=1) * 1_000_000
MEDIA_MAX_DOCUMENT = number("KAJA_MEDIA_MAX_DOCUMENT_MB", 50, least=1) * 1_000_000

# Addresses of inner networks that outbound requests may reach all the same: for tests and trials on one machine
# only ("127.0.0.1:2583 localhost:2582"). Empty in production.
OUTBOUND_ALLOW = text("KAJA_OUTBOUND_ALLOW").split()
BLUESKY_ENTRYWAY = text("KAJA_BLUESKY_ENTRYWAY", "https://bsky.social").rstrip("/")
BLUESKY_PLC = text("KAJA_BLUESKY_PLC", "https://plc.directory").rstrip("/")
# For a server of one's own on one machine: sign in with ordinary passwords, not only app passwords.
BLUESKY_ANY_PASSWORD = flag("KAJA_BLUESKY_ANY_PASSWORD")
BLUESKY_APPVIEW = text("KAJA_BLUESKY_APPVIEW", "https://public.api.bsky.app").rstrip("/")
LINKEDIN_WWW = text("KAJA_LINKEDIN_WWW", "https://www.linkedin.com").rstrip("/")
LINKEDIN_API = text("KAJA_LINKEDIN_API", "https://api.linkedin.com").rstrip("/")
# Mastodon servers that are spoken to without TLS, "127.0.0.1:3000 …": for trials on one machine.
MASTODON_PLAIN = text("KAJA_MASTODON_PLAIN").split()
# The versions of Meta's APIs: each lives for about two years.
META_VERSION = text("KAJA_META_VERSION", "v25.0")
THREADS_VERSION = text("KAJA_THREADS_VERSION", "v1.0")
THREADS_SITE = text("KAJA_THREADS_SITE", "https://threads.net").rstrip("/")
THREADS_API = text("KAJA_THREADS_API", "https://graph.threads.net").rstrip("/")
INSTAGRAM_SITE = text("KAJA_INSTAGRAM_SITE", "https://www.instagram.com").rstrip("/")
INSTAGRAM_TOKEN = text("KAJA_INSTAGRAM_TOKEN", "https://api.instagram.com").rstrip("/")
INSTAGRAM_API = text("KAJA_INSTAGRAM_API", "https://graph.instagram.com").rstrip("/")
FACEBOOK_SITE = text("KAJA_FACEBOOK_SITE", "https://www.facebook.com").rstrip("/")
FACEBOOK_API = text("KAJA_FACEBOOK_API", "https://graph.facebook.com").rstrip("/")
# X: where people sign in, and where Kaja speaks.
X_WEB = text("KAJA_X_WEB", "https://x.com").rstrip("/")
X_API = text("KAJA_X_API", "https://api.x.com").rstrip("/")

# --- Django -----------------------------------------------------------------------------------------------------
_host = urlsplit(BASE_URL).hostname or "localhost"
_secure = BASE_URL.startswith("https://")
ALLOWED_HOSTS = list({_host, urlsplit(LINK_BASE_URL).hostname or _host, "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [BASE_URL] if _secure else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "kaja_session", "kaja_csrf", "kaja_language"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _secure else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    # Before the others: their templates come first.
    "kaja.audit",
    "kaja.jobs",
    "kaja.people",
    "kaja.links",
    "kaja.networks",
    "kaja.guidelines",
    "kaja.content",
    "kaja.sharing",
    "kaja.measurement",
    "kaja.health",
    "kaja.hub",
    "kaja.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kaja.people.access.NoNullCharacters",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kaja.design.compression.GZipWords",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kaja.people.language.PersonLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kaja.links.mine.MineMiddleware",
]

ROOT_URLCONF = "kaja.urls"
WSGI_APPLICATION = "kaja.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Person"
DATABASES = {"default": database(text("KAJA_DATABASE_URL"))}
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "kaja.people.company.context",
                "kaja.sharing.onhold.context",
                "kaja.sharing.looks.context",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "kaja.design.tags",
                "kaja.design.menu",
                "kaja.measurement.tags",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
if DEBUG:
    TEMPLATES[0]["OPTIONS"]["loaders"] = TEMPLATES[0]["OPTIONS"]["loaders"][0][1]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("et", "Eesti")]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["kaja.locale.formats"]
USE_TZ = True
TIME_ZONE = "Europe/Tallinn"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = text("KAJA_STATIC_ROOT", str(DATA_DIR / "static"))
MEDIA_ROOT = str(DATA_DIR / "media")
STORAGES: dict[str, dict[str, Any]] = {
    "default": storage(MEDIA_URL_OF_STORE),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Pages name a static file by its fingerprint; without it nobody asks for one, and packing both takes twice as long.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# A file that is larger than it may be is let go while it comes in; it never fills the disk.
FILE_UPLOAD_HANDLERS = ["kaja.content.uploads.InMemory", "kaja.content.uploads.OnDisk"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        # Lengths of bars and sizes of avatars are style attributes; they carry numbers only.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}

# --- sign-in (allauth) --------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kaja.people.signin.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# --- mail, jobs, log ------------------------------------------------------------------------------------------------
globals().update(mail(text("KAJA_SMTP_URL")))
# The mail server's name; empty when letters become files.
MAIL_SERVER = urlsplit(text("KAJA_SMTP_URL")).hostname or ""
DEFAULT_FROM_EMAIL = SERVER_EMAIL = FROM_EMAIL
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
JOBS_CONSEQUENCES = "kaja.consequences"
CACHES = {
    # Counters of refused sign-ins must hold for every process: they live in the database.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": text("KAJA_LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []

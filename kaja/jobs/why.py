"""What kind of thing went wrong, as a code: pages make a sentence of it, the error's own text stands behind a fold."""

from __future__ import annotations

import traceback
from smtplib import SMTPException

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

LONGEST = 6000
# The first that fits decides.
KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (DatabaseError, "database"),
    (SMTPException, "mail"),
    (ObjectDoesNotExist, "gone"),
    (ImportError, "unknown-job"),
    (TimeoutError, "silence"),
    (ConnectionError, "unreachable"),
    (OSError, "machine"),
)
# Errors of neighbours that jobs do not import, by their names.
NAMED = {"kaja.outbound.NotSent": "unreachable", "kaja.outbound.Silence": "silence", "kaja.vault.Unreadable": "sealed"}
# A later try may go well by itself.
TEMPORARY = frozenset({"database", "mail", "unreachable", "silence", "machine"})
FAULT = "fault"
CODES = (*dict.fromkeys([*(code for _error, code in KINDS), *NAMED.values()]), FAULT)


def of(error: BaseException) -> str:
    """The code of this error; "fault" for what is a mistake of ours."""
    for one in type(error).__mro__:
        if code := NAMED.get(f"{one.__module__}.{one.__qualname__}"):
            return code
    return next((code for kind, code in KINDS if isinstance(error, kind)), FAULT)


def text(error: BaseException) -> str:
    """The error with the way to it; of a long one the end."""
    return "".join(traceback.format_exception(error))[-LONGEST:]

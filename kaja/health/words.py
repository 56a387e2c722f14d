"""Reasons as sentences for whoever runs the system: for jobs, deliveries and readings of figures."""

from __future__ import annotations

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaja.jobs import why
from kaja.sharing import reasons
from kaja.sharing.models import Share
from kaja.sharing.states import State

# Why a job broke off: codes of jobs.why.
JOBS: dict[str, Promise] = {
    "database": _("The database did not answer, or refused."),
    "mail": _("The mail server did not take the letter."),
    "unreachable": _("Another server could not be reached."),
    "silence": _("Another server stopped answering."),
    "sealed": _("What was sealed with a key that is gone cannot be opened. Look at KAJA_VAULT_KEYS."),
    "gone": _("What it was about is not there any more."),
    "unknown-job": _("This version of Kaja does not know the job. Give it up."),
    "machine": _("This machine refused: a full disk, a missing file, or a right that is missing."),
    why.FAULT: _("A mistake in Kaja. Please report it with the text below."),
}
# Where the sentence that its person reads would mislead somebody else.
DELIVERIES: dict[str, Promise] = {
    "duplicate": _("This person has posted the very words there before, and the network takes them only once."),
    "account": _("The account needs its person to sign in again."),
    "too-long": _("The network finds it too long: some characters count double there."),
    "blocked": _(
        "The network does not let this account post at the moment. Its person sees why after signing in there."
    ),
    "account-closed": _("The network says that this account is closed."),
    "suspended": _("The network has suspended this account."),
    "silence": _("The network stopped answering halfway."),
    "unreadable": _("The network’s answer could not be read."),
    "server-error": _("The network answered with an error."),
    "worker-lost": _("Kaja was stopped while sending."),
    "unforeseen": _("Something unforeseen happened while sending. That is a mistake in Kaja."),
    "key-lost": _("The permission was sealed with a key that is gone. Look at KAJA_VAULT_KEYS."),
}
FIGURES: dict[str, Promise] = {
    "rate-limit": _("It asks for patience."),
    "unreachable": _("It could not be reached."),
    "silence": _("It stopped answering."),
    "server-error": _("It answered with an error."),
    "unreadable": _("Its answer could not be read."),
    "credits": _("The company’s prepaid credits there are used up."),
    "scope": _("An account’s permission does not cover figures."),
    "not-connected": _("An account needs its person to sign in again."),
    "expired": _("An account needs its person to sign in again."),
    "refused-token": _("An account needs its person to sign in again."),
}
ASKED = _("Nobody but its person can look. They were asked.")
LOOKS = _("It is looked for, and not sent again before that is known.")


def of_job(code: str) -> str:
    return str(JOBS.get(code, JOBS[why.FAULT]))


def of_figures(code: str) -> str:
    return str(FIGURES.get(code, _("It refused."))) if code else ""


def of_delivery(share: Share) -> str:
    """Why it did not go out, or is not certain; of the latter also who looks."""
    said = str(DELIVERIES.get(share.reason) or reasons.SENTENCES.get(share.reason, reasons.SENTENCES["refused"]))
    if share.state != State.UNKNOWN:
        return said
    return f"{said} {LOOKS if reasons.can_look(share) else ASKED}"


def short(span: timedelta) -> str:
    """A stretch of time in its largest unit: 6 s, 4 min, 3 h, 2 d."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, _("%d d")), (3600, _("%d h")), (60, _("%d min"))):
        if seconds >= size:
            return str(unit) % (seconds // size)
    return str(_("%d s")) % max(seconds, 0)

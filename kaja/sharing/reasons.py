"""Reason codes as sentences for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaja.sharing.models import Share
from kaja.sharing.states import State

SENTENCES: dict[str, Promise] = {
    "opened": _("You opened the network’s own window. Did you post it there?"),
    "denied": _("You said that it did not go out."),
    "cancelled": _("You dropped it."),
    "withdrawn": _("The editors withdrew the post, so it was not sent."),
    "account": _("Your account needs you to sign in again. The post waits and keeps its words."),
    "rule": _("A rule of the guidelines holds these words back. Change them, and it goes out."),
    "cap": _("Your account had enough posts that day. It goes out the day after, at the same time."),
    "paused": _("Your queue is paused. It goes out in the next free slot once you let the queue run again."),
    "not-connected": _("The account is not connected any more."),
    "unreachable": _("The network could not be reached. Kaja tries again by itself."),
    "rate-limit": _("The network asks for patience. Kaja tries again by itself."),
    "renewing": _("The sign-in is being renewed. Kaja tries again in a moment."),
    "silence": _(
        "The network stopped answering halfway. We do not send again until we know, so it cannot appear twice."
    ),
    "server-error": _(
        "The network answered with an error. We look whether the post is there before anything is sent again."
    ),
    "unreadable": _("The network’s answer could not be read. We look whether the post is there."),
    "worker-lost": _(
        "Kaja was stopped while sending. We look whether the post is there before anything is sent again."
    ),
    "unforeseen": _("Something unforeseen happened while sending. We look whether the post is there."),
    "not-ready": _("Something unforeseen happened before sending. Nothing went out; Kaja tries again by itself."),
    "left": _("Your account was closed, so it was not sent."),
    "gone-there": _("The post is no longer on the network: somebody deleted it there."),
    "refused": _("The network refused it."),
    "too-often": _("Kaja tried eight times and gave up."),
}


def sentence(share: Share) -> str:
    """One sentence that says how this share stands; empty when its state says it all."""
    if share.reason in SENTENCES:
        return str(SENTENCES[share.reason])
    if share.state == State.FAILED:
        return str(SENTENCES["refused"])
    return ""

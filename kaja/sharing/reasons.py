"""Reason codes as sentences for people."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaja.networks.catalogue import BY_KEY
from kaja.sharing import onhold
from kaja.sharing.models import Share
from kaja.sharing.states import State

SENTENCES: dict[str, Promise] = {
    "opened": _("You opened the network’s own window. Did you post it there?"),
    "denied": _("You said that it did not go out."),
    "cancelled": _("You dropped it."),
    "declined": _("You declined it."),
    "left-out": _("You approved the others and left this network out."),
    "taken-out": _("Your delegate took this network out before you had decided."),
    "unapproved": _("You had not approved it, so it was not sent."),
    "taken-back": _("Your delegate took it back before you had decided."),
    "withdrawn": _("The editors withdrew the post, so it was not sent."),
    "ended": _("The story ended before this was due, so it was not sent."),
    "account": _("Your account needs you to sign in again. The post waits and keeps its words."),
    "crisis": _("Sharing is on hold. The post waits and keeps its words; you decide about it later."),
    "crisis-ask": _("It was on hold, and its time may have passed. Does it still fit?"),
    "crisis-dropped": _("It was on hold, and the programme dropped it."),
    "rule": _("A rule of the guidelines holds these words back. Change them, and it goes out."),
    "eyes": _("A rule wants a second pair of eyes on these words. The post waits and keeps them; nothing is lost."),
    "eyes-returned": _("A colleague looked at it and sent it back. Change the words, and it goes on."),
    "looked": _("A colleague has looked, and it may go out. Open the network’s own window, post it, and say so here."),
    "cap": _("Your account had enough posts that day. It goes out the day after, at the same time."),
    "paused": _("Your queue is paused. It goes out in the next free slot once you let the queue run again."),
    "no-app": _(
        "The company’s keys for this network are missing, for everybody. Your post waits and keeps its words; it goes "
        "on once an administrator has entered them. The network’s own share window works meanwhile."
    ),
    "given-up": _("An administrator gave it up after it did not go out. You can post it by hand."),
    "given-up-unsure": _(
        "Nobody could tell whether it went out, and an administrator stopped looking. If it is on your profile, say so."
    ),
    "by-hand": _("You chose to post it by hand instead."),
    "not-connected": _("The account is not connected any more."),
    "unreachable": _("The network could not be reached. Kaja tries again by itself."),
    "rate-limit": _("The network asks for patience. Kaja tries again by itself."),
    "credits": _(
        "The company’s prepaid credits at this network are used up, for everybody. Your post waits and keeps its "
        "words; the administrators know. The network’s own share window costs nothing."
    ),
    "app-refused": _(
        "The network does not take the company’s app just now. An administrator has to look at it; Kaja tries again by "
        "itself."
    ),
    "media-expired": _("The network forgot the files while the post waited. Kaja uploads them once more."),
    "still-processing": _("The network still works on the pictures or the video. Kaja goes on in a moment."),
    "file-refused": _("The network did not take the video or document, so nothing was posted."),
    "reshare-refused": _("The network does not let this post be passed on: it may be gone there, or not public."),
    "picture-refused": _("The network did not take a picture, so nothing was posted."),
    "duplicate": _(
        "You have posted these very words there before, and the network takes them only once. Change a word."
    ),
    "duplicate-sought": _(
        "The network says that it has these words already. We look for the post; it is not sent again."
    ),
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
    "removed-by-hand": _("You deleted it there."),
    "refused": _("The network refused it."),
    "blocked": _("The network does not let this account post at the moment. It tells you why when you sign in there."),
    "needs-picture": _("The network takes no post without a picture."),
    "no-public-address": _("The network fetches pictures from Kaja, and this Kaja has no public address."),
    "expired": _("What was prepared there has ended. Kaja prepares it anew by itself."),
    "too-often": _("Kaja tried eight times and gave up."),
    "too-long": _("The network finds it too long: some characters count double there. Shorten it and share again."),
    "account-closed": _("The network says that this account is closed. Connect another one, or post by hand."),
    "suspended": _("The network has suspended this account. It tells you why when you sign in there."),
    "too-many-posts": _(
        "The account has posted as much as the network allows for now. Kaja tries again later by itself."
    ),
    "conflict": _("The network was busy with the same account. Kaja tries again by itself."),
    "claim-lost": _("Another worker had taken it over. Nothing went out twice."),
    "key-lost": _("Kaja can no longer open the permission it keeps. Sign in to the network again."),
    "refresh-refused": _("The network did not renew Kaja’s permission. Sign in there again."),
    "refused-token": _("The network does not take Kaja’s permission any more. Sign in there again."),
    "scope": _("The permission does not cover posting. Sign in to the network again and allow it."),
    "no-account": _("The network does not know this account any more."),
    "network-version": _("The network wants newer settings from an administrator. Kaja tries again by itself."),
}
NOBODY_LOOKS = _(
    "The network gave no clear answer, and lets nobody but you look. Is the post on your profile there? If not, "
    "you can send the same words again."
)


def sentence(share: Share) -> str:
    """One sentence or two that say how this share stands; empty when its state says it all."""
    return " ".join(filter(None, (_stands(share), too_late(share))))


def too_late(share: Share) -> str:
    """That what is planned will not go out as it stands, because its story ends before (it was shortened since, or the
    network asked for patience); empty otherwise. Judged anew each time: an end that moves on settles it."""
    ends = share.item.live_until
    if share.state not in (State.PLANNED, State.HELD) or ends is None or share.not_before <= ends:
        return ""
    if ends <= timezone.now():
        return gettext("The story has ended, so this will not be sent. Nothing else needs doing; you can drop it.")
    at = date_format(timezone.localtime(ends), "SHORT_DATETIME_FORMAT")
    return gettext("The story ends at %s, before this is due, so it will not be sent. Choose an earlier time.") % at


def _stands(share: Share) -> str:
    if asks(share):
        return str(SENTENCES["crisis-ask"])
    if share.state == State.UNKNOWN and share.way == Share.Way.API and not can_look(share):
        return str(NOBODY_LOOKS)
    if share.reason in SENTENCES:
        return str(SENTENCES[share.reason])
    if share.state == State.FAILED:
        return str(SENTENCES["refused"])
    return ""


def of_attempt(reason: str, outcome: str) -> str:
    """Why one attempt ended as it did, in a sentence; empty when its outcome says it all."""
    if reason in SENTENCES:
        return str(SENTENCES[reason])
    return str(SENTENCES["refused"]) if outcome == "permanent" else ""


def asks(share: Share) -> bool:
    """Held by a crisis that is over: its person decides whether it goes out."""
    return share.state == State.HELD and share.reason == onhold.REASON and not onhold.holds_share(share)


def can_look(share: Share) -> bool:
    """Whether Kaja can look on the network whether a post is there."""
    api = BY_KEY[share.network].api
    return api is not None and api.find is not None

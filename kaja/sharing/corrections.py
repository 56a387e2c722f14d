"""New words for a post that is out (D7): the verb asks, the worker does it (correcting.py), the row is the plan.

Raises PermissionDenied for what a person may not, and ValidationError with a sentence for what they can mend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja.audit import lines
from kaja.jobs import facts
from kaja.links import minting
from kaja.networks import abilities
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import eyes, onhold, shares
from kaja.sharing.models import Correction, Share
from kaja.sharing.states import State


def hindrance(share: Share) -> str:
    """Why Kaja cannot change the words of this post there, in a sentence; empty when it can."""
    network = BY_KEY[share.network]
    if share.state != State.PUBLISHED:
        return _("Only what went out can be changed there.")
    if share.way != Share.Way.API:
        return _("You posted it yourself, so you change it yourself, on %s.") % network.name
    if not abilities.edits(network):
        return abilities.why_no_edit(network)
    if share.account is None or share.account.state == ConnectedAccount.State.DISCONNECTED:
        return _("The account is not connected any more. Connect %s again, then change the post.") % network.name
    if share.account.state != ConnectedAccount.State.WORKS:
        return _("Sign in to %s again, then change the post.") % network.name
    if not share.post_id:
        return _("Kaja does not know yet which post it is on %s. Try again in a few minutes.") % network.name
    return ""


def ask(*, person: Person, share: Share, text: str) -> Correction | None:
    """Have Kaja change the words of a published post; the link stays the same. A change that nobody has begun to send
    takes the newer words. None when these words stand there already."""
    require(share.person_id == person.pk and person.may(Permission.SHARE))
    onhold.stop(share.item, text)
    if why := hindrance(share):
        raise ValidationError(why, code="cannot")
    whole = shares.with_link(text, minting.address(share.link)) if share.link else text.replace("\r\n", "\n").strip()
    network = shares.network_of(share)
    asking = shares.check_words(person, share.item, network, text, caption=share.caption, at=timezone.now())
    if eyes.left(share, shares.without_link(share, whole), asking):
        raise ValidationError(
            _(
                "A colleague looks at such words before they go out, so they cannot replace those of a post that is "
                "out. Share them as a new post."
            ),
            code="eyes",
        )
    # Not in a worker's hands; a claim reads the words after it is made.
    waiting = Correction.objects.filter(share=share, state=Correction.State.PLANNED)
    if whole == share.text:
        waiting.filter(attempts=0).update(state=Correction.State.DROPPED, ended_at=timezone.now())
        if pending(share) is None:
            return None
    try:
        with transaction.atomic():
            if not waiting.update(text=whole):
                made = Correction.objects.create(share=share, text=whole)
                facts.record("correction.asked", correction=made.pk)
            lines.write(actor=person, verb="share.correction", on=share, network=share.network)
    except IntegrityError as error:
        raise ValidationError(_busy(), code="busy") from error
    return pending(share)


def _busy() -> str:
    return _("Your last change is still on its way there. Wait until it is settled, then change it again.")


def pending(share: Share) -> Correction | None:
    """The change that has not come to its end."""
    return Correction.objects.filter(share=share, state__in=Correction.OPEN).first()


@dataclass(frozen=True)
class Version:
    """Words of a post and since when they stood there."""

    text: str
    since: datetime | None


@dataclass(frozen=True)
class Standing:
    """How a change stands, for its person: `sentence` says it, `text` is what was wanted."""

    state: str
    reason: str
    detail: str
    text: str
    sentence: str


def standing(share: Share) -> Standing | None:
    """The last change of a share's words, while it is under way or has failed; else None. One query."""
    last = Correction.objects.filter(share=share).order_by("-id").first()
    if last is None or last.state in (Correction.State.DONE, Correction.State.DROPPED):
        return None
    return Standing(last.state, last.reason, last.detail, last.text, _sentence(last, BY_KEY[share.network].name))


def _sentence(row: Correction, name: str) -> str:
    told = {"network": name}
    if row.state == Correction.State.FAILED:
        return _("Your change did not get to %(network)s.") % told + " " + str(_FAILED.get(row.reason, _REFUSED))
    if row.reason == "account":
        return _("Your change waits until you sign in to %(network)s again.") % told
    if row.state == Correction.State.UNKNOWN:
        return _("%(network)s gave no clear answer to your change. We look whether it is there.") % told
    return _("Your new words are on their way to %(network)s.") % told


_REFUSED = gettext_lazy("The network refused it.")
_FAILED = {
    "crisis": gettext_lazy("All sharing was put on hold. Send it again when it is open, if it still fits."),
    "rule": gettext_lazy("A rule of the guidelines holds these words back."),
    "left": gettext_lazy("You may not share any more."),
    "not-connected": gettext_lazy("The account is not connected any more."),
    "gone-there": gettext_lazy("The post is no longer there: somebody deleted it."),
    "too-long": gettext_lazy("The network finds it too long."),
    "too-often": gettext_lazy("Kaja tried eight times and gave up."),
    "edit-unsure": gettext_lazy("It may be there all the same: look at the post."),
}


def versions(share: Share) -> list[Version]:
    """The words a post has had, the newest first; what it says now is not among them."""
    told, since = [], share.published_at
    for one in Correction.objects.filter(share=share, state=Correction.State.DONE).order_by("ended_at", "id"):
        told.append(Version(one.before, since))
        since = one.ended_at
    return told[::-1]

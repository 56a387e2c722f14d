"""What jobs and pieces of the schedule are called on the page of their administrator, and which queue they stand in."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Name:
    """`queue` is a key of QUEUES."""

    label: str | Promise
    queue: str = "other"


# Key -> what the queue is called, and what is lost when one of its jobs is given up.
QUEUES: dict[str, tuple[Promise, Promise]] = {
    "sharing": (_("Following up on posts"), _("What should have followed for the post does not happen.")),
    "letters": (_("Letters"), _("The letter is not sent.")),
    "figures": (_("Planning figures"), _("The figures of this post are not read.")),
    "content": (_("Content and imports"), _("What it was to do stays undone; it can be begun anew on its own page.")),
    "accounts": (_("Accounts"), _("The account is looked at again the next time it is used.")),
    "other": (_("Other jobs"), _("What it was to do stays undone.")),
}
JOBS: dict[str, Name] = {
    "kaja.measurement.collecting.begin": Name(_("Plan when figures are read"), "figures"),
    "kaja.measurement.collecting.catch_up": Name(_("Read figures of posts that went out before"), "figures"),
    "kaja.measurement.collecting.resume": Name(_("Read figures of an account again"), "figures"),
    "kaja.measurement.collecting.wake": Name(_("Read figures of a network again"), "figures"),
    "kaja.sharing.credit.back": Name(_("Let posts go on that waited for credits"), "sharing"),
    "kaja.sharing.credit.tell": Name(_("Write to administrators: credits used up"), "letters"),
    "kaja.sharing.settling.look": Name(_("Look whether a post is there"), "sharing"),
    "kaja.sharing.settling.missing": Name(_("Look whether a post is gone"), "sharing"),
    "kaja.sharing.settling.confirm_by_click": Name(_("Take a click as proof of a post"), "sharing"),
    "kaja.sharing.notices.held": Name(_("Write to a person: a rule holds a post back"), "letters"),
    "kaja.sharing.notices.failed": Name(_("Write to a person: a post did not go out"), "letters"),
    "kaja.sharing.notices.shortened": Name(_("Write to people: a story ends before their posts"), "letters"),
    "kaja.sharing.notices.undecided": Name(_("Ask a person whether a post went out"), "letters"),
    "kaja.sharing.correcting.carry_out": Name(_("Change the words of a post that is out"), "sharing"),
    "kaja.sharing.looks.catch_up": Name(_("Ask for a second look at a post"), "sharing"),
    "kaja.sharing.looks.tell_asked": Name(_("Write to colleagues: a post waits for a look"), "letters"),
    "kaja.sharing.looks.tell_decided": Name(_("Write to a person: a colleague has looked"), "letters"),
    "kaja.sharing.delegate_letters.ask": Name(_("Ask a person to approve what a delegate prepared"), "letters"),
    "kaja.sharing.delegate_letters.answer": Name(_("Write to a delegate: decided"), "letters"),
    "kaja.sharing.delegates.left": Name(_("Drop what was prepared for somebody who left"), "sharing"),
    "kaja.sharing.delegates.item_withdrawn": Name(_("Drop what was prepared of a withdrawn post"), "sharing"),
    "kaja.sharing.delivery.hold": Name(_("Hold posts of an account that needs its person"), "sharing"),
    "kaja.sharing.delivery.release": Name(_("Let posts of an account go on"), "sharing"),
    "kaja.sharing.keyless.hold": Name(_("Hold posts of a network without keys"), "sharing"),
    "kaja.sharing.keyless.release": Name(_("Let posts of a network with keys go on"), "sharing"),
    "kaja.sharing.previews.refresh": Name(_("Change how links look"), "content"),
    "kaja.sharing.shares.cancel_planned": Name(_("Drop plans of a withdrawn post"), "sharing"),
    "kaja.sharing.crisis.catch_up": Name(_("Hold every post in a crisis"), "sharing"),
    "kaja.sharing.telling.begun": Name(_("Write to everybody: sharing is on hold"), "letters"),
    "kaja.sharing.telling.ended": Name(_("Write to everybody: sharing is open again"), "letters"),
    "kaja.sharing.telling.rehearsed": Name(_("Write to those who practise: this is an exercise"), "letters"),
    "kaja.networks.expiry.tell": Name(_("Write to a person about their account"), "letters"),
    "kaja.networks.expiry.renew": Name(_("Renew the permission of an account"), "accounts"),
    "kaja.networks.own_limits.read": Name(_("Ask a server what its posts may hold"), "accounts"),
    "kaja.content.ideas.item_approved": Name(_("Tell an idea’s author that it became a post"), "letters"),
    "kaja.content.ideas.tell": Name(_("Write to an idea’s author"), "letters"),
    "kaja.content.own_posts.tell_approved": Name(_("Write to an author: own post approved"), "letters"),
    "kaja.content.own_posts.tell_returned": Name(_("Write to an author: own post returned"), "letters"),
    "kaja.content.notes.tell": Name(_("Write to a person: the editors answered"), "letters"),
    "kaja.content.reminders.send": Name(_("Remind a reviewer"), "letters"),
    "kaja.content.bulk.go_on": Name(_("Make a change of many posts"), "content"),
    "kaja.content.bulk.go_back": Name(_("Take back a change of many posts"), "content"),
    "kaja.content.importing.run": Name(_("Import posts from a file"), "content"),
    "kaja.people.importing.run": Name(_("Import people from a file"), "content"),
    "kaja.people.delegations.tell": Name(_("Write to a delegate and their person"), "letters"),
    "kaja.people.delegations.left": Name(_("End the delegations of somebody who left"), "accounts"),
    "kaja.people.invitations.send": Name(_("Send an invitation"), "letters"),
}
PIECES: dict[str, str | Promise] = {
    "kaja.links.retention.forget_old": _("Forget old clicks"),
    "kaja.links.recounting.recount": _("Count clicks anew by newer rules"),
    "kaja.networks.connecting.renew_due": _("Renew permissions that lie idle"),
    "kaja.networks.expiry.announce": _("Announce permissions that end"),
    "kaja.networks.expiry.renew_ahead": _("Renew permissions ahead of their end"),
    "kaja.networks.own_limits.read_due": _("Ask servers what their posts may hold"),
    "kaja.content.feeds.read_due": _("Read feeds"),
    "kaja.content.feeds.forget_old": _("Forget old feed readings"),
    "kaja.people.imports.forget_old": _("Forget old import files"),
    "kaja.content.searching.catch_up": _("Bring the search up to date"),
    "kaja.content.reminders.send_due": _("Remind reviewers"),
    "kaja.content.ranking.recount": _("Count what ranks the feed"),
    "kaja.sharing.settling.sweep": _("Give back posts of dead workers"),
    "kaja.sharing.credit.probe": _("Try whether there are credits again"),
    "kaja.sharing.keyless.probe": _("Look whether there are keys again"),
    "kaja.sharing.correcting.run_due": _("Change the words of posts that are out"),
    "kaja.sharing.looks.escalate_due": _("Ask more colleagues where a look takes too long"),
    "kaja.sharing.delegates.lapse_over": _("Drop what was prepared of posts that are over"),
    "kaja.people.delegations.end_due": _("End delegations whose last day is over"),
    "kaja.sharing.wording.recount": _("Count which words were used"),
    "kaja.sharing.delivery.release_tomorrow": _("Let posts go on that waited for the next day"),
    "kaja.measurement.best_time.refresh": _("Work out the best times"),
    "kaja.measurement.rollups.refresh": _("Add up figures"),
    "kaja.measurement.rollups.verify": _("Check the sums of figures"),
    "kaja.measurement.heads.take": _("Count how many people there are"),
    "kaja.measurement.collecting.read_due": _("Read figures from networks"),
    "kaja.measurement.collecting.forget_old": _("Forget figures that may be kept no longer"),
    "kaja.sharing.crisis.keep_up": _("Hold posts with certain words"),
    "kaja.health.certificate.look": _("Look at the certificate of the pages"),
    "kaja.jobs.worker.sweep": _("Give back jobs of dead workers"),
}


def job(function: str) -> Name:
    """The name of a job; its own path when nobody named it."""
    return JOBS.get(function, Name(function))


def piece(function: str) -> str:
    """The name of a piece of the schedule; its own path when nobody named it."""
    return str(PIECES.get(function, function))

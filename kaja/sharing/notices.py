"""Letters to a person whose post cannot go out by itself: held by a rule, refused for good, not certain, or planned for
later than its story lasts (D5).

One letter for each time it happens: the share remembers which, and a share that has gone on meanwhile is not written
about. That an account needs its person is told by networks.expiry, once for all that waits for it.
"""

from __future__ import annotations

import logging
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaja.jobs import queue
from kaja.networks.catalogue import BY_KEY
from kaja.people import company
from kaja.sharing import clock, hints, reasons, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

log = logging.getLogger(__name__)
LATE = "late"
SUBJECTS: dict[str, Promise] = {
    LATE: _("%s: your post will not go out as planned"),
    State.HELD: _("%s: a rule holds your post back"),
    State.FAILED: _("%s: your post did not go out"),
    State.UNKNOWN: _("%s: did your post go out?"),
}


def held(share: int) -> None:
    """Consequence: a rule of the guidelines holds it back. What waits for a second look needs nothing from its person.
    Safe to run twice."""
    if Share.objects.filter(pk=share, reason="rule").exists():
        _tell(share, State.HELD)


def failed(share: int) -> None:
    """Consequence: it did not go out and will not by itself. Safe to run twice."""
    _tell(share, State.FAILED)


def undecided(share: int) -> None:
    """Consequence: nobody but its person can say whether it went out. Safe to run twice."""
    _tell(share, State.UNKNOWN)


def shortened(item: int) -> None:
    """Consequence: a story ends sooner than it did. Whoever planned it for later hears of it now, while there is time
    to choose another; each letter is a job of its own. Safe to run twice."""
    rows = Share.objects.filter(item=item, way=Share.Way.API, state__in=(State.PLANNED, State.HELD))
    for share in rows.filter(not_before__gt=F("item__live_until")).values_list("pk", flat=True):
        queue.enqueue("kaja.sharing.notices.too_late", share=share)


def too_late(share: int) -> None:
    """Job: the story of this share ends before it goes out. Safe to run twice; one letter for each new end."""
    rows = Share.objects.select_related("person", "item").filter(way=Share.Way.API)
    row = rows.filter(pk=share).first()
    if row is not None and reasons.too_late(row) and row.item.live_until:
        _told(row, LATE, f"{LATE}/{int(row.item.live_until.timestamp())}")


def _tell(number: int, state: State) -> None:
    row = Share.objects.select_related("person", "item").filter(pk=number, state=state, way=Share.Way.API).first()
    if row is not None:
        _told(row, state, f"{state}/{row.tries.count()}")


def _told(row: Share, what: str, about: str) -> None:
    """Write to its person, unless they were written about just this before."""
    person = row.person
    if row.told == about or not person.is_active or not person.email or person.joined_at is None:
        return
    _send(row, what, about)
    # Handed over first: killed in between, it may come a second time (with the same Message-ID), but it comes.
    Share.objects.filter(pk=row.pk).update(told=about)


def _send(share: Share, state: str, about: str) -> None:
    """Hand the letter over, in the person's language and on their clock. An address that is refused is written down;
    any other error is the job's: tried again."""
    person, network = share.person, BY_KEY[share.network]
    language = person.language or company.current().language
    with translation.override(language), timezone.override(clock.zone_of(person)):
        context = {
            "share": share, "network": network, "sentence": reasons.sentence(share), "state": str(state),
            "rule": hints.held(share, shares.words_of(share)) if state == State.HELD else "",
            "company": company.current(), "link": f"{settings.BASE_URL}{reverse('share', args=[share.pk])}",
        }  # fmt: skip
        letter = EmailMultiAlternatives(
            str(SUBJECTS[state]) % network.name, render_to_string("sharing/mail/stuck.txt", context), to=[person.email],
            headers={
                "Message-ID": f"<share-{share.pk}-{about.replace('/', '-')}@{settings.BASE_URL.partition('://')[2]}>"
            },
        )  # fmt: skip
        letter.attach_alternative(render_to_string("sharing/mail/stuck.html", context), "text/html")
    try:
        letter.send()
    except SMTPRecipientsRefused:
        log.warning("The mail server refuses the address of person %s", person.pk)

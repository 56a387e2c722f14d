"""Telling everybody that sharing is on hold, or open again: one letter each, in their language, in batches (C5)."""

from __future__ import annotations

import logging
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kaja.jobs import queue
from kaja.people import company
from kaja.people.models import Person
from kaja.sharing import crisis as verbs
from kaja.sharing.models import Crisis, CrisisLetter, in_language

log = logging.getLogger(__name__)
BATCH = 50
About = CrisisLetter.About


def begun(crisis: int, after: int = 0) -> None:
    """Job: the next letters that a crisis has begun; none once it has ended. Safe to run twice."""
    row = Crisis.objects.filter(pk=crisis, lasting=True).first()
    if row is not None and (last := _batch(row, About.BEGUN, after)):
        queue.enqueue("kaja.sharing.telling.begun", crisis=crisis, after=last)


def ended(crisis: int, after: int = 0) -> None:
    """Job: the next letters that sharing is open again, to those who were told that it was not. Safe to run twice."""
    row = Crisis.objects.filter(pk=crisis, lasting=None).first()
    if row is not None and (last := _batch(row, About.ENDED, after)):
        queue.enqueue("kaja.sharing.telling.ended", crisis=crisis, after=last)


def rehearsed(crisis: int) -> None:
    """Job: an exercise is told to those who may run a crisis, and to nobody else. Safe to run twice."""
    row = Crisis.objects.filter(pk=crisis, practice=True).first()
    if row is not None:
        _write(row, About.BEGUN, [one for one in verbs.rehearsers() if one.email])


def _batch(crisis: Crisis, about: CrisisLetter.About, after: int) -> int:
    """Write to the next people after this number who have not been told; the last number, 0 at the end.

    The row is written when the mail server has taken the letter: killed in between, it may come a second time (with the
    same Message-ID), but nobody is left out.
    """
    people = Person.objects.joined().filter(pk__gt=after).exclude(email="")
    if about == About.ENDED:
        people = people.filter(
            pk__in=CrisisLetter.objects.filter(crisis=crisis, about=About.BEGUN, refused=False).values("person")
        )
    batch = list(people.order_by("pk")[:BATCH])
    _write(crisis, about, batch)
    return batch[-1].pk if len(batch) == BATCH else 0


def _write(crisis: Crisis, about: CrisisLetter.About, people: list[Person]) -> None:
    """A letter to each of them who has not been told."""
    letters = CrisisLetter.objects.filter(crisis=crisis, about=about, person__in=people)
    told = set(letters.values_list("person", flat=True))
    for person in people:
        if person.pk not in told:
            refused = not _sent(crisis, about, person)
            CrisisLetter.objects.get_or_create(crisis=crisis, person=person, about=about, defaults={"refused": refused})


def _sent(crisis: Crisis, about: CrisisLetter.About, person: Person) -> bool:
    """Hand one letter over; false when the server refuses this address. Any other error is the job's: tried again."""
    with translation.override(person.language or company.current().language):
        context = {
            "crisis": crisis, "begun": about == About.BEGUN, "company": company.current(),
            "farewell": in_language(crisis.farewell), "feed": f"{settings.BASE_URL}{reverse('feed')}",
            "shares": f"{settings.BASE_URL}{reverse('shares')}",
        }  # fmt: skip
        subject = _("Sharing is on hold") if about == About.BEGUN else _("Sharing is open again")
        if crisis.practice:
            subject = _("Exercise: %s") % subject
        letter = EmailMultiAlternatives(
            subject, render_to_string("sharing/mail/crisis.txt", context), to=[person.email],
            headers={"Message-ID": f"<crisis-{crisis.pk}-{about}-{person.pk}@{settings.BASE_URL.partition('://')[2]}>"},
        )  # fmt: skip
        letter.attach_alternative(render_to_string("sharing/mail/crisis.html", context), "text/html")
    try:
        letter.send()
    except SMTPRecipientsRefused:
        log.warning("The mail server refuses the address of person %s", person.pk)
        return False
    return True

"""Reminding reviewers of steps that are overdue: one letter a person and day, however many wait (B1)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from kaja.content import review, steps
from kaja.content.models import Reminder
from kaja.jobs import queue
from kaja.people import company
from kaja.people.models import Person


def send_due() -> None:
    """Schedule: whoever may decide an overdue step gets a letter, at most once for a step and day on the company's
    clock. Those who do not want it, or have no address, get none."""
    now = timezone.now()
    day = now.astimezone(ZoneInfo(company.current().time_zone)).date()
    late = [one for one in steps.waiting(review.waiting().filter(due_at__lt=now)) if one.item.due_at]
    wanted = set(
        Person.objects.joined()
        .filter(pk__in={pk for one in late for pk in one.deciders}, remind_me=True)
        .exclude(email="")
        .values_list("pk", flat=True)
    )
    told: dict[int, list[int]] = {}
    for one in late:
        for person in sorted(one.deciders & wanted):
            _row, made = Reminder.objects.get_or_create(
                item=one.item, person_id=person, step=one.step.key, day=day, defaults={"at": now}
            )
            if made:
                told.setdefault(person, []).append(one.item.pk)
    for person, items in told.items():
        queue.enqueue("kaja.content.reminders.send", person=person, items=items)


def send(person: int, items: list[int]) -> None:
    """Send one letter, in the reader's language, of what still waits. A job: safe to run twice."""
    reader = Person.objects.joined().filter(pk=person, remind_me=True).first()
    rows = steps.waiting(review.waiting().filter(pk__in=items))
    mine = [one for one in rows if reader is not None and one.waits_for(reader)]
    if reader is None or not mine:
        return
    with translation.override(reader.language or company.current().language):
        context = {
            "reader": reader, "waiting": mine, "company": company.current(),
            "queue": f"{settings.BASE_URL}{reverse('review-queue')}",
            "own": f"{settings.BASE_URL}{reverse('own-settings')}",
        }  # fmt: skip
        subject = ngettext("%d post waits for your review", "%d posts wait for your review", len(mine)) % len(mine)
        letter = EmailMultiAlternatives(
            subject, render_to_string("content/mail/reminder.txt", context), to=[reader.email]
        )
        letter.attach_alternative(render_to_string("content/mail/reminder.html", context), "text/html")
        letter.send()

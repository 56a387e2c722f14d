"""Permissions that run out: announced 14, 7 and 1 days ahead, renewed by Kaja where a network lets it (D6)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from kaja.jobs import queue
from kaja.memory import Kept
from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Outcome
from kaja.networks.models import ConnectedAccount
from kaja.people import company
from kaja.people.models import Person

State = ConnectedAccount.State
# So many days before its end a person is told, once each.
DAYS = (14, 7, 1)
# What Kaja renews itself is renewed when this little is left, but not more often than this.
AHEAD = timedelta(days=7)


def days_left(account: ConnectedAccount, now: datetime | None = None) -> int | None:
    """Whole days until the permission ends, a begun one counted (0: it has ended); None when it does not end, or Kaja
    renews it itself."""
    if account.expires_at is None or connecting.renews_itself(account):
        return None
    return max(0, math.ceil((account.expires_at - (now or timezone.now())) / timedelta(days=1)))


def soon(account: ConnectedAccount) -> bool:
    """Whether it is time to renew: the account works, and ends within 14 days."""
    left = days_left(account)
    return account.state == State.WORKS and left is not None and left <= DAYS[0]


def ending(person: Person) -> list[ConnectedAccount]:
    """The person's accounts that need them: broken ones, and those that end within a week, most urgent first. Who has
    any stands in memory for a few seconds, so that everybody else's pages cost nothing."""
    if person.pk not in _in_need.get():
        return []
    found = [one for one in connecting.accounts(person) if one.state == State.NEEDS_RECONNECT or _in_a_week(one)]
    return sorted(found, key=lambda one: (one.state == State.WORKS, one.expires_at or timezone.now()))


def _in_a_week(account: ConnectedAccount) -> bool:
    left = days_left(account)
    return left is not None and left <= DAYS[1]


def _read_in_need() -> frozenset[int]:
    end = timezone.now() + timedelta(days=DAYS[1])
    needed = Q(state=State.NEEDS_RECONNECT) | Q(state=State.WORKS, expires_at__lte=end) & ~_own_renewal()
    return frozenset(ConnectedAccount.objects.filter(needed).values_list("person_id", flat=True))


_in_need = Kept(_read_in_need, about="accounts")


def _own_renewal() -> Q:
    """Accounts that Kaja can renew without their people."""
    return Q(renews=True, network__in=[one.key for one in BY_KEY.values() if one.api and one.api.renew])


def _working() -> QuerySet[ConnectedAccount]:
    return ConnectedAccount.objects.filter(state=State.WORKS, expires_at__isnull=False)


def announce() -> None:
    """Schedule, hourly: whoever has to renew a permission is told in time, once for each of the days. One that has run
    out breaks its account, so that what is planned waits."""
    now = timezone.now()
    for account in _working().filter(expires_at__lte=now + timedelta(days=DAYS[0])).exclude(_own_renewal()):
        left = days_left(account, now) or 0
        if left == 0:
            connecting.broken(account=account, reason="expired")
            continue
        stage = min(day for day in DAYS if left <= day)
        with transaction.atomic():
            # Compare-and-set: two schedulers tell once.
            mine = ConnectedAccount.objects.filter(
                Q(told_days__isnull=True) | Q(told_days__gt=stage), pk=account.pk, sealed_version=account.sealed_version
            ).update(told_days=stage)
            if mine:
                queue.enqueue("kaja.networks.expiry.tell", account=account.pk)


def renew_ahead() -> None:
    """Schedule, hourly: permissions that Kaja renews itself are renewed long before their end, used or not."""
    now = timezone.now()
    rested = Q(renewed_at__isnull=True) | Q(renewed_at__lte=now - AHEAD)
    for account in _working().filter(_own_renewal(), rested, expires_at__lte=now + AHEAD):
        queue.enqueue("kaja.networks.expiry.renew", account=account.pk)


def renew(account: int) -> None:
    """Renew one permission. A job: safe to run twice. What does not go now is tried again by the next hour's."""
    row = ConnectedAccount.objects.filter(pk=account, state=State.WORKS).first()
    now = timezone.now()
    if row is None or (row.renewed_at is not None and now - row.renewed_at < AHEAD):
        return
    try:
        opened = connecting.session(row)
        if row.renewed_at is None or row.renewed_at < now:
            connecting.renewed(row, opened)
    except NeedsReconnect as gone:
        connecting.broken(account=row, reason=gone.reason)
    except Outcome:
        return


def tell(account: int) -> None:
    """Write to its person that an account ends soon or works no longer, in their language. A job: safe to run twice
    (the letter comes twice at worst); nothing is written when they have renewed it meanwhile."""
    row = ConnectedAccount.objects.select_related("person").filter(pk=account).first()
    if row is None or not row.person.is_active or not row.person.email or row.person.joined_at is None:
        return
    if not company_apps.works_by_api(BY_KEY[row.network]):
        return  # nobody can sign in there until the company's keys are back: their page says so
    broken = row.state == State.NEEDS_RECONNECT
    if not broken and not soon(row):
        return
    with translation.override(row.person.language or company.current().language):
        network, ends = BY_KEY[row.network], row.person.local(row.expires_at) if row.expires_at else None
        context: dict[str, Any] = {
            "account": row,
            "network": network,
            "broken": broken,
            "day": formats.date_format(ends, "l, j. F" if translation.get_language() == "et" else "l j F")
            if ends
            else "",
            "company": company.current(),
            "link": f"{settings.BASE_URL}{reverse('accounts')}",
        }
        subject = _("%s: sign in again") if broken else _("%s: renew your permission")
        letter = EmailMultiAlternatives(
            subject % network.name, render_to_string("networks/mail/ends.txt", context), to=[row.person.email]
        )
        letter.attach_alternative(render_to_string("networks/mail/ends.html", context), "text/html")
        letter.send()

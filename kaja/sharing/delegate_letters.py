"""Letters about what was prepared: to the person, who decides; to the delegate, how it was decided."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja.people import company, delegations
from kaja.people.models import Person
from kaja.sharing import approval_links, clock, delegates
from kaja.sharing.models import ApprovalLink, Preparation
from kaja.sharing.prepared import Prepared
from kaja.sharing.rows import Row

State = Preparation.State


def ask(preparation: int) -> None:
    """Consequence: the letter that asks for the decision, with its link. Safe to run twice: then there are two links to
    one decision."""
    row = _row(preparation)
    if row is None or row.state != State.WAITING or not row.person.is_active or not row.person.email:
        return
    link = approval_links.mint(preparation=row, carrier=ApprovalLink.Carrier.MAIL)
    _send(
        row, row.person, told=_asks, name="ask", link=link,
        page=f"{settings.BASE_URL}{reverse('approval', args=[row.pk])}",
    )  # fmt: skip


def answer(preparation: int) -> None:
    """Consequence: the delegate reads how it was decided, as long as they still may prepare for the person, or when the
    person has left. Safe to run twice (the letter comes twice)."""
    row = _row(preparation)
    if row is None or row.by is None or not row.by.is_active or not row.by.email or row.state == State.WAITING:
        return
    gone = row.state == State.LAPSED and not row.person.is_active
    if gone or delegations.allows(delegate=row.by, person=row.person):
        _send(row, row.by, told=_answers, name="answer", link=f"{settings.BASE_URL}{reverse('prepare-desk')}")


def _row(preparation: int) -> Preparation | None:
    rows = Preparation.objects.select_related("person", "by", "item").prefetch_related("shares__account")
    return rows.filter(pk=preparation).first()


def _asks(row: Preparation) -> str:
    return _("%s has prepared a post for you") % (row.by.name if row.by else _("Your delegate"))


def _answers(row: Preparation) -> str:
    return {
        State.APPROVED: _("%s has approved your post"),
        State.DECLINED: _("%s has declined your post"),
        State.LAPSED: _("Your post for %s cannot go out any more"),
    }[State(row.state)] % row.person.name


def _send(
    row: Preparation, reader: Person, *, told: Callable[[Preparation], str], name: str, link: str, page: str = ""
) -> None:
    language = reader.language or company.current().language
    with translation.override(language), timezone.override(clock.zone_of(reader)):
        subject, rows = told(row), [Row(share) for share in delegates.going(row)]
        context = {
            "preparation": row, "rows": rows, "link": link, "page": page, "company": company.current(),
            "when": min((one.share.not_before for one in rows), default=None), "title": subject,
            "left_out": Prepared(row).left_out,
        }  # fmt: skip
        letter = EmailMultiAlternatives(
            subject, render_to_string(f"sharing/mail/{name}.txt", context), to=[reader.email]
        )
        letter.attach_alternative(render_to_string(f"sharing/mail/{name}.html", context), "text/html")
        letter.send()

"""Deliveries that went wrong, for whoever runs the system: try again or give up, one or many (J5).

A post that was refused is sent again as it was. One that nobody is sure of is never sent here: it is looked for, and
sent again only by the look that finds it certainly absent; where nobody can look, its person is asked once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.jobs import facts
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import onhold, reasons, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

# Given up after a refusal, and given up while nobody knew whether it is out.
GIVEN_UP, UNSURE = "given-up", "given-up-unsure"
MOST = 200
Row = TypeVar("Row")


class Done(Enum):
    """What became of a delivery that was to be tried again."""

    PLANNED = "planned"
    LOOKED_FOR = "looked-for"
    ASKED = "asked"


@dataclass
class Many:
    """What became of many at once; `refused` are the sentences of those that could not be done, each once."""

    done: int = 0
    refused: list[str] = field(default_factory=list)


def troubled() -> QuerySet[Share]:
    """Posts that Kaja was to bring out and that did not go out, or that nobody is sure of; the newest first. What its
    person has answered themselves is theirs to decide."""
    wrong = Q(state=State.FAILED) & ~Q(reason="denied") | Q(state=State.UNKNOWN)
    return Share.objects.filter(wrong, way=Share.Way.API).select_related("person", "item", "account").order_by("-pk")


@transaction.atomic
def retry(*, person: Person, share: Share) -> Done:
    """Bring it out after all, without ever risking it twice. Raises ValidationError with a sentence."""
    require(person.may(Permission.RUN_SYSTEM))
    onhold.stop(share.item, shares.words_of(share))
    was, network, why = share.state, share.network, share.reason
    if was == State.UNKNOWN and share.way == Share.Way.API:
        done = Done.LOOKED_FOR if reasons.can_look(share) else Done.ASKED
        # Told anew, when the look ends with a question to the person.
        Share.objects.filter(pk=share.pk, state=State.UNKNOWN).update(told="")
        facts.record("share.unknown", share=share.pk)
    elif shares.step(
        share, State.PLANNED, since={State.FAILED}, only=_theirs(), not_before=timezone.now(), attempts=0, reason="",
        detail="",
    ):  # fmt: skip
        done = Done.PLANNED
    else:
        raise ValidationError(_("It has gone on meanwhile: there is nothing to try again."), code="state")
    lines.write(
        actor=person, verb="delivery.retried", on=share, network=network, was=was, why=why, done=done.value
    )  # fmt: skip
    return done


@transaction.atomic
def give_up(*, person: Person, share: Share) -> None:
    """Try it no more, and look for it no more. It cannot be taken up again; its person can post by hand, and a receipt
    or their word still counts. Raises ValidationError with a sentence."""
    require(person.may(Permission.RUN_SYSTEM))
    was, network, why = share.state, share.network, share.reason
    since, reason = (State.UNKNOWN, UNSURE) if was == State.UNKNOWN else (State.FAILED, GIVEN_UP)
    if not shares.step(share, State.CANCELLED, since={since}, only=_theirs(), reason=reason):
        raise ValidationError(_("It has gone on meanwhile: there is nothing to give up."), code="state")
    lines.write(actor=person, verb="delivery.given_up", on=share, network=network, was=was, why=why)


def retry_many(*, person: Person, chosen: Iterable[Share]) -> Many:
    """`retry` for each; one that cannot be done holds up no other."""
    return each(chosen, lambda share: retry(person=person, share=share))


def give_up_many(*, person: Person, chosen: Iterable[Share]) -> Many:
    """`give_up` for each; one that cannot be done holds up no other."""
    return each(chosen, lambda share: give_up(person=person, share=share))


def each(chosen: Iterable[Row], verb: Callable[[Row], object]) -> Many:
    """Do a verb on each of many; what it refuses (ValidationError) is told and holds up no other."""
    many = Many()
    for share in chosen:
        try:
            verb(share)
        except ValidationError as error:
            many.refused += [sentence for sentence in error.messages if sentence not in many.refused]
        else:
            many.done += 1
    return many


def _theirs() -> Q:
    """Not of a dialog, and not what its person has answered."""
    return Q(way=Share.Way.API) & ~Q(reason="denied")

"""Liis has mended a slip in her last post on the sandbox: the words of before stand below it."""

from __future__ import annotations

from datetime import timedelta

from kaja.people.models import Person
from kaja.sharing.models import Correction, Share
from kaja.sharing.states import State


def write(crew: list[Person]) -> None:
    """One change of words that the network took, as the worker writes it down."""
    liis = next(person for person in crew if person.first_name == "Liis")
    rows = Share.objects.filter(person=liis, way=Share.Way.API, state=State.PUBLISHED).exclude(post_id="")
    share = rows.order_by("-published_at").first()
    if share is None or share.published_at is None:
        return
    at = share.published_at + timedelta(minutes=20)
    # Two letters have changed places.
    slip = share.text[:1] + share.text[2:3] + share.text[1:2] + share.text[3:]
    Correction.objects.create(
        share=share, text=share.text, before=slip, state=Correction.State.DONE, attempts=1, not_before=at,
        created_at=at, ended_at=at,
    )  # fmt: skip
    Share.objects.filter(pk=share.pk).update(edited_at=at)

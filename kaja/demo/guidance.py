"""Nordwind's guidelines: three versions in force one after another, who confirmed them, and the draft of the fourth."""

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from kaja.guidelines import starters
from kaja.guidelines.models import Acknowledgement, Edition
from kaja.people.models import Person

STORY = Path(__file__).resolve().parent / "guidelines.toml"
# Number, days ago, the version whose confirmations are good for it, what changed.
VERSIONS = (
    (1, 160, 1, "The first two pages."),
    (2, 85, 1, "Be kind, or be quiet: new."),
    (3, 22, 3, "The hashtag has a place of its own."),
)
# As the design tells it: 428 of 470.
CONFIRMED = 0.91


def write(crew: list[Person], *, now: datetime, chance: random.Random) -> int:
    """Write the versions and confirmations; returns how many confirmations there are."""
    story = tomllib.loads(STORY.read_text(encoding="utf-8"))["piece"]
    kadri, priit = (next(one for one in crew if one.first_name == name) for name in ("Kadri", "Priit"))
    for number, days, since, note in VERSIONS:
        begins = (now - timedelta(days=days)).replace(hour=6, minute=0, second=0, microsecond=0)
        Edition.objects.create(
            number=number, state=Edition.State.PUBLISHED, note=note, confirmed_since=since, in_force_from=begins,
            content=starters.composed([piece for piece in story if piece["since"] <= number]),
            begun_by=priit, begun_at=begins - timedelta(days=3), published_by=kadri, published_at=begins,
        )  # fmt: skip
    Edition.objects.create(number=4, content=starters.composed(story), begun_by=kadri, begun_at=now - timedelta(days=1))
    joined = [person for person in crew if person.joined_at is not None]
    rows = [
        Acknowledgement(edition=edition, person=person, at=_moment(person, edition, now, chance))
        for edition in Edition.objects.filter(number__in=(1, 3))
        for person in joined
        # Liis is asked when her story begins.
        if person.first_name != "Liis" and chance.random() < CONFIRMED
    ]
    Acknowledgement.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def _moment(person: Person, edition: Edition, now: datetime, chance: random.Random) -> datetime:
    """Within a few days of the version, or of joining."""
    begun = max(moment for moment in (edition.in_force_from, person.joined_at) if moment)
    return min(begun + timedelta(hours=chance.expovariate(1 / 60)), now)

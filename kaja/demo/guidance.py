"""Nordwind's guidelines: three versions in force one after another, who confirmed them, the draft of the fourth; and
the checks while writing that come from them."""

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kaja.guidelines import kinds, starters
from kaja.guidelines.models import Acknowledgement, Edition, Rule, RuleVersion
from kaja.guidelines.pieces import DOCUMENTS
from kaja.people.models import Person

STORY = Path(__file__).resolve().parent / "guidelines.toml"
RULES = Path(__file__).resolve().parent / "rules.toml"
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
    make_rules(kadri, now=now)
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


def make_rules(author: Person, *, now: datetime) -> None:
    """The rules with their versions; days are counted from now, so that the story holds whenever it is told."""
    pieces = Edition.objects.get(number=4).content
    headings = {one["words"]["en"]["title"]: one["id"] for document in DOCUMENTS for one in pieces[document]}
    midnight = now.astimezone(ZoneInfo("Europe/Tallinn")).replace(hour=0, minute=0, second=0, microsecond=0)
    for entry in tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]:
        days, form = entry["days"], dict(entry["form"])
        if "until" in entry:
            form["until"] = (midnight + timedelta(days=entry["until"])).isoformat()
        ended = now - timedelta(days=entry["ended"]) if "ended" in entry else None
        rule = Rule.objects.create(made_by=author, made_at=now - timedelta(days=max(days, default=1)), ends_at=ended)
        fields = {name: entry[name] for name in ("kind", "names", "reasons")}
        fields |= {"form": kinds.clean(entry["kind"], form), "piece": headings[entry["piece"]], "written_by": author}
        for number, ago in enumerate(days, start=1):
            # What began as a mention became advice.
            level = entry["level"] if number == len(days) else "hint"
            begins = midnight - timedelta(days=ago)
            RuleVersion.objects.create(
                rule=rule, number=number, started=True, in_force_from=begins, level=level,
                written_at=begins - timedelta(days=2), **fields,
            )  # fmt: skip
        if not days:
            starts = midnight + timedelta(days=entry["starts"])
            RuleVersion.objects.create(rule=rule, number=1, in_force_from=starts, level=entry["level"], **fields)


def _moment(person: Person, edition: Edition, now: datetime, chance: random.Random) -> datetime:
    """Within a few days of the version, or of joining."""
    begun = max(moment for moment in (edition.in_force_from, person.joined_at) if moment)
    return min(begun + timedelta(hours=chance.expovariate(1 / 60)), now)

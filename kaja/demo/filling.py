"""`kaja demo`: fills an empty database with the demo company."""

import random
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from kaja.content import campaigns, categories, items, media, searching
from kaja.content.models import Attachment, Campaign, Caption, Category, Item, Media, ReviewStep
from kaja.demo import (
    activity,
    assisting,
    board,
    calm,
    company,
    editing,
    guidance,
    looking,
    queueing,
    resources,
    reviewing,
    shelf,
    sources,
    stuck,
)
from kaja.measurement import best_time, rollups
from kaja.people.audiences import everyone_or
from kaja.people.models import Person, Team
from kaja.sharing import wording

STORY = Path(__file__).with_name("story.toml")
PICTURES = Path(__file__).resolve().parent.parent / "static" / "kaja" / "img"
ALT = {
    "amr": "NW-7 robot carrying parcels between warehouse shelves",
    "riga": "Old town houses with a delivery robot in front",
    "report": "Small robot on top of a bar chart",
    "gripper": "Robot gripper holding an egg",
    "cold": "Robot in a blue cold store",
    "team": "Colleagues around a robot in the lab",
}


class NotEmpty(Exception):
    """There is a company already: the demo never mixes with real people."""


def fill(
    *,
    people: int = 500,
    days: int = 90,
    seed: int = 7,
    now: datetime | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> dict[str, int]:
    """Fill an empty database: `people` persons, `days` of activity up to `now` (this moment), the same for the same
    `seed`.

    Returns how many rows of each kind there are. Raises NotEmpty when anybody is here already.
    """
    if Person.objects.exists():
        raise NotEmpty("This database has people in it. The demo company fills only an empty one.")
    now, chance = now or timezone.now(), random.Random(seed)  # noqa: S311 - an invented company, not a secret
    with transaction.atomic():
        company.found()
        say(f"Hiring {people} people")
        crew = company.hire(people=people, days=days, now=now, chance=chance)
        pictures = {name: _picture(name, alt) for name, alt in ALT.items()}
        items = _publish(crew, pictures, now)
        resources.publish(crew, pictures, now=now)
        shelf.arrange(crew, now=now)
        plans = list(activity.plan(crew, items, days=days, now=now, chance=chance))
        say(f"Sharing {len(plans)} times")
        shares = activity.perform(plans, crew, chance=chance)
        activity.click(shares, now=now, chance=chance)
        activity.sandbox(shares, now=now, chance=chance)
        reviewing.write(crew, items, now=now)
        board.write(crew, items, pictures, now=now, chance=random.Random(seed))  # noqa: S311 - as above
        guidance.write(crew, now=now, chance=random.Random(seed))  # noqa: S311 - as above
        queueing.write(crew, items, now=now)
        stuck.write(crew, items, now=now)
        assisting.write(crew, now=now)
        looking.write(crew, items, now=now)
        editing.write(crew)
        calm.write(crew)
        calm.remember(crew, now=now)
        sources.write(crew, now=now, chance=random.Random(seed))  # noqa: S311 - as above
        say("Counting")
        activity.count_heads(crew, days=days, now=now)
    wording.recount()
    rollups.rebuild()
    best_time.refresh()
    searching.reindex()
    return {"people": len(crew), "items": len(items), "shares": len(shares)}


def _picture(name: str, alt: str) -> Media:
    return media.keep((PICTURES / f"{name}.jpg").read_bytes(), alt=alt, name=f"{name}.jpg")


def _publish(crew: list[Person], pictures: dict[str, Media], now: datetime) -> list[Item]:
    categories.begin()
    by_slug = {category.slug: category for category in Category.objects.all()}
    by_name = {person.first_name: person for person in crew[: len(company.NAMED)]}
    story = tomllib.loads(STORY.read_text(encoding="utf-8"))
    running = {entry["slug"]: _campaign(entry, pictures, by_name, now, len(crew)) for entry in story["campaign"]}
    return [_item(entry, by_slug, pictures, by_name, now, running) for entry in story["item"]]


def _campaign(
    entry: dict[str, Any], pictures: dict[str, Media], crew: dict[str, Person], now: datetime, people: int
) -> Campaign:
    begins = campaigns.today() - timedelta(days=entry["begins"])
    return Campaign.objects.create(
        name=entry["name"], slug=entry["slug"], hashtag=entry["hashtag"], about=entry["about"], thanks=entry["thanks"],
        translations={"et": entry["et"]}, image=pictures[entry["image"]], begins_on=begins,
        ends_on=begins + timedelta(days=entry["lasts"] - 1), metric=entry["metric"],
        target=max(entry["target"] * people // 100, 5), owner=crew["Kadri"],
        started_at=min(now, campaigns.moment_of(begins)) - timedelta(days=2), created_at=now - timedelta(days=60),
    )  # fmt: skip


def _details(entry: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What only this kind has; days of an event and of a job ad are told in days from now."""
    details = dict(entry.get("details", {}))
    today = timezone.localdate(now)
    for name in ("begins", "ends"):
        if name in details:
            days, at = details[name]
            details[name] = f"{today + timedelta(days=days)}T{at}"
    if "last_day" in details:
        details["last_day"] = str(today + timedelta(days=details["last_day"]))
    return details


def _item(
    entry: dict[str, Any],
    by_slug: dict[str, Category],
    pictures: dict[str, Media],
    crew: dict[str, Person],
    now: datetime,
    running: dict[str, Campaign],
) -> Item:
    teams = list(Team.objects.filter(name__in=entry.get("teams", [])))
    locations = entry.get("locations", [])
    begins = (now - timedelta(days=entry["begins"])).replace(hour=6, minute=0, second=0, microsecond=0)
    state = Item.State(entry.get("state", "approved"))
    pictured = [pictures[name] for name in entry.get("pictures", [])]
    author = crew["Andres"] if entry["category"] == "internal" else crew["Elīna"]
    item = Item(
        title=entry["title"], summary=entry["summary"], body=entry.get("body", ""), details=_details(entry, now),
        url=f"https://nordwind.example/{entry['path']}" if "path" in entry else "",
        kind=entry.get("kind", "link"), language=entry["language"], category=by_slug[entry["category"]],
        image=pictures.get(entry.get("image", "")), pinned=entry.get("pinned", False),
        state=state, author=author, evergreen=entry["lasts"] == 0,
        audience=everyone_or(teams=teams, locations=locations, languages=[]),
        campaign=running.get(entry.get("campaign", "")),
        refresh_on=(now - timedelta(days=entry["refresh"])).date() if "refresh" in entry else None,
        live_from=begins, live_until=begins + timedelta(days=entry["lasts"]) if entry["lasts"] else None,
        created_at=begins - timedelta(days=4),
    )  # fmt: skip
    items.check(item)  # gives what Kaja hosts its address, and an event its end
    item.approved_at = min(begins, now) if state == Item.State.APPROVED else None
    item.save()
    for position, picture in enumerate(pictured):
        Attachment.objects.create(item=item, media=picture, position=position)
    # The last change was its approval, or its writing.
    Item.objects.filter(pk=item.pk).update(
        updated_at=min(begins, now) if state == Item.State.APPROVED else item.created_at
    )
    for language in ("en", "et"):
        for position, words in enumerate(entry[language]):
            voice, text = words.split("|", 1)
            if by_slug[entry["category"]].shareable and state != Item.State.DRAFT:
                text = f"{text} #NordwindTeam"  # As the guidelines ask; of the draft it is still missing.
            Caption.objects.create(item=item, language=language, voice=voice, text=text, position=position)
    if state != Item.State.DRAFT:
        ReviewStep.objects.create(item=item, what="submitted", person=author, at=item.created_at)
    if state == Item.State.APPROVED:
        ReviewStep.objects.create(item=item, what="approved", person=crew["Helena"], at=min(begins, now))
    # What the story needs while it is played, not part of the row.
    item.wave = entry["wave"]  # type: ignore[attr-defined]
    item.meant_for = [("team", str(team.pk)) for team in teams] + [("location", place) for place in locations]  # type: ignore[attr-defined]
    return item

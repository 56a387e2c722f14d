"""Nordwind's sources: four feeds with rules, what came of their entries, and a log of readings; one of them fails."""

from __future__ import annotations

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kaja.content import feedrules
from kaja.content.models import Category, Feed, FeedEntry, FeedReading, FeedRule, Item
from kaja.people.audiences import everyone_or
from kaja.people.models import Person

STORY = Path(__file__).resolve().parent / "sources.toml"
# Invented addresses are never asked: their next reading lies beyond every demo. `sources.next_reading` says so.
NEVER = timedelta(days=3650)
Fate, Outcome = FeedEntry.Fate, FeedReading.Outcome


def write(crew: list[Person], *, now: datetime, chance: random.Random) -> int:
    """Write the feeds; returns how many there are."""
    people = {person.first_name: person for person in crew[:20]}
    categories = {category.slug: category for category in Category.objects.all()}
    story = tomllib.loads(STORY.read_text(encoding="utf-8"))["feed"]
    for entry in story:
        feed = _feed(entry, people, categories, now)
        rules = [_rule(feed, place, rule, people, categories) for place, rule in enumerate(entry.get("rule", []))]
        rest = feedrules.of(feed)[-1]
        for name, value in entry["rest"].items():
            setattr(rest, name, value)
        rest.set_by = people["Kadri"]
        rest.save()
        for number, one in enumerate(entry.get("entry", [])):
            rule = rules[one["rule"]] if "rule" in one else rest
            _entry(feed, rule, f"{number + 1}", one, people, now)
        FeedReading.objects.bulk_create(_readings(feed, entry, now, chance), batch_size=500)
    return len(story)


def _feed(entry: dict[str, Any], people: dict[str, Person], categories: dict[str, Category], now: datetime) -> Feed:
    failing = entry.get("failing", 0)
    return Feed.objects.create(
        url=entry["url"], title=entry["title"], holds=entry["holds"], category=categories[entry["category"]],
        language=entry["language"], added_by=people["Elīna"], added_at=now - timedelta(days=60),
        vanished="expire" if entry["holds"] == "jobs" else "keep",
        read_at=now - timedelta(days=failing) if failing else now - timedelta(minutes=14 * entry["every"]),
        next_read_at=now + NEVER, failures=9 if failing else 0,
        failing_since=now - timedelta(days=failing) if failing else None, trouble=entry.get("trouble", ""),
    )  # fmt: skip


def _rule(
    feed: Feed, place: int, rule: dict[str, Any], people: dict[str, Person], categories: dict[str, Category]
) -> FeedRule:
    fields = {**rule, "category": categories[rule["category"]]}
    places = fields.pop("locations", [])
    audience = everyone_or(teams=[], locations=places, languages=[])
    return FeedRule.objects.create(feed=feed, position=place, audience=audience, set_by=people["Kadri"], **fields)


def _entry(
    feed: Feed, rule: FeedRule, guid: str, one: dict[str, Any], people: dict[str, Person], now: datetime
) -> None:
    came = now - timedelta(days=one["days"], hours=3)
    details = {"place": one["place"]} if "place" in one else {}
    if "apply_in" in one:
        details["last_day"] = (now + timedelta(days=one["apply_in"])).date().isoformat()
    path = one.get("path", f"{feed.holds}/{guid}")
    said = {
        "guid": guid, "address": f"https://nordwind.example/{path}", "title": one["title"], "summary": "", "image": "",
        "published": came.isoformat(), "language": feed.language, "author": "", "categories": [],
        "job": feed.holds == "jobs", "details": details,
    }  # fmt: skip
    fate = one.get("fate", "kept")
    item = None
    if fate == "kept":
        item = Item.objects.filter(url=said["address"]).first() or Item.objects.create(
            title=one["title"], url=said["address"], kind=Item.Kind.JOB, details=details, category=rule.category,
            audience=rule.audience, language=feed.language, author=people["Elīna"], created_at=came,
        )  # fmt: skip
        Item.objects.filter(pk=item.pk).update(feed=feed, guid=guid)
    FeedEntry.objects.create(
        feed=feed, guid=guid, fate=fate, rule=rule, item=item, said=said, decided_at=came, seen_at=now
    )


def _readings(feed: Feed, entry: dict[str, Any], now: datetime, chance: random.Random) -> list[FeedReading]:
    """Three days of readings, hour by hour or as seldom as the feed wishes; a failing one is asked less and less."""
    rows = []
    failing, size = entry.get("failing", 0), chance.randint(14_000, 60_000)
    known = len(entry.get("entry", []))
    at = now - timedelta(days=failing + 3)
    wait = 2
    while at < now - timedelta(minutes=20):
        ms = chance.randint(90, 700)
        if failing and at > now - timedelta(days=failing):
            rows.append(
                FeedReading(
                    feed=feed, at=at, outcome=Outcome.FAILED, status=200, size=812, ms=ms, trouble=entry["trouble"]
                )
            )
            at, wait = at + timedelta(hours=wait), min(wait * 2, 24)
            continue
        same = chance.random() < 0.8
        rows.append(
            FeedReading(
                feed=feed, at=at, outcome=Outcome.SAME if same else Outcome.READ, status=304 if same else 200,
                known=0 if same else known, size=0 if same else size, ms=ms,
            )
        )  # fmt: skip
        at += timedelta(hours=entry["every"], minutes=chance.randint(-5, 5))
    return rows

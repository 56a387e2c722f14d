"""Feeds, their rules and the log of their readings, by REST."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.api.items import category_of
from kaja.content import feedrules, feeds
from kaja.content.models import Feed, FeedRule
from kaja.people import audiences
from kaja.people.models import Team
from kaja.people.roles import Permission, require

router = Router(tags=["feeds"])


class NewFeed(Schema):
    """`holds` is news or jobs; empty: found out."""

    url: str
    category: str
    holds: str = ""
    language: str = ""


class FeedChange(Schema):
    """What is not sent stays as it is; `paused` stops and starts the readings."""

    title: str = ""
    url: str = ""
    holds: str = ""
    vanished: str = ""
    language: str = ""
    paused: bool = False


class Rule(Schema):
    """What is not sent stays as it is (in a new rule: empty). `teams` are numbers; with `places` and `languages` they
    say for whom."""

    title_has: str = Field("", max_length=300)
    text_has: str = Field("", max_length=300)
    category_has: str = Field("", max_length=300)
    author_has: str = Field("", max_length=300)
    place_has: str = Field("", max_length=300)
    what: str = ""
    category: str = ""
    language: str = Field("", max_length=8)
    per_day: int | None = None
    expires_days: int | None = None
    evergreen: bool = False
    teams: list[int] = []
    places: list[str] = []
    languages: list[str] = []


class Place(Schema):
    up: bool


def _feed(request: SignedRequest, number: int) -> Feed:
    require(request.user.may(Permission.READ_LIBRARY))
    return one(Feed.objects.select_related("category"), number)


def _rule(feed: Feed, number: int) -> FeedRule:
    return one(FeedRule.objects.filter(feed=feed).select_related("feed"), number)


@router.get("/feeds", response=Page)
def index(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    require(request.user.may(Permission.READ_LIBRARY))
    rows = Feed.objects.select_related("category")
    return page(rows, cursor, limit, lambda some: [shapes.feed(row) for row in some])


@router.post("/feeds", response={201: dict})
def add(request: SignedRequest, data: NewFeed) -> Status[Any]:
    require(request.user.may(Permission.EDIT_CONTENT))
    if data.holds and data.holds not in Feed.Holds.values:
        raise ValidationError({"holds": _("Choose one of: %s.") % ", ".join(Feed.Holds.values)})
    feed, reading = feeds.add(
        person=request.user,
        url=data.url,
        category=category_of(data.category),
        holds=data.holds,
        language=data.language[:8],
    )
    return Status(201, {**shapes.feed(feed), **_came(reading)})


def _came(reading: feeds.Reading) -> dict[str, int]:
    return {"new": reading.new, "known": reading.known, "waiting": reading.waiting, "left_out": reading.left_out}


@router.get("/feeds/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    return shapes.feed(_feed(request, number))


@router.patch("/feeds/{number}")
def change(request: SignedRequest, number: int, data: FeedChange) -> dict[str, Any]:
    feed, fields = _feed(request, number), data.dict(exclude_unset=True)
    paused = fields.pop("paused", None)
    if fields or paused is None:
        feeds.change(person=request.user, feed=feed, **fields)
    if paused is not None:
        (feeds.pause if paused else feeds.resume)(person=request.user, feed=feed)
    return show(request, number)


@router.post("/feeds/{number}/read")
def read_now(request: SignedRequest, number: int) -> dict[str, Any]:
    return _came(feeds.read_now(person=request.user, feed=_feed(request, number)))


@router.delete("/feeds/{number}", response={204: None})
def remove(request: SignedRequest, number: int) -> Status[Any]:
    """The posts that came of it stay."""
    feeds.remove(person=request.user, feed=_feed(request, number))
    return Status(204, None)


@router.get("/feeds/{number}/readings", response=Page)
def readings(request: SignedRequest, number: int, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    rows = _feed(request, number).readings.all()
    return page(rows, cursor, limit, lambda some: [shapes.feed_reading(row) for row in some])


@router.get("/feeds/{number}/rules")
def rules(request: SignedRequest, number: int) -> list[dict[str, Any]]:
    """In their order: the first that fits decides."""
    feed = _feed(request, number)
    counted = feedrules.counted(feed)
    return [shapes.feed_rule(rule, counted.get(rule.pk, 0)) for rule in feedrules.of(feed)]


def _fields(data: Rule) -> dict[str, Any]:
    fields: dict[str, Any] = data.dict(exclude_unset=True)
    if "category" in fields:
        fields["category"] = category_of(fields["category"])
    if {"teams", "places", "languages"} & set(fields):
        fields["audience"] = audiences.everyone_or(
            teams=Team.objects.filter(pk__in=fields.pop("teams", [])),
            locations=fields.pop("places", []),
            languages=fields.pop("languages", []),
        )
    return fields


@router.post("/feeds/{number}/rules", response={201: dict})
def add_rule(request: SignedRequest, number: int, data: Rule) -> Status[Any]:
    require(request.user.may(Permission.EDIT_CONTENT))
    feed = _feed(request, number)
    fields = {"category": feed.category, **_fields(data)}
    return Status(201, shapes.feed_rule(feedrules.save(person=request.user, feed=feed, **fields), 0))


@router.patch("/feeds/{number}/rules/{rule}")
def change_rule(request: SignedRequest, number: int, rule: int, data: Rule) -> dict[str, Any]:
    require(request.user.may(Permission.EDIT_CONTENT))
    feed = _feed(request, number)
    saved = feedrules.save(person=request.user, feed=feed, rule=_rule(feed, rule), **_fields(data))
    return shapes.feed_rule(saved, feedrules.counted(feed).get(saved.pk, 0))


@router.post("/feeds/{number}/rules/{rule}/move")
def move_rule(request: SignedRequest, number: int, rule: int, data: Place) -> list[dict[str, Any]]:
    feedrules.move(person=request.user, rule=_rule(_feed(request, number), rule), up=data.up)
    return rules(request, number)


@router.delete("/feeds/{number}/rules/{rule}", response={204: None})
def remove_rule(request: SignedRequest, number: int, rule: int) -> Status[Any]:
    feedrules.remove(person=request.user, rule=_rule(_feed(request, number), rule))
    return Status(204, None)

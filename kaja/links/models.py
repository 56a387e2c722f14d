from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class ShortLink(models.Model):
    """A short address on the company's domain. It knows where it leads and whose it is, not what it is for."""

    slug = models.CharField(max_length=32, unique=True)
    target = models.TextField()
    # Whose link: a request with this person's own session is their own click, not a visitor's.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    network = models.CharField(max_length=20, blank=True)
    # What preview fetchers are told instead of being led on: title, text, image (an address). Empty: they are led on.
    preview: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    # When a person other than the owner clicked it for the first time; set once, by the counter.
    first_click_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.slug


class Click(models.Model):
    """One request to a short link, in its class. Append-only; kept 90 days, then only the roll-ups remain.

    `kind` is decided by the published rules (docs/clicks.md); `rules` is their version, so that hits can be classed
    again when the rules change.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        OWN = "own"
        REPEAT = "repeat"
        PREVIEW = "preview"
        SCANNER = "scanner"
        BOT = "bot"
        PREFETCH = "prefetch"
        HEAD = "head"
        SUSPICIOUS = "suspicious"

    link = models.ForeignKey(ShortLink, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    rule = models.CharField(max_length=40)
    rules = models.PositiveSmallIntegerField()
    # Hashes of the day (measurement.md 3.4): who, and from which network. Not to be joined across days.
    visitor = models.CharField(max_length=16, blank=True)
    source = models.CharField(max_length=8, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    referrer = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["link", "at"], name="click_link_at"),
            models.Index(fields=["at"], name="click_at"),
            # Has this visitor clicked this link today? The hash holds the day.
            models.Index(fields=["visitor"], name="click_visitor", condition=Q(kind="person")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class LinkDay(models.Model):
    """Roll-up: what one link got on one day (UTC). What pages read. `visitors` are distinct people of that day."""

    link = models.ForeignKey(ShortLink, models.CASCADE, related_name="+")
    day = models.DateField()
    person = models.PositiveIntegerField(default=0)
    visitors = models.PositiveIntegerField(default=0)
    own = models.PositiveIntegerField(default=0)
    repeat = models.PositiveIntegerField(default=0)
    preview = models.PositiveIntegerField(default=0)
    # Scanners, bots, prefetches, HEAD requests and suspicious ones together; `Click` keeps them apart.
    other = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="link_day_once")]
        indexes = [models.Index(fields=["day"], name="link_day_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day}"


class DailySalt(models.Model):
    """The random salt of one day (UTC) that visitors are hashed with; destroyed after the next day."""

    day = models.DateField(unique=True)
    salt = models.BinaryField()

    def __str__(self) -> str:
        return str(self.day)


class LogPosition(models.Model):
    """How far a segment of the click log has been counted: moved in the transaction that stores the clicks.

    Names of segments are never used twice. A row outlives its file for some days, so that a counter that is late
    cannot take the file for a new one.
    """

    segment = models.CharField(max_length=64, unique=True)
    machine = models.CharField(max_length=64, blank=True)
    offset = models.PositiveBigIntegerField(default=0)
    counted_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.segment}: {self.offset}"


class Tally(models.Model):
    """One row, which whoever counts holds until their transaction ends: two counters never add up the same day at once.

    `serial` goes up with each portion counted, so that a counter knows whether what it remembers is the latest.
    `rules` is the version by which every stored click is classed, `recounted` the last day done while that changes.
    """

    serial = models.PositiveBigIntegerField(default=0)
    rules = models.PositiveSmallIntegerField()
    recounted = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"rules {self.rules}"

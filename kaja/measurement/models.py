from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kaja.content.models import Item
from kaja.people.models import Team
from kaja.sharing.models import Share


class Snapshot(models.Model):
    """What a network said about one post at one moment. Append-only; absent is not zero. Provenance: network."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    likes = models.PositiveIntegerField(null=True)
    reposts = models.PositiveIntegerField(null=True)
    replies = models.PositiveIntegerField(null=True)
    quotes = models.PositiveIntegerField(null=True)
    # Impressions and clicks as the network counts them; never added to what our own links measure.
    views = models.PositiveIntegerField(null=True)
    clicks = models.PositiveIntegerField(null=True)
    gone = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["share", "-at"], name="snapshot_share_at")]

    def __str__(self) -> str:
        return f"{self.share_id} {self.at:%Y-%m-%d %H:%M}"


class Reading(models.Model):
    """When the figures of one published share are read next; rarer with age, gone after 90 days."""

    share = models.OneToOneField(Share, models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.share_id} {self.due_at:%Y-%m-%d %H:%M}"


class Collecting(models.Model):
    """How reading figures from one network goes: what of its day's budget is used, and until when it is left alone."""

    network = models.CharField(max_length=20, unique=True)
    # The UTC day that `calls` and `told` are of: calls made, posts that the network told figures of.
    day = models.DateField(null=True)
    calls = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    # Refused calls in a row; the reason of the last is a code of the contract.
    failures = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    rests_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.network} {self.day}: {self.calls}"


class HeadCount(models.Model):
    """How many people there were at the end of a day, per team (team empty: the whole company).

    Rates of the past divide by the head-count of their own day (docs/figures.md 0.3).
    """

    day = models.DateField()
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    invited = models.PositiveIntegerField()
    joined = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "team"], name="head_count_once"),
            models.UniqueConstraint(fields=["day"], condition=models.Q(team__isnull=True), name="company_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.joined} of {self.invited}"


class Counted(models.Model):
    """Roll-up: a share as figures count it, once for each person, item, network and day (docs/figures.md 2.1).

    `day` is the UTC day it went out. `confirmed` is the strongest proof among the shares that count as this one.
    """

    day = models.DateField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    network = models.CharField(max_length=20)
    confirmed = models.CharField(max_length=10, choices=Share.Confirmed.choices)
    own_words = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "person", "item", "network"], name="counted_once")]
        indexes = [models.Index(fields=["person", "day"], name="counted_person")]

    def __str__(self) -> str:
        return f"{self.day} {self.person_id} {self.item_id} {self.network}"


class Totals(models.Model):
    """What every roll-up of a day adds up: shares by their proof, hits on their links by class, what networks told."""

    shares = models.PositiveIntegerField(default=0)
    by_network = models.PositiveIntegerField(default=0)
    by_click = models.PositiveIntegerField(default=0)
    by_person = models.PositiveIntegerField(default=0)

    clicks = models.PositiveIntegerField(default=0)
    visitors = models.PositiveIntegerField(default=0)
    own = models.PositiveIntegerField(default=0)
    repeat = models.PositiveIntegerField(default=0)
    preview = models.PositiveIntegerField(default=0)
    other = models.PositiveIntegerField(default=0)

    # The latest reading of each post that went out that day; `told` is how many of them were read at all.
    told = models.PositiveIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    reposts = models.PositiveIntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class NetworkDay(Totals):
    """Roll-up by day and network."""

    day = models.DateField()
    network = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "network"], name="network_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.network}"


class ItemDay(Totals):
    """Roll-up by day and item."""

    day = models.DateField()
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "item"], name="item_day_once")]
        # What an item got in all, without the rows: the library is sorted by it.
        indexes = [models.Index(fields=["item", "clicks", "shares"], name="item_day_figures")]

    def __str__(self) -> str:
        return f"{self.day} {self.item_id}"


class GroupDay(Totals):
    """Roll-up by day, team (none: people without one) and location of the person when it was added up."""

    day = models.DateField()
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    location = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["day"], name="group_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.team_id} {self.location}"


class RolledDay(models.Model):
    """A day whose roll-ups are written: how many raw rows there were then, so that a later look sees what is missing.

    `stale` days are added up again at the next turn.
    """

    day = models.DateField(unique=True)
    raw_shares = models.PositiveIntegerField(default=0)
    raw_hits = models.PositiveIntegerField(default=0)
    stale = models.BooleanField(default=True, db_index=True)

    def __str__(self) -> str:
        return str(self.day)


class RollUp(models.Model):
    """One row, held by whoever adds up: how far the click counter was last time, and its version of the rules."""

    serial = models.PositiveBigIntegerField(default=0)
    rules = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"serial {self.serial}"

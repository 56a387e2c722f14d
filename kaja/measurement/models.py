from __future__ import annotations

from django.db import models
from django.utils import timezone

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


class HeadCount(models.Model):
    """How many people there were at the end of a day, per team (team empty: the whole company).

    Rates of the past divide by the head-count of their own day (measurement.md 0.3).
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

from typing import Any

from django.db import models
from django.utils import timezone


class WorkerLife(models.Model):
    """A running worker's sign of life. A worker not seen for a while is dead, and what it had begun is given back."""

    name = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Recurring(models.Model):
    """When a piece of the schedule last ran; the row is what two schedulers compete for."""

    name = models.CharField(max_length=100, unique=True)
    due_at = models.DateTimeField()
    last_started_at = models.DateTimeField(null=True)
    last_ended_at = models.DateTimeField(null=True)
    # How often in a row it broke off, and the last error (a code of `why`, its text); none after a run that went well.
    failures = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=20, blank=True)
    detail = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class Failure(models.Model):
    """A job that failed: once it has worked, or somebody has given it up, the row is gone.

    While it is tried again by itself `next_at` says when; without it the job waits for somebody's decision.
    """

    function = models.CharField(max_length=200)
    arguments: models.JSONField[Any, Any] = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(null=True)
    # The row in the queue that tries it next, or tried it last.
    task = models.UUIDField(null=True)
    # A code of `why`, and what the error said, for whoever mends it.
    reason = models.CharField(max_length=20)
    detail = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at", "-last_at"], name="failure_open")]

    def __str__(self) -> str:
        return f"{self.function} {self.arguments}"

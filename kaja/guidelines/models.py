from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# --- documents ------------------------------------------------------------------------------------------------------


class EditionQuerySet(models.QuerySet["Edition"]):
    def in_force(self, at: datetime | None = None) -> EditionQuerySet:
        """Published and begun, the newest first: the first one is the one people follow."""
        at = at or timezone.now()
        return self.filter(state=Edition.State.PUBLISHED, in_force_from__lte=at).order_by("-number")


class Edition(models.Model):
    """One version of the guidelines: both documents together, as people read and confirm them.

    `content` holds {"policy": [piece, …], "style": [piece, …]}; `kaja/guidelines/pieces.py` says what a piece is. What
    is published never changes: a change is the next version.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    content: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # What changed, in its editor's words.
    note = models.CharField(max_length=500, blank=True)
    # The oldest version whose confirmation is still good for this one: its own number when it asks anew.
    confirmed_since = models.PositiveIntegerField(default=1)
    in_force_from = models.DateTimeField(null=True, blank=True)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[EditionQuerySet] = EditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="draft"), name="one_draft"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(in_force_from__isnull=False), name="published_has_a_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Acknowledgement(models.Model):
    """A person has read a version and says so."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "person"], name="confirmed_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.edition_id}"


class Picture(models.Model):
    """A picture of the guidelines, written anew by us; served under the hash of what was uploaded."""

    file = models.FileField(upload_to="guidelines/")
    sha256 = models.CharField(max_length=64, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.sha256


class PublicLink(models.Model):
    """The address under which people without an account read the guidelines. One row; a new address replaces it."""

    token = models.CharField(max_length=64, unique=True)
    open = models.BooleanField(default=False)
    # Whether search engines may list it.
    listed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return "open" if self.open else "closed"


# --- rules ----------------------------------------------------------------------------------------------------------

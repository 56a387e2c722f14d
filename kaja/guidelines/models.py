from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kaja.people.models import Team

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


class Rule(models.Model):
    """A check while writing. What it says stands in its versions; it ends by a date and is never deleted once begun."""

    ends_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"rule {self.pk}"


class RuleVersionQuerySet(models.QuerySet["RuleVersion"]):
    def begun(self, at: datetime | None = None) -> RuleVersionQuerySet:
        """Versions whose time has come, of rules that go on; of each rule the last one is in force."""
        at = at or timezone.now()
        return self.filter(
            Q(rule__ends_at__isnull=True) | Q(rule__ends_at__gt=at), started=True, in_force_from__lte=at
        ).order_by("rule_id", "number")


class RuleVersion(models.Model):
    """What a rule says from `in_force_from` until its next version. Once started it never changes (L9).

    Of a draft `in_force_from` is the day it is meant to begin; empty means at once.
    """

    class Level(models.TextChoices):
        MUST = "must"
        # A second person looks at the words before they go out (sharing/looks.py).
        EYES = "eyes"
        SHOULD = "should"
        HINT = "hint"

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    started = models.BooleanField(default=False)
    in_force_from = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.SHOULD)
    # What to look for; `kaja/guidelines/kinds.py` says what is in it.
    form: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # By language of the reader: {"en": …, "et": …}.
    names: models.JSONField[Any, Any] = models.JSONField(default=dict)
    reasons: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # Where it holds; an empty list means everywhere.
    languages: models.JSONField[Any, Any] = models.JSONField(default=list)
    networks: models.JSONField[Any, Any] = models.JSONField(default=list)
    countries: models.JSONField[Any, Any] = models.JSONField(default=list)
    # For EYES: whose reviewers look first (none: every reviewer), and within how many hours before all are asked.
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    hours = models.PositiveSmallIntegerField(default=4)
    # The piece of the guidelines it comes from.
    piece = models.CharField(max_length=8, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[RuleVersionQuerySet] = RuleVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["rule_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once"),
            models.UniqueConstraint(fields=["rule"], condition=Q(started=False), name="one_draft_of_a_rule"),
            models.CheckConstraint(
                condition=Q(started=False) | Q(in_force_from__isnull=False), name="a_started_rule_has_a_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}/{self.number}"

    @property
    def looks_for(self) -> str:
        """Its form in a line."""
        parts = [self.form.get("right", ""), *self.form.get("words", [])[:6], self.form.get("pattern", "")]
        return " · ".join(part for part in parts if part)

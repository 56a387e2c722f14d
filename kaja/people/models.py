from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaja.people.roles import Permission, Role, permissions


class Company(models.Model):
    """The one company of this installation: name, look, defaults. Read it through `company.current()`."""

    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    colour = models.CharField(max_length=7, default="#0b6b5d")
    logo = models.FileField(upload_to="company/", blank=True)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=60, default="Europe/Tallinn")
    hashtag = models.CharField(max_length=60, blank=True)
    weekly_goal = models.PositiveSmallIntegerField(default=3)
    # Whether a post that somebody wrote themselves is read by a reviewer before it goes out.
    own_posts_reviewed = models.BooleanField(default=True)
    # Posts that Kaja makes on one account in one day of its person's calendar, at most.
    daily_cap = models.PositiveSmallIntegerField(default=5)
    # Of one story on one network, at most so many posts by Kaja in so many minutes; none: as they come.
    spread_most = models.PositiveSmallIntegerField(default=3)
    spread_minutes = models.PositiveSmallIntegerField(default=15)
    # Query string added to every target; see links/minting.py for the placeholders.
    utm_template = models.CharField(
        max_length=300,
        default="utm_source={network}&utm_medium=social&utm_campaign={campaign}&utm_content={item}",
    )
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    name = models.CharField(max_length=120)
    department = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["department", "name"]
        constraints = [models.UniqueConstraint(fields=["department", "name"], name="team_once")]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def joined(self) -> PersonQuerySet:
        """Those who have signed in at least once and have not left."""
        return self.filter(joined_at__isnull=False, is_active=True)

    def with_role(self, role: Role) -> PersonQuerySet:
        return self.filter(Exists(RoleGrant.objects.filter(person=OuterRef("pk"), role=role)))


class PersonManager(BaseUserManager["Person"]):
    def get_queryset(self) -> PersonQuerySet:
        return PersonQuerySet(self.model, using=self._db)

    def joined(self) -> PersonQuerySet:
        return self.get_queryset().joined()

    def with_role(self, role: Role) -> PersonQuerySet:
        return self.get_queryset().with_role(role)


class Person(AbstractBaseUser):
    """An employee. `email` is the name they sign in with; roles are rows of RoleGrant."""

    email = models.EmailField(unique=True)
    employee_id = models.CharField(max_length=40, blank=True)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="members")
    location = models.CharField(max_length=80, blank=True, db_index=True)
    country = models.CharField(max_length=2, blank=True)
    # Languages the person reads, first the best: ["et", "en"]. Interface language is `language`.
    languages = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=8, blank=True)
    # What the company's own file says beside the fields above ("cost_centre": "R-12"), texts only; audiences may ask.
    attributes: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    # Slugs of the topics and categories the person wants more of.
    interests: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    # Slugs of the topics and categories the person does not want: audiences may ask for them.
    hidden: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    # Whether e-mail reminds the person of what waits for their review.
    remind_me = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=60, blank=True)
    theme = models.CharField(
        max_length=5,
        default="auto",
        choices=[("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    avatar = models.CharField(max_length=200, blank=True)
    # Whether colleagues see the name beside what was shared; without it a person is only counted.
    show_me = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True, db_index=True)
    # When the account was closed: whoever has left counts in no rate of later days.
    left_at = models.DateTimeField(null=True, blank=True)
    feed_seen_at = models.DateTimeField(null=True, blank=True)
    # The last visit to the resources hub, and the one before it: what came since that one is new.
    resources_seen_at = models.DateTimeField(null=True, blank=True)
    resources_seen_before = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PersonManager] = PersonManager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:1].upper()

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants.all())

    @property
    def leading_role(self) -> str:
        """The role a person is introduced by: the one that opens most, in words."""
        held = {grant.role for grant in self.grants.all()}
        order = ("administrator", "manager", "reviewer", "editor", "viewer", "leader", "advocate")
        return str(next((Role(role).label for role in order if role in held), ""))

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        return permissions(self.roles) if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def local(self, moment: datetime) -> datetime:
        """The moment on the person's own clock."""
        return moment.astimezone(ZoneInfo(self.time_zone or timezone.get_default_timezone_name()))


class RoleGrant(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role"], name="role_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.role}"


class Invitation(models.Model):
    """A link that lets one e-mail address in. Only the hash of its token is stored."""

    email = models.EmailField()
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    roles = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.email


class ApiToken(models.Model):
    """A personal bearer token for the API. Only its hash is stored; it may do what its person may."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Audience(models.Model):
    """For whom something is meant. No audience at all means everyone.

    Unnamed ones are made with what they are for: equal rules are one row (`fingerprint`), which never changes. Named
    ones are kept to be used again; their rule may change at a time, and what uses them follows. Rules are in versions.
    """

    fingerprint = models.CharField(max_length=64, unique=True, null=True, blank=True)
    name = models.CharField(max_length=120, blank=True)
    # What people read on the card ("Riga", "Sales, Product"): made with the rule, or the name.
    label = models.CharField(max_length=200)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=~Q(name=""), name="audience_name_once"),
        ]

    def __str__(self) -> str:
        return self.label


class AudienceVersion(models.Model):
    """The rule of an audience from a time on (people/rules.py says how it is written). Rows never change."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rule: models.JSONField[Any, Any] = models.JSONField()
    begins_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["audience", "number"], name="audience_version_once")]

    def __str__(self) -> str:
        return f"{self.audience_id}, {self.number}"


class Import(models.Model):
    """A file that somebody brought, between its dry run and its undoing. The key is unguessable, and theirs only.

    What the file held is forgotten when it is done or a day has passed; what it made is remembered for thirty days.
    """

    class Kind(models.TextChoices):
        PEOPLE = "people"
        ITEMS = "items"

    class State(models.TextChoices):
        TRIED = "tried"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        UNDONE = "undone"

    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TRIED)
    name = models.CharField(max_length=200)
    content = models.BinaryField(default=bytes)
    # Field -> place of its column, where a person corrected what was found; and what else they chose.
    columns: models.JSONField[Any, Any] = models.JSONField(default=dict)
    options: models.JSONField[Any, Any] = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # What came of it, row by row, so that it can be undone: see the module that wrote it.
    made: models.JSONField[Any, Any] = models.JSONField(default=list)
    trouble = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Delegation(models.Model):
    """That `delegate` may prepare posts for `person`, who named them. Nothing goes out without the person's approval.

    It stands until it is ended, at the latest until the end of `last_day` on the company's clock.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    delegate = models.ForeignKey(Person, models.CASCADE, related_name="+")
    last_day = models.DateField(null=True, blank=True)
    begun_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["begun_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "delegate"], condition=Q(ended_at__isnull=True), name="delegation_once"
            ),
            models.CheckConstraint(condition=~Q(person=models.F("delegate")), name="nobody_is_their_own_delegate"),
        ]

    def __str__(self) -> str:
        return f"{self.delegate_id} for {self.person_id}"

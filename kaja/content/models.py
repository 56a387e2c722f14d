from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaja.people.models import Audience, Person


class Category(models.Model):
    """What an item is about. `look` picks one of the four category colours; the names are the company's own."""

    slug = models.SlugField(unique=True)
    names = models.JSONField(default=dict)
    look = models.CharField(
        max_length=10,
        default="product",
        choices=[(look, look) for look in ("product", "people", "thought", "internal")],
    )
    # Internal news has Read, never Share.
    shareable = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.names.get(get_language() or "en") or self.names.get("en") or self.slug)


class Media(models.Model):
    """A picture, checked and re-encoded: the original never leaves the machine, what is served was written by us."""

    class Kind(models.TextChoices):
        PICTURE = "picture", _("Picture")
        VIDEO = "video", _("Video")
        DOCUMENT = "document", _("Document")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PICTURE)
    # The file's own name and size in bytes, as people see them beside a download.
    name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    file = models.FileField(upload_to="pictures/")
    small = models.FileField(upload_to="pictures/", blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    mime = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    alt = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.file.name or self.sha256

    @property
    def path(self) -> str:
        """Where it is served, without the host."""
        return f"/pictures/{self.sha256[:32]}.webp"

    @property
    def small_path(self) -> str:
        return f"/pictures/{self.sha256[:32]}-small.webp"

    @property
    def jpeg_path(self) -> str:
        """The same picture as JPEG, which every network and every phone takes."""
        return f"/pictures/{self.sha256[:32]}.jpg"

    @property
    def address(self) -> str:
        return f"{settings.BASE_URL}{self.path}"


class Topic(models.Model):
    """What an item touches beside its category ("robots", "sustainability"); people may say what interests them."""

    slug = models.SlugField(unique=True, max_length=60)
    names = models.JSONField(default=dict)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.names.get(get_language() or "en") or self.names.get("en") or self.slug)


class Campaign(models.Model):
    """Items, words and people around one goal for some weeks; `slug` goes into the links' UTM tags."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True, max_length=60)
    hashtag = models.CharField(max_length=60, blank=True)
    about = models.TextField(blank=True)
    begins_on = models.DateField()
    ends_on = models.DateField()
    # What is counted towards the goal, and how much of it is wanted.
    metric = models.CharField(max_length=20, blank=True)
    target = models.PositiveIntegerField(null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-begins_on", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("begins_on")), name="campaign_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Feed(models.Model):
    """An RSS or Atom feed that fills the library."""

    url = models.URLField(max_length=1000, unique=True)
    title = models.CharField(max_length=300, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    audience = models.ForeignKey(Audience, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=8, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    next_read_at = models.DateTimeField(default=timezone.now, db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # The sentence of the last failure, empty when the last reading went well.
    trouble = models.CharField(max_length=500, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.title or self.url


class ItemQuerySet(models.QuerySet["Item"]):
    def live(self, at: datetime | None = None) -> ItemQuerySet:
        """Approved, begun and not over."""
        at = at or timezone.now()
        return self.filter(
            Q(live_until__isnull=True) | Q(live_until__gt=at), state=Item.State.APPROVED, live_from__lte=at
        )

    def for_person(self, person: Person) -> ItemQuerySet:
        """Meant for this person: for everyone, or for an audience they are in."""
        return self.filter(Q(audience__isnull=True) | Q(audience__in=Audience.objects.of(person)))

    def with_attachments(self) -> ItemQuerySet:
        """Each with the files that belong to it, in their order, by one query for all."""
        return self.prefetch_related(
            models.Prefetch("attachments", queryset=Attachment.objects.select_related("media"))
        )


class Item(models.Model):
    """One piece of content. *Live* and *expired* are not stored: they follow from state and times."""

    class Kind(models.TextChoices):
        LINK = "link", _("Link")
        ARTICLE = "article", _("Article")
        IMAGES = "images", _("Pictures")
        VIDEO = "video", _("Video")
        DOCUMENT = "document", _("Document")
        JOB = "job", _("Job ad")
        EVENT = "event", _("Event")
        TEXT = "text", _("Text")
        SAY = "say", _("Say it yourself")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LINK)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    # The text of an article that Kaja hosts under `slug`, as its editor wrote it.
    body = models.TextField(blank=True)
    slug = models.SlugField(max_length=80, null=True, blank=True, unique=True)
    # What only this kind has, such as the place of an event or the last day to apply for a job.
    details: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    language = models.CharField(max_length=8, default="en")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    topics: models.ManyToManyField[Topic, Any] = models.ManyToManyField(Topic, blank=True, related_name="items")
    audience = models.ForeignKey(Audience, models.PROTECT, null=True, blank=True, related_name="+")
    image = models.ForeignKey(Media, models.SET_NULL, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, blank=True, related_name="items")
    pinned = models.BooleanField(default=False)
    evergreen = models.BooleanField(default=False)
    # When an evergreen item should be looked at again; past it, the library flags it.
    refresh_on = models.DateField(null=True, blank=True)
    # Stands in the resources hub: guides, starters, training.
    resource = models.BooleanField(default=False)
    live_from = models.DateTimeField(null=True, blank=True)
    live_until = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The colleague whose idea it was.
    credit = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    feed = models.ForeignKey(Feed, models.SET_NULL, null=True, blank=True, related_name="items")
    # What the feed calls this entry; an entry read twice is one item.
    guid = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ItemQuerySet] = ItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["state", "-pinned", "-live_from", "-id"], name="item_feed"),
            models.Index(fields=["state", "-updated_at"], name="item_updated"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["feed", "guid"], condition=~Q(guid=""), name="feed_entry_once"),
            models.CheckConstraint(
                condition=Q(live_until__isnull=True)
                | Q(live_from__isnull=True)
                | Q(live_until__gt=models.F("live_from")),
                name="item_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def status(self) -> str:
        """draft, in_review, approved (begins later), live, expired or withdrawn: what people read."""
        if self.state != Item.State.APPROVED:
            return self.state
        now = timezone.now()
        if self.live_until is not None and self.live_until <= now:
            return "expired"
        return "live" if self.live_from is not None and self.live_from <= now else "approved"


class Attachment(models.Model):
    """Pictures, a video or a document that belong to an item, in their order."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="attachments")
    media = models.ForeignKey(Media, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["item", "media"], name="attached_once")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.media_id}"


class LinkPreview(models.Model):
    """How an item's link looks on one network, or (network empty) on all. What is empty is as the item itself."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="previews")
    network = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=500, blank=True)
    image = models.ForeignKey(Media, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["network"]
        constraints = [models.UniqueConstraint(fields=["item", "network"], name="link_preview_once")]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.network}: {self.title}"


class Caption(models.Model):
    """Suggested words for an item, in one language, for one network or (network empty) for all."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="captions")
    language = models.CharField(max_length=8)
    network = models.CharField(max_length=20, blank=True)
    voice = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["item", "language"], name="caption_item_language")]

    def __str__(self) -> str:
        return self.text[:60]


class ReviewStep(models.Model):
    """What happened to an item on its way: submitted, approved, returned, withdrawn; by whom, when, why."""

    class What(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    item = models.ForeignKey(Item, models.CASCADE, related_name="steps")
    what = models.CharField(max_length=10, choices=What.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.what} {self.item_id}"

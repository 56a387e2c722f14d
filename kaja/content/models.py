from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaja.people import audiences
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
    # Who looks at an item before it is approved, in order (content/reviewing.py); empty: one reviewer, within two days.
    steps: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.names.get(get_language() or "en") or self.names.get("en") or self.slug)


class Media(models.Model):
    """A picture, a film or a document. Pictures and the pictures of documents were written by us, films are emptied of
    everything but pictures and sound; addresses are made of the hash of what was uploaded, so they never change."""

    class Kind(models.TextChoices):
        PICTURE = "picture", _("Picture")
        VIDEO = "video", _("Video")
        DOCUMENT = "document", _("Document")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PICTURE)
    # What it was called where it came from, and how many bytes it had there.
    name = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    file = models.FileField(upload_to="pictures/", max_length=200)
    small = models.FileField(upload_to="pictures/", blank=True, max_length=200)
    # Of a picture or film as it is shown; of a document its drawn first page (0 when there is none).
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    mime = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    alt = models.CharField(max_length=1000, blank=True)
    # Sizes that were written of it, each as WebP and AVIF: [[what is appended to the name, pixels wide], …].
    sizes: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    codec = models.CharField(max_length=10, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    # Of a film: the picture that stands there before it plays, by the first half of that picture's hash.
    still = models.CharField(max_length=32, blank=True, db_index=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-id"], name="media_kind")]

    def __str__(self) -> str:
        return self.name or self.file.name or self.sha256

    @property
    def path(self) -> str:
        """Where it is served, without the host."""
        if self.kind == Media.Kind.PICTURE:
            return f"/pictures/{self.sha256[:32]}.webp"
        return f"/{self.file.name}"

    @property
    def small_path(self) -> str:
        """A small picture of it; empty for a film without a still and for a document that could not be drawn."""
        if self.still:
            return f"/pictures/{self.still}-small.webp"
        return f"/pictures/{self.sha256[:32]}-small.webp" if self.small else ""

    @property
    def still_path(self) -> str:
        """What stands there before a film plays; empty when nobody has chosen it."""
        return f"/pictures/{self.still}.webp" if self.still else ""

    @property
    def srcset(self) -> str:
        """Every size as WebP, for `srcset`; empty for what was kept before there were several."""
        return self._set("webp")

    @property
    def srcset_avif(self) -> str:
        return self._set("avif")

    def _set(self, form: str) -> str:
        return ", ".join(f"/pictures/{self.sha256[:32]}{suffix}.{form} {wide}w" for suffix, wide in self.sizes)

    @property
    def jpeg_path(self) -> str:
        """The same picture as JPEG, which every network and every phone takes."""
        return f"/pictures/{self.sha256[:32]}.jpg"

    @property
    def address(self) -> str:
        """Where others find it. Pictures and films are fetched by networks; see media.fetched for films."""
        return f"{settings.BASE_URL}{self.path}"

    @property
    def length(self) -> str:
        """A film's length as people read it: 1:05."""
        return f"{int(self.seconds // 60)}:{int(self.seconds % 60):02d}" if self.seconds is not None else ""


class Topic(models.Model):
    """What an item touches beside its category ("robots", "sustainability"); people may say what interests them."""

    slug = models.SlugField(unique=True, max_length=60)
    names = models.JSONField(default=dict)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.names.get(get_language() or "en") or self.names.get("en") or self.slug)


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def started(self) -> CampaignQuerySet:
        """Drafts are left out: coming, running and over."""
        return self.filter(started_at__isnull=False)

    def running(self, today: date) -> CampaignQuerySet:
        return self.started().filter(ended_at__isnull=True, begins_on__lte=today, ends_on__gte=today)

    def for_person(self, person: Person) -> CampaignQuerySet:
        """Started, with at least one approved post that is meant for this person."""
        mine = Item.objects.for_person(person).filter(campaign=models.OuterRef("pk"), state=Item.State.APPROVED)
        return self.started().filter(models.Exists(mine))


class Campaign(models.Model):
    """Items, words and people around one goal for some weeks; `slug` goes into the links' UTM tags.

    *Coming*, *running* and *over* are not stored: they follow from `started_at` and the days, both included, on the
    company's clock.
    """

    class Metric(models.TextChoices):
        SHARES = "shares", _("Shares")
        CLICKS = "clicks", _("Clicks")
        PEOPLE = "people", _("People sharing")
        OWN = "own", _("Posts in own words")

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True, max_length=60)
    hashtag = models.CharField(max_length=60, blank=True)
    # Why, in a sentence: employees read it above everything else.
    about = models.TextField(blank=True)
    # Read when it is over.
    thanks = models.TextField(blank=True)
    # The same in further languages: {"et": {"name": "", "about": "", "thanks": ""}}; what is empty there falls back.
    translations: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    image = models.ForeignKey(Media, models.SET_NULL, null=True, blank=True, related_name="+")
    begins_on = models.DateField()
    ends_on = models.DateField()
    # What is counted towards the goal, and how much of it is wanted.
    metric = models.CharField(max_length=20, blank=True, choices=Metric.choices)
    target = models.PositiveIntegerField(null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    # Started is promised to people: a draft is not. `ended_at` is set when it was ended before its last day.
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CampaignQuerySet] = CampaignQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-begins_on", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("begins_on")), name="campaign_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def said(self, field: str) -> str:
        """`name`, `about` or `thanks` in the language of this moment, as far as it was written in it."""
        words = self.translations.get(get_language() or "", {})
        return str(words.get(field) or getattr(self, field))

    @property
    def title(self) -> str:
        return self.said("name")

    @property
    def why(self) -> str:
        return self.said("about")

    @property
    def thank_you(self) -> str:
        return self.said("thanks")


class Feed(models.Model):
    """A feed that fills the library: RSS, Atom, JSON Feed, or the job ads of a recruiting system."""

    class Holds(models.TextChoices):
        NEWS = "news", _("News and articles")
        JOBS = "jobs", _("Job ads")

    class Off(models.TextChoices):
        """Why it is not read any more; empty while it is."""

        PAUSED = "paused", _("Paused")
        GONE = "gone", _("Gone for good")

    class Vanished(models.TextChoices):
        """What becomes of an item whose entry is in the feed no longer."""

        KEEP = "keep", _("Nothing, it stays")
        EXPIRE = "expire", _("It ends")
        WITHDRAW = "withdraw", _("It is withdrawn")

    url = models.URLField(max_length=1000, unique=True)
    title = models.CharField(max_length=300, blank=True)
    holds = models.CharField(max_length=10, choices=Holds.choices, default=Holds.NEWS)
    # What the rule for everything else says too, so that lists need not ask for the rules.
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    audience = models.ForeignKey(Audience, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=8, blank=True)
    vanished = models.CharField(max_length=10, choices=Vanished.choices, default=Vanished.KEEP)
    etag = models.CharField(max_length=300, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    next_read_at = models.DateTimeField(default=timezone.now, db_index=True)
    off = models.CharField(max_length=10, choices=Off.choices, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    # The sentence of the last failure, empty when the last reading went well.
    trouble = models.CharField(max_length=500, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.title or self.url


class FeedRule(models.Model):
    """What becomes of entries that fit: the first rule that fits decides. `is_rest` is the last, for everything else.

    A condition is a list of words between commas, any of which may stand there; every condition that is given must fit.
    """

    class What(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("To review")
        APPROVE = "approve", _("Approved at once")
        LEAVE_OUT = "leave_out", _("Left out")

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(default=0)
    is_rest = models.BooleanField(default=False)
    title_has = models.CharField(max_length=300, blank=True)
    text_has = models.CharField(max_length=300, blank=True)
    category_has = models.CharField(max_length=300, blank=True)
    author_has = models.CharField(max_length=300, blank=True)
    place_has = models.CharField(max_length=300, blank=True)
    what = models.CharField(max_length=10, choices=What.choices, default=What.DRAFT)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    topics: models.ManyToManyField[Topic, Any] = models.ManyToManyField(Topic, blank=True, related_name="+")
    audience = models.ForeignKey(Audience, models.PROTECT, null=True, blank=True, related_name="+")
    # Empty: the language that the entry or the feed says.
    language = models.CharField(max_length=8, blank=True)
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, blank=True, related_name="+")
    # At most so many become items on one day of the company's calendar; the others wait for the next.
    per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    expires_days = models.PositiveSmallIntegerField(null=True, blank=True)
    evergreen = models.BooleanField(default=False)
    # Whoever saved it answers for what it sends to review or approves.
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["is_rest", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["feed"], condition=Q(is_rest=True), name="one_rule_for_the_rest"),
        ]

    def __str__(self) -> str:
        return f"{self.feed_id}: {self.what}"


class FeedEntry(models.Model):
    """One entry as its feed wrote it, and what became of it. An entry that waits is here and nowhere else."""

    class Fate(models.TextChoices):
        KEPT = "kept", _("Kept")
        WAITING = "waiting", _("Waits for the next day")
        LEFT_OUT = "left_out", _("Left out by a rule")
        DOUBLE = "double", _("There already")
        CLOSED = "closed", _("Closed already")

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="entries")
    guid = models.CharField(max_length=500)
    fate = models.CharField(max_length=10, choices=Fate.choices)
    rule = models.ForeignKey(FeedRule, models.SET_NULL, null=True, related_name="entries")
    item = models.ForeignKey("Item", models.SET_NULL, null=True, related_name="+")
    # Title, summary, address and the like, as plain text: enough to try other rules on it.
    said: models.JSONField[Any, Any] = models.JSONField(default=dict)
    decided_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    # In how many readings one after another it was not there.
    missed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["feed", "fate", "decided_at"], name="entry_fate")]
        constraints = [models.UniqueConstraint(fields=["feed", "guid"], name="entry_of_a_feed_once")]

    def __str__(self) -> str:
        return f"{self.feed_id}: {self.guid}"


class FeedReading(models.Model):
    """One reading of a feed, for the log that its page shows."""

    class Outcome(models.TextChoices):
        READ = "read", _("Was read")
        SAME = "same", _("Nothing new")
        FAILED = "failed", _("Failed")
        GONE = "gone", _("Gone for good")

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="readings")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    # The status of HTTP; 0 where no answer came.
    status = models.PositiveSmallIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    ms = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["feed", "-at"], name="reading_of_feed")]

    def __str__(self) -> str:
        return f"{self.feed_id}: {self.outcome}"


class ItemQuerySet(models.QuerySet["Item"]):
    def live(self, at: datetime | None = None) -> ItemQuerySet:
        """Approved, begun and not over."""
        at = at or timezone.now()
        return self.filter(
            Q(live_until__isnull=True) | Q(live_until__gt=at), state=Item.State.APPROVED, live_from__lte=at
        )

    def for_person(self, person: Person) -> ItemQuerySet:
        """Meant for this person: for everyone, or for an audience they are in. An own post is meant for its author."""
        meant = Q(audience__isnull=True) | Q(audience__in=audiences.of(person))
        return self.filter(meant, Q(original=False) | Q(author=person))

    def with_attachments(self) -> ItemQuerySet:
        """Each with the files that belong to it, in their order, by one query for all."""
        return self.prefetch_related(
            models.Prefetch("attachments", queryset=Attachment.objects.select_related("media"))
        )


class Item(models.Model):
    """One piece of content. *Live* and *expired* are not stored: they follow from state and times.

    What was approved stays as it was approved: a change of it is a row of its own (`replaces`), a draft with the same
    pages, until it is approved and becomes the other's content (docs/decisions/changes-after-approval.md).
    """

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
    # Why that colleague thinks it is worth sharing, in their words.
    suggestion = models.TextField(blank=True)
    # A post its author wrote for their own networks; nobody else's feed shows it.
    original = models.BooleanField(default=False)
    # How many found it interesting and how many did not; the rows are Reaction, nobody learns whose.
    interested = models.PositiveIntegerField(default=0, editable=False)
    uninterested = models.PositiveIntegerField(default=0, editable=False)
    # Where these answers put it: its beginning, moved (content/ranking.py). Empty: nothing moves it.
    ranked_at = models.DateTimeField(null=True, blank=True, editable=False)
    stands_at = models.GeneratedField(
        expression=Coalesce("ranked_at", "live_from"), output_field=models.DateTimeField(null=True), db_persist=True
    )
    feed = models.ForeignKey(Feed, models.SET_NULL, null=True, blank=True, related_name="items")
    # What the feed calls this entry; an entry read twice is one item.
    guid = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    # The approved item that this row is a change of.
    replaces = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="revision")
    # In review: the step it waits at (a key of the category's steps) and until when that step should decide.
    step = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ItemQuerySet] = ItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["state", "-pinned", "-stands_at", "-id"], name="item_feed"),
            models.Index(fields=["state", "-updated_at"], name="item_updated"),
            # The library: everything, the last changed first; how many there are of each status, without the rows.
            # Times stand last: as a range right after the state they would take the feed away from its own index.
            models.Index(fields=["-updated_at", "-id"], name="item_library"),
            models.Index(fields=["state", "evergreen", "refresh_on", "live_from", "live_until"], name="item_status"),
            models.Index(fields=["language"], name="item_language"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["feed", "guid"], condition=~Q(guid=""), name="feed_entry_once"),
            models.CheckConstraint(
                condition=Q(live_until__isnull=True)
                | Q(live_from__isnull=True)
                | Q(live_until__gt=models.F("live_from")),
                name="item_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | Q(state__in=("draft", "in_review")), name="a_change_is_never_live"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def root(self) -> Item:
        """The item itself: of a change, what it changes. Versions, comments and history are its."""
        return self.replaces or self

    @property
    def overdue(self) -> bool:
        """Waits for a reviewer longer than it should."""
        return self.state == Item.State.IN_REVIEW and self.due_at is not None and self.due_at < timezone.now()

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
    # Of words in a change: the approved words that they are a copy of.
    origin = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["item", "language"], name="caption_item_language")]

    def __str__(self) -> str:
        return self.text[:60]


class ItemVersion(models.Model):
    """What an item said after a change: everything that is reviewed, as JSON (content/versions.py). Rows never change
    but for `approved_at`, when this content went live."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content: models.JSONField[Any, Any] = models.JSONField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    approved_at = models.DateTimeField(null=True, blank=True)
    # The version whose content was taken back.
    restores = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="item_version_once")]

    def __str__(self) -> str:
        return f"{self.item_id}, {self.number}"


class ReviewStep(models.Model):
    """What happened to an item on its way (submitted, passed a step, approved, returned, …): by whom, when, why."""

    class What(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        PASSED = "passed", _("Passed a step")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        CHANGED = "changed", _("Changed during review")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        # One of the above was undone by whoever did it, together with others (bulk.undo).
        TAKEN_BACK = "taken_back", _("Taken back")

    item = models.ForeignKey(Item, models.CASCADE, related_name="steps")
    what = models.CharField(max_length=10, choices=What.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)
    # Which step of the category it was, and the version that was looked at.
    step = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["person", "-at"], name="review_of_person")]

    def __str__(self) -> str:
        return f"{self.what} {self.item_id}"


class Comment(models.Model):
    """A remark of somebody who writes or reviews, on an item, on the version of that moment; `about` names a part of it
    ("title", "caption:12")."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="comments")
    version = models.PositiveIntegerField(null=True, blank=True)
    about = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Reminder(models.Model):
    """Somebody was reminded of a step that is overdue: once for a step and day."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    step = models.CharField(max_length=40)
    day = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "person", "step", "day"], name="reminded_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.item_id}"


class ItemWords(models.Model):
    """What an item is found by: its words folded to stems (stems.py). Written by `searching.index`, nobody else.

    Migration 0002 hangs the full-text index of each database on this table and keeps it right by itself.
    """

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="words")
    head = models.TextField()
    rest = models.TextField()
    indexed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.item_id}: {self.head[:60]}"


class SavedView(models.Model):
    """Filters of the library under a name: a person's own, or (`shared`) everybody's who reads the library."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    # The filters as the address has them: "category=product&words=robot".
    query = models.CharField(max_length=600, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="view_name_once")]

    def __str__(self) -> str:
        return self.name


class BulkChange(models.Model):
    """One change of many items at once: what was done, by whom, to how many; it can be taken back as one step."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=20)
    # What was set, in words ("Product", "2 December"), for whoever reads it later.
    value = models.CharField(max_length=300, blank=True)
    # As it was typed, and which items: of a change of more than a thousand, which a job goes through in parts.
    typed = models.CharField(max_length=2000, blank=True)
    chosen: models.JSONField[Any, Any] = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    # How many were gone through, and when that ended; `stopped_at` when its person ended it before.
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    # Taking back goes in parts too: when it began, and up to which of the rows it has come.
    undo_begun_at = models.DateTimeField(null=True, blank=True)
    undo_row = models.PositiveBigIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    # Why items were left alone: a sentence and the numbers of those items.
    left: models.JSONField[Any, Any] = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)
    # Why items could not be put back, in the same form.
    kept: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.what} {self.value}"

    @property
    def running(self) -> bool:
        """Whether a job still goes through its items, or takes them back."""
        return self.finished_at is None or self.taking_back

    @property
    def taking_back(self) -> bool:
        return self.undo_begun_at is not None and self.undone_at is None


class BulkRow(models.Model):
    """One item of a bulk change: how it was, and when it was left so; changed since, it is not put back."""

    change = models.ForeignKey(BulkChange, models.CASCADE, related_name="rows")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    before: models.JSONField[Any, Any] = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "item"], name="bulk_item_once")]

    def __str__(self) -> str:
        return f"{self.change_id}: {self.item_id}"


class Reaction(models.Model):
    """What one reader said of an item, and whether they saved it. Read as numbers only, except by themselves."""

    class Verdict(models.TextChoices):
        NONE = "", _("Nothing said")
        INTERESTING = "interesting", _("Interesting")
        NOT_FOR_ME = "not_for_me", _("Not for me")

    class Why(models.TextChoices):
        NONE = "", _("No reason given")
        FIELD = "field", _("Not my field")
        SEEN = "seen", _("Seen enough of it")
        LANGUAGE = "language", _("Not in my language")
        TRUTH = "truth", _("Does not sound true")
        SALES = "sales", _("Too much of an advertisement")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="reactions")
    verdict = models.CharField(max_length=12, choices=Verdict.choices, blank=True, default="")
    # Why it was not for them; they need not say.
    why = models.CharField(max_length=10, choices=Why.choices, blank=True, default="")
    saved = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "person"], name="reaction_once")]
        indexes = [models.Index(fields=["person", "saved"], name="reaction_saved")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.verdict}"


class ItemNote(models.Model):
    """A reader's word to the editors about an item, and their answer. Nobody else reads it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="notes")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text[:60]


class Idea(models.Model):
    """What a colleague would like the world to hear: put before all, voted for, answered by the editors."""

    class Kind(models.TextChoices):
        IDEA = "idea", _("Idea")
        QUESTION = "question", _("Customer question")
        LINK = "link", _("Link")
        PHOTO = "photo", _("Photo")
        WISH = "wish", _("Wish for material")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        PLANNED = "planned", _("Planned")
        MAKING = "making", _("Being made")
        PUBLISHED = "published", _("Published")
        NOT_NOW = "not_now", _("Not now")
        MERGED = "merged", _("Merged")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.IDEA)
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    # What the linked page calls itself.
    page_title = models.CharField(max_length=300, blank=True)
    picture = models.ForeignKey(Media, models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    # Counts of the rows of IdeaVote and IdeaComment.
    votes = models.PositiveIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)
    # By when an answer is owed: a week after enough votes. Empty while nobody owes one.
    due_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    # When its author last read what became of it.
    told_at = models.DateTimeField(null=True, blank=True)
    planned_for = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    item = models.OneToOneField(Item, models.SET_NULL, null=True, blank=True, related_name="idea")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["-votes", "-id"], name="idea_popular"),
            models.Index(fields=["status", "-votes", "-id"], name="idea_status"),
            models.Index(fields=["due_at"], condition=Q(status="open"), name="idea_due"),
        ]

    def __str__(self) -> str:
        return self.title


class IdeaVote(models.Model):
    """One person's vote."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idea", "person"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.idea_id}: {self.person_id}"


class IdeaComment(models.Model):
    """What somebody adds to an idea."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="said")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class CalendarAddress(models.Model):
    """The secret address at which a person's calendar programme reads the calendar.

    Looked up by the hash; the token itself is sealed, so that its owner can read it again and a stolen database not.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)
    last_read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person_id}"

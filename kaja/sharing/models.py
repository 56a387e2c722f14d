from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaja.content.models import Caption, Item
from kaja.links.models import ShortLink
from kaja.networks.models import ConnectedAccount
from kaja.sharing.states import State


class QueueSlot(models.Model):
    """A place in the week at which a person shares: a weekday and a time on their own clock."""

    class Why(models.TextChoices):
        OWN = "own", _("Set by you")
        BEST = "best", _("Most clicks at this hour")
        USUAL = "usual", _("The company’s usual time")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # 0 is Monday.
    weekday = models.PositiveSmallIntegerField()
    time = models.TimeField()
    # A network's key; empty: whatever network.
    network = models.CharField(max_length=20, blank=True)
    why = models.CharField(max_length=10, choices=Why.choices, default=Why.OWN)
    paused = models.BooleanField(default=False)

    class Meta:
        ordering = ["weekday", "time", "network"]
        constraints = [
            models.UniqueConstraint(fields=["person", "weekday", "time", "network"], name="queue_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.weekday} {self.time:%H:%M} {self.network}"


class BestTime(models.Model):
    """When posts on a network got the most clicks, worked out by measurement; without a person: in the whole company.

    `weekday` is empty when all weekdays were looked at together. `posts` is how many shares it was read from.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    network = models.CharField(max_length=20)
    weekday = models.PositiveSmallIntegerField(null=True)
    hour = models.PositiveSmallIntegerField()
    posts = models.PositiveIntegerField()
    # How many per cent more clicks a post at this hour gets than at any hour, by the shrunk estimate.
    gain = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "network"], name="best_time_once"),
            models.UniqueConstraint(
                fields=["network"], condition=Q(person__isnull=True), name="company_best_time_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network}: {self.weekday} {self.hour}"


class ShareQuerySet(models.QuerySet["Share"]):
    def due(self, at: datetime | None = None) -> ShareQuerySet:
        """Planned shares whose time has come, the oldest first."""
        return self.filter(state=State.PLANNED, not_before__lte=at or timezone.now()).order_by("not_before", "id")

    def published(self) -> ShareQuerySet:
        """What counts as a share in figures: it went out, told by the network, by its person or by a click."""
        return self.filter(state__in=[State.PUBLISHED, State.REMOVED])


class Share(models.Model):
    """One person shares one item on one network: the plan, its way and its result in one row."""

    class Way(models.TextChoices):
        API = "api", _("Posted by Kaja")
        DIALOG = "dialog", _("Posted by you")

    class Confirmed(models.TextChoices):
        NETWORK = "network", _("The network says so")
        CLICK = "click", _("Somebody clicked your link")
        PERSON = "person", _("You said so")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    network = models.CharField(max_length=20)
    way = models.CharField(max_length=10, choices=Way.choices)
    account = models.ForeignKey(ConnectedAccount, models.SET_NULL, null=True, blank=True, related_name="+")
    link = models.OneToOneField(ShortLink, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    language = models.CharField(max_length=8, blank=True)
    # The suggestion it began with; `own_words` when the text was changed or written anew.
    caption = models.ForeignKey(Caption, models.SET_NULL, null=True, blank=True, related_name="+")
    own_words = models.BooleanField(default=False)
    # Equal for texts of the same normalised words (wording.fingerprint), whatever link stands in them.
    wording = models.CharField(max_length=16, blank=True)

    state = models.CharField(max_length=10, choices=State.choices)
    not_before = models.DateTimeField()
    # The place in the queue it stands in, and the moment of that place before colleagues were spread apart.
    slot = models.ForeignKey(QueueSlot, models.SET_NULL, null=True, blank=True, related_name="+")
    slot_at = models.DateTimeField(null=True, blank=True)
    # When it was moved to keep colleagues apart: the moment that was wished, and how many share the story around it.
    wished_at = models.DateTimeField(null=True, blank=True)
    beside = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # A claim is a lease: after `lease_until` the worker counts as dead and the share is looked into.
    worker = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # `reason` is a code that templates turn into a sentence; `detail` is what the network said, for the curious.
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    # Chosen and stored before the first byte leaves, the same for every attempt.
    record_key = models.CharField(max_length=64, blank=True)
    payload = models.JSONField(null=True, blank=True)

    post_id = models.CharField(max_length=300, blank=True)
    post_url = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, db_index=True)
    confirmed = models.CharField(max_length=10, choices=Confirmed.choices, blank=True)
    # When its words were last changed on the network.
    edited_at = models.DateTimeField(null=True, blank=True)
    # What a door gives so that the same wish twice is one share (API: Idempotency-Key; page: the form's own key).
    wish = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[ShareQuerySet] = ShareQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["state", "not_before"], name="share_due"),
            models.Index(fields=["person", "-created_at"], name="share_person"),
            # Who else shares an item on a network about a moment, and how full an account's day is.
            models.Index(fields=["item", "network", "not_before"], name="share_beside"),
            models.Index(fields=["account", "not_before"], name="share_account_day"),
            # Who shared an item, the newest first, without touching the rows.
            models.Index(fields=["item", "-published_at", "-id", "state", "person"], name="share_item"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "wish"], condition=~Q(wish=""), name="share_wish_once"),
            # Two tabs at once do not take the same place in the queue.
            models.UniqueConstraint(
                fields=["slot", "slot_at"],
                condition=Q(slot_at__isnull=False, state__in=[State.PLANNED, State.HELD]),
                name="share_slot_once",
            ),
            models.UniqueConstraint(
                fields=["account", "record_key"], condition=~Q(record_key=""), name="share_record_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network}: {self.text[:40]}"


class Attempt(models.Model):
    """One call to a network. Written before the call begins; an attempt without an end was cut off."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    worker = models.CharField(max_length=64)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["share", "number"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.share_id}/{self.number}"


class Correction(models.Model):
    """New words for a post that is out: plan, way and end in one row. Done, it keeps the words of before."""

    class State(models.TextChoices):
        PLANNED = "planned", _("On its way")
        SENDING = "sending", _("Being changed")
        UNKNOWN = "unknown", _("Not sure")
        DONE = "done", _("Changed")
        FAILED = "failed", _("Not changed")
        DROPPED = "dropped", _("Dropped")

    OPEN = ("planned", "sending", "unknown")

    share = models.ForeignKey(Share, models.CASCADE, related_name="corrections")
    # As it will stand there, with the link.
    text = models.TextField()
    before = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(default=0)
    # A claim is a lease, as with a share.
    lease_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "not_before"], name="correction_due")]
        constraints = [
            # Never two at once: the later one could be overtaken by the earlier.
            models.UniqueConstraint(
                fields=["share"], condition=Q(state__in=("planned", "sending", "unknown")), name="correction_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.share_id}: {self.text[:40]}"


class CaptionUse(models.Model):
    """How often a caption was shared in a circle of people. A roll-up; `wording.recount` repairs it."""

    caption = models.ForeignKey(Caption, models.CASCADE, related_name="+")
    # "team:7", "place:Tallinn" or "everybody".
    circle = models.CharField(max_length=100)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caption", "circle"], name="caption_use_once")]

    def __str__(self) -> str:
        return f"{self.caption_id}/{self.circle}: {self.used}"


class Crisis(models.Model):
    """A time in which nothing goes out: who stopped it, why, what everybody reads, what was held, how it ended."""

    # True while it lasts and null afterwards, so that there is one at a time.
    lasting = models.BooleanField(null=True, default=True, unique=True)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    # For the audit trail only; everybody reads `notice` in the red bar and `statement` on top of the feed.
    why = models.CharField(max_length=500)
    # By language: {"en": …, "et": …}.
    notice = models.JSONField(default=dict)
    statement = models.JSONField(default=dict)
    approved_by = models.CharField(max_length=120, blank=True)
    link = models.URLField(max_length=500, blank=True)
    withdrawn = models.ManyToManyField(Item, related_name="+", blank=True)
    # Posts that were on hold once it had begun, and those whose call to a network was under way at that moment.
    held = models.PositiveIntegerField(default=0)
    under_way = models.PositiveIntegerField(default=0)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # What everybody was told at the end, by language.
    farewell = models.JSONField(default=dict)

    class Meta:
        ordering = ["-begun_at"]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d}: {self.why[:40]}"

    @property
    def notice_here(self) -> str:
        return in_language(self.notice)

    @property
    def statement_here(self) -> str:
        return in_language(self.statement)


def in_language(words: dict[str, str]) -> str:
    """Words in the language of the page, else in the one there is; empty without any."""
    return words.get(get_language() or "") or next((text for text in words.values() if text), "")


class CrisisLetter(models.Model):
    """That a person was told by e-mail that a crisis began, or ended: written when the letter has been handed over."""

    class About(models.TextChoices):
        BEGUN = "begun", _("On hold")
        ENDED = "ended", _("Open again")

    crisis = models.ForeignKey(Crisis, models.CASCADE, related_name="letters")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    about = models.CharField(max_length=10, choices=About.choices)
    sent_at = models.DateTimeField(default=timezone.now)
    # The mail server would not take this address.
    refused = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["crisis", "person", "about"], name="crisis_letter_once")]

    def __str__(self) -> str:
        return f"{self.crisis_id}/{self.person_id} {self.about}"

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaja.content.models import Campaign, Caption, Item, Topic
from kaja.links.models import ShortLink
from kaja.networks.models import ConnectedAccount
from kaja.sharing import naming
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


class Preparation(models.Model):
    """What a delegate prepared for somebody: the same words for some networks, and one decision about all of them."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Taken back")
        LAPSED = "lapsed", _("Came to nothing")

    class When(models.TextChoices):
        NOW = "now", _("As soon as it is approved")
        AT = "at", _("At a time")
        QUEUE = "queue", _("In the queue")
        BEST = "best", _("At the best time")

    # In whose name it goes out, and who prepared it.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    # As they were typed, with the mark where the link stands.
    text = models.TextField()
    caption = models.ForeignKey(Caption, models.SET_NULL, null=True, blank=True, related_name="+")
    when = models.CharField(max_length=10, choices=When.choices, default=When.NOW)
    # A word of the delegate's to the person.
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Why it was declined, in the person's words; or the code of why it came to nothing.
    reason = models.CharField(max_length=500, blank=True)
    # The person put other words or another time.
    changed = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    # What a door gives so that the same wish twice is one.
    wish = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "state"], name="preparation_person"),
            models.Index(fields=["by", "-id"], name="preparation_by"),
            models.Index(fields=["item", "state"], name="preparation_item"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["by", "wish"], condition=~Q(wish=""), name="preparation_wish_once"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} for {self.person_id}: {self.text[:40]}"


class ApprovalLink(models.Model):
    """A signed address that approves one preparation without signing in. Only the hash of its secret is stored.

    Whatever carries it (a letter, later a message on the phone), it works once: the decision ends every link.
    """

    class Carrier(models.TextChoices):
        MAIL = "mail"
        PUSH = "push"

    preparation = models.ForeignKey(Preparation, models.CASCADE, related_name="links")
    secret_hash = models.CharField(max_length=64, unique=True)
    carrier = models.CharField(max_length=10, choices=Carrier.choices)
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.preparation_id} by {self.carrier}"


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
    # Of what a delegate prepared: it goes out only when its person has approved it.
    preparation = models.ForeignKey(Preparation, models.PROTECT, null=True, blank=True, related_name="shares")
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
    # What its person was written about last ("failed/2": it failed, after two attempts), so that they are told once.
    told = models.CharField(max_length=40, blank=True)

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
                condition=Q(slot_at__isnull=False, state__in=[State.WAITING, State.PLANNED, State.HELD]),
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


class CrisisWords(models.Model):
    """What people read in a crisis. By language: {"en": …, "et": …}."""

    # In the red bar, and pinned on top of the feed.
    notice = models.JSONField(default=dict, blank=True)
    statement = models.JSONField(default=dict, blank=True)
    approved_by = models.CharField(max_length=120, blank=True)
    link = models.URLField(max_length=500, blank=True)
    # Who answers journalists, and how they are reached; employees send questions there and say no more.
    speaks = models.CharField(max_length=120, blank=True)
    reach = models.CharField(max_length=120, blank=True)
    # What employees may say to friends and customers who ask.
    friend = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def notice_here(self) -> str:
        return in_language(self.notice)

    @property
    def statement_here(self) -> str:
        return in_language(self.statement)

    @property
    def friend_here(self) -> str:
        return in_language(self.friend)

    @property
    def contact(self) -> str:
        """To whom a journalist is sent, and how they are reached."""
        return ", ".join(filter(None, (self.speaks, self.reach)))

    @property
    def words(self) -> dict[str, Any]:
        """All of it by field."""
        return {field.name: getattr(self, field.name) for field in CrisisWords._meta.get_fields()}


class CrisisPlan(CrisisWords):
    """What was written before anything happened: a crisis, and an exercise, begin with it. There is one."""

    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.changed_at:%Y-%m-%d}"


class _Everything:
    """Holds every item."""

    def __contains__(self, _item: object) -> bool:
        return True


EVERYTHING = _Everything()


class CrisisQuerySet(models.QuerySet["Crisis"]):
    def over(self, item: Item) -> CrisisQuerySet:
        """Those that hold this item: all of it, or its topic or campaign. About words see onhold.stops."""
        part = Q(only=Crisis.Only.TOPIC, topic__in=item.topics.order_by().values("pk"))
        part |= Q(only=Crisis.Only.CAMPAIGN, campaign__isnull=False, campaign=item.campaign_id)
        return self.filter(Q(only="") | part)

    def of(self, share: Share) -> CrisisQuerySet:
        """Those that hold this share; about words those in which it was found (holding.py)."""
        found = Crisis.named.through.objects.filter(crisis=OuterRef("pk"), share=share.pk)
        return self.over(share.item) | self.filter(Exists(found))

    def holding_or_words(self, item: Item) -> CrisisQuerySet:
        """Those that hold this item, and those about words, which nobody but a reader finds."""
        return self.filter(only=Crisis.Only.WORDS) | self.over(item)


class Crisis(CrisisWords):
    """A time in which nothing goes out, or nothing about one thing: who stopped it, why, what everybody reads, what was
    held, how it ended. An exercise (`practice`) never lasts: it holds nothing."""

    class Only(models.TextChoices):
        TOPIC = "topic", _("One topic")
        CAMPAIGN = "campaign", _("One campaign")
        WORDS = "words", _("Certain words")

    # True while it lasts and null afterwards, so that there is one at a time.
    lasting = models.BooleanField(null=True, default=True, unique=True)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    # For the audit trail only.
    why = models.CharField(max_length=500)
    practice = models.BooleanField(default=False)
    # What it holds; empty: everything. When the topic is deleted meanwhile it holds nothing more, not everything.
    only = models.CharField(max_length=10, blank=True, choices=Only.choices)
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, blank=True, related_name="+")
    # The words that it is about, and the shares in which they stand, or in the titles of their stories.
    phrases: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    named = models.ManyToManyField(Share, related_name="+", blank=True)
    # The search for them (holding.py): the post after which it goes on, how many have been looked at of how many there
    # were, and when every one had been looked at for the first time.
    looked_to = models.BigIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    to_look = models.PositiveIntegerField(default=0)
    searched_at = models.DateTimeField(null=True, blank=True)
    withdrawn = models.ManyToManyField(Item, related_name="+", blank=True)
    # Posts that were on hold once it had begun, and those whose call to a network was under way at that moment.
    held = models.PositiveIntegerField(default=0)
    under_way = models.PositiveIntegerField(default=0)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # What everybody was told at the end, by language.
    farewell = models.JSONField(default=dict)
    # How many of the held posts went out at their time or at a new one, asked their people, were dropped.
    gone = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)

    objects: ClassVar[CrisisQuerySet] = CrisisQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-begun_at"]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d}: {self.why[:40]}"

    @property
    def items(self) -> Q:
        """Which shares it is about, by their items; of words those in which they were found (holding.py)."""
        if not self.only:
            return Q()
        if self.only == Crisis.Only.WORDS:
            return Q(pk__in=Crisis.named.through.objects.filter(crisis=self.pk).values("share"))
        part = {"topics": self.topic_id} if self.only == Crisis.Only.TOPIC else {"campaign": self.campaign_id}
        if None in part.values():
            return Q(pk__in=[])
        return Q(item__in=Item.objects.filter(**part).order_by().values("pk"))

    @property
    def searching(self) -> bool:
        """Whether posts are left that nobody has looked at. None with the words goes out meanwhile (onhold.stops)."""
        return self.only == Crisis.Only.WORDS and self.searched_at is None

    @property
    def looked_at(self) -> int:
        """How much of the search is done, in per cent; 100 only when it is."""
        return min(99, 100 * self.looked // max(self.to_look, 1)) if self.searching else 100

    @property
    def about(self) -> str:
        """The topic, campaign or words that it is about; empty for everything."""
        if self.only == Crisis.Only.WORDS:
            return ", ".join(self.phrases)
        return str(self.topic or "") if self.only == Crisis.Only.TOPIC else str(self.campaign or "")

    @cached_property
    def holding(self) -> Container[int]:
        """The numbers of the items that are on hold. For pages: `{% if item.pk in crisis.holding %}`."""
        if not self.only:
            return EVERYTHING
        if self.only == Crisis.Only.WORDS:
            titles = Item.objects.filter(state=Item.State.APPROVED).order_by().values_list("pk", "title")
            return frozenset(number for number, title in titles if naming.find(self.phrases, title))
        part = {"topics": self.topic_id} if self.only == Crisis.Only.TOPIC else {"campaign": self.campaign_id}
        if None in part.values():
            return frozenset[int]()
        return frozenset(Item.objects.filter(**part).order_by().values_list("pk", flat=True))


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


class SecondLook(models.Model):
    """That somebody else is to look at the words of a share before it goes out, and what they said (screen 19b).

    The share is `held` with the reason "eyes" as long as its look is open; other words are another look.
    """

    class Verdict(models.TextChoices):
        PASSED = "passed", _("Passed")
        RETURNED = "returned", _("Sent back")
        # Its person changed the words or dropped the post.
        DROPPED = "dropped", _("Dropped")

    share = models.ForeignKey(Share, models.CASCADE, related_name="looks")
    # The words without their link, as they were looked at.
    text = models.TextField()
    # The rules that ask: [[rule, version], …]; and the teams whose reviewers look first.
    rules = models.JSONField(default=list)
    teams = models.JSONField(default=list)
    asked_at = models.DateTimeField(default=timezone.now)
    # From then on everybody who reviews is asked.
    due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    # Why it was sent back.
    words = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["decided_at", "due_at"], name="look_open")]
        constraints = [
            models.UniqueConstraint(fields=["share"], condition=Q(decided_at=None), name="one_open_look"),
        ]

    def __str__(self) -> str:
        return f"{self.share_id}: {self.verdict or 'open'}"

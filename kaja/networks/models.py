from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaja import vault


class ConnectedAccount(models.Model):
    """A person's own account on a network. Tokens lie sealed in `sealed`; disconnecting erases them."""

    class State(models.TextChoices):
        WORKS = "works", _("Works")
        NEEDS_RECONNECT = "needs_reconnect", _("Sign in again")
        DISCONNECTED = "disconnected", _("Disconnected")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    network = models.CharField(max_length=20)
    # The network's own unchanging id of the account (Bluesky: the DID).
    external_id = models.CharField(max_length=200)
    handle = models.CharField(max_length=200)
    display_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WORKS)
    reason = models.CharField(max_length=300, blank=True)
    sealed = models.BinaryField(null=True)
    # Raised with each renewal: two workers renewing at once are told apart by compare-and-set.
    sealed_version = models.PositiveIntegerField(default=1)
    renewing_until = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # What the account's own server takes, where servers of one network differ: fields of contract.Limits.
    limits: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    # Whether what is sealed can be renewed without its person, if the network renews at all.
    renews = models.BooleanField(default=True)
    # When these tokens came.
    renewed_at = models.DateTimeField(null=True, blank=True)
    # How many days before its end the person was told last, 0: that it has ended; none for the permission of now.
    told_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # The second permission, where a network wants one for figures (contract.Reading); erased with the first.
    sealed_figures = models.BinaryField(null=True)
    figures_until = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(auto_now_add=True)
    # When the network last answered for this account.
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "network", "external_id"], name="account_once")]

    def __str__(self) -> str:
        return f"{self.handle} ({self.network})"

    @property
    def secrets(self) -> dict[str, Any]:
        """The opened tokens. Raises vault.Unreadable; empty when disconnected."""
        return vault.unseal(self.sealed) if self.sealed is not None else {}


class PendingConnection(models.Model):
    """An OAuth journey under way: what must be known again when the person comes back with `state`."""

    state = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    network = models.CharField(max_length=20)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.network} {self.created_at:%H:%M}"


class NetworkKey(models.Model):
    """A key of Kaja's own towards a network (Bluesky: the ES256 key that signs as the client; Mastodon: what one of its
    servers registered Kaja under), sealed."""

    network = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "name"], name="network_key_once")]

    def __str__(self) -> str:
        return f"{self.network} {self.name}"


class NetworkApp(models.Model):
    """The company's own app at a network, as its administrator entered it; the secret ones lie sealed.

    `use` tells apart the two apps of a network that wants one for posting and another for reading figures (LinkedIn).
    """

    class Use(models.TextChoices):
        POSTING = "posting", _("Posting")
        FIGURES = "figures", _("Figures")

    network = models.CharField(max_length=20)
    use = models.CharField(max_length=10, choices=Use.choices, default=Use.POSTING)
    client_id = models.CharField(max_length=200)
    sealed = models.BinaryField()
    entries: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    # What the last test found: [[what, passed, remedy], …].
    findings: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "use"], name="network_app_once")]

    def __str__(self) -> str:
        return f"{self.network} {self.use}"


class SandboxPost(models.Model):
    """A post on the sandbox network: what its "server" stored. Written only by the sandbox's own server side."""

    account = models.CharField(max_length=200, db_index=True)
    key = models.CharField(max_length=64)
    text = models.TextField()
    record = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    likes = models.PositiveIntegerField(default=0)
    reposts = models.PositiveIntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="sandbox_post_once")]

    def __str__(self) -> str:
        return self.text[:60]

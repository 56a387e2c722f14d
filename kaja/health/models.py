from __future__ import annotations

from django.db import models
from django.utils import timezone


class Sign(models.Model):
    """What this installation last saw of a thing that leaves no other trace: a row for each kind, written over.

    It is not part of a backup: an installation that was restored has made none yet, and sent no letter.
    """

    class Of(models.TextChoices):
        BACKUP = "backup"
        LETTER_SENT = "letter-sent"
        LETTER_FAILED = "letter-failed"
        CERTIFICATE = "certificate"

    of = models.CharField(max_length=20, choices=Of.choices, unique=True)
    at = models.DateTimeField(default=timezone.now)
    # Of a certificate: whose it is ("host:port"), and until when it is good.
    about = models.CharField(max_length=260, blank=True)
    ends_at = models.DateTimeField(null=True)
    # Of a backup, in bytes.
    size = models.BigIntegerField(null=True)
    # What is wrong: a code, and the error's own text for whoever mends it.
    reason = models.CharField(max_length=20, blank=True)
    detail = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.of} {self.at:%Y-%m-%d %H:%M}"

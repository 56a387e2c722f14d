from django.conf import settings
from django.db import models


class Line(models.Model):
    """One thing somebody did: who, what verb, on what, when and why. Rows are never changed."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    noun = models.CharField(max_length=40)
    noun_id = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["noun", "noun_id"], name="audit_line_noun")]

    def __str__(self) -> str:
        return f"{self.verb} {self.noun} {self.noun_id}"

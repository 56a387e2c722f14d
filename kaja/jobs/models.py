from django.db import models


class WorkerLife(models.Model):
    """A running worker's sign of life. A worker not seen for a while is dead, and what it had begun is given back."""

    name = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Recurring(models.Model):
    """When a piece of the schedule last ran; the row is what two schedulers compete for."""

    name = models.CharField(max_length=100, unique=True)
    due_at = models.DateTimeField()
    last_started_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

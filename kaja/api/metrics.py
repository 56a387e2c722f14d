"""GET /metrics: what the process watchers of an operator draw, as Prometheus text. No person, no words, only counts."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja import __version__
from kaja.content.models import Item
from kaja.health import standing
from kaja.jobs import worker
from kaja.jobs.models import WorkerLife
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing.models import Share
from kaja.sharing.states import State

Sample = tuple[dict[str, str], float]


def show(request: HttpRequest) -> HttpResponse:
    """Every figure below, for whoever has KAJA_METRICS_TOKEN as bearer token; nobody else learns that it exists."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    body = "".join(line for name, (text, read) in GAUGES.items() for line in _lines(name, text, read()))
    return HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(name: str, text: str, samples: Iterator[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        marks = ",".join(f'{key}="{mark}"' for key, mark in labels.items())
        yield f"{name}{{{marks}}} {value:g}\n" if marks else f"{name} {value:g}\n"


def _age(moment: datetime | None) -> float:
    return max((timezone.now() - moment).total_seconds(), 0) if moment else 0


def _version() -> Iterator[Sample]:
    yield {"version": __version__}, 1


def _shares() -> Iterator[Sample]:
    counts = dict(Share.objects.order_by().values_list("state").annotate(n=Count("pk")))
    yield from (({"state": state}, counts.get(state, 0)) for state in State.values)


def _overdue() -> Iterator[Sample]:
    yield {}, _age(Share.objects.due().order_by("not_before").values_list("not_before", flat=True).first())


def _jobs() -> Iterator[Sample]:
    for status, n in DBTaskResult.objects.order_by().values_list("status").annotate(n=Count("pk")):
        yield {"status": str(status).lower()}, n


def _oldest_job() -> Iterator[Sample]:
    waiting = DBTaskResult.objects.ready().aggregate(first=Min("enqueued_at"))
    yield {}, _age(waiting["first"])


def _accounts() -> Iterator[Sample]:
    counts = ConnectedAccount.objects.order_by().values_list("network", "state").annotate(n=Count("pk"))
    yield from (({"network": network, "state": state}, n) for network, state, n in counts)


def _people() -> Iterator[Sample]:
    yield {"state": "joined"}, Person.objects.joined().count()
    yield {"state": "invited"}, Person.objects.get_queryset().filter(joined_at=None, is_active=True).count()


def _items() -> Iterator[Sample]:
    counts = dict(Item.objects.order_by().values_list("state").annotate(n=Count("pk")))
    yield from (({"state": state}, n) for state, n in counts.items())


def _uncounted() -> Iterator[Sample]:
    yield {}, standing.uncounted()


def _workers() -> Iterator[Sample]:
    yield {}, WorkerLife.objects.filter(seen_at__gt=timezone.now() - worker.DEAD).count()


GAUGES = {
    "kaja_info": ("the running version", _version),
    "kaja_shares": ("shares by state", _shares),
    "kaja_share_overdue_seconds": ("how long the oldest due share has waited", _overdue),
    "kaja_jobs": ("background jobs by status", _jobs),
    "kaja_job_oldest_seconds": ("age of the oldest job that is ready to run", _oldest_job),
    "kaja_accounts": ("connected accounts by network and state", _accounts),
    "kaja_people": ("people who joined, and who are invited", _people),
    "kaja_items": ("items by state", _items),
    "kaja_click_log_uncounted_bytes": ("what this machine's click log holds and nobody has counted", _uncounted),
    "kaja_workers": ("workers seen lately", _workers),
}

"""The administrator's page of jobs and health, and what is decided there."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kaja.health import failures, rows, standing
from kaja.jobs.models import Failure
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, deliveries
from kaja.sharing.deliveries import Many
from kaja.sharing.models import Share

SHOWN = 20


@require_GET
@access.page(Permission.RUN_SYSTEM)
@clock.shown
def show(request: SignedRequest) -> HttpResponse:
    """The whole page; for htmx, which asks again every 15 seconds, only what changes by itself."""
    now = standing.read()
    if request.htmx and not request.htmx.boosted:
        return render(request, "health/_renewed.html", {"now": now})
    posts = Paginator(deliveries.troubled(), SHOWN).get_page(request.GET.get("posts"))
    jobs = Paginator(failures.troubled(), SHOWN).get_page(request.GET.get("jobs"))
    context = {
        "section": "company-settings", "now": now, "posts": posts, "jobs": jobs,
        "post_rows": [rows.Post(share) for share in posts], "job_rows": [rows.Job(one) for one in jobs],
    }  # fmt: skip
    return render(request, "health/jobs.html", context)


def _numbers(mark: str, values: list[str]) -> list[int]:
    """The numbers behind this mark ("post-12"), those that a database can know."""
    found = [one.removeprefix(mark) for one in values if one.startswith(mark)]
    return [int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 18]


@dataclass(frozen=True)
class Wish:
    """What somebody pressed: `do` is retry or give-up, on these posts and jobs."""

    do: str
    posts: list[int]
    jobs: list[int]

    @classmethod
    def read(cls, sent: QueryDict) -> Wish:
        """A button of one row says the row itself ("post-12"); the others mean what is ticked, or all. Anything
        else means nothing."""
        do, _of, only = sent.get("do", "").partition(":")
        if do not in ("retry", "give-up"):
            return cls("", [], [])
        most = deliveries.MOST
        if only == "posts":
            return cls(do, list(deliveries.troubled().values_list("pk", flat=True)[:most]), [])
        if only == "jobs":
            return cls(do, [], list(failures.troubled().values_list("pk", flat=True)[:most]))
        chosen = [only] if only else sent.getlist("chosen")[: 2 * most]
        return cls(do, _numbers("post-", chosen)[:most], _numbers("job-", chosen)[:most])

    @property
    def shares(self) -> list[Share]:
        return list(deliveries.troubled().filter(pk__in=self.posts))

    @property
    def failures(self) -> list[Failure]:
        return list(failures.troubled().filter(pk__in=self.jobs))


@require_POST
@access.page(Permission.RUN_SYSTEM)
@clock.shown
def decide(request: SignedRequest) -> HttpResponse:
    """Try again, or give up; the latter asks first, since it cannot be undone."""
    wish = Wish.read(request.POST)
    if not wish.posts and not wish.jobs:
        messages.error(request, _("Tick what you mean first."))
        return redirect("jobs")
    shares, jobs = wish.shares, wish.failures
    if wish.do == "give-up" and "sure" not in request.POST:
        context = {
            "section": "company-settings", "post_rows": [rows.Post(share) for share in shares],
            "job_rows": [rows.Job(one) for one in jobs],
        }  # fmt: skip
        return render(request, "health/sure.html", context)
    again = wish.do == "retry"
    of_posts, of_jobs = (deliveries.retry_many, failures.retry_many) if again else (
        deliveries.give_up_many, failures.give_up_many
    )  # fmt: skip
    _tell(request, of_posts(person=request.user, chosen=shares), of_jobs(person=request.user, chosen=jobs), again=again)
    return redirect("jobs")


def _tell(request: SignedRequest, *many: Many, again: bool) -> None:
    done, refused = sum(one.done for one in many), [sentence for one in many for sentence in one.refused]
    if done and again:
        messages.success(
            request,
            ngettext("%d is on its way again.", "%d are on their way again.", done) % done,
        )
    elif done:
        messages.success(request, ngettext("%d is given up.", "%d are given up.", done) % done)
    for sentence in refused:
        messages.error(request, sentence)
    if not done and not refused:
        messages.error(request, _("It has gone on meanwhile. Nothing was changed."))

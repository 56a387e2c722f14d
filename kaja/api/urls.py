from django.urls import URLPattern, URLResolver, path, re_path

from kaja.api import (
    audiences,
    calendars,
    campaigns,
    crisis,
    delegates,
    feeds,
    figures,
    guidelines,
    health,
    ideas,
    imports,
    items,
    jobs,
    library,
    looks,
    media,
    metrics,
    people,
    questions,
    queue,
    review,
    rules,
    shares,
)
from kaja.api.doors import api, not_found

for _router in (
    audiences.router,
    calendars.router,
    campaigns.router,
    crisis.router,
    delegates.router,
    feeds.router,
    figures.router,
    guidelines.router,
    ideas.router,
    imports.router,
    items.router,
    jobs.router,
    library.router,
    looks.router,
    media.router,
    people.router,
    questions.router,
    queue.router,
    review.router,
    rules.router,
    shares.router,
):
    api.add_router("", _router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
    path("metrics", metrics.show, name="metrics"),
    path("api/v1/", api.urls),
    re_path(r"^api/.*$", not_found),
]

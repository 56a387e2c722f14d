from django.urls import URLPattern, URLResolver, path, re_path

from kaja.api import figures, guidelines, health, ideas, items, metrics, people, questions, shares
from kaja.api.doors import api, not_found

for _router in (
    people.router,
    items.router,
    figures.router,
    questions.router,
    shares.router,
    guidelines.router,
    ideas.router,
):
    api.add_router("", _router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
    path("metrics", metrics.show, name="metrics"),
    path("api/v1/", api.urls),
    re_path(r"^api/.*$", not_found),
]

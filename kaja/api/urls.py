from django.urls import URLPattern, URLResolver, path, re_path

from kaja.api import audiences, figures, guidelines, health, items, metrics, people, questions, review, shares
from kaja.api.doors import api, not_found

for _router in (
    people.router, items.router, figures.router, questions.router, shares.router, guidelines.router,
    audiences.router, review.router,
):  # fmt: skip
    api.add_router("", _router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
    path("metrics", metrics.show, name="metrics"),
    path("api/v1/", api.urls),
    re_path(r"^api/.*$", not_found),
]

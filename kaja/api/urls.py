from django.urls import URLPattern, URLResolver, path

from kaja.api import health, items, people, questions, shares
from kaja.api.doors import api

for _router in (people.router, items.router, questions.router, shares.router):
    api.add_router("", _router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/", api.urls),
]

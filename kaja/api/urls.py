from django.urls import URLPattern, URLResolver, path

from kaja.api import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
]

"""One line per app."""

from django.urls import include, path

urlpatterns = [
    path("", include("kaja.people.urls")),
    path("", include("kaja.guidelines.urls")),
    path("", include("kaja.content.urls")),
    path("", include("kaja.networks.urls")),
    path("", include("kaja.sharing.urls")),
    path("", include("kaja.measurement.urls")),
    path("", include("kaja.hub.urls")),
    path("", include("kaja.api.urls")),
]

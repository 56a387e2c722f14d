"""One line per app."""

from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("kaja.people.urls")),
    path("", include("kaja.guidelines.urls")),
    path("", include("kaja.content.urls")),
    path("", include("kaja.networks.urls")),
    path("", include("kaja.sharing.urls")),
    path("", include("kaja.measurement.urls")),
    path("", include("kaja.health.urls")),
    path("", include("kaja.hub.urls")),
    path("", include("kaja.api.urls")),
    # Browsers ask for it on pages that name no icon, such as a picture or a PDF.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("kaja/favicon.svg"))),
]

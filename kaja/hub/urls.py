from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import feed, impact, library, programme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
    path("library/", library.index, name="library"),
    path("library/export.csv", library.export, name="library-export"),
    path("programme/", programme.show, name="programme"),
    path("programme/growth/", programme.growth, name="programme-growth"),
]

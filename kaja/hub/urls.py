from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import feed, impact, programme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
    path("programme/", programme.show, name="programme"),
    path("programme/growth/", programme.growth, name="programme-growth"),
]

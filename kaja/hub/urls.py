from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import feed, impact, programme, resources

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
    path("resources/", resources.show, name="resources"),
    path("programme/", programme.show, name="programme"),
    path("programme/growth/", programme.growth, name="programme-growth"),
]

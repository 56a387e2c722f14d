from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import feed

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
]

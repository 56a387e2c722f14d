from django.urls import URLPattern, URLResolver, path, re_path

from kaja.content.views import reading

urlpatterns: list[URLPattern | URLResolver] = [
    path("read/<int:number>/", reading.read, name="read"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32}(?:-small)?)\.webp$", reading.picture, name="picture"),
]

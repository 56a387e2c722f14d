from django.urls import URLPattern, URLResolver, path

from kaja.measurement import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("figures/<slug:name>/", views.figure, name="figure"),
]

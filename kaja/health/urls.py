from django.urls import URLPattern, URLResolver, path

from kaja.health import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/jobs/", views.show, name="jobs"),
    path("settings/jobs/decide/", views.decide, name="jobs-decide"),
]

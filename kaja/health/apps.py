from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "kaja.health"
    label = "health"

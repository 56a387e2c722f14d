from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "kaja.hub"
    label = "hub"

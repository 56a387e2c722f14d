from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "kaja.sharing"
    label = "sharing"

from django.apps import AppConfig


class GuidelinesConfig(AppConfig):
    name = "kaja.guidelines"
    label = "guidelines"

from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "kaja.links"
    label = "links"

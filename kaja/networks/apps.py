from django.apps import AppConfig


class NetworksConfig(AppConfig):
    name = "kaja.networks"
    label = "networks"

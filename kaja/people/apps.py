from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "kaja.people"
    label = "people"

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "kaja.jobs"
    label = "jobs"

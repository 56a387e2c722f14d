from django.apps import AppConfig


class MeasurementConfig(AppConfig):
    name = "kaja.measurement"
    label = "measurement"

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "kaja.audit"
    label = "audit"

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "workflow_mirror.access"
    label = "access"

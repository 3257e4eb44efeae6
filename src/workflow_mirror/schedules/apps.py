from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "workflow_mirror.schedules"
    label = "schedules"

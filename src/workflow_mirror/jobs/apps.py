from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "workflow_mirror.jobs"
    label = "jobs"

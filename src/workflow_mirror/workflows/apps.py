from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflow_mirror.workflows"
    label = "workflows"

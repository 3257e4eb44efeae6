from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "workflow_mirror.access"
    label = "access"

    def ready(self) -> None:
        from workflow_mirror.access.audited_people import watch

        watch()

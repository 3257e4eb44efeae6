from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "workflow_mirror.access"
    label = "access"

    def ready(self) -> None:
        from workflow_mirror.access import audited_log_ins, audited_people

        audited_people.watch()
        audited_log_ins.watch()

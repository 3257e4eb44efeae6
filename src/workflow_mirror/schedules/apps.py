from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    name = "workflow_mirror.schedules"
    label = "schedules"
    verbose_name = _("Schedules")

    def ready(self) -> None:
        from workflow_mirror.jobs.kinds import register
        from workflow_mirror.schedules.kinds import HEARTBEAT

        register(HEARTBEAT)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "workflow_mirror.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        from workflow_mirror.jobs.kinds import register
        from workflow_mirror.jobs.prune import PRUNE

        register(PRUNE)

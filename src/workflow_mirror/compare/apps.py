from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompareConfig(AppConfig):
    name = "workflow_mirror.compare"
    label = "compare"
    verbose_name = _("Compare")

    def ready(self) -> None:
        from workflow_mirror.compare.kinds import COMPARE
        from workflow_mirror.jobs.kinds import register

        register(COMPARE)

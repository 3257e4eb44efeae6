from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EarlierVersionsConfig(AppConfig):
    name = "workflow_mirror.history.earlier"
    label = "earlier_versions"
    verbose_name = _("Earlier versions")

    def ready(self) -> None:
        from workflow_mirror.history.earlier.kinds import EARLIER_VERSIONS
        from workflow_mirror.jobs.kinds import register

        register(EARLIER_VERSIONS)

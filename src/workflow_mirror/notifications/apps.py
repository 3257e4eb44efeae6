from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "workflow_mirror.notifications"
    label = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from workflow_mirror.jobs.kinds import register
        from workflow_mirror.notifications.kinds import NOTIFY

        register(NOTIFY)

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """The last of our apps: the groups have permissions of all the others."""

    name = "workflow_mirror.web"
    label = "web"
    verbose_name = _("Jobs")  # what its pages show

    def ready(self) -> None:
        from workflow_mirror.web.people.log_ins import watch_log_ins

        watch_log_ins()
        post_migrate.connect(_make_groups, sender=self)
        # As in the menu; Django's own words fill the head of a phone's page.
        apps.get_app_config("auth").verbose_name = _("People")


def _make_groups(using: str, **_signal: object) -> None:
    from workflow_mirror.access.groups import make_groups

    make_groups(using)

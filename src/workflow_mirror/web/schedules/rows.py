"""The list of schedules as rows of a file."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflow_mirror.error_texts import translated
from workflow_mirror.web.kit.file_columns import FileColumn, field, time, yes_or_no


def _customers(schedule: Any) -> str:
    if schedule.all_customers:
        return capfirst(gettext("all"))
    return ", ".join(schedule.customer_names)


def _heartbeat_error(schedule: Any) -> str:
    return translated(schedule.heartbeat_error, schedule.heartbeat_details)


FILE_COLUMNS = (
    field("name", _("name")),
    yes_or_no("is_enabled", _("enabled")),
    field("cron", _("cron expression")),
    field("timezone", _("time zone")),
    FileColumn(_("customers"), _customers),
    yes_or_no("full", _("full sync")),
    time("next_run_at", _("next run")),
    time("last_run_at", _("last run")),
    time("heartbeat_at", _("last heartbeat")),
    FileColumn(_("heartbeat error"), _heartbeat_error),
)

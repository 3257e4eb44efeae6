"""The list of customers as rows of a file."""

from django.utils.translation import gettext_lazy as _

from workflow_mirror.overview.health import condition_of
from workflow_mirror.web.kit.file_columns import FileColumn, field, time, yes_or_no

FILE_COLUMNS = (
    field("name", _("name")),
    field("environment", _("environment")),
    FileColumn(_("health"), lambda customer: str(condition_of(customer).label)),
    FileColumn(_("Reason"), lambda customer: condition_of(customer).reason),
    field("workflow_count", _("workflows")),
    field("trouble_count", _("failed exports")),
    time("last_good_at", _("last successful sync")),
    yes_or_no("is_active", _("active")),
    field("zuora_base_url", _("base URL")),
    time("credentials_checked_at", _("last checked")),
)

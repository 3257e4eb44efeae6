"""The list of tasks as rows of a file."""

from django.utils.translation import gettext_lazy as _

from workflow_mirror.web.kit.file_columns import FileColumn, field
from workflow_mirror.workflows.columns import JSON, TASKS, shown_in

FILE_COLUMNS = (
    FileColumn(_("customer"), lambda task: task.customer.name),
    FileColumn(_("workflow"), lambda task: str(task.workflow)),
    FileColumn(_("Workflow's Zuora ID"), lambda task: task.workflow.zuora_id),
    *(field(column.name, column.label) for column in shown_in(JSON, TASKS)),
)

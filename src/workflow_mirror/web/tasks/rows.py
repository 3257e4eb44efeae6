"""The list of tasks as rows of a file."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow_mirror.web.kit.file_columns import FileColumn
from workflow_mirror.workflows.columns import JSON, TASKS, shown_in
from workflow_mirror.workflows.secrets import masked


def _text(name: str, label: str | Promise) -> FileColumn:
    """All columns of tasks are texts of Zuora's."""
    return FileColumn(label, lambda task: masked(getattr(task, name)))


FILE_COLUMNS = (
    FileColumn(_("customer"), lambda task: task.customer.name),
    FileColumn(_("workflow"), lambda task: str(task.workflow)),
    FileColumn(_("Workflow's Zuora ID"), lambda task: task.workflow.zuora_id),
    *(_text(column.name, column.label) for column in shown_in(JSON, TASKS)),
)

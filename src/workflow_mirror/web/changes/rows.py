"""The columns of the list of changes, and the list as rows of a file."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.words import told
from workflow_mirror.web.changes.entries import name_of
from workflow_mirror.web.kit.file_columns import FileColumn
from workflow_mirror.workflows.columns import FILE, LIST, Column, shown_in

CHANGES = (
    Column("seen_at", _("seen"), kind=datetime, shown=(LIST, FILE)),
    Column("customer", _("customer"), shown=(LIST, FILE)),
    Column("workflow", _("workflow"), shown=(LIST, FILE)),
    Column("workflow_zuora_id", _("Zuora ID"), shown=(FILE,)),
    Column("kind", _("kind"), shown=(LIST, FILE)),
    Column("text", _("change"), shown=(LIST, FILE)),
    Column("changed_by", _("changed by"), shown=(LIST, FILE)),
    Column("changed_at", _("changed"), kind=datetime, shown=(LIST, FILE)),
)
MOST_SUMMARIES = 200
"""Computed for one file, which takes some seconds; other entries say only that content changed."""


def _value(name: str, entry: WorkflowChange) -> Any:
    special = _SPECIAL.get(name)
    return special(entry) if special else getattr(entry, name)


# Columns that a file shows differently from the database.
_SPECIAL: dict[str, Callable[[WorkflowChange], Any]] = {
    "customer": lambda entry: entry.customer.name,
    "workflow": name_of,
    "kind": lambda entry: capfirst(WorkflowChange.Kind(entry.kind).label),
    "text": told,
}

FILE_COLUMNS = tuple(
    FileColumn(column.label, partial(_value, column.name), is_time=column.kind is datetime)
    for column in shown_in(FILE, CHANGES)
)

"""The columns of workflows and tasks: the source of each, and where it is shown.

The models, the sync, the extraction of tasks, `zwm workflows`, the lists of the web admin and their
downloads use these definitions, in this order. To add a column, add a line here, make the migration
(`zwm manage makemigrations workflows`) and translate the label. To fill the column for rows already
mirrored, run `zwm sync-workflows --sync --full` and `zwm sync-tasks --all`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from workflow_mirror.exact_json import text_of
from workflow_mirror.zuora.dates import parse_time
from workflow_mirror.zuora.definitions import Definition

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Place(Enum):
    JSON = auto()  # `--json` of the command line
    TABLE = auto()  # its tables
    LIST = auto()  # the list in the web admin
    FILE = auto()  # its CSV and XLSX downloads


JSON, TABLE, LIST, FILE = Place


@dataclass(frozen=True)
class Column:
    """One column.

    `source` of a workflow's column is an attribute of Definition or a key of the list row; of a
    task's column, a key of the task in the export. A column without a source is the mirror's own.
    `kind` is str, bool, datetime, int or list. `is_stored` is False for a column that the surfaces
    compute from other columns or tables when they show it.
    """

    name: str
    label: "str | _StrPromise" = ""
    source: str = ""
    kind: type[Any] = str
    shown: tuple[Place, ...] = ()
    is_stored: bool = True


WORKFLOWS = (
    Column("id", kind=int, shown=(JSON, TABLE)),
    Column("customer", _("customer"), shown=(JSON, TABLE, LIST, FILE), is_stored=False),
    Column("zuora_id", _("Zuora ID"), "zuora_id", shown=(JSON, TABLE, LIST, FILE)),
    Column("name", _("name"), "name", shown=(JSON, TABLE, LIST, FILE)),
    Column("description", _("description"), "description", shown=(JSON, FILE)),
    Column("state", _("status"), "state", shown=(JSON, TABLE, LIST, FILE)),
    Column("version", _("version"), "version", shown=(JSON, TABLE, LIST, FILE)),
    Column("version_id", source="version_id"),
    Column("draft_version", _("draft"), "draft_version", shown=(JSON, FILE)),
    Column("type", _("type"), "type", shown=(JSON,)),
    Column("priority", _("priority"), "priority", shown=(JSON,)),
    Column("triggers", _("triggers"), shown=(LIST, FILE), is_stored=False),
    Column("callout_trigger", _("Callout"), "callout_trigger", bool, (JSON,)),
    Column("ondemand_trigger", _("On demand"), "ondemand_trigger", bool, (JSON,)),
    Column("scheduled_trigger", _("Scheduled"), "scheduled_trigger", bool, (JSON,)),
    Column("interval", _("schedule"), "interval", shown=(JSON, LIST, FILE)),
    Column("timezone", _("time zone"), "timezone", shown=(JSON,)),
    Column("tasks", _("tasks"), kind=int, shown=(JSON, TABLE, LIST, FILE), is_stored=False),
    Column("created_on", _("created"), "created_on", datetime, (JSON, FILE)),
    Column("updated_on", _("updated"), "updated_on", datetime, (JSON, LIST, FILE)),
    Column("last_synced_at", _("last synced"), "", datetime, (JSON, TABLE, LIST, FILE)),
    Column("deleted_at", _("deleted in Zuora"), "", datetime, (JSON, FILE)),
    Column("exported_at", _("last exported"), "", datetime, (JSON,)),
    Column("export_error", _("export error"), shown=(JSON, LIST, FILE)),
    Column("oddities", kind=list, shown=(JSON,)),
    Column("next_runs", _("next runs"), shown=(FILE,), is_stored=False),
)
# All columns of tasks are texts.
TASKS = (
    Column("zuora_id", _("Zuora ID"), "id", shown=(JSON, TABLE, LIST)),
    Column("name", _("name"), "name", shown=(JSON, TABLE, LIST)),
    Column("workflow", _("workflow"), shown=(LIST,), is_stored=False),
    Column("customer", _("customer"), shown=(LIST,), is_stored=False),
    Column("action_type", _("action type"), "action_type", shown=(JSON, TABLE, LIST)),
    Column("task_type", _("task type"), "action_type", shown=(JSON,)),
    Column("object", _("object"), "object", shown=(JSON, TABLE, LIST)),
    Column("object_id", _("object ID"), "object_id", shown=(JSON,)),
    Column("call_type", _("call type"), "call_type", shown=(JSON, TABLE, LIST)),
    Column("priority", _("priority"), "priority", shown=(JSON,)),
)


def shown_in(place: Place, columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(column for column in columns if place in column.shown)


def stored(columns: Iterable[Column]) -> tuple[str, ...]:
    """The names of the columns that are stored in the table."""
    return tuple(column.name for column in columns if column.is_stored)


def from_zuora(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.source)


def listed_value(column: Column, definition: Definition) -> Any:
    """The value in Zuora's list. Definition handles the dialects; other keys are read as is."""
    if hasattr(definition, column.source):
        return getattr(definition, column.source)
    value = definition.raw.get(column.source)
    if column.kind is bool:
        return value is True
    return parse_time(value) if column.kind is datetime else text_of(value)

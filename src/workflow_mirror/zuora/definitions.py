"""A workflow definition as the list shows it, in either of Zuora's two dialects.

Source: API.md sections 3 and 10. The older dialect spells `latest_inactive_verisons`, the newer
one `latest_inactive_versions` and adds fields to `active_version`; tenants from before versioning
have neither. Unknown fields stay in `raw`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow_mirror.exact_json import id_text, text_of
from workflow_mirror.zuora.dates import parse_time
from workflow_mirror.zuora.errors import NoWorkflowIdError

NOBODY = "N/A"
_ID = re.compile(r"\d{1,40}", re.ASCII)
_VERSION = re.compile(r"\d{1,20}(?:\.\d{1,20}){0,2}", re.ASCII)


@dataclass(frozen=True)
class LastEdit:
    """Who edited a version last, "" if the list does not say, and when, None if it does not.

    Only the newer dialect names anybody, and there `N/A` for nobody (API.md section 3).
    """

    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Definition:
    """One row of the list; `raw` is the row as it came.

    `version`, `version_id`, `type` and `priority` are the active version's, or the newest
    inactive one's where none is active.
    """

    zuora_id: str
    name: str
    description: str
    state: str
    created_on: datetime | None
    updated_on: datetime | None
    callout_trigger: bool
    ondemand_trigger: bool
    scheduled_trigger: bool
    interval: str
    timezone: str
    version: str
    version_id: str
    type: str
    priority: str
    has_active_version: bool
    raw: dict[str, Any]

    @property
    def active_version(self) -> str:
        """The number of the active version; "" where none is active."""
        return text_of(_active(self.raw).get("version"))

    @property
    def active_version_id(self) -> str:
        return text_of(_active(self.raw).get("id"))

    @property
    def draft_version(self) -> str:
        """The number of the draft, an inactive version newer than the active one; "" for none."""
        return text_of(_draft(self.raw).get("version"))

    @property
    def last_edit(self) -> LastEdit:
        """Of the active version, else of the newest, else of the definition."""
        shown = _active(self.raw) or newest_version(inactive_versions(self.raw))
        edit = _last_edit(shown)
        return LastEdit(edit.by, edit.at or self.updated_on)

    @property
    def draft_edit(self) -> LastEdit:
        return _last_edit(_draft(self.raw))


def read_definition(row: Any) -> Definition:
    """Raises UnusableAnswerError for a row without an id: such a row cannot be kept apart."""
    zuora_id = id_of(row)
    if not zuora_id:
        raise NoWorkflowIdError
    active = _active(row)
    shown = active or newest_version(inactive_versions(row))
    return Definition(
        zuora_id=zuora_id,
        name=text_of(row.get("name")),
        description=text_of(row.get("description")),
        state=text_of(row.get("status")),
        created_on=parse_time(row.get("createdAt")),
        updated_on=parse_time(row.get("updatedAt")),
        callout_trigger=row.get("calloutTrigger") is True,
        ondemand_trigger=row.get("ondemandTrigger") is True,
        scheduled_trigger=row.get("scheduledTrigger") is True,
        interval=text_of(row.get("interval")),
        timezone=text_of(row.get("timezone")),
        version=text_of(shown.get("version")),
        version_id=text_of(shown.get("id")),
        type=text_of(shown.get("type") or row.get("type")),
        priority=text_of(row.get("priority") or shown.get("priority")),
        has_active_version=bool(active) or _is_before_versioning(row),
        raw=row,
    )


def id_of(row: Any) -> str:
    """The definition id as text; "" where the row has none that is a number."""
    text = id_text(row.get("id")) if isinstance(row, dict) else ""
    return text if is_id(text) else ""


def is_id(text: str) -> bool:
    """Whether a text can be an id: it becomes part of the path that is called."""
    return _ID.fullmatch(text) is not None


# In the newer dialect, and as the reference misspells it.
INACTIVE_VERSIONS = ("latest_inactive_versions", "latest_inactive_verisons")


def inactive_versions(row: dict[str, Any]) -> list[dict[str, Any]]:
    newer, misspelt = INACTIVE_VERSIONS
    versions = row.get(newer) or row.get(misspelt) or []
    if not isinstance(versions, list):
        return []
    return [version for version in versions if isinstance(version, dict)]


def version_number(text: Any) -> tuple[int, ...]:
    """Comparable: 0.0.10 is above 0.0.9, and 1 equals 1.0.0. Empty, below all, for no version."""
    known = _VERSION.fullmatch(text_of(text))
    numbers = [int(part) for part in known[0].split(".")] if known else []
    return tuple(numbers + [0] * (3 - len(numbers))) if numbers else ()


def newest_version(versions: list[dict[str, Any]]) -> dict[str, Any]:
    """By version number, where 0.0.10 is above 0.0.9; {} where there are none."""
    return max(versions, key=lambda version: version_number(version.get("version")), default={})


def _active(row: dict[str, Any]) -> dict[str, Any]:
    active = row.get("active_version")
    return active if isinstance(active, dict) else {}


def _draft(row: dict[str, Any]) -> dict[str, Any]:
    active, newest = _active(row), newest_version(inactive_versions(row))
    is_newer = version_number(newest.get("version")) > version_number(active.get("version"))
    return newest if active and is_newer else {}


def _last_edit(version: dict[str, Any]) -> LastEdit:
    editor = version.get("updated_by")
    if not isinstance(editor, dict):
        editor = {}
    by = text_of(editor.get("work_email")).strip()
    at = parse_time(version.get("updatedAt")) or parse_time(editor.get("updated_at"))
    return LastEdit("" if by == NOBODY else by, at)


def _is_before_versioning(row: dict[str, Any]) -> bool:
    """A tenant of 2021: its rows know no versions, and a plain export gives the only one."""
    return "active_version" not in row and "type" in row

"""A definition and its versions, as a tenant keeps them (API.md sections 3, 4 and 10)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow_mirror.fake_zuora.answers import Body, render
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.fake_zuora.run_state import with_run_state

JsonObject = dict[str, Any]
UNKNOWN_PERSON = "N/A"
"""Written by Zuora for a person it no longer knows."""
MOST_INACTIVE = 10
"""Maximum number of inactive versions in a list row."""


def version_key(number: str) -> tuple[int, ...]:
    """Versions compare as numbers: 0.0.10 is above 0.0.9 (section 10)."""
    parts = [int(part) for part in number.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


@dataclass(slots=True)
class Triggers:
    """What starts a version, and when."""

    ondemand: bool = True
    callout: bool = False
    scheduled: bool = False
    interval: str | None = None
    timezone: str | None = None


@dataclass(slots=True)
class Version:
    """One version; its ID is from another ID space than the definition's."""

    id: int
    number: str
    status: str
    triggers: Triggers
    priority: str
    created_at: datetime
    updated_at: datetime
    recipe: Recipe
    description: str = ""
    created_by: str = UNKNOWN_PERSON
    updated_by: str = UNKNOWN_PERSON
    """Work email; only the newer dialect shows it."""
    is_gone: bool = False
    """The export is 404, although list and versions still show this version."""
    content: tuple[list[JsonObject], list[JsonObject]] | None = None
    """Tasks and linkages after an edit; None while they are as generated."""
    override: Body | None = None
    """An export set by a test, served unchanged."""
    runs: int = 0
    """Number of runs; the export contains the state of the last run."""
    _rendered: tuple[bool, Body] | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[int, ...]:
        return version_key(self.number)

    def editable(self) -> tuple[list[JsonObject], list[JsonObject]]:
        """Return tasks and linkages to change in place; the next export shows the change."""
        if self.content is None:
            self.content = generate(self.recipe)
        self.forget_rendering()
        return self.content

    def run(self) -> None:
        """Run once: only the run state of the export changes."""
        self.runs += 1
        self.forget_rendering()

    def forget_rendering(self) -> None:
        self._rendered = None

    def body(self, definition: "Definition", *, newer: bool) -> Body:
        """Render the export; the result is reused until something changes."""
        if self.override is not None:
            return self.override
        if self._rendered is None or self._rendered[0] != newer:
            self._rendered = (newer, Body(render(self._document(definition, newer=newer))))
        return self._rendered[1]

    def _document(self, definition: "Definition", *, newer: bool) -> JsonObject:
        tasks, linkages = self.content or generate(self.recipe)
        document: JsonObject = {}
        if newer:
            document["workflow_definition"] = {
                "name": definition.name,
                "description": definition.description,
                "category": "Default",
                "ui_page_roles": [],
            }
        header = _header(definition, self, newer=newer)
        document |= {"workflow": header, "tasks": tasks, "linkages": linkages}
        return with_run_state(document, self.runs) if self.runs else document


@dataclass(slots=True)
class Definition:
    """A workflow definition: the data of its list row, and its versions, oldest first."""

    id: int
    name: str
    description: str
    status: str
    created_at: datetime
    updated_at: datetime
    versions: list[Version] = field(default_factory=list)
    entity: str | None = None
    """Visible only with this entity ID; None: in every entity."""
    org: str | None = None
    """Visible only to users of this org; None: to all."""
    row_changes: JsonObject = field(default_factory=dict)
    """Fields of the list row that a test overrides."""
    row_removed: frozenset[str] = frozenset()

    @property
    def active(self) -> Version | None:
        return next((version for version in self.versions if version.status == "Active"), None)

    @property
    def latest(self) -> Version:
        """The highest version number, active or not."""
        return max(self.versions, key=lambda version: version.key)

    @property
    def shown(self) -> Version:
        """The version whose triggers and schedule the definition shows."""
        return self.active or self.latest

    def newest_inactive(self) -> list[Version]:
        inactive = [version for version in self.versions if version.status != "Active"]
        return sorted(inactive, key=lambda version: version.key, reverse=True)[:MOST_INACTIVE]

    def find_version(self, wanted: str | None) -> Version | None:
        """None selects the active version, `latest` the highest, any other text that number.

        A version that is gone is not found.
        """
        if wanted is None:
            found = self.active
        elif wanted == "latest":
            found = self.latest
        else:
            found = next((version for version in self.versions if version.number == wanted), None)
        return None if found is None or found.is_gone else found

    def forget_renderings(self) -> None:
        for version in self.versions:
            version.forget_rendering()


def _header(definition: Definition, version: Version, *, newer: bool) -> JsonObject:
    """Build the export's `workflow`: all keys in snake_case, no created and updated dates."""
    triggers = version.triggers
    header: JsonObject = {
        "id": version.id,
        "name": definition.name,
        "description": version.description,
        "parameters": _inputs(version),
        "data": {},
        "original_workflow_id": None,
        "type": "Workflow::Setup",
        "ondemand_trigger": triggers.ondemand,
        "callout_trigger": triggers.callout,
        "scheduled_trigger": triggers.scheduled,
        "interval": triggers.interval,
        "timezone": triggers.timezone,
        # Null in the published example and in every recording.
        "status": version.status if newer else None,
        "finished_at": None,
        "css": {"top": "40px", "left": "35px"},
        "notifications": {},
        "started_at": None,
        "call_type": "BATCH" if newer else "ASYNC",
        "priority": version.priority,
        "sync_trigger": False,
        "delete_ttl": 60,
        "task_summary": {},
        "version": version.number,
    }
    if newer:
        header |= {"event_trigger": False, "ui_pages": {}, "solution_id": None}
        header |= {"extension_id": None, "zuora_org_id": None, "zuora_org_ids": []}
    return header


def _inputs(version: Version) -> JsonObject:
    if not version.triggers.callout:
        return {}
    field_of_input = {
        "index": "0",
        "object_name": "Account",
        "field_name": "Id",
        "datatype": "Text",
        "default": "",
        "required": "true",
        "callout_id": "accountId",
    }
    return {"fields": [field_of_input], "skipping_check": "false", "show_run_prompt": "true"}


def copy_content(
    source: Version, target: Version, ids: dict[int, int]
) -> tuple[list[JsonObject], list[JsonObject]]:
    """Copy tasks and linkages into a new version, with new IDs everywhere.

    IDs are stable within one version but differ between versions (section 12).
    """
    text = json.dumps(source.content or generate(source.recipe))
    for old, new in ids.items():
        text = text.replace(f"__{old}.", f"__{new}.")
    tasks, linkages = json.loads(text)
    for task in tasks:
        task["id"] = ids.get(task["id"], task["id"])
        task["task_id"] = ids.get(task.get("task_id"), task.get("task_id"))
    for linkage in linkages:
        for end in ("source_task_id", "target_task_id"):
            linkage[end] = ids.get(linkage[end], linkage[end])
        if linkage["source_workflow_id"] is not None:
            linkage["source_workflow_id"] = target.id
    return tasks, linkages

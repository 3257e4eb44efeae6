"""Rows of the list, of get and of versions, in both dialects (API.md sections 3 and 9)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from workflow_mirror.fake_zuora.definitions import (
    UNKNOWN_PERSON,
    Definition,
    JsonObject,
    Version,
)
from workflow_mirror.fake_zuora.options import TenantOptions


def format_date(moment: datetime, offset: str = "Z") -> str:
    """ISO 8601 with milliseconds, in UTC or with the tenant's offset such as `+08:00`."""
    if offset == "Z":
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + _milliseconds(moment) + "Z"
    sign = -1 if offset.startswith("-") else 1
    hours, minutes = offset.lstrip("+-").split(":")
    zone = timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def _milliseconds(moment: datetime) -> str:
    return f"{moment.microsecond // 1000:03}"


def list_row(definition: Definition, options: TenantOptions) -> JsonObject:
    """One row of GET /workflows, with fields in the published order."""
    newer = options.dialect == "newer"
    triggers = definition.shown.triggers
    row: JsonObject = {
        "id": definition.id,
        "interval": triggers.interval,
        "calloutTrigger": triggers.callout,
        "createdAt": format_date(definition.created_at, options.date_offset),
        "description": definition.description,
        "name": definition.name,
        "ondemandTrigger": triggers.ondemand,
        "scheduledTrigger": triggers.scheduled,
        "timezone": triggers.timezone,
        "status": definition.status,
        "updatedAt": format_date(definition.updated_at, options.date_offset),
    }
    if newer:
        row["priority"] = definition.shown.priority
    row |= _active_version(definition, options)
    inactive = [_version(definition, version, options) for version in definition.newest_inactive()]
    # The reference misspells the key; Zuora's newer samples do not.
    row["latest_inactive_versions" if newer else "latest_inactive_verisons"] = inactive
    return _with_forced_fields(row, definition)


def single_row(definition: Definition, options: TenantOptions) -> JsonObject:
    """Answer GET /workflows/{id}: no inactive versions, a priority, another order."""
    triggers = definition.shown.triggers
    row: JsonObject = {
        "id": definition.id,
        "name": definition.name,
        "description": definition.description,
        "ondemandTrigger": triggers.ondemand,
        "calloutTrigger": triggers.callout,
        "scheduledTrigger": triggers.scheduled,
        "interval": triggers.interval,
        "timezone": triggers.timezone,
        "createdAt": format_date(definition.created_at, options.date_offset),
        "updatedAt": format_date(definition.updated_at, options.date_offset),
        "priority": definition.shown.priority,
        "status": definition.status,
    }
    return _with_forced_fields(row | _active_version(definition, options), definition)


def version_row(definition: Definition, version: Version, options: TenantOptions) -> JsonObject:
    """One row of GET /workflows/{id}/versions: camelCase, no status in the example."""
    triggers = version.triggers
    return {
        "calloutTrigger": triggers.callout,
        "createdAt": format_date(version.created_at, options.date_offset),
        "description": version.description,
        "id": version.id,
        "interval": triggers.interval,
        "version": version.number,
        "name": definition.name,
        "ondemandTrigger": triggers.ondemand,
        "scheduledTrigger": triggers.scheduled,
        "timezone": triggers.timezone,
        "type": "Workflow::Setup",
        "updatedAt": format_date(version.updated_at, options.date_offset),
    }


def _with_forced_fields(row: JsonObject, definition: Definition) -> JsonObject:
    row |= definition.row_changes
    return {key: value for key, value in row.items() if key not in definition.row_removed}


def _active_version(definition: Definition, options: TenantOptions) -> JsonObject:
    version = definition.active
    if version is None:
        return {} if options.no_active_version == "absent" else {"active_version": None}
    if options.dialect == "newer":
        return {"active_version": _version(definition, version, options)}
    return {
        "active_version": {
            "id": version.id,
            "description": version.description,
            "version": version.number,
            "type": "Workflow::Setup",
            "status": version.status,
        }
    }


def _version(definition: Definition, version: Version, options: TenantOptions) -> JsonObject:
    """A version in a list row; the newer dialect adds its definition and its author."""
    triggers = version.triggers
    newer = options.dialect == "newer"
    created = format_date(version.created_at, options.date_offset)
    updated = format_date(version.updated_at, options.date_offset)
    row: JsonObject = {"id": version.id}
    if newer:
        row["definitionId"] = definition.id
    row |= {
        "name": definition.name,
        "description": version.description,
        "version": version.number,
        "type": "Workflow::Setup",
        "ondemandTrigger": triggers.ondemand,
        "calloutTrigger": triggers.callout,
        "scheduledTrigger": triggers.scheduled,
        "interval": triggers.interval or "",
        "timezone": triggers.timezone or "",
        "createdAt": created,
        "updatedAt": updated,
        "priority": version.priority,
        "status": version.status,
    }
    return row | (_people(version, created, updated) if newer else {})


def _people(version: Version, created: str, updated: str) -> dict[str, Any]:
    times = {"created_at": created, "updated_at": updated}
    people = {"created_by": version.created_by, "updated_by": version.updated_by}
    return {
        role: email if email == UNKNOWN_PERSON else {**times, "work_email": email}
        for role, email in people.items()
    }

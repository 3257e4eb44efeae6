"""What changed in a workflow between two looks at it: a pure function of the two."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.zuora.definitions import Definition, LastEdit

Kind = WorkflowChange.Kind
type Fields = dict[str, dict[str, Any]]

SETTINGS = (
    "description",
    "callout_trigger",
    "ondemand_trigger",
    "scheduled_trigger",
    "interval",
    "timezone",
    "priority",
)


@dataclass(frozen=True)
class Look:
    """A workflow as the mirror knew it, or as a sync sees it.

    `content` and `draft` are content hashes of exports, "" for none. `definition` is None if no
    list row is known. `error` tells why the last export failed, "" if it did not.
    """

    definition: Definition | None
    content: str = ""
    draft: str = ""
    error: str = ""
    error_details: Any = None
    is_deleted: bool = False


@dataclass(frozen=True)
class Change:
    """One entry of the log. `before` and `after` are content hashes, "" for none."""

    kind: Kind
    before: str = ""
    after: str = ""
    fields: Fields = field(default_factory=dict)
    changed_by: str = ""
    changed_at: datetime | None = None


def changes_between(before: Look | None, after: Look) -> list[Change]:
    """The entries for one workflow, in the order in which they are told.

    `before` is None for a workflow that was not mirrored. Who made a change and when is told only
    if the list names another edit than before: Zuora does not promise that an edit of a task
    moves the time of the last edit (API.md section 11).
    """
    if before is None:
        return [*_first(after), *_errors(Look(None), after)]
    return [
        *_deletion(before, after),
        *_errors(before, after),
        *_content(before, after),
        *_list_row(before, after),
        *_draft(before, after),
    ]


def _first(after: Look) -> Iterator[Change]:
    edit = _edit(None, after)
    yield Change(Kind.CREATED, "", after.content, {}, edit.by, edit.at)
    yield from _draft(Look(None), after)


def _deletion(before: Look, after: Look) -> Iterator[Change]:
    if after.is_deleted and not before.is_deleted:
        yield Change(Kind.DELETED)
    elif before.is_deleted and not after.is_deleted:
        yield Change(Kind.RESTORED)


def _errors(before: Look, after: Look) -> Iterator[Change]:
    if bool(after.error) == bool(before.error):
        return
    kind = Kind.EXPORT_FAILED if after.error else Kind.EXPORT_RECOVERED
    fields = {
        "export_error": {"before": before.error, "after": after.error},
        "export_error_details": {"before": before.error_details, "after": after.error_details},
    }
    yield Change(kind, fields=fields)


def _content(before: Look, after: Look) -> Iterator[Change]:
    if after.content != before.content:
        edit = _edit(before, after)
        yield Change(Kind.CONTENT, before.content, after.content, {}, edit.by, edit.at)


def _list_row(before: Look, after: Look) -> Iterator[Change]:
    old, new = before.definition, after.definition
    if old is None or new is None:
        return
    edit = _edit(before, after)
    for kind, fields in (
        (Kind.RENAMED, _differing(old, new, ("name",))),
        (_activation(old, new), _activation_fields(old, new)),
        (Kind.SETTINGS, _differing(old, new, SETTINGS)),
    ):
        if fields:
            yield Change(kind, "", "", fields, edit.by, edit.at)


def _activation(old: Definition, new: Definition) -> Kind:
    """The status decides, and where it stays, whether a version is active."""
    if old.state.lower() != new.state.lower():
        is_on = new.state.lower() == "active"
    else:
        is_on = new.has_active_version
    return Kind.ACTIVATED if is_on else Kind.DEACTIVATED


def _activation_fields(old: Definition, new: Definition) -> Fields:
    fields = _differing(old, new, ("state",))
    if old.active_version_id != new.active_version_id:
        fields["version"] = {"before": old.active_version, "after": new.active_version}
    return fields


def _draft(before: Look, after: Look) -> Iterator[Change]:
    """A draft that is gone because it was activated is told as that alone."""
    if after.draft == before.draft or (not after.draft and _was_activated(before, after)):
        return
    old, new = before.definition, after.definition
    versions = {
        "draft_version": {
            "before": old.draft_version if old else "",
            "after": new.draft_version if new else "",
        }
    }
    by_whom = new.draft_edit if new and after.draft else LastEdit()
    yield Change(Kind.DRAFT, before.draft, after.draft, versions, by_whom.by, by_whom.at)


def _was_activated(before: Look, after: Look) -> bool:
    old, new = before.definition, after.definition
    return bool(old and new and new.active_version == old.draft_version)


def _edit(before: Look | None, after: Look) -> LastEdit:
    """The edit that the list names now, unless it named the same one before."""
    new = after.definition.last_edit if after.definition else LastEdit()
    old = before.definition.last_edit if before and before.definition else LastEdit()
    return LastEdit() if new == old else new


def _differing(old: Definition, new: Definition, names: tuple[str, ...]) -> Fields:
    return {
        name: {"before": getattr(old, name), "after": getattr(new, name)}
        for name in names
        if getattr(old, name) != getattr(new, name) and not _is_unknown(name, old, new)
    }


def _is_unknown(name: str, old: Definition, new: Definition) -> bool:
    """Only the newer dialect of the list has a priority."""
    return name == "priority" and not (old.priority and new.priority)

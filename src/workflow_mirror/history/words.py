"""An entry of the change log in one sentence, in the user's language."""

from collections.abc import Callable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.error_texts import translated
from workflow_mirror.history.diff.words import Piece, sentence
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.workflows.columns import WORKFLOWS
from workflow_mirror.workflows.secrets import masked

Kind = WorkflowChange.Kind

_LABELS = {column.name: column.label for column in WORKFLOWS}


def told(entry: WorkflowChange) -> str:
    """What changed, without who and when; summaries.summarise fills what a content entry tells."""
    return _TOLD[Kind(entry.kind)](entry)


def _content(entry: WorkflowChange) -> str:
    return capfirst(_summary(entry)) or _("Content changed")


def _renamed(entry: WorkflowChange) -> str:
    name = entry.fields.get("name", _NOTHING)
    shown = {side: masked(str(name[side])) for side in ("before", "after")}
    return str(_("Renamed from “%(before)s” to “%(after)s”") % shown)


def _switched(entry: WorkflowChange) -> str:
    is_on = entry.kind == Kind.ACTIVATED
    version = entry.fields.get("version", _NOTHING)
    if version["before"] and version["after"]:
        text = _("Version %(after)s activated instead of %(before)s")
    elif is_on:
        text = _("Version %(after)s activated") if version["after"] else _("Activated")
    else:
        text = _("Version %(before)s deactivated") if version["before"] else _("Deactivated")
    return str(text % version)


def _settings(entry: WorkflowChange) -> str:
    names = ", ".join(str(_LABELS.get(name, name)) for name in entry.fields)
    return str(_("Settings changed: %(names)s") % {"names": names})


def _draft(entry: WorkflowChange) -> str:
    version = entry.fields.get("draft_version", _NOTHING)
    summary = _summary(entry)
    if not entry.export_after_id:
        text = _("Draft %(before)s removed")
    elif not entry.export_before_id:
        text = _("Draft %(after)s created")
    elif summary:
        text = _("Draft %(after)s: %(summary)s")
    else:
        text = _("Draft %(after)s changed")
    return str(text % {**version, "summary": summary})


def _failed(entry: WorkflowChange) -> str:
    text, details = (
        entry.fields.get(name, _NOTHING)["after"]
        for name in ("export_error", "export_error_details")
    )
    return str(_("Export failed: %(reason)s") % {"reason": translated(text, details)})


def _summary(entry: WorkflowChange) -> str:
    """The diff in words; "" while it is not known."""
    if entry.summary is None:
        return ""
    return sentence([Piece(*piece) for piece in entry.summary], ngettext)


_NOTHING: dict[str, Any] = {"before": "", "after": ""}
_TOLD: dict[Kind, Callable[[WorkflowChange], str]] = {
    Kind.CREATED: lambda _entry: _("Created"),
    Kind.CONTENT: _content,
    Kind.RENAMED: _renamed,
    Kind.ACTIVATED: _switched,
    Kind.DEACTIVATED: _switched,
    Kind.SETTINGS: _settings,
    Kind.DRAFT: _draft,
    Kind.DELETED: lambda _entry: _("Deleted in Zuora"),
    Kind.RESTORED: lambda _entry: _("In Zuora again"),
    Kind.EXPORT_FAILED: _failed,
    Kind.EXPORT_RECOVERED: lambda _entry: _("Export succeeded again"),
}

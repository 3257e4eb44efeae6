"""Events in the language of whoever is told, without parameters of tasks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from workflow_mirror.error_texts import translated
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.words import told
from workflow_mirror.jobs.kinds import label_of
from workflow_mirror.notifications import events
from workflow_mirror.notifications.models import NotificationEvent

LONGEST = 300
"""Characters of a name or sentence: a message stays small, whatever Zuora sends."""


def one_line(text: str, longest: int = LONGEST) -> str:
    """Printable and short: no line break, control character or change of writing direction."""
    line = " ".join(str(text).split())
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def sentence(event: NotificationEvent, change: WorkflowChange | None, zone: ZoneInfo) -> str:
    """`change` is that of a change in a workflow."""
    return one_line(told(change) if change else _condition(event, zone))


def clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _condition(event: NotificationEvent, zone: ZoneInfo) -> str:
    told = _TOLD.get(event.kind)
    return told(event.facts, zone) if told else event.kind  # of a newer version


def _reason(facts: dict[str, Any]) -> str:
    return translated(facts["error"], facts["details"])


def _rejected(facts: dict[str, Any], _zone: ZoneInfo) -> str:
    return _("Credentials rejected: %(reason)s") % {"reason": _reason(facts)}


def _job_failed(facts: dict[str, Any], _zone: ZoneInfo) -> str:
    names = {"job": label_of(facts["kind"]), "id": facts["job"], "reason": _reason(facts)}
    return _("Job %(id)s (%(job)s) failed: %(reason)s") % names


def _stale(facts: dict[str, Any], zone: ZoneInfo) -> str:
    moment = parse_datetime(facts["last_good_at"]) if facts["last_good_at"] else None
    if moment is None:
        return _("No successful sync yet")
    return _("No successful sync since %(time)s") % {"time": clock(moment, zone)}


_TOLD: dict[str, Callable[[dict[str, Any], ZoneInfo], str]] = {
    events.ATTENTION: _rejected,
    events.ATTENTION_OVER: lambda *_facts: _("Credentials accepted again"),
    events.STALE: _stale,
    events.FRESH: lambda *_facts: _("Mirror up to date again"),
    events.NO_WORKER: lambda *_facts: _("No worker is running: syncs and other jobs wait"),
    events.WORKER_BACK: lambda *_facts: _("A worker is running again"),
    events.JOB_FAILED: _job_failed,
}

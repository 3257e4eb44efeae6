"""The events that start a workflow. Source: API.md sections 4, 7."""

from typing import Any

from workflow_mirror.exact_json import text_of
from workflow_mirror.references.extract.collector import Collector
from workflow_mirror.references.extract.masking import masked
from workflow_mirror.references.extract.reference import Confidence, Kind

_NO_EVENTS = frozenset({"", "Start", "Finish"})
"""Linkages of the workflow itself that any workflow can have."""


def extract_triggers(out: Collector, parameters: dict[str, Any]) -> None:
    """`event_triggers`: names. `event_parameters` name theirs by a key that says so."""
    names = parameters.get("event_triggers")
    for place, name in enumerate(names if isinstance(names, list) else []):
        path = f"workflow.parameters.event_triggers[{place}]"
        out.add(path, Kind.EVENT, masked(text_of(name)), Confidence.CERTAIN)


def extract_entries(out: Collector, linkages: Any) -> None:
    """The edge by which an event enters the workflow has its name."""
    for place, linkage in enumerate(linkages if isinstance(linkages, list) else []):
        if isinstance(linkage, dict) and linkage.get("source_task_id") is None:
            name = text_of(linkage.get("linkage_type"))
            if name not in _NO_EVENTS:
                out.add(
                    f"linkages[{place}].linkage_type", Kind.EVENT, masked(name), Confidence.CERTAIN
                )

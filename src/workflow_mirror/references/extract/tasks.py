"""What tasks name under keys of their own: files and reports. Source: API.md section 7."""

from typing import Any

from workflow_mirror.exact_json import text_of
from workflow_mirror.references.extract.collector import Collector
from workflow_mirror.references.extract.marks import HIDDEN
from workflow_mirror.references.extract.masking import masked
from workflow_mirror.references.extract.names import file_name
from workflow_mirror.references.extract.reference import Confidence, Kind

_REPORTS = "Reporting::"


def extract_report(out: Collector, task: dict[str, Any]) -> None:
    if text_of(task.get("action_type")).startswith(_REPORTS):
        _add(out, Kind.REPORT, task.get("object_id"), "object_id")


def extract_files(out: Collector, files: Any) -> None:
    """`files` of a task: a list of names, or an object with numbers as keys."""
    if isinstance(files, dict):
        for key, name in files.items():
            _add(out, Kind.FILE, name, f"parameters.files.{masked(key)}")
    elif isinstance(files, list):
        for place, name in enumerate(files):
            _add(out, Kind.FILE, name, f"parameters.files[{place}]")


def add_named(out: Collector, path: str, kind: Kind, value: Any) -> bool:
    """Adds what stands under a key that says its kind; False where Liquid tells which one."""
    return _add(out, kind, value, path)


def _add(out: Collector, kind: Kind, value: Any, path: str) -> bool:
    text = masked(text_of(value)) if isinstance(value, str | int) else ""
    if "{" in text or text.lower() in {"", "true", "false"}:
        return False
    if HIDDEN in text:
        out.add_secret(path)
    out.add(path, kind, file_name(text) if kind is Kind.FILE else text, Confidence.CERTAIN)
    return True

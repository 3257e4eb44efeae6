"""Maps a method and a path to a documented operation (API.md section 9)."""

import re
from dataclasses import dataclass
from functools import lru_cache

READS = ("list", "get", "export", "versions")


@dataclass(frozen=True, slots=True)
class Operation:
    """A documented operation, and the workflow in its path, if any."""

    name: str
    workflow_id: int | None = None


MOST_DIGITS = 18
"""Longer numbers are never IDs."""
_ID = r"(?P<id>[^/]+)"
# Order matters: /workflows/{id} would match /workflows/tasks, too.
_ROUTES = [
    ("POST", "/oauth/token", "token"),
    ("GET", "/workflows", "list"),
    ("GET", "/workflows/tasks", "tasks"),
    ("GET", "/workflows/tasks/[^/]+", "task"),
    ("POST", "/workflows/tasks/[^/]+/rerun", "rerun"),
    ("PUT", "/workflows/tasks/batch_update", "batch_update"),
    ("GET", r"/workflows/metrics\.json", "metrics"),
    ("GET", "/workflows/workflow_runs/[^/]+", "workflow_run"),
    ("PUT", "/workflows/workflow_runs/[^/]+/stop", "stop_run"),
    ("POST", "/workflows/import", "import"),
    ("DELETE", "/workflows/versions/[^/]+", "delete_version"),
    ("GET", f"/workflows/{_ID}/export", "export"),
    ("GET", f"/workflows/{_ID}/versions", "versions"),
    ("POST", f"/workflows/{_ID}/versions/import", "import_version"),
    ("POST", f"/workflows/{_ID}/run", "run"),
    ("GET", f"/workflows/{_ID}", "get"),
    ("PATCH", f"/workflows/{_ID}", "patch"),
    ("DELETE", f"/workflows/{_ID}", "delete"),
]
_COMPILED = [(method, re.compile(pattern), name) for method, pattern, name in _ROUTES]
UNKNOWN = Operation("unknown")


@lru_cache(maxsize=20_000)
def find_operation(method: str, path: str) -> Operation:
    """Find the operation; `workflow_id` is None if the ID is not a number."""
    for known_method, pattern, name in _COMPILED:
        match = pattern.fullmatch(path) if method == known_method else None
        if match:
            text = match.groupdict().get("id") or ""
            is_id = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
            return Operation(name, int(text) if is_id else None)
    return UNKNOWN

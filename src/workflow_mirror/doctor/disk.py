"""Whether there is space for the data directory."""

import shutil
from pathlib import Path

from workflow_mirror import home
from workflow_mirror.doctor.findings import Finding, failed, ok, warning

LITTLE_SPACE, HARDLY_SPACE = 2_000, 200  # MB


def disk() -> Finding:
    place = _existing(home.data_directory())
    free = shutil.disk_usage(place).free // 1_000_000
    text = f"{free} MB free in {place}"
    todo = "Free some space, or move ZWM_HOME to a larger disk"
    if free < HARDLY_SPACE:
        return failed("disk", text, todo)
    if free < LITTLE_SPACE:
        return warning("disk", text, todo)
    return ok("disk", text)


def _existing(directory: Path) -> Path:
    """The directory, or the nearest one above it that exists."""
    return next(path for path in (directory, *directory.parents) if path.exists())

"""Reads exports from files, for commands that need no database."""

from pathlib import Path
from typing import Any

from workflow_mirror.cli.output import CommandError

FAILED = 2
"""The exit code: that of `diff`, where 1 means that the exports differ."""
LARGEST_MB = 64
"""Maximum size of a file, that of an export which the mirror takes from Zuora by default. Two
files of 47 MB with 28,000 tasks each took 1.3 GB of memory.
"""


def read_export(name: str) -> Any:
    """The export in a file. Raises CommandError, also for JSON that is no export."""
    document = read_json(name)
    if not is_export(document):
        raise CommandError(f"{name} is not the export of a workflow: it has no tasks", FAILED)
    return document


def read_json(name: str) -> Any:
    """Raises CommandError."""
    from workflow_mirror.exact_json import loads

    data = _content(Path(name), name)
    try:
        return loads(data.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8", FAILED) from error
    except ValueError as error:
        raise CommandError(f"{name} is not JSON", FAILED) from error
    except RecursionError as error:
        raise CommandError(f"{name} is nested too deeply", FAILED) from error


def is_export(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("tasks"), list)


def _content(path: Path, name: str) -> bytes:
    """The content of a file or a pipe, as in `zwm diff <(...) <(...)`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_MB * 2**20 + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}", FAILED) from error
    except ValueError as error:  # a NUL in the name
        raise CommandError("The name of a file is not valid", FAILED) from error
    if len(data) > LARGEST_MB * 2**20:
        raise CommandError(f"{name} is larger than {LARGEST_MB} MB", FAILED)
    return data

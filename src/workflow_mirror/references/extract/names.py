"""What the path of a Liquid variable refers to: `Data.Account.Name`, `GlobalConstants.X`."""

import re
from collections.abc import Iterator

from workflow_mirror.references.extract.objects import STANDARD
from workflow_mirror.references.extract.reference import Confidence, Found, Kind

CUSTOM = "__c"
_NO_OBJECTS = frozenset({"files", "liquid", "workflow"})
"""Parts of `Data` that are no object."""
_TASK_ID = re.compile(r"(?<=__)\d+(?![A-Za-z0-9])")


def file_name(name: str) -> str:
    """Without the id of the task that made it, which means nothing between versions."""
    return _TASK_ID.sub("*", name)


def named_by(path: tuple[str, ...], confidence: Confidence) -> Iterator[Found]:
    """Of a path without aliases."""
    root, rest = path[0].lower(), path[1:]
    if not rest:
        return
    if root == "data":
        yield from in_data(rest, confidence)
    elif root == "globalconstants":
        yield Kind.CONSTANT, rest[0], confidence
    elif root == "credentials":
        yield Kind.CREDENTIAL, ".".join(rest), confidence
    elif root in STANDARD:
        yield Kind.FIELD, ".".join(path), Confidence.LIKELY
    elif rest[-1].lower().endswith(CUSTOM):
        yield Kind.FIELD, rest[-1], Confidence.LIKELY


def in_data(path: tuple[str, ...], confidence: Confidence) -> Iterator[Found]:
    """`path` is what follows `Data`: an object and its field, or a file."""
    first = path[0].lower()
    if first == "files":
        if len(path) > 1:
            yield Kind.FILE, file_name(".".join(path[1:])), confidence
    elif len(path) > 1:
        yield Kind.FIELD, ".".join(path), confidence
    elif first not in _NO_OBJECTS:
        yield Kind.OBJECT, path[0], confidence

"""An export as Zuora answered it, made ready for the database."""

import hashlib
from dataclasses import dataclass
from typing import Any

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.documents import canonical_json, is_storable, storable
from workflow_mirror.workflows.export_warnings import (
    Warned,
    characters_replaced,
    export_warnings,
)
from workflow_mirror.workflows.extraction import ExtractedTask, extract_tasks
from workflow_mirror.workflows.run_state import without_run_state
from workflow_mirror.zuora.errors import NestedTooDeeplyError


@dataclass(frozen=True)
class ReadyExport:
    """All that is stored of an export; small, since many wait for the database at once.

    `content_hash` is that of `hash_of_content`. `tasks` is None where the export has no list of
    tasks.
    """

    json: bytes
    content_hash: str
    warnings: list[Warned]
    tasks: list[ExtractedTask] | None


def hash_of_content(document: Any) -> str:
    """What tells versions apart: SHA-256 of the canonical JSON without run state.

    Two exports with the same content have the same hash, in whatever order Zuora lists keys,
    tasks and linkages, and however often the workflow has run meanwhile. After any change of
    this function, a migration has to compute the stored hashes again, as 0006_content_hashes
    does; without it the next sync makes a new version of every workflow.
    """
    return hashlib.sha256(canonical_json(without_run_state(document))).hexdigest()


def read_export(answer: dict[str, Any]) -> ReadyExport:
    """Done where the answer arrives, so that the database is all that the sync waits for.

    Raises NestedTooDeeplyError.
    """
    try:
        return _read(answer)
    except RecursionError as error:
        raise NestedTooDeeplyError from error


def _read(answer: dict[str, Any]) -> ReadyExport:
    replaced: list[str] = []
    text = dump(answer)
    if not is_storable(text):
        answer, replaced = storable(answer)
        text = dump(answer)
    return ReadyExport(
        json=text,
        content_hash=hash_of_content(answer),
        warnings=[characters_replaced(path) for path in replaced] + export_warnings(answer),
        tasks=extract_tasks(answer),
    )

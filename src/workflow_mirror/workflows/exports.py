"""An export as Zuora answered it, made ready for the database."""

import hashlib
from dataclasses import dataclass
from typing import Any

from workflow_mirror.workflows.documents import (
    canonical_json,
    dump,
    is_storable,
    oddities,
    storable,
)
from workflow_mirror.workflows.extraction import ExtractedTask, extract_tasks


@dataclass(frozen=True)
class ReadyExport:
    """All that is stored of an export; small, since many wait for the database at once.

    `content_hash` is the SHA-256 of the canonical JSON: two exports with the same content have
    the same, in whatever order Zuora lists keys, tasks and linkages. `tasks` is None where the
    export has no list of tasks.
    """

    json: bytes
    content_hash: str
    oddities: list[str]
    tasks: list[ExtractedTask] | None


def hash_of(canonical: bytes) -> str:
    return hashlib.sha256(canonical).hexdigest()


def read_export(answer: dict[str, Any]) -> ReadyExport:
    """Done where the answer arrives, so that the database is all that the sync waits for."""
    replaced: list[str] = []
    canonical = canonical_json(answer)
    if not is_storable(canonical):
        answer, replaced = storable(answer)
        canonical = canonical_json(answer)
    return ReadyExport(
        json=dump(answer),
        content_hash=hash_of(canonical),
        oddities=[f"characters replaced at {path}" for path in replaced] + oddities(answer),
        tasks=extract_tasks(answer),
    )

"""Downloading what a sync stores of one workflow: its active version and its draft."""

from dataclasses import dataclass
from typing import Any

import structlog

from workflow_mirror.error_texts import error_text
from workflow_mirror.references.extract import Extracted, extract
from workflow_mirror.sync.errors import WorkflowGoneError
from workflow_mirror.workflows.exports import ReadyExport, read_export
from workflow_mirror.zuora.client import ZuoraClient
from workflow_mirror.zuora.definitions import Definition
from workflow_mirror.zuora.errors import (
    BadDataError,
    GivenUpError,
    NotFoundError,
    TryAgainError,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Downloaded:
    """The exports of one workflow; see Fetched."""

    export: ReadyExport
    references: Extracted | None
    draft: ReadyExport | None = None
    draft_failed: bool = False

    def size(self) -> int:
        """In bytes."""
        return len(self.export.json) + (len(self.draft.json) if self.draft else 0)


def download_exports(client: ZuoraClient, definition: Definition, known_hash: str) -> Downloaded:
    """`known_hash` is the content hash of the mirrored export, "" for none.

    References are extracted only from an export that replaces another one. Those of a first sync
    take longer than everything else in it, and have a job of their own.

    Raises WorkflowGoneError if the workflow is deleted, and what `_shown_version` raises.
    """
    answer = _shown_version(client, definition)
    export = read_export(answer)
    is_replaced = known_hash not in ("", export.content_hash)
    references = extract(answer) if is_replaced else None
    try:
        return Downloaded(export, references, _draft(client, definition))
    except GivenUpError:
        raise
    except (BadDataError, TryAgainError) as error:
        # The export of the active version is good, and matters more.
        log.warning(
            "Failed to download the draft",
            workflow_zuora_id=definition.zuora_id,
            reason=error_text(error),
        )
        return Downloaded(export, references, draft_failed=True)


def _shown_version(client: ZuoraClient, definition: Definition) -> dict[str, Any]:
    """The export of the active version, or of the newest where none is active.

    A version may have been activated or deactivated since the list was read, so after a 404 the
    definition is requested again. Raises WorkflowGoneError if that is gone, too,
    NotFoundError if it exists without an export, BadDataError for an unusable export.
    """
    is_active = definition.has_active_version
    try:
        return client.export_workflow(definition.zuora_id, has_active_version=is_active)
    except NotFoundError:
        if _look_again(client, definition).has_active_version == is_active:
            raise
        return client.export_workflow(definition.zuora_id, has_active_version=not is_active)


def _draft(client: ZuoraClient, definition: Definition) -> ReadyExport | None:
    """None without a draft, also if it was deleted since the list was read."""
    if not definition.draft_version:
        return None
    try:
        answer = client.export_version(definition.zuora_id, definition.draft_version)
    except NotFoundError:
        return None
    return read_export(answer)


def _look_again(client: ZuoraClient, definition: Definition) -> Definition:
    try:
        return client.get_workflow(definition.zuora_id)
    except NotFoundError as error:
        raise WorkflowGoneError(str(error)) from error

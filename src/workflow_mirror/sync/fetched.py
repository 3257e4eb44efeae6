"""A listed workflow after its export was requested, and what the mirror knows about it."""

from dataclasses import dataclass

from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.errors import SafeError
from workflow_mirror.history.changes import Change, Look, changes_between
from workflow_mirror.references.extract import Extracted
from workflow_mirror.sync.plan import Listed, Mirrored
from workflow_mirror.sync.stats import Outcome
from workflow_mirror.workflows.exports import ReadyExport
from workflow_mirror.zuora.definitions import id_of, read_definition


@dataclass(frozen=True)
class Fetched:
    """A listed workflow after its export was requested.

    Either `export` is the document, or `error` the reason why there is none. `draft` is the export
    of the draft, if there is one. With `draft_failed` it could not be read: the mirrored one stays,
    and the next sync requests it again. `references` are those of `export`, None if a job extracts
    them later.
    """

    listed: Listed
    export: ReadyExport | None = None
    error: SafeError | None = None
    draft: ReadyExport | None = None
    draft_failed: bool = False
    references: Extracted | None = None

    @property
    def zuora_id(self) -> str:
        return self.listed.definition.zuora_id

    @property
    def has_new_content(self) -> bool:
        known = self.listed.mirrored
        return self.export is not None and (
            known is None or known.export_hash != self.export.content_hash
        )

    @property
    def draft_hash(self) -> str:
        """The content hash of the draft that is mirrored from now on; "" for none."""
        if self.draft:
            return self.draft.content_hash
        known = self.listed.mirrored
        keeps_draft = self.draft_failed or self.error
        return known.draft_hash if known and keeps_draft else ""

    @property
    def outcome(self) -> Outcome:
        known = self.listed.mirrored
        if self.error:
            return Outcome.FAILED
        if known is None:
            return Outcome.CREATED
        if known.is_tombstone:
            return Outcome.RESTORED
        has_new_draft = self.draft_hash != known.draft_hash
        if self.has_new_content or has_new_draft or self.listed.has_changed:
            return Outcome.UPDATED
        return Outcome.UNCHANGED


def changes_of(fetched: Fetched) -> list[Change]:
    before = _look_before(fetched.listed.mirrored)
    return changes_between(before, _look_after(fetched, before or Look(None)))


def _look_before(known: Mirrored | None) -> Look | None:
    if known is None:
        return None
    return Look(
        # Without an id: mirrored by something older than us, which kept no row.
        definition=read_definition(known.list_row) if id_of(known.list_row) else None,
        content=known.export_hash,
        draft=known.draft_hash,
        error=known.export_error,
        error_details=known.export_error_details,
        is_deleted=known.is_tombstone,
    )


def _look_after(fetched: Fetched, before: Look) -> Look:
    error, listed = fetched.error, fetched.listed
    return Look(
        # The row as it is stored, since the next sync compares with that.
        definition=listed.definition
        if listed.row == listed.definition.raw
        else read_definition(listed.row),
        content=fetched.export.content_hash if fetched.export else before.content,
        draft=fetched.draft_hash,
        error=error_text(error) if error else "",
        error_details=error_details(error) if error else None,
    )

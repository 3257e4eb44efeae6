"""Writing what came of requests for earlier versions."""

from dataclasses import dataclass, replace

from django.db import DatabaseError, transaction
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import is_unstorable
from workflow_mirror.errors import SafeError
from workflow_mirror.history.earlier.errors import UnstorableVersionError
from workflow_mirror.history.earlier.notes import ListedVersion, Note, write_notes
from workflow_mirror.workflows.exports import ReadyExport
from workflow_mirror.workflows.kept_exports import Content, Kept, keep_exports


@dataclass(frozen=True)
class Answered:
    """A version that was requested: its export, or the error that Zuora cannot give it."""

    listed: ListedVersion
    export: ReadyExport | None = None
    error: SafeError | None = None

    @property
    def content(self) -> Content:
        return self.listed.zuora_id, self.export.content_hash if self.export else ""


def store(customer: Customer, batch: list[Answered]) -> list[Answered]:
    """Write a batch, and return it: a version that the database cannot hold has an error instead.

    The number of statements does not depend on the size of the batch, unless there is such one.
    """
    try:
        _store(customer, batch)
    except DatabaseError as error:
        if not is_unstorable(error):
            raise
        if len(batch) > 1:
            return [one for answered in batch for one in store(customer, [answered])]
        if batch[0].error:
            raise
        why = UnstorableVersionError(reason=type(error.__cause__).__name__)
        return store(customer, [replace(batch[0], export=None, error=why)])
    return batch


@transaction.atomic
def _store(customer: Customer, batch: list[Answered]) -> None:
    kept = (
        Kept(listed.zuora_id, export, listed.updated_on, listed.version, listed.version_id)
        for listed, export in ((one.listed, one.export) for one in batch)
        if export
    )
    exports = keep_exports(customer.pk, kept, timezone.now())
    write_notes(customer, [Note(one.listed, exports.get(one.content), one.error) for one in batch])

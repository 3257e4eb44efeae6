"""References extracted again from the stored exports, without Zuora."""

from collections.abc import Iterable
from itertools import batched

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from workflow_mirror.references.extract import EXTRACTOR_VERSION, extract
from workflow_mirror.references.models import WorkflowReferenceState
from workflow_mirror.references.store import Indexed, store_references
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.row_locks import locked_in_order

INDEXED_AT_ONCE = 25


def stale_workflows() -> QuerySet[Workflow]:
    """Those whose references are missing, of another export, or of an older extractor.

    What a newer version of this program has indexed is not stale.
    """
    fresh = WorkflowReferenceState.objects.filter(
        workflow=OuterRef("pk"),
        export_hash=OuterRef("export_hash"),
        extractor_version__gte=EXTRACTOR_VERSION,
    )
    return Workflow.objects.filter(~Exists(fresh), json_export__isnull=False)


def mark_stale(customer_ids: Iterable[int] | None = None) -> None:
    """Have all workflows indexed again, or those of some customers."""
    states = WorkflowReferenceState.objects.all()
    if customer_ids is not None:
        states = states.filter(workflow__customer__in=list(customer_ids))
    states.update(extractor_version=0)


def index_again(pks: Iterable[int]) -> int:
    """Bring the references of these workflows in line with their stored exports.

    A batch at a time; returns the number of references. The rows are locked meanwhile, so that a
    sync which stores a newer export comes wholly before or wholly after.
    """
    total = 0
    for batch in batched(pks, INDEXED_AT_ONCE):
        with transaction.atomic():
            rows = locked_in_order(batch).filter(json_export__isnull=False)
            total += store_references(
                {
                    pk: Indexed(extract(export), export_hash)
                    for pk, export, export_hash in rows.values_list(
                        "pk", "json_export", "export_hash"
                    )
                }
            )
    return total

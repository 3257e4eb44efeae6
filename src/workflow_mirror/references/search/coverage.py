"""What a search has not looked at."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from workflow_mirror.access.scope import Scope
from workflow_mirror.references.extract import EXTRACTOR_VERSION
from workflow_mirror.references.query import Query
from workflow_mirror.workflows.models import Workflow


@dataclass(frozen=True)
class NotSearched:
    """Numbers of workflows, and of texts.

    `without_export`: no export ever succeeded. `stale_exports`: the last one failed, so an older
    one was searched. `not_indexed`: the index does not have the last export yet. `unparsed_texts`
    were searched by patterns only. `deleted`: deleted in Zuora and left out.
    """

    without_export: int
    stale_exports: int
    not_indexed: int
    unparsed_texts: int
    deleted: int


def not_searched(query: Query, scope: Scope, customer_ids: list[int] | None) -> NotSearched:
    """Among the workflows in the scope, and of these customers."""
    workflows = scope.limit(Workflow.objects.all())
    if customer_ids is not None:
        workflows = workflows.filter(customer__in=customer_ids)
    present = workflows.filter(deleted_at=None)
    is_current = Q(
        reference_state__export_hash=F("export_hash"),
        reference_state__extractor_version__gte=EXTRACTOR_VERSION,
    )
    counts = present.aggregate(
        without_export=Count("pk", filter=Q(json_export__isnull=True)),
        stale_exports=Count("pk", filter=Q(json_export__isnull=False) & ~Q(export_error="")),
        not_indexed=Count("pk", filter=Q(json_export__isnull=False))
        - Count("pk", filter=Q(json_export__isnull=False) & is_current),
        unparsed_texts=Coalesce(Sum("reference_state__unparsed"), 0),
    )
    return NotSearched(**counts, deleted=_deleted(query, workflows))


def _deleted(query: Query, workflows: "QuerySet[Workflow]") -> int:
    if any(term.value == "deleted" for term in query.values.get("state", ())):
        return 0
    return workflows.filter(deleted_at__isnull=False).count()

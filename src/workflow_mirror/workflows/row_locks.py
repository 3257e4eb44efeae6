"""The order in which rows of workflows are locked. Whoever writes several of them at once starts
here: transactions that lock the same rows in two orders deadlock.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from workflow_mirror.workflows.models import Workflow


def locked_in_order(pks: Iterable[int]) -> QuerySet[Workflow]:
    """These workflows by key, locked until the transaction ends; a row gone meanwhile is left out.

    Not evaluated, so that it can be the condition of an UPDATE.
    """
    rows = Workflow.objects.filter(pk__in=list(pks)).order_by("pk")
    return rows.select_for_update(no_key=True)

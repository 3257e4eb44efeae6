"""The data that the benchmarks fill in with SQL of their own must follow the tables."""

import pytest

from benchmarks.web_data import Size, fill
from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.words import told
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.workflows.models import Task, Workflow


@pytest.mark.django_db(transaction=True)
def test_the_benchmarks_can_fill_a_migrated_database() -> None:
    fill(
        Size(
            customers=5,
            workflows=20,
            tasks=60,
            jobs=100,
            batches=4,
            schedules=3,
            users=4,
            changes=80,
        )
    )
    counted = (Customer, Workflow, Task, JobRun, UserAccess, WorkflowChange)
    assert [model.objects.count() for model in counted] == [5, 20, 60, 100, 4, 80]
    assert not set(WorkflowChange.objects.values_list("kind", flat=True)) - set(WorkflowChange.Kind)
    assert WorkflowChange.objects.exclude(changed_by="").exists()
    assert all(told(change) for change in WorkflowChange.objects.all())

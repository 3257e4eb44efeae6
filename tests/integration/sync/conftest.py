"""What the tests of the sync look at again and again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest
from django.db import connection

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.models import Task, Workflow


class Mirror(Protocol):
    """How `assert_mirrored` is called."""

    def __call__(self, customer: Customer, tenant: Tenant) -> None: ...


@pytest.fixture
def assert_mirrored() -> Mirror:
    """Hold the mirror against the fake: same workflows, same documents, tasks of just those."""

    def check(customer: Customer, tenant: Tenant) -> None:
        alive = Workflow.objects.filter(customer=customer, deleted_at=None)
        assert set(alive.values_list("zuora_id", flat=True)) == {
            str(key) for key in tenant.definitions
        }
        for workflow in alive:
            key = int(workflow.zuora_id)
            active = tenant.row(key).get("active_version")
            assert workflow.json_export == tenant.export(key, None if active else "latest")
            assert workflow.name == tenant.row(key)["name"]
            assert workflow.export_error == ""
            assert tasks_of(workflow) == exported_tasks(workflow)

    return check


def tasks_of(workflow: Workflow) -> dict[str, str]:
    return dict(Task.objects.filter(workflow=workflow).values_list("zuora_id", "name"))


def exported_tasks(workflow: Workflow) -> dict[str, str]:
    return {task.zuora_id: task.name for task in extract_tasks(workflow.json_export) or []}


@pytest.fixture
def writes() -> Callable[[], Any]:
    """A block that counts the statements which write, by verb and table."""

    @contextmanager
    def counting() -> Iterator[Counter[str]]:
        counts: Counter[str] = Counter()

        def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            words = sql.replace('"', "").split()
            if words[0] not in {"SELECT", "SAVEPOINT", "RELEASE"}:
                counts[" ".join(words[:2])] += 1
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            yield counts

    return counting

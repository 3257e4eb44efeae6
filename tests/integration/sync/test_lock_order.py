"""Extracting tasks again while other code writes several workflows: no deadlock."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.acceptance.processes import eventually
from tests.locks import lock_waits
from workflow_mirror.customers import registry
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.fetched import Fetched
from workflow_mirror.sync.plan import Listed, Mirrored
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.sync.store import mark_deleted, store, touch
from workflow_mirror.workflows.exports import read_export
from workflow_mirror.workflows.extract_again import extract_again
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.definitions import read_definition

type Start = Callable[[Callable[[], object]], Future[object]]


@pytest.fixture
def pks(customer: Customer, tenant: Tenant, service: WorkflowSyncService) -> list[int]:
    """Two workflows, of which the first lies behind the second in the table."""
    tenant.generate(2, tasks=2)
    service.sync_customer_workflows(customer)
    first, second = Workflow.objects.order_by("pk").values_list("pk", flat=True)
    Workflow.objects.filter(pk=first).update(name="Moved")  # the name is in an index
    return [first, second]


@pytest.fixture
def start() -> Iterator[Start]:
    """Begin something on a connection of its own, and return when it waits for a lock."""
    with ThreadPoolExecutor(2) as pool:

        def begin(act: Callable[[], object]) -> Future[object]:
            waiting = lock_waits()
            future = pool.submit(apart, act)
            eventually(lambda: lock_waits() > waiting or future.done())
            return future

        yield begin


def apart(act: Callable[[], object]) -> object:
    try:
        return act()
    finally:
        connection.close()


def store_again(customer: Customer, pks: list[int]) -> None:
    """A batch in the order in which the downloads happened to end: newest first."""
    rows = Workflow.objects.in_bulk(pks)
    batch = [
        Fetched(
            Listed(read_definition(rows[pk].list_row), rows[pk].list_row, "", known),
            read_export(rows[pk].json_export or {}),
        )
        for pk, known in mirrored(pks)
    ]
    store(customer, batch, timezone.now())


def mirrored(pks: list[int]) -> list[tuple[int, Mirrored]]:
    rows = Workflow.objects.in_bulk(pks)
    return [
        (pk, Mirrored(pk, rows[pk].zuora_id, {}, "", "", None, "", None, "", is_tombstone=False))
        for pk in reversed(pks)
    ]


def delete(customer: Customer, pks: list[int]) -> None:
    mark_deleted(customer, [known for _, known in mirrored(pks)], timezone.now())


WRITERS: dict[str, Callable[[Customer, list[int]], object]] = {
    "a batch is stored": store_again,
    "a page is found unchanged": lambda _, pks: touch(reversed(pks), timezone.now()),
    "workflows have vanished": delete,
    "the customer is removed": lambda customer, _: registry.remove(customer),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_tasks_are_extracted_again_while(
    writer: str, customer: Customer, pks: list[int], start: Start
) -> None:
    with transaction.atomic():
        # Both meet at the first row, the extraction before the other.
        Workflow.objects.select_for_update().get(pk=pks[0])
        extraction = start(lambda: extract_again(pks))
        other = start(lambda: WRITERS[writer](customer, pks))

    extraction.result(30)
    other.result(30)

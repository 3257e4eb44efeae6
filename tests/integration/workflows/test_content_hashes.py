"""An existing mirror gets its new content hashes, and its old ones back, and loses nothing."""

import json
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.queries import versions_of

BEFORE = "0004_tasks_of_customers"
OLD_COLUMNS = """id, customer_id, workflow_id, workflow_zuora_id, content_hash, zuora_version,
zuora_version_id, listed_updated_on, document::text, first_seen_at, last_seen_at"""


@pytest.fixture
def migrated_again(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("workflows", name)])


def rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def exports() -> list[Any]:
    return rows(f"SELECT {OLD_COLUMNS} FROM workflow_exports ORDER BY id")  # noqa: S608


def workflows() -> list[Any]:
    return rows("SELECT id, export_hash, export_fingerprint FROM workflows ORDER BY id")


def store_as_before(customer: Customer, zuora_id: str, documents: list[Any]) -> None:
    """As the version before did: hashes of whole documents, the newest one last."""
    import hashlib

    import orjson

    def sorted_arrays(document: dict[str, Any]) -> dict[str, Any]:
        arrays = {
            key: sorted(document[key], key=lambda v: orjson.dumps(v, option=orjson.OPT_SORT_KEYS))
            for key in ("tasks", "linkages")
            if isinstance(document.get(key), list)
        }
        return {**document, **arrays}

    for day, document in enumerate(documents, start=1):
        text = orjson.dumps(sorted_arrays(document), option=orjson.OPT_SORT_KEYS)
        content_hash = hashlib.sha256(text).hexdigest()
        seen = f"2026-01-{day:02}T05:00:00Z"
        execute(
            "UPDATE workflows SET json_export = %s, export_hash = %s WHERE zuora_id = %s",
            *(json.dumps(document), content_hash, zuora_id),
        )
        execute(
            """INSERT INTO workflow_exports (customer_id, workflow_id, workflow_zuora_id,
            content_hash, zuora_version, zuora_version_id, document, first_seen_at, last_seen_at)
            SELECT %s, id, zuora_id, %s, '1', '2', %s, %s, %s FROM workflows WHERE zuora_id = %s
            ON CONFLICT (customer_id, workflow_zuora_id, content_hash)
            DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at""",
            *(customer.pk, content_hash, json.dumps(document), seen, seen, zuora_id),
        )


@pytest.fixture
def old_mirror(
    migrated_again: None,
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
) -> list[int]:
    """Three workflows as a mirror of the version before has them, at its migration."""
    slices = import_module("workflow_mirror.workflows.migrations.0006_content_hashes")
    monkeypatch.setattr(slices, "WORKFLOWS_AT_ONCE", 2)
    monkeypatch.setattr(slices, "DOCUMENTS_AT_ONCE", 4)
    tenant.generate(3, tasks=3, variety=False)
    service.sync_customer_workflows(customer)
    documents = {key: tenant.export(key) for key in tenant.definitions}
    migrate(BEFORE)
    execute("DELETE FROM workflow_exports")
    for key, document in documents.items():
        store_as_before(customer, str(key), [*with_runs(document), document])
    return list(documents)


def with_runs(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Two runs of a document before its last edit, and two after it."""
    earlier = deepcopy(document)
    earlier["tasks"][0]["name"] = "Before the edit"
    found = []
    for number, original in enumerate((earlier, earlier, document, earlier, document)):
        run = deepcopy(original)
        run["workflow"]["started_at"] = f"2026-01-01 00:00:0{number} UTC"
        run["tasks"][1] |= {"status": "Finished", "data_size": number}
        found.append(run)
    return found


def test_the_first_sync_after_the_upgrade_makes_no_version(
    old_mirror: list[int], service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    call_command("migrate", verbosity=0)
    before = (exports(), list(Task.objects.order_by("id").values()))

    stats = service.sync_customer_workflows(customer, full=True)

    assert (stats["exported"], stats["unchanged"], stats["updated"]) == (3, 3, 0)
    assert len(exports()) == len(before[0]) == 18
    assert list(Task.objects.order_by("id").values()) == before[1]


def test_every_stored_export_is_kept_and_run_state_alone_makes_no_version(
    old_mirror: list[int],
) -> None:
    before = exports()

    call_command("migrate", verbosity=0)

    def without_hashes(found: list[Any]) -> list[Any]:
        return [row[:4] + row[5:] for row in found]

    assert without_hashes(exports()) == without_hashes(before)
    for workflow in Workflow.objects.all():
        versions: list[Any] = list(versions_of(EVERYTHING, workflow))
        after_edit, before_edit = versions
        assert after_edit.content_hash == workflow.export_hash
        assert [after_edit.repeats.count(), before_edit.repeats.count()] == [2, 2]
        assert (before_edit.since.day, before_edit.until.day) == (1, 4)
        assert (after_edit.since.day, after_edit.until.day) == (3, 6)


def test_to_go_back_restores_every_hash(old_mirror: list[int]) -> None:
    before = (exports(), workflows())
    call_command("migrate", verbosity=0)
    assert (exports(), workflows()) != before

    migrate(BEFORE)

    assert (exports(), workflows()) == before


def test_it_can_be_run_again_after_it_was_interrupted(old_mirror: list[int]) -> None:
    call_command("migrate", verbosity=0)
    whole = (exports(), workflows(), repeats())
    migrate("0005_exact_exports")
    execute("UPDATE workflow_exports SET repeat_of_id = NULL WHERE id %% 2 = 0")

    call_command("migrate", verbosity=0)

    assert (exports(), workflows(), repeats()) == whole


def repeats() -> list[Any]:
    return rows("SELECT id, repeat_of_id FROM workflow_exports ORDER BY id")


def test_a_document_that_never_had_run_state_is_the_version_and_keeps_its_hash(
    migrated_again: None, customer: Customer
) -> None:
    """Otherwise another would get the hash that this one has."""
    Workflow.objects.create(customer=customer, zuora_id="1")
    plain = {"workflow": {"id": 1}, "tasks": [], "linkages": []}
    ran = {**plain, "workflow": {"id": 1, "started_at": "2026-01-01 00:00:00 UTC"}}
    migrate(BEFORE)
    store_as_before(customer, "1", [ran, plain])
    before = (exports(), workflows())

    call_command("migrate", verbosity=0)

    [version] = versions_of(EVERYTHING, Workflow.objects.get())
    assert version.document == plain
    assert version.content_hash == Workflow.objects.get().export_hash
    migrate(BEFORE)
    assert (exports(), workflows()) == before


@pytest.mark.parametrize("other", ["10.0", "1e5000"])
def test_decimals_and_numbers_of_any_size_go_back_and_forth(
    migrated_again: None,
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    other: str,
) -> None:
    """Read as floats, both documents are the same."""
    definition = tenant.add_workflow(tasks=1)
    for last in ("1", "2"):
        number = f"0.1234567890123456789{last}"
        text = f'{{"workflow": {{"a": [{number}, {other}, 1e22]}}, "tasks": []}}'
        tenant.set_export(definition.id, text.encode())
        service.sync_customer_workflows(customer, full=True)
    whole = (exports(), workflows())

    migrate(BEFORE)
    assert len({row[4] for row in exports()}) == 2
    call_command("migrate", verbosity=0)

    assert (exports(), workflows()) == whole
    assert service.sync_customer_workflows(customer, full=True)["unchanged"] == 1
    assert WorkflowExport.objects.count() == 2


def test_old_floats_are_the_same_version_after_the_upgrade(
    migrated_again: None, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=1)
    document = {"workflow": {"a": [10.0, 0.1, 1e22, 1e-7, -0.0, 1.5e300]}, "tasks": []}
    tenant.set_export(definition.id, json.dumps(document).encode())
    service.sync_customer_workflows(customer)
    migrate(BEFORE)
    execute("DELETE FROM workflow_exports")
    store_as_before(customer, str(definition.id), [document])

    call_command("migrate", verbosity=0)

    assert service.sync_customer_workflows(customer, full=True)["unchanged"] == 1
    assert WorkflowExport.objects.count() == 1

"""Every migration can be rolled back, and forth again, with data in the tables."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport

APPS = ("customers", "access", "workflows", "jobs", "history", "schedules", "web")


@pytest.fixture
def all_migrated_again(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def fill() -> None:
    """A row in every table."""
    now = "2026-01-01T00:00:00Z"
    customer = Customer.objects.create(
        name="Rossi", zuora_base_url="https://rest.zuora.com", zuora_client_secret="s"
    )
    workflow = Workflow.objects.create(
        customer=customer,
        zuora_id="1",
        json_export={"workflow": {}, "tasks": [{"id": 1, "parameters": {"a": 1}}]},
    )
    workflow.sync_tasks_from_json()
    export = WorkflowExport.objects.create(
        customer=customer,
        workflow=workflow,
        workflow_zuora_id="1",
        content_hash="0" * 64,
        document={},
        first_seen_at=now,
        last_seen_at=now,
    )
    WorkflowChange.objects.create(
        customer=customer,
        workflow=workflow,
        workflow_zuora_id="1",
        seen_at=now,
        kind="created",
        export_after=export,
    )
    request_syncs([customer], requested_by="a test")
    user, _ = User.objects.get_or_create(username="a limited user")
    access, _ = UserAccess.objects.get_or_create(user=user)
    access.customers.set([customer])


def steps() -> list[tuple[str, str]]:
    """All our migrations, newest first."""
    loader = MigrationExecutor(connection).loader
    ordered = [
        node
        for leaf in loader.graph.leaf_nodes()
        for node in loader.graph.forwards_plan(leaf)
        if node[0] in APPS
    ]
    return list(dict.fromkeys(ordered))[::-1]


def test_all_migrations_go_back_and_forth_with_data(all_migrated_again: None) -> None:
    assert steps()
    for app, name in steps():
        fill_if_whole()
        executor = MigrationExecutor(connection)
        before = executor.loader.graph.node_map[app, name].parents
        target = next((p.key for p in before if p.key[0] == app), (app, None))
        executor.migrate([target])
    assert not set(connection.introspection.table_names()) & {"customers", "workflows", "tasks"}

    call_command("migrate", verbosity=0)

    fill()


def test_tasks_that_were_there_learn_their_customer(all_migrated_again: None) -> None:
    fill()
    executor = MigrationExecutor(connection)
    executor.migrate([("workflows", "0003_lists")])

    call_command("migrate", verbosity=0)

    assert Task.objects.get().customer == Customer.objects.get()


def fill_if_whole() -> None:
    """Put data in before a step back, as long as the tables are those of the models.

    Further back the rows stay that are there.
    """
    models: set[type[Model]] = {UserAccess, WorkflowExport, Schedule}
    for deleted in (Customer, Workflow, Task, JobRun, WorkflowChange):
        fields = deleted._meta.get_fields(include_hidden=True)
        models.add(deleted)
        models |= {one.related_model for one in fields if isinstance(one.related_model, type)}
    if all(has_its_columns(model) for model in models if not model._meta.proxy):
        Customer.objects.all().delete()
        fill()


def has_its_columns(model: type[Model]) -> bool:
    table = model._meta.db_table
    if table not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return {field.column for field in model._meta.concrete_fields} <= {row.name for row in found}


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)

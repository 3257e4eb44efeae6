"""What a migration would delete or change, and which migrations are not of this version."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder

from workflow_mirror.customers.models import Customer
from workflow_mirror.schema import Schema, is_current
from workflow_mirror.workflows.models import Workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> None:
    customer = Customer.objects.create(name="Rossi", zuora_client_secret="s")
    for number in range(2):
        workflow = Workflow.objects.create(customer=customer, zuora_id=str(number))
        workflow.json_export = {"tasks": [{"id": 1}, {"id": 2}]}
        workflow.sync_tasks_from_json()


def losses(*target: str) -> list[str]:
    schema = Schema()
    return [str(loss) for loss in schema.losses(schema.plan(*target))]


def test_tables_and_columns_that_go_are_told_with_their_rows(rows: None) -> None:
    assert losses("workflows", "0003") == [
        "the column customer_id in 4 rows of tasks",
        "the column draft_hash in 2 rows of workflows",
        "the column draft_version in 2 rows of workflows",
    ]
    assert losses("workflows", "zero") == ["4 rows of tasks", "2 rows of workflows"]
    everything = losses("customers", "zero")
    assert "1 row of customers" in everything
    assert "2 rows of workflows" in everything


def test_empty_tables_are_no_loss_and_going_forward_deletes_nothing() -> None:
    assert losses("workflows", "zero") == []
    assert losses("workflows") == losses() == []


def test_a_database_is_current_with_exactly_the_migrations_that_django_would_import() -> None:
    applied = MigrationRecorder(connection)
    assert is_current()
    assert applied.applied_migrations().keys() == Schema()._loader.disk_migrations.keys()

    applied.record_applied("workflows", "9999_future")
    assert not is_current()
    applied.record_unapplied("workflows", "9999_future")
    assert is_current()
    applied.record_unapplied("procrastinate", "0001_initial")
    assert not is_current()


def test_a_database_without_a_table_of_migrations_is_not_current() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
    assert not is_current()


def test_a_migration_that_there_is_not_is_left_to_django() -> None:
    assert Schema().plan("workflows", "0999") == []
    assert Schema().plan("nothing", "zero") == []
    assert Schema().plan("nothing") == []


@pytest.mark.parametrize(
    ("app", "name", "is_known"),
    [
        ("workflows", "9999_future", False),
        ("workflows", "0001_of_a_branch", False),
        ("history", "0001_initial", False),  # a package that is not there yet
        ("auth", "9999_future", False),
        ("auth", "0001_put_together_with_others", True),
    ],
)
def test_migrations_of_a_newer_version_are_known_as_such(
    app: str, name: str, *, is_known: bool
) -> None:
    assert Schema().unknown() == []
    MigrationRecorder(connection).record_applied(app, name)
    assert Schema().unknown() == ([] if is_known else [f"{app}.{name}"])


def plan_of(*operations: Operation, backwards: bool = False) -> list[tuple[Migration, bool]]:
    made = type("Made", (Migration,), {"operations": operations})
    return [(made("0001", "workflows"), backwards)]


def test_only_what_may_change_rows_asks_for_a_copy() -> None:
    index = migrations.AddIndex("task", models.Index(fields=["name"], name="n"))
    column = migrations.AddField("task", "x", models.TextField(default=""))
    assert not Schema.changes_rows([])
    assert not Schema.changes_rows(plan_of(index))
    assert Schema.changes_rows(plan_of(index, column))
    assert Schema.changes_rows(plan_of(migrations.RunSQL("SELECT 1")))
    assert Schema.changes_rows(plan_of(index, backwards=True))

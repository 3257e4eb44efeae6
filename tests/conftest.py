"""A real PostgreSQL for each process of a run, and a fake Zuora over real HTTP for each test."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from pytest_django import DjangoDbBlocker

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation

from tests.quick_postgres import without_fsync
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant, serve
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.zuora.client import RetryPolicy

NO_WAIT = RetryPolicy(first_wait=0, longest_backoff=0, jitter=0, longest_wait=2)
MOST_PROCESSES = 8
ENGINE_TABLES = (
    "procrastinate_periodic_defers",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_workers",
)
# What migrating fills, each table behind those that it refers to.
FILLED_TABLES = (
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)
ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as there are cores, since many tests wait for other processes. A few files are
    quicker in this process, where `-s` works, too.
    """
    if not any(Path(argument).is_dir() for argument in config.args):
        return 0
    return min(2 * (os.cpu_count() or 1), MOST_PROCESSES)


def pytest_collection_finish() -> None:
    """Garbage collections take a fifth of the time of a page. What is loaded by now stays, so they
    need not look through it again and again, and there is memory enough for fewer of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session")
def embedded_postgres() -> Iterator[None]:
    """The embedded server, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    home = Path(os.environ["ZWM_HOME"])
    server = EmbeddedPostgres(home)
    server.acquire()
    without_fsync(server.url)
    yield
    server.destroy()
    shutil.rmtree(home)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Emptying the database after a test takes longer than many a test, so it is done in another
    way: by one statement, since a small table is emptied much faster by DELETE than by TRUNCATE,
    and groups and permissions are copied from those of the first migration.
    """
    with (
        patch("django.core.management.commands.flush.emit_post_migrate_signal"),
        patch.object(DatabaseOperations, "sql_flush", return_value=["CALL filled.empty_tables()"]),
    ):
        yield


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Django keeps in memory the keys of content types, of rows too that a test has rolled back,
    and the language of the last request of this thread.
    """
    yield
    ContentType.objects.clear_cache()
    translation.deactivate()


def emptying(tables: list[str]) -> list[str]:
    """Statements that empty all tables, and copy what migrating has filled. The lock waits, as
    TRUNCATE does, for what threads are still writing.

    The engine's tables, too: Django's models of them are unmanaged, so it does not name them.
    """
    names = [*ENGINE_TABLES, *tables]
    return [
        f"LOCK TABLE {', '.join(names)}",
        # Its trigger refuses a DELETE.
        "ALTER TABLE audit_events DISABLE TRIGGER USER",
        *(f"DELETE FROM {name}" for name in names),  # noqa: S608 - our own tables
        "ALTER TABLE audit_events ENABLE TRIGGER USER",
        *(f"INSERT INTO {name} SELECT * FROM filled.{name}" for name in FILLED_TABLES),  # noqa: S608 - the same
    ]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    embedded_postgres: None, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Named as pytest-django wants it: the server runs before the test database is made."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Threads that a test has left behind may keep a connection, and with it the database."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA filled")
        for name in FILLED_TABLES:
            cursor.execute(f"CREATE TABLE filled.{name} AS TABLE {name}")
        tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        cursor.execute(
            f"CREATE PROCEDURE filled.empty_tables() LANGUAGE plpgsql"
            f" AS $$ BEGIN {'; '.join(emptying(tables))}; END $$"
        )
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    # After browser tests this is another connection than the one that drops the database.
    connection.close()


@pytest.fixture
def fake() -> FakeZuora:
    return FakeZuora()


@pytest.fixture
def server(fake: FakeZuora) -> Iterator[Server]:
    with serve(fake) as running:
        yield running


@pytest.fixture
def tenant(fake: FakeZuora) -> Tenant:
    return fake.add_tenant("rossi", dialect="newer")


@pytest.fixture
def customer(tenant: Tenant, server: Server, transactional_db: None) -> Customer:
    """A customer of `tenant`. Its database is real: commits, locks and connections count."""
    return Customer.objects.create(
        name="Rossi S.p.A.",
        zuora_base_url=server.base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )


@pytest.fixture
def service() -> WorkflowSyncService:
    """The engine, with retries that do not wait."""
    return WorkflowSyncService(client_opener=partial(open_client, retry=NO_WAIT))


@pytest.fixture
def make_customers(server: Server, transactional_db: None) -> Callable[[int], list[Customer]]:
    """Customers without a tenant, for what never comes to ask Zuora."""

    def make(number: int) -> list[Customer]:
        return Customer.objects.bulk_create(
            Customer(
                name=f"Cliente {place:03}",
                zuora_base_url=server.base_url,
                zuora_client_id=f"id-{place}",
                zuora_client_secret="very-secret",
            )
            for place in range(number)
        )

    return make

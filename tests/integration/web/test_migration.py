"""Migrating `user_access` keeps what everybody sees, in both directions."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("web", "0002_job_lists")], [("web", "0003_all_customers")]


@pytest.fixture
def migrate_to(transactional_db: None) -> Iterator[Any]:
    def migrate(targets: list[tuple[str, str]]) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate(targets)
        return MigrationExecutor(connection).loader.project_state(targets).apps

    yield migrate
    migrate(AFTER)


def test_everybody_sees_after_the_migration_what_was_seen_before(migrate_to: Any) -> None:
    apps = migrate_to(BEFORE)
    user, access = apps.get_model("auth", "User"), apps.get_model("web", "UserAccess")
    customer = apps.get_model("customers", "Customer").objects.create(name="Rossi")
    user.objects.create(username="without a row")
    for name, is_limited in (("limited", True), ("fails open", False)):
        row = access.objects.create(user=user.objects.create(username=name), is_limited=is_limited)
        row.customers.set([customer])

    rows = migrate_to(AFTER).get_model("web", "UserAccess").objects
    assert dict(rows.values_list("user__username", "all_customers")) == {
        "without a row": True,
        "limited": False,
        "fails open": True,
    }
    assert rows.filter(customers=customer.pk).count() == 2

    rows = migrate_to(BEFORE).get_model("web", "UserAccess").objects
    assert dict(rows.values_list("user__username", "is_limited")) == {
        "without a row": False,
        "limited": True,
        "fails open": False,
    }

"""Migrating `user_access` keeps what everybody sees and may change, in both directions."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("web", "0002_job_lists")], [("web", "0003_all_customers")]


@pytest.fixture
def migrate_to(transactional_db: None) -> Iterator[Any]:
    def migrate(targets: list[tuple[str, str | None]]) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate(targets)
        reached = [(app, name) for app, name in targets if name]
        return MigrationExecutor(connection).loader.project_state(reached).apps

    yield migrate
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


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


def test_user_access_moves_to_its_own_app_and_back_with_rows_and_permissions(
    migrate_to: Any,
) -> None:
    permission = Permission.objects.get(codename="change_useraccess")
    assert permission.content_type.app_label == "access"

    apps = migrate_to([("access", None), ("web", "0004_plain_words")])
    user = apps.get_model("auth", "User").objects.create(username="limited")
    row = apps.get_model("web", "UserAccess").objects.create(user=user, language="it")
    row.customers.set([apps.get_model("customers", "Customer").objects.create(name="Rossi")])
    group = Group.objects.create(name="a group of somebody")
    group.permissions.add(permission)
    assert holders("web") == {"a group of somebody", "Administrators"}

    apps = migrate_to([("access", "0001_user_access"), ("web", "0005_user_access_moves")])
    [moved] = apps.get_model("access", "UserAccess").objects.all()
    assert (moved.pk, moved.language, moved.customers.get().name) == (row.pk, "it", "Rossi")
    assert holders("access") == {"a group of somebody", "Administrators"}
    assert holders("web") == set()

    apps = migrate_to([("access", None), ("web", "0004_plain_words")])
    [back] = apps.get_model("web", "UserAccess").objects.all()
    assert (back.pk, back.customers.get().name) == (row.pk, "Rossi")
    assert holders("web") == {"a group of somebody", "Administrators"}


def holders(app: str) -> set[str]:
    """The groups that may change what users see, where the app owns that permission."""
    found = Group.objects.filter(
        permissions__codename="change_useraccess", permissions__content_type__app_label=app
    )
    return {group.name for group in found}

"""`zwm history` and `zwm changes list`, as processes against the shared mirror."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.processes import Mirror
from workflow_mirror.cli.changes import Kind
from workflow_mirror.fake_zuora import Server, Tenant
from workflow_mirror.history.models import WorkflowChange


@pytest.fixture
def tenant(mirror: Mirror, zuora_server: Server, add_tenant: Callable[..., Tenant]) -> Tenant:
    """Synced twice: an SQL condition and a name changed in between."""
    tenant = add_tenant(2)
    tenant.options.dialect = "newer"
    mirror.add_customer(tenant, zuora_server.base_url)
    mirror.run("sync-workflows", "--customer", tenant.name, "--sync")
    key = min(tenant.definitions)
    task = tenant.export(key)["tasks"][0]
    tenant.edit_task(key, task["id"], changes={"parameters": {"where_clause": "a = 'new'"}})
    tenant.set_row(max(tenant.definitions), {"timezone": "Rome\x1b[31m"})
    mirror.run("sync-workflows", "--customer", tenant.name, "--sync")
    return tenant


def changes(mirror: Mirror, *arguments: str) -> Any:
    return mirror.json("changes", "list", *arguments)["changes"]


def test_all_changes_are_listed_newest_first_with_who_made_them(
    mirror: Mirror, tenant: Tenant
) -> None:
    found = changes(mirror, "--customer", tenant.name)

    kinds = [change["kind"] for change in found]
    assert sorted(kinds[:2]) == ["content", "settings"]
    assert kinds[2:] == ["created", "created"]
    [content] = [change for change in found if change["kind"] == "content"]
    assert content["text"] == "1 task edited"
    assert content["before"]["hash"] != content["after"]["hash"]
    assert set(content) == {
        "id", "customer", "workflow_id", "workflow_zuora_id", "workflow", "seen_at", "kind",
        "text", "fields", "before", "after", "changed_by", "changed_at", "job_id",
    }  # fmt: skip


def test_the_history_of_a_workflow_is_its_own_alone(mirror: Mirror, tenant: Tenant) -> None:
    [content] = changes(mirror, "--customer", tenant.name, "--kind", "content")

    found = mirror.json("history", str(content["workflow_id"]))["changes"]

    assert [change["kind"] for change in found] == ["content", "created"]


def test_kinds_and_periods_narrow_the_list_and_pages_continue_it(
    mirror: Mirror, tenant: Tenant
) -> None:
    mine = ("--customer", tenant.name)
    assert len(changes(mirror, *mine, "--kind", "created", "--since", "1h")) == 2
    assert changes(mirror, *mine, "--since", "2999-01-01") == []
    page = mirror.json("changes", "list", *mine, "--limit", "3")
    rest = mirror.json("changes", "list", *mine, "--after", str(page["next"]))
    assert (len(page["changes"]), len(rest["changes"]), rest["next"]) == (3, 1, None)


def test_people_read_a_table_in_which_no_name_moves_the_cursor(
    mirror: Mirror, tenant: Tenant
) -> None:
    told = mirror.run("changes", "list", "--customer", tenant.name).out

    assert "1 task edited" in told
    assert "Settings changed: time zone" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("history", "999999999"), "999999999"),
        (("changes", "list", "--since", "yesterday"), "neither a date"),
        (("changes", "list", "--since", "99999999999d"), "neither a date"),
        (("changes", "list", "--kind", "odd"), "created"),
        (("changes", "list", "--after", "999999999"), "999999999"),
        (("changes", "list", "--customer", "nobody at all"), "nobody at all"),
    ],
)
def test_wrong_input_is_one_line(mirror: Mirror, arguments: tuple[str, ...], said: str) -> None:
    told = mirror.finish(mirror.start(*arguments), code=None)

    assert told.code in {1, 2}
    assert said in told.err
    assert "Traceback" not in told.err


def test_the_command_knows_all_kinds() -> None:
    assert [kind.value for kind in Kind] == WorkflowChange.Kind.values

"""`zwm audit list`, and secrets that the tables of the command line must not print."""

import getpass
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.processes import Mirror
from workflow_mirror.fake_zuora import Tenant

SECRET = "hush77Hush"


@pytest.fixture
def tenant(mirror: Mirror, customer: Callable[..., Tenant]) -> Tenant:
    """A workflow with a secret in its name, description, parameters and the name of a task."""
    tenant = customer(0)
    planted = f"Calls password={SECRET} the ERP"
    workflow = tenant.add_workflow(planted, tasks=2, description=planted)
    tenant.edit_task(
        workflow.id, changes={"name": planted, "parameters": {"authorization": {"key": SECRET}}}
    )
    mirror.run("sync-workflows", "--customer", tenant.name, "--sync")
    return tenant


def test_tables_do_not_print_secrets_and_exports_are_exact(
    mirror: Mirror, tenant: Tenant, tmp_path: Path
) -> None:
    [row] = mirror.json("workflows", "list", "--customer", tenant.name)["workflows"]
    pk = str(row["id"])
    done = mirror.run_all(
        ["workflows", "list", "--customer", tenant.name],
        ["workflows", "show", pk],
        ["changes", "list", "--customer", tenant.name],
        ["history", pk],
        ["search", "the ERP", "--customer", tenant.name],
    )
    assert [one.out.count(SECRET) + one.err.count(SECRET) for one in done] == [0] * 5
    assert all("[secret]" in one.out for one in done[:3])
    assert SECRET in mirror.run("workflows", "export", pk).out


def test_commands_are_recorded_as_those_of_the_operating_systems_user(
    mirror: Mirror, tenant: Tenant, tmp_path: Path
) -> None:
    mirror.run("customers", "check", tenant.name)
    mirror.run(
        "workflows", "export", "--customer", tenant.name, "--output", str(tmp_path / "x.zip")
    )

    events = mirror.json("audit", "list", "--since", "1h", "--actor", f"cli:{getpass.getuser()}")

    mine = [one for one in events["events"] if tenant.name in str(one)]
    assert [one["action"] for one in mine] == [
        "exports_downloaded", "credentials_checked", "sync_requested",
    ]  # fmt: skip
    assert set(mine[0]) == {
        "id", "at", "actor", "address", "action", "target", "customer_id", "outcome", "details",
    }  # fmt: skip
    assert SECRET not in str(events)
    assert tenant.client_secret not in str(events)
    table = mirror.run("audit", "list", "--action", "sync_requested", "--limit", "1").out
    assert table.splitlines()[0].split() == ["TIME", "WHO", "FROM", "ACTION", "TARGET", "OUTCOME"]


def test_an_unknown_action_is_refused_with_the_known_ones(mirror: Mirror) -> None:
    said = mirror.refused("audit", "list", "--action", "nonsense", code=2)
    assert "secrets_revealed" in said

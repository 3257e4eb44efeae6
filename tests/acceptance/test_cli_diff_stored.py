"""`zwm diff` of stored versions: named by ID, version number, hash, draft, or customer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Mirror
from workflow_mirror.fake_zuora import Tenant

STORE = """
INSERT INTO workflow_exports (customer_id, workflow_id, workflow_zuora_id, content_hash,
    zuora_version, zuora_version_id, document, first_seen_at, last_seen_at)
SELECT customer_id, id, zuora_id, %s, %s, '', jsonb_set(json_export, '{workflow,description}',
    to_jsonb(%s::text)), %s::timestamptz, %s::timestamptz
FROM workflows WHERE id = %s RETURNING id
"""
EARLIER, LATER, DRAFT, OLDER_DRAFT = "aaaaaa1", "aaaaaa2", "bbbbbb1", "cccccc1"


@pytest.fixture
def tenant(mirror: Mirror, customer: Callable[..., Tenant]) -> Tenant:
    """One workflow of version 0.0.1, mirrored."""
    tenant = customer(0)
    tenant.add_workflow("Dunning", tasks=3)
    mirror.sync(tenant.name)
    return tenant


@pytest.fixture
def workflow(mirror: Mirror, tenant: Tenant) -> str:
    """Its ID. Four more contents are stored: two of one earlier version, and two above."""
    [listed] = mirror.json("workflows", "list", "--customer", tenant.name)["workflows"]
    mirror.ask(
        "UPDATE workflows SET version = '0.0.9', draft_version = '0.0.10', draft_hash = %s"
        " WHERE id = %s RETURNING id",
        DRAFT.ljust(64, "0"),
        listed["id"],
    )
    for hash_, version, day in (
        (EARLIER, "0.0.2", "2020-01-01"),
        (LATER, "0.0.2", "2020-01-02"),
        (DRAFT, "0.0.10", "2020-01-03"),
        (OLDER_DRAFT, "0.0.10", "2019-01-01"),
    ):
        values = hash_.ljust(64, "0"), version, f"as {hash_}", day, day, listed["id"]
        mirror.ask(STORE, *values)
    return str(listed["id"])


def described(mirror: Mirror, name: str, workflow: str, code: int = 1) -> Any:
    """What the description of the named version is, seen from the last export."""
    document = mirror.json("diff", workflow, name, code=code)
    return [one["after"] for one in document["workflow"] if one["path"] == "description"]


def test_a_version_is_named_by_number_hash_or_draft(mirror: Mirror, workflow: str) -> None:
    for version, found in {
        "0.0.2": LATER,
        "aaaaaa1": EARLIER,
        "AAAAAA2": LATER,
        "draft": DRAFT,
    }.items():
        assert described(mirror, f"{workflow}@{version}", workflow) == [f"as {found}"]
    assert mirror.run("diff", workflow, workflow).out == "No differences\n"


def test_a_customer_and_a_zuora_id_name_a_workflow(
    mirror: Mirror, tenant: Tenant, workflow: str, tmp_path: Path
) -> None:
    zuora_id = mirror.ask("SELECT zuora_id FROM workflows WHERE id = %s", int(workflow))
    colons = "a: b@c:"
    mirror.ask("UPDATE customers SET name = %s WHERE name = %s RETURNING id", colons, tenant.name)

    file = tmp_path / "export.json"
    file.write_text(mirror.run("workflows", "export", workflow).out)
    assert described(mirror, f"{colons}:{zuora_id}@draft", str(file)) == [f"as {DRAFT}"]
    assert mirror.run("diff", f"{colons}:{zuora_id}", str(file)).code == 0
    assert "has no workflow with the Zuora ID 0" in mirror.refused(
        "diff", f"{colons}:0", str(file), code=2
    )
    assert "There is no customer 'nobody'" in mirror.refused("diff", "nobody:1", "1", code=2)


def test_a_version_that_is_not_stored_lists_those_that_are(mirror: Mirror, workflow: str) -> None:
    said = mirror.refused("diff", workflow, f"{workflow}@7.7", code=2)

    assert said.startswith(f"Workflow {workflow} has no version 7.7; stored versions: ")
    assert "0.0.10 (bbbbbb100000), 0.0.2 (aaaaaa200000), 0.0.2 (aaaaaa100000)" in said
    assert "Several versions" in mirror.refused("diff", workflow, f"{workflow}@aaaaaa", code=2)
    assert f"{workflow}@ is neither" in mirror.refused("diff", workflow, f"{workflow}@", code=2)
    assert "no version aaaaa;" in mirror.refused("diff", f"{workflow}@aaaaa", workflow, code=2)
    assert "There is no workflow 0 " in mirror.refused("diff", workflow, "0", code=2)
    huge = "9" * 18
    assert f"There is no workflow {huge} " in mirror.refused("diff", workflow, huge, code=2)


def test_a_file_wins_over_a_version_of_the_same_name(
    mirror: Mirror, workflow: str, tmp_path: Path
) -> None:
    (tmp_path / workflow).write_text('{"tasks": []}')

    done = mirror.run("diff", workflow, f"{workflow}@0.0.2", "--json", code=1, cwd=tmp_path)

    assert done.json["summary"]["tasks"]["added"] == 3


def test_a_workflow_without_an_export_says_so(mirror: Mirror, workflow: str) -> None:
    mirror.ask("UPDATE workflows SET json_export = NULL WHERE id = %s RETURNING id", int(workflow))

    said = mirror.refused("diff", workflow, f"{workflow}@draft", code=2)

    assert said == f"No export of workflow {workflow} has ever succeeded"

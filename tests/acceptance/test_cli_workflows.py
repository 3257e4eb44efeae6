"""zwm workflows: the mirror is read, and nothing in it can trick a terminal."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.processes import Mirror, terminal
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

type AddCustomer = Callable[..., Tenant]

WORKFLOW_KEYS = {
    "id", "customer", "zuora_id", "name", "description", "state", "version", "type", "priority",
    "draft_version", "callout_trigger", "ondemand_trigger", "scheduled_trigger", "interval",
    "timezone", "tasks", "created_on", "updated_on", "last_synced_at", "exported_at",
    "export_error", "oddities", "deleted_at",
}  # fmt: skip
TASK_KEYS = {
    "zuora_id", "name", "action_type", "task_type", "object", "object_id", "call_type", "priority",
}  # fmt: skip
EVIL = "\x1b]0;owned\x07\x9b31m[red]Dunning[/red]\u202e\n\\"
SHOWN = r"\x1b]0;owned\x07\x9b31m[red]Dunning[/red]\u202e\n" + "\\"


@pytest.fixture
def tenant(mirror: Mirror, customer: AddCustomer) -> Tenant:
    """Three workflows, mirrored: Dunning (inactive), Invoices, and one that is deleted in Zuora."""
    tenant = customer(0)
    tenant.add_workflow("Dunning", tasks=2, status="Inactive", description="Reminds of Invoices")
    tenant.add_workflow("Invoices", tasks=3, description="Posts them")
    vanishing = tenant.add_workflow("Old", tasks=1, description="Gone soon")
    mirror.sync(tenant.name)
    tenant.delete(vanishing.id)
    mirror.sync(tenant.name)
    return tenant


def test_list_filters_show_and_export(mirror: Mirror, tenant: Tenant, tmp_path: Path) -> None:
    command = ["workflows", "list", "--json", "--customer", tenant.name]
    everything = mirror.run(*command).json["workflows"]
    assert [one["name"] for one in everything] == ["Dunning", "Invoices", "Old"]
    assert all(set(one) == WORKFLOW_KEYS for one in everything)
    assert [one["tasks"] for one in everything] == [2, 3, 1]
    assert [bool(one["deleted_at"]) for one in everything] == [False, False, True]
    filtered = mirror.run_all(
        [*command, "--state", "inactive"],
        [*command, "--search", "INVOICES"],
        [*command, "--search", everything[1]["zuora_id"], "--state", "Active"],
    )
    assert [[one["name"] for one in done.json["workflows"]] for done in filtered] == [
        ["Dunning"],
        ["Dunning", "Invoices"],
        ["Invoices"],
    ]

    some, lines, none = mirror.run_all(
        [*command, "--limit", "2"],
        ["workflows", "list", "--jsonl", "--customer", tenant.name],
        ["workflows", "list", "--jsonl", "--search", "no such workflow"],
    )
    assert some.json["workflows"] == everything[:2]
    assert [json.loads(line) for line in lines.out.splitlines()] == everything
    assert none.out == ""

    invoices = everything[1]
    identity = str(invoices["id"])
    file = tmp_path / "invoices.json"
    file.write_text("older")
    showing, printed, written = mirror.run_all(
        ["workflows", "show", identity, "--json"],
        ["workflows", "export", identity],
        ["workflows", "export", identity, "--output", str(file)],
    )
    shown = showing.json
    assert [set(task) for task in shown.pop("tasks")] == [TASK_KEYS] * 3
    assert shown == {key: value for key, value in invoices.items() if key != "tasks"}
    stored = tenant.export(int(invoices["zuora_id"]))
    assert printed.json == stored
    assert json.loads(file.read_text()) == stored
    assert (written.out, written.err) == ("", f"Written to {file}\n")
    assert list(tmp_path.iterdir()) == [file]


def test_people_read_a_table(mirror: Mirror, tenant: Tenant) -> None:
    heading, *rows = mirror.run("workflows", "list", "--customer", tenant.name).out.splitlines()
    assert heading.split() == [
        "ID", "CUSTOMER", "ZUORA", "ID", "NAME", "STATE", "VERSION", "TASKS", "SYNCED", "NOTE",
    ]  # fmt: skip
    assert [row.split(tenant.name)[1].split()[1] for row in rows] == ["Dunning", "Invoices", "Old"]
    assert " deleted 20" in rows[2]
    shown = mirror.run("workflows", "show", rows[0].split()[0]).out
    assert f"customer           {tenant.name}\n" in shown
    assert "\nTASK  NAME " in shown
    nothing = mirror.run("workflows", "list", "--search", "no such workflow")
    assert (nothing.out, nothing.err) == ("", "No workflows found\n")


def test_a_draft_is_noted_in_the_table_and_shown(mirror: Mirror, customer: AddCustomer) -> None:
    tenant = customer(0)
    drafted = tenant.add_workflow("Dunning", tasks=1)
    tenant.add_workflow("Invoices", tasks=1)
    tenant.add_version(drafted.id, activate=False, number="0.0.2")
    mirror.sync(tenant.name)

    rows = mirror.run("workflows", "list", "--customer", tenant.name).out.splitlines()[1:]

    assert ["draft 0.0.2" in row for row in rows] == [True, False]
    shown = mirror.run("workflows", "show", rows[0].split()[0]).out
    assert f"{'draft version':<18} 0.0.2\n" in shown


def test_what_is_not_there_is_told(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer, tmp_path: Path
) -> None:
    assert mirror.refused("workflows", "show", "0") == (
        "There is no workflow 0 in the mirror; see zwm workflows list"
    )
    assert "There is no workflow 0 " in mirror.run("workflows", "export", "0", code=1).complaint
    tenant = customer(1)
    zuora.fail("not_found", on="export", tenant=tenant, times=None)
    mirror.sync(tenant.name, code=3)
    [listed] = mirror.json("workflows", "list", "--customer", tenant.name)["workflows"]
    unexported = mirror.run("workflows", "export", str(listed["id"]), code=1)
    assert unexported.complaint == f"zwm: No export of workflow {listed['id']} has ever succeeded"
    zuora.clear_faults()
    mirror.sync(tenant.name)
    nowhere = tmp_path / "missing" / "export.json"
    refused = mirror.run("workflows", "export", str(listed["id"]), "--output", str(nowhere), code=1)
    assert refused.complaint == f"zwm: {nowhere} cannot be written: No such file or directory"


def test_names_from_zuora_are_shown_and_never_interpreted(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(0)
    workflow = tenant.add_workflow(EVIL, tasks=1, description=EVIL)
    tenant.edit_task(workflow.id, changes={"name": EVIL})
    mirror.sync(tenant.name)
    reason = {"message": EVIL}
    zuora.fail("json_value", on="export", tenant=tenant, times=None, value=reason, status=400)
    outputs = [mirror.run("sync-workflows", "--customer", tenant.name, "--sync", "--full", code=3)]
    outputs += [mirror.run("workflows", "list", "--customer", tenant.name)]
    identity = outputs[-1].out.splitlines()[1].split()[0]
    outputs += mirror.run_all(
        ["workflows", "show", identity],
        ["workflows", "show", identity, "--json"],
        ["workflows", "export", identity],
    )
    for done in outputs:
        assert all(c.isprintable() or c == "\n" for c in done.out + done.err)
    assert SHOWN in outputs[1].out
    assert outputs[2].out.count(SHOWN) == 3
    assert outputs[3].json["name"] == EVIL
    assert outputs[4].json == tenant.export(workflow.id)


def test_a_customer_named_in_markup_is_shown_as_it_is_beside_the_bar(
    mirror: Mirror, add_tenant: AddCustomer, zuora_server: Server
) -> None:
    name = mirror.add_customer(add_tenant(2), zuora_server.base_url, "[red]Ros\x1bsi[/red]")
    with terminal(mirror, "sync-workflows", "--sync", "--customer", name) as shown:
        text = shown.finish()
    assert r"[red]Ros\x1bsi[/red]" in text


def test_a_reader_that_goes_away_ends_the_command_quietly(
    mirror: Mirror, customer: AddCustomer
) -> None:
    mirror.sync(customer(150, 1).name)
    process = mirror.start("workflows", "list", "--json")
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    mirror.finish(process, code=1)


def test_closed_and_full_streams_are_no_bug(mirror: Mirror) -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closed below
    for command in (["list"], ["list", "--json"]):
        done = mirror.run("customers", *command, stdout=full, code=1)
        assert done.err == "zwm: Input or output failed: No space left on device\n"
    full.close()
    script = '"$0" -m workflow_mirror customers list --json <&- {}'
    for closed in (">&-", "2>&-"):
        ended = shell(mirror, script.format(closed))
        assert (ended.returncode, ended.stderr) == (0, "")
    assert "customers" in json.loads(ended.stdout)


def test_a_shell_completes_the_names_of_customers_and_schedules(
    mirror: Mirror, tenant: Tenant
) -> None:
    def completed(shell: str, *words: str) -> str:
        typed = {"_ZWM_COMPLETE": f"complete_{shell}"}
        typed |= {"COMP_WORDS": " ".join(["zwm", *words]), "COMP_CWORD": str(len(words))}
        return mirror.run(environ=typed | {"_TYPER_COMPLETE_ARGS": typed["COMP_WORDS"]}).out

    begun = tenant.name[:10]
    for command in (
        ["customers", "check"],
        ["sync-workflows", "--customer"],
        ["workflows", "list", "--customer"],
        ["schedule", "add", "new", "--customer"],
    ):
        assert tenant.name.replace(" ", r"\ ") in completed("bash", *command, begun).splitlines()
    assert tenant.name in completed("zsh", "customers", "check", begun)
    assert completed("bash", "schedule", "enable", "sync-c").strip() == "sync-customer-workflows"
    assert completed("bash", "customers", "check", "no such").strip() == ""


def shell(mirror: Mirror, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        env=mirror.environ_of(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_terminal_that_knows_only_ascii_gets_ascii(mirror: Mirror, customer: AddCustomer) -> None:
    tenant = customer(0)
    tenant.add_workflow("Übersicht – 請求書", tasks=1)
    mirror.sync(tenant.name)
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    listed = mirror.run("workflows", "list", "--customer", tenant.name, environ=plain)
    assert r"\xdcbersicht \u2013 \u8acb\u6c42\u66f8" in listed.out
    [found] = mirror.json("workflows", "list", "--customer", tenant.name, environ=plain)[
        "workflows"
    ]
    assert found["name"] == "Übersicht – 請求書"
    assert "Übersicht" in mirror.run("workflows", "list", environ={"LC_ALL": "C"}).out
    assert mirror.run("--help", environ=plain).out.isascii()

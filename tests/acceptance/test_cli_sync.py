"""zwm sync-workflows and sync-tasks, with real processes and a real fake Zuora."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.processes import Mirror, end, eventually, interrupt, terminal
from workflow_mirror.fake_zuora import FakeZuora, Fault, Server, Tenant

STATS = {
    "created", "updated", "deleted", "total", "errors", "failed", "unchanged", "restored",
    "exported", "requests", "seconds",
}  # fmt: skip
type AddCustomer = Callable[..., Tenant]


def numbers(result: dict[str, dict[str, float]]) -> dict[str, float]:
    """The stats that are not zero, but for those that depend on the way."""
    stats = result["stats"].items()
    return {k: v for k, v in stats if v and k not in {"requests", "seconds", "exported", "errors"}}


@pytest.fixture(scope="module", autouse=True)
def unreachable(mirror: Mirror, zuora_server: Server) -> Iterator[tuple[str, Any]]:
    """A sync that waits between its tries, meanwhile; only the last test asks how it went."""
    tenant = zuora_server.fake.add_tenant("unreachable")
    tenant.generate(2)
    mirror.add_customer(tenant, zuora_server.base_url)
    mirror.sync(tenant.name)
    mirror.ask(
        "UPDATE customers SET zuora_base_url = 'http://127.0.0.1:9' WHERE name = %s RETURNING 1",
        tenant.name,
    )
    process = mirror.start("sync-workflows", "--sync", "--json", "--customer", tenant.name)
    yield tenant.name, process
    end(process)


def test_first_sync_change_second_sync_and_nothing_new(
    mirror: Mirror, customer: AddCustomer
) -> None:
    tenant = customer(6)
    first = mirror.sync(tenant.name)
    assert set(first) == {"customer", "status", "stats", "error"}
    assert set(first["stats"]) == STATS
    assert (first["customer"], first["status"], first["error"]) == (tenant.name, "succeeded", None)
    assert numbers(first) == {"created": 6, "total": 6}

    ids = list(tenant.definitions)
    tenant.rename(ids[0], "Renamed")
    tenant.delete(ids[1])
    tenant.add_workflow("New")
    second = mirror.sync(tenant.name)
    assert numbers(second) == {
        "created": 1, "updated": 1, "deleted": 1, "unchanged": 4, "total": 7,
    }  # fmt: skip

    third = mirror.sync(tenant.name)
    assert numbers(third) == {"unchanged": 6, "total": 6}
    assert third["stats"]["requests"] == 1

    full = mirror.sync(tenant.name, "--full")
    assert full["stats"]["exported"] == 6
    assert mirror.half_written() == 0


def test_people_get_a_table_and_the_log_on_standard_error(
    mirror: Mirror, customer: AddCustomer
) -> None:
    tenant = customer(2)
    done = mirror.run("sync-workflows", "--customer", tenant.name, "--sync")
    heading, row = done.out.splitlines()
    assert heading.split() == [
        "CUSTOMER", "STATUS", "CREATED", "UPDATED", "DELETED", "TOTAL", "FAILED", "UNCHANGED",
        "RESTORED", "EXPORTED", "REQUESTS", "SECONDS",
    ]  # fmt: skip
    assert row.startswith(f"{tenant.name}  succeeded  2 ")
    assert "[info     ] Workflow sync completed " in done.err


def test_failing_exports_are_completed_with_errors(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(4)
    broken = next(iter(tenant.definitions))
    zuora.fail("not_found", on="export", tenant=tenant, workflow_id=broken, times=None)
    result = mirror.sync(tenant.name, code=3)
    assert (result["status"], result["error"]) == ("completed_with_errors", None)
    assert numbers(result) == {"created": 3, "failed": 1, "total": 4}
    [failure] = result["stats"]["errors"]
    assert (failure["zuora_id"], failure["code"]) == (str(broken), "not_found")

    done = mirror.run("sync-workflows", "--customer", tenant.name, "--sync", code=3)
    assert "completed with errors" in done.out
    assert "[warning  ] Failed to download workflow JSON " in done.err
    assert f"workflow_zuora_id='{broken}'" in done.err
    listed = mirror.json("workflows", "list", "--customer", tenant.name)["workflows"]
    assert [bool(one["export_error"]) for one in listed].count(True) == 1

    zuora.clear_faults()
    assert numbers(mirror.sync(tenant.name))["unchanged"] == 3


def test_refused_credentials_fail_the_sync_and_the_next_customer_gets_its_turn(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    refused, fine = customer(2), customer(2)
    zuora.fail("bad_credentials", tenant=refused, times=None)
    done = mirror.run(
        "sync-workflows", "--sync", "--json", "--customer", refused.name, "--customer", fine.name,
        code=1,
    )  # fmt: skip
    failed, succeeded = sorted(done.json["results"], key=lambda one: str(one["status"]))
    assert (failed["customer"], failed["status"]) == (refused.name, "failed")
    assert failed["error"].startswith("Invalid credentials (get token): HTTP 401")
    assert (succeeded["customer"], succeeded["status"]) == (fine.name, "succeeded")
    assert "[error    ] Cannot sync workflows: Invalid credentials " in done.err
    assert "[error    ] Workflow sync failed " in done.err

    zuora.clear_faults()
    attention = {
        one["name"]: one["needs_attention"] for one in mirror.json("customers", "list")["customers"]
    }
    assert attention[refused.name].startswith("Invalid credentials")
    assert attention[fine.name] is None
    mirror.sync(refused.name)


def test_logs_can_be_json_lines(mirror: Mirror, zuora: FakeZuora, customer: AddCustomer) -> None:
    tenant = customer(2)
    broken = next(iter(tenant.definitions))
    zuora.fail("not_found", on="export", tenant=tenant, workflow_id=broken, times=None)
    as_json = {"ZWM_LOG_FORMAT": "json"}
    done = mirror.run(
        "sync-workflows", "--customer", tenant.name, "--sync", code=3, environ=as_json
    )
    start, warning, info, end = (json.loads(line) for line in done.err.splitlines())
    assert (warning["event"], warning["level"]) == ("Failed to download workflow JSON", "warning")
    assert warning["workflow_zuora_id"] == str(broken)
    assert (info["event"], info["level"]) == ("Workflow sync completed", "info")
    assert set(info["stats"]) == STATS
    assert info["customer_id"] == warning["customer_id"]
    assert (start["event"], end["event"]) == ("Job started", "Job ended")
    assert end["status"] == "completed_with_errors"
    assert {one["customer"] for one in (start, warning, info, end)} == {tenant.name}


def test_a_forbidden_url_that_is_stored_already_is_not_called(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(1)
    result = mirror.sync(tenant.name, code=1, environ={"ZWM_ZUORA_ALLOW_LOCAL": "0"})
    assert "127.0.0.1 is a private or loopback address" in result["error"]
    assert zuora.requests.of("list", tenant.name) == []


def test_sync_tasks_brings_the_tasks_back_without_a_call_to_zuora(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(3)
    mirror.sync(tenant.name)
    listed = mirror.json("workflows", "list", "--customer", tenant.name)["workflows"]
    first = listed[0]["id"]
    mirror.ask("DELETE FROM tasks WHERE workflow_id = %s RETURNING 1", first)
    zuora.requests.clear()
    done = mirror.json("sync-tasks", "--workflow-id", str(first))
    assert done == {"workflows": 1, "written": 4, "deleted": 0, "total": 4}
    assert mirror.run("sync-tasks", "--all").out.endswith(" tasks, 0 written, 0 deleted\n")
    assert mirror.half_written() == 0
    assert len(zuora.requests) == 0
    assert "There is no workflow 0 " in mirror.refused("sync-tasks", "--workflow-id", "0")


def test_only_one_sync_of_a_customer_at_a_time(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(8)
    fault = zuora.fail("slow", on="export", tenant=tenant, times=None, seconds=20)
    running = start_sync(mirror, tenant, fault)
    second = mirror.sync(tenant.name, code=1)
    assert second["error"] == f"A sync of {tenant.name} is running already"
    interrupt(running)
    mirror.finish(running, code=130)


def start_sync(mirror: Mirror, tenant: Tenant, fault: Fault) -> Any:
    """A sync that is in the middle: some workflows are stored, some exports not answered."""
    running = mirror.start("sync-workflows", "--customer", tenant.name, "--sync")
    eventually(lambda: fault.used or running.poll() is not None)
    assert running.poll() is None, running.communicate()
    return running


def slow_after(zuora: FakeZuora, tenant: Tenant, exports: int) -> Fault:
    return zuora.fail("slow", on="export", tenant=tenant, times=None, after=exports, seconds=60)


def test_ctrl_c_ends_a_sync_at_once_even_while_zuora_is_slow(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(20)
    running = start_sync(mirror, tenant, slow_after(zuora, tenant, 10))
    eventually(lambda: mirror.mirrored(tenant.name) >= 5)
    assert interrupt(running) < 5
    done = mirror.finish(running, code=130)
    assert (done.out, done.complaint) == ("", "Stopped")
    assert 0 < mirror.mirrored(tenant.name) < 20
    assert mirror.half_written() == 0
    zuora.clear_faults()
    result = mirror.sync(tenant.name)
    assert result["stats"]["total"] == 20
    assert mirror.mirrored(tenant.name) == 20


def test_ctrl_c_works_while_the_token_or_the_list_is_waited_for(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(2)
    for operation in ("token", "list"):
        fault = zuora.fail("slow", on=operation, tenant=tenant, times=None, seconds=60)
        running = start_sync(mirror, tenant, fault)
        assert interrupt(running) < 5
        mirror.finish(running, code=130)
        zuora.clear_faults()
    mirror.sync(tenant.name)


def test_a_polite_signal_ends_a_sync_like_ctrl_c(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(4)
    running = start_sync(mirror, tenant, slow_after(zuora, tenant, 0))
    running.send_signal(signal.SIGTERM)
    mirror.finish(running, code=128 + signal.SIGTERM)


def test_after_a_kill_in_the_middle_the_next_sync_repairs(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(20)
    running = start_sync(mirror, tenant, slow_after(zuora, tenant, 10))
    running.kill()
    mirror.finish(running, code=-signal.SIGKILL)
    assert mirror.half_written() == 0
    zuora.clear_faults()
    mirror.sync(tenant.name)
    assert mirror.mirrored(tenant.name) == 20
    assert mirror.half_written() == 0


def test_a_terminal_shows_a_live_bar_and_no_log_that_only_repeats_it(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(12)
    zuora.fail("slow", on="export", tenant=tenant, times=None, seconds=0.2)
    with terminal(mirror, "sync-workflows", "--customer", tenant.name, "--sync") as shown:
        text = shown.finish()
    assert "\x1b[?25l" in text  # the cursor is hidden while the bar moves
    assert "12/12" in text
    assert "13 requests, 0 failed" in text or "14 requests, 0 failed" in text
    assert "Workflow sync completed" not in text


def test_ctrl_c_on_a_terminal_ends_the_bar_and_shows_the_cursor_again(
    mirror: Mirror, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(8)
    fault = slow_after(zuora, tenant, 4)
    with terminal(mirror, "sync-workflows", "--customer", tenant.name, "--sync") as shown:
        eventually(lambda: fault.used)
        shown.expect("\x1b[?25l")
        shown.type("\x03")
        text = shown.finish(code=130)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert text.endswith("Stopped\n")


def test_on_a_terminal_the_data_stays_alone_on_standard_output(
    mirror: Mirror, customer: AddCustomer
) -> None:
    tenant = customer(2)
    command = ["sync-workflows", "--customer", tenant.name, "--sync", "--json"]
    with terminal(mirror, *command, stdout=subprocess.PIPE) as shown:
        assert shown.process.stdout
        document = json.loads(shown.process.stdout.read())
        shown.finish()
    assert document["results"][0]["status"] == "succeeded"


def test_there_is_something_to_say_where_there_is_no_customer(
    mirror: Mirror, zuora_server: Server
) -> None:
    mirror.ask("UPDATE customers SET is_active = false RETURNING 1")
    try:
        said = mirror.refused("sync-workflows", "--all", "--sync")
        assert said == "There are no active customers: zwm customers add --help"
    finally:
        mirror.ask("UPDATE customers SET is_active = true RETURNING 1")


def test_a_zuora_that_cannot_be_reached_fails_the_sync_and_loses_nothing(
    mirror: Mirror, unreachable: tuple[str, Any]
) -> None:
    name, process = unreachable
    [result] = mirror.finish(process, code=1).json["results"]
    assert result["status"] == "failed"
    assert "Zuora did not answer" in result["error"]
    assert mirror.mirrored(name) == 2

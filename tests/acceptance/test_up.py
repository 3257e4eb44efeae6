"""zwm up: all parts as children, restarted when they die or hang, and none left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.processes import (
    ZWM,
    Mirror,
    end,
    eventually,
    free_port,
    processes_in,
    serves,
)
from tests.acceptance.queueing import QUICK
from workflow_mirror.fake_zuora import Server, Tenant

WORKERS = "SELECT array_agg(pid ORDER BY started_at) FROM job_workers"


@pytest.fixture
def up(own: Mirror) -> Iterator[Any]:
    """`zwm up` in a data directory of its own, with a worker at work."""
    process = own.start("up", "--port", "0", environ=QUICK)
    try:
        eventually(lambda: worker(own) is not None, seconds=60)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
            process.wait(30)
        end(process)
        eventually(lambda: not left_behind(own))


def worker(mirror: Mirror) -> int | None:
    """The process id of the one worker; None while there is none."""
    with suppress(psycopg.Error):
        pids = mirror.ask(WORKERS) or []
        return pids[-1] if len(pids) == 1 else None
    return None


def left_behind(mirror: Mirror) -> list[str]:
    return [command for command in processes_in(mirror.home) if "pytest" not in command]


def test_up_syncs_what_others_queue_and_ctrl_c_leaves_nothing_running(
    own: Mirror, up: Any, zuora_server: Server, add_tenant: Callable[..., Tenant]
) -> None:
    tenant = add_tenant(3)
    own.secrets.add(tenant.client_secret)
    own.run(
        "customers", "add", tenant.name, "--base-url", zuora_server.base_url,
        "--client-id", tenant.client_id, "--client-secret-stdin", input=tenant.client_secret,
    )  # fmt: skip
    eventually(lambda: own.mirrored(tenant.name) == 3)
    up.send_signal(signal.SIGINT)
    told = own.finish(up, code=None)
    assert told.code == 0, told
    assert "Worker stopped" in told.err
    assert not left_behind(own)


def test_a_worker_that_dies_is_started_again(own: Mirror, up: Any) -> None:
    killed = worker(own)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: worker(own) not in (None, killed), seconds=30)


def test_a_database_that_dies_is_started_again(own: Mirror, up: Any) -> None:
    postmaster = Path(own.ask("SHOW data_directory")) / "postmaster.pid"
    os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)

    def answers() -> bool:
        with suppress(psycopg.Error):
            return bool(own.ask("SELECT true"))
        return False

    eventually(lambda: not answers())
    eventually(answers, seconds=60)
    eventually(lambda: worker(own) is not None, seconds=30)


def test_its_children_end_when_it_is_killed(own: Mirror, up: Any) -> None:
    up.kill()
    up.wait()
    eventually(lambda: not left_behind(own), seconds=30)


def test_a_second_signal_does_not_wait_for_running_syncs(
    own: Mirror,
    up: Any,
    zuora_server: Server,
    add_tenant: Callable[..., Tenant],
) -> None:
    tenant = add_tenant(6)
    zuora_server.fake.fail("slow", on="export", tenant=tenant, times=None, seconds=60)
    own.environ["ZWM_ENCRYPTION_KEYS"] = (own.home / "encryption_keys").read_text().strip()
    own.add_customer(tenant, zuora_server.base_url)
    own.run("sync-workflows", "--all")
    eventually(lambda: own.ask("SELECT status FROM job_manager") == "running")
    began = time.monotonic()
    up.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert up.poll() is None
    up.send_signal(signal.SIGTERM)
    own.finish(up, code=None)
    assert time.monotonic() - began < 20


def test_the_first_run_makes_an_administrator_and_prints_a_link_once(fresh: Mirror) -> None:
    port = free_port()
    for links in (1, 0):
        running = fresh.start("up", "--port", str(port), environ=QUICK)
        eventually(lambda: serves(port) and worker(fresh) is not None, seconds=60)
        assert fresh.ask("SELECT array_agg(username) FROM auth_user") == ["admin"]
        running.send_signal(signal.SIGTERM)
        told = fresh.finish(running).err
        assert told.count(f"http://127.0.0.1:{port}/log-in/") == links
        assert f"The mirror is at http://127.0.0.1:{port}/" in told


# Hung children

SILENCE = 8
PATIENT = f"""
from workflow_mirror import supervisor
from workflow_mirror.cli import main
supervisor.LONGEST_SILENCE = {SILENCE}.0
main()
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def hasty(own: Mirror, port: int) -> Iterator[Any]:
    """`zwm up` that waits for its children for a few seconds only."""
    process = subprocess.Popen(
        [sys.executable, "-c", PATIENT, "up", "--port", str(port)],
        env=own.environ_of(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        eventually(lambda: serves(port) and worker(own) is not None)
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=60)
        end(process)
        eventually(lambda: not left_behind(own))


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_children_that_hang_are_replaced(own: Mirror, hasty: Any, port: int) -> None:
    hung = children(hasty.pid)
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    eventually(lambda: len(set(children(hasty.pid)) - set(hung)) == len(hung) == 2)
    eventually(lambda: serves(port))
    assert not set(children(hasty.pid)) & set(hung)


def test_nobody_is_killed_when_the_whole_machine_was_suspended(hasty: Any, port: int) -> None:
    running = children(hasty.pid)
    for pid in (hasty.pid, *running):
        os.kill(pid, signal.SIGSTOP)
    time.sleep(SILENCE + 2)
    for pid in (hasty.pid, *running):
        os.kill(pid, signal.SIGCONT)
        time.sleep(1)
    eventually(lambda: serves(port))
    assert children(hasty.pid) == running


FAILING = """
import os, signal, threading
from workflow_mirror.supervisor import Supervisor
calls = []
threading.Timer(3, os.kill, (os.getpid(), signal.SIGTERM)).start()
Supervisor(beside=lambda: bool(calls.append(1))).run()
print(len(calls))
"""


def test_a_database_that_does_not_start_is_tried_after_longer_and_longer_pauses() -> None:
    told = subprocess.run([sys.executable, "-c", FAILING], stdout=subprocess.PIPE, check=True)
    assert 1 <= int(told.stdout) <= 3  # at 0, 1 and 3 seconds


# As the first process of a container


def test_process_1_reaps_orphans_and_passes_signals_on(own: Mirror) -> None:
    namespace = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no process namespaces here")
    outside = subprocess.Popen(
        [*namespace, *ZWM, "up", "--port", "0"],
        env=own.environ_of(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        eventually(lambda: worker(own) is not None)
        [first] = children(outside.pid)
        inside = ["nsenter", "--target", str(first), "--pid", "sh", "-c", "sleep 5 & sleep 5 &"]
        subprocess.run(inside, check=True, stdout=subprocess.DEVNULL)
        eventually(lambda: names(children(first)).count("sleep") == 2)
        eventually(lambda: "sleep" not in names(children(first)))
        os.kill(first, signal.SIGTERM)
        told = own.finish(outside)
        assert "Worker stopped" in told.err
    finally:
        end(outside)


def names(pids: list[int]) -> list[str]:
    found = []
    for pid in pids:
        with suppress(OSError):
            found.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return found


# Exit codes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_commands_that_run_until_a_signal_end_well(
    mirror: Mirror, port: int, number: signal.Signals
) -> None:
    web = mirror.start("web", "--port", str(port))
    scheduler = mirror.start("schedule", "work")
    queue_worker = mirror.start("queue", "work")
    running = (web, scheduler, queue_worker)
    try:
        eventually(lambda: serves(port))
        for process, ready in ((scheduler, "Scheduler started"), (queue_worker, "Worker started")):
            said = ""
            while ready not in said:
                said = process.stderr.readline()
                assert said
        for process in running:
            process.send_signal(number)
        for process in running:
            told = mirror.finish(process, code=0)
            assert "Stopped" not in told.err.splitlines()
    finally:
        for process in running:
            end(process)

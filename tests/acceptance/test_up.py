"""zwm up: all parts as children, started again when they die, and none left behind."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from tests.acceptance.processes import Mirror, end, eventually, processes_in
from tests.acceptance.queueing import QUICK
from workflow_mirror.fake_zuora import Server, Tenant

WORKERS = "SELECT array_agg(pid ORDER BY started_at) FROM job_workers"


@pytest.fixture
def up(fresh: Mirror) -> Iterator[Any]:
    """`zwm up` in a data directory of its own, with a worker at work."""
    process = fresh.start("up", "--port", "0", environ=QUICK)
    try:
        eventually(lambda: worker(fresh) is not None, seconds=60)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
            process.wait(30)
        end(process)
        eventually(lambda: not left_behind(fresh))


def worker(mirror: Mirror) -> int | None:
    """The process id of the one worker; None while there is none."""
    with suppress(psycopg.Error):
        pids = mirror.ask(WORKERS) or []
        return pids[-1] if len(pids) == 1 else None
    return None


def left_behind(mirror: Mirror) -> list[str]:
    return [command for command in processes_in(mirror.home) if "pytest" not in command]


def test_up_syncs_what_others_queue_and_ctrl_c_leaves_nothing_running(
    fresh: Mirror, up: Any, zuora_server: Server, add_tenant: Callable[..., Tenant]
) -> None:
    tenant = add_tenant(3)
    fresh.secrets.add(tenant.client_secret)
    fresh.run(
        "customers", "add", tenant.name, "--base-url", zuora_server.base_url,
        "--client-id", tenant.client_id, "--client-secret-stdin", input=tenant.client_secret,
    )  # fmt: skip
    eventually(lambda: fresh.mirrored(tenant.name) == 3)
    up.send_signal(signal.SIGINT)
    told = fresh.finish(up, code=None)
    assert told.code == 0, told
    assert "Worker stopped" in told.err
    assert not left_behind(fresh)


def test_a_worker_that_dies_is_started_again(fresh: Mirror, up: Any) -> None:
    killed = worker(fresh)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: worker(fresh) not in (None, killed), seconds=30)


def test_a_database_that_dies_is_started_again(fresh: Mirror, up: Any) -> None:
    postmaster = Path(fresh.ask("SHOW data_directory")) / "postmaster.pid"
    os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)

    def answers() -> bool:
        with suppress(psycopg.Error):
            return bool(fresh.ask("SELECT true"))
        return False

    eventually(lambda: not answers())
    eventually(answers, seconds=60)
    eventually(lambda: worker(fresh) is not None, seconds=30)


def test_its_children_end_when_it_is_killed(fresh: Mirror, up: Any) -> None:
    up.kill()
    up.wait()
    eventually(lambda: not left_behind(fresh), seconds=30)


def test_a_second_signal_does_not_wait_for_running_syncs(
    fresh: Mirror,
    up: Any,
    zuora_server: Server,
    add_tenant: Callable[..., Tenant],
) -> None:
    tenant = add_tenant(6)
    zuora_server.fake.fail("slow", on="export", tenant=tenant, times=None, seconds=60)
    fresh.environ["ZWM_ENCRYPTION_KEYS"] = (fresh.home / "encryption_keys").read_text().strip()
    fresh.add_customer(tenant, zuora_server.base_url)
    fresh.run("sync-workflows", "--all")
    eventually(lambda: fresh.ask("SELECT status FROM job_manager") == "running")
    began = time.monotonic()
    up.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert up.poll() is None
    up.send_signal(signal.SIGTERM)
    fresh.finish(up, code=None)
    assert time.monotonic() - began < 20


def test_the_first_run_makes_an_administrator_and_tells_the_password_once(fresh: Mirror) -> None:
    port = free_port()
    for passwords in (1, 0):
        running = fresh.start("up", "--port", str(port), environ=QUICK)
        eventually(lambda: serves(port) and worker(fresh) is not None, seconds=60)
        assert fresh.ask("SELECT array_agg(username) FROM auth_user") == ["admin"]
        running.send_signal(signal.SIGTERM)
        told = fresh.finish(running).err
        assert told.count("Log in as admin with the password ") == passwords
        assert f"The mirror is at http://127.0.0.1:{port}/" in told


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def serves(port: int) -> bool:
    with suppress(OSError):
        return bool(urlopen(f"http://127.0.0.1:{port}/").status == 200)
    return False

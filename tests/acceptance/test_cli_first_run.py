"""zwm where nothing is yet, and where the disk, the keys or the database let it down."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.acceptance.conftest import KEY
from tests.acceptance.processes import (
    Mirror,
    end,
    eventually,
    free_port,
    interrupt,
    processes_in,
    serves,
)
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.embedded.location import Location
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

IS_ROOT = os.geteuid() == 0
TENANTS = [
    "Aurora Telecomunicazioni",
    "Brenta Energia",
    "Cadore Software",
    "Dolomia Assicurazioni Sandbox",
    "Dolomia Assicurazioni",
    "Dolomia Assicurazioni CH",
]
WORKFLOWS = [180, 90, 40, 25, 24, 22]
WITH_STORY = 3
REFUSED = TENANTS[2]
SANDBOX, PRODUCTION = TENANTS[3:5]
IN_USE = os.strerror(errno.EADDRINUSE)


def outcome(results: list[dict[str, Any]], key: str) -> list[tuple[str, int]]:
    return [(one["customer"], one["stats"][key]) for one in results]


def test_the_demo_syncs_once_and_finds_nothing_new_the_next_time(fresh: Mirror) -> None:
    first = fresh.json("demo", "--once")["results"]
    assert outcome(first, "created") == list(zip(TENANTS, WORKFLOWS, strict=True))
    assert {path.name for path in fresh.home.iterdir()} == {"demo"}
    assert processes_in(fresh.home) == []

    again = fresh.json("demo", "--once")["results"]
    assert outcome(again, "unchanged") == list(zip(TENANTS, WORKFLOWS, strict=True))


def test_the_demo_has_a_story_and_ctrl_c_leaves_nothing_running(fresh: Mirror) -> None:
    # On the second start the story is there already.
    for options, read_log_in in (([], read_text), (["--json"], read_json)):
        demo = fresh.start("demo", "--port", "0", *options)
        try:
            beside = Mirror(read_log_in(demo))
            assert beside.home == fresh.home / "demo"
            listed = beside.json("workflows", "list")["workflows"]
            assert len(listed) > sum(WORKFLOWS)
            assert any(one["deleted_at"] for one in listed)
            assert any(one["export_error"] for one in listed)
            failed = beside.json("queue", "failed", code=1)["jobs"]
            assert {one["customer"] for one in failed} == {REFUSED}
            assert_history(beside)
            assert_pair(beside)
            assert interrupt(demo) < 20
            done = fresh.finish(demo)
            assert "Worker stopped" in done.err
            assert done.out == ""
        finally:
            end(demo)
        assert processes_in(fresh.home) == []


def read_text(demo: Any) -> Path:
    """The data directory that the demo names before it is ready."""
    told = "".join(iter(demo.stderr.readline, "Ctrl-C stops the demo.\n"))
    return Path(re.findall(r"ZWM_HOME=(\S+)", told)[0])


def read_json(demo: Any) -> Path:
    told = json.loads("".join(iter(demo.stdout.readline, "}\n")) + "}")
    assert set(told) == {"url", "username", "password", "zuora", "home"}
    return Path(told["home"])


def assert_pair(mirror: Mirror) -> None:
    """Sandbox and production have every state, and differ by hosts alone in most workflows."""
    found = mirror.json("compare", SANDBOX, PRODUCTION, code=1)["summary"]
    assert min(found[state] for state in found if state != "same") >= 1
    replaced = ["--replace=sandbox.example.com=example.com"]
    expected = mirror.json("compare", SANDBOX, PRODUCTION, *replaced, code=1)["summary"]
    assert found["same"] < expected["same"] == found["same"] + found["different"] - 1


def assert_history(mirror: Mirror) -> None:
    """People have edited workflows; one has a draft, one returned, one was deactivated."""
    people = mirror.ask(
        "SELECT array_agg(DISTINCT list_row #>> '{active_version,updated_by,work_email}')"
        " FROM workflows"
    )
    assert {"giulia.conti@example.com", "luca.moro@example.com"} <= set(people)
    rows = mirror.ask(
        "SELECT array_agg(version || ' ' || (SELECT string_agg(DISTINCT zuora_version, ' ')"
        " FROM workflow_exports WHERE workflow_id = workflows.id) ORDER BY id)"
        " FROM workflows WHERE zuora_id IN ('104', '105') AND customer_id IN"
        " (SELECT id FROM customers WHERE environment = 'demo')"
    )
    # The active version, and all of which an export is there.
    assert rows == ["0.0.1 0.0.1 0.0.2"] * 2 * WITH_STORY
    stopped = mirror.ask(
        "SELECT array_agg(DISTINCT (list_row -> 'active_version')::text) FROM workflows"
        " WHERE zuora_id = '106' AND customer_id IN"
        " (SELECT id FROM customers WHERE environment = 'demo')"
    )
    assert stopped == ["null"]
    state = mirror.ask("SELECT array_agg(DISTINCT state) FROM workflows WHERE zuora_id = '106'")
    assert "Inactive" in state
    fetched = mirror.ask("SELECT count(*) FROM earlier_versions WHERE export_id IS NOT NULL")
    assert fetched > 50
    kinds = mirror.ask("SELECT array_agg(DISTINCT kind) FROM job_manager")
    assert "earlier_versions" in kinds


def test_two_first_runs_at_once_both_work(fresh: Mirror) -> None:
    running = [fresh.start("customers", "list", "--json") for _ in range(2)]
    assert [fresh.finish(process).json for process in running] == [{"customers": []}] * 2
    assert processes_in(fresh.home) == []


def test_a_port_in_use_is_named(fresh: Mirror) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("demo", "up", "web"):
            refused = fresh.run(command, "--port", port, code=1)
            assert (
                refused.complaint
                == f"zwm: 127.0.0.1 port {port} cannot be used: Address already in use"
            )


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    assert Mirror(file).refused("customers", "list").startswith(f"{file} is not a directory")
    below = file / "home"
    assert str(below) in Mirror(below).refused("customers", "list")
    assert file.read_text() == "mine"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, too small for much."""
    if not IS_ROOT:
        pytest.skip("only root can mount a small disk")
    place = Path(tempfile.mkdtemp(prefix="zwm-", dir="/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "none", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        place.rmdir()
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S607
        place.rmdir()


def test_a_read_only_disk_is_named(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)  # noqa: S607
    said = Mirror(small_disk / "home").refused("customers", "list")
    assert said.startswith(f"The data directory {small_disk / 'home'} cannot be used (Read-only")


def test_a_full_disk_fails_the_sync_and_the_next_one_repairs(
    small_disk: Path, add_tenant: Callable[..., Tenant], zuora_server: Server
) -> None:
    tiny = Mirror(small_disk / "home", {"ZWM_ENCRYPTION_KEYS": KEY})
    with EmbeddedPostgres(tiny.home):
        tiny.run("customers", "list")
        first, second = add_tenant(5), add_tenant(100, 60)
        for tenant in (first, second):
            tiny.add_customer(tenant, zuora_server.base_url)
        tiny.sync(first.name)
        filler = small_disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 2_000_000))

        done = tiny.run("sync-workflows", "--sync", "--json", "--customer", second.name, code=1)
        [failed] = done.json["results"]
        assert failed["status"] == "failed"
        assert "database" in failed["error"]
        assert "Workflow sync failed" in done.err

        filler.unlink()
        # The full disk may have ended the server, and its recovery, too.
        tiny.run("customers", "list")
        assert tiny.mirrored(first.name) == 5
        assert tiny.half_written() == 0
        tiny.sync(second.name)
        assert tiny.mirrored(second.name) == 100
        assert tiny.half_written() == 0
    EmbeddedPostgres(tiny.home).destroy()


def test_lost_keys_are_named_and_nothing_is_made_up_in_their_place(own: Mirror) -> None:
    keys = own.home / "encryption_keys"
    kept = keys.read_text()
    keys.unlink()
    assert own.refused("customers", "list").startswith(f"{keys} is missing")
    assert not keys.exists()
    keys.write_text("rubbish")
    keys.chmod(0o600)
    assert "is not a Fernet key" in own.refused("customers", "list")
    keys.write_text(kept)
    own.run("customers", "list")
    assert keys.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_cannot_be_decrypted_stops_only_its_own_customer(
    mirror: Mirror, customer: Callable[..., Tenant]
) -> None:
    lost, fine = customer(1), customer(1)
    other = "Kk8pXh3Q1mJ0bq0m2v5t2O9c3aQmU8o4Yt1fM2uJx1A="
    mirror.ask(
        "UPDATE customers SET zuora_client_secret = 'rubbish' WHERE name = %s RETURNING 1",
        lost.name,
    )
    named = ["--customer", lost.name, "--customer", fine.name]
    done = mirror.run("sync-workflows", "--sync", "--json", *named, code=1)
    errors = {one["customer"]: one["error"] for one in done.json["results"]}
    assert errors[fine.name] is None
    assert errors[lost.name].startswith("A stored secret cannot be decrypted: ZWM_ENCRYPTION_KEYS")
    assert "reason='A stored secret cannot be decrypted" in done.err
    wrong = {"ZWM_ENCRYPTION_KEYS": other}
    checked = mirror.json("customers", "check", fine.name, environ=wrong, code=1)
    assert checked["problem"] == errors[lost.name]
    assert len(mirror.json("customers", "list", environ=wrong)["customers"]) >= 2
    renewed = ["customers", "update", lost.name, "--client-secret-stdin"]
    mirror.run(*renewed, input=lost.client_secret)
    mirror.sync(lost.name)


def test_a_database_killed_in_the_middle_fails_the_sync_and_the_next_one_repairs(
    mirror: Mirror, zuora: FakeZuora, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(20)
    fault = zuora.fail("slow", on="export", tenant=tenant, times=None, after=10, seconds=1)
    command = ["sync-workflows", "--customer", tenant.name, "--sync", "--json"]
    running = mirror.start(*command)
    eventually(lambda: fault.used or running.poll() is not None)
    kill_postgres(mirror.home)
    done = mirror.finish(running, code=1)
    [result] = done.json["results"]
    assert result["status"] == "failed"
    assert "database" in result["error"]
    zuora.clear_faults()
    mirror.sync(tenant.name)
    assert mirror.mirrored(tenant.name) == 20
    assert mirror.half_written() == 0


def kill_postgres(home: Path) -> None:
    cluster = Location(home).cluster()
    assert cluster
    pid = (cluster / "data" / "postmaster.pid").read_text().split()[0]
    os.kill(int(pid), signal.SIGKILL)


def test_an_unexpected_error_shows_its_trace_with_debug_alone(
    mirror: Mirror, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(1)
    broken = {"DJANGO_SETTINGS_MODULE": "no.such.module"}
    done = mirror.run("customers", "check", tenant.name, "--json", environ=broken, code=1)
    said = "Unexpected error (ModuleNotFoundError); zwm --debug shows its stack trace"
    assert (done.json, done.complaint) == ({"error": said}, f"zwm: {said}")
    done = mirror.run("--debug", "customers", "check", tenant.name, environ=broken, code=1)
    assert "Traceback (most recent call last)" in done.err
    assert done.complaint == f"zwm: {said}"
    assert done.out == ""


def test_django_commands_run_with_everything_in_place(mirror: Mirror) -> None:
    known, unchanged = mirror.run_all(["manage", "help"], ["manage", "makemigrations", "--check"])
    assert "makemigrations" in known.out
    assert "No changes detected" in unchanged.out


def test_dbshell_reaches_the_embedded_database(mirror: Mirror) -> None:
    query = ["manage", "dbshell", "--", "-Atc", "SELECT current_database()"]
    assert mirror.run(*query, environ={"PATH": "/nowhere"}).out == "zwm\n"


def test_the_web_server_makes_the_first_user_and_prints_a_link_that_works(own: Mirror) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    web = own.start("web", "--port", str(port))
    eventually(lambda: serves(port))
    [link] = re.findall(rf"{site}/log-in/\S+", read_until(web.stderr, "For a new link"))
    assert own.ask("SELECT array_agg(username) FROM auth_user") == ["admin"]
    with build_opener(HTTPCookieProcessor()).open(link) as page:
        assert "Set your password" in page.read().decode()
    web.terminate()
    own.finish(web)


def test_where_there_is_a_user_it_prints_no_link(own: Mirror) -> None:
    port = free_port()
    own.run("users", "add", "rossi", "--link")
    web = own.start("web", "--port", str(port))
    eventually(lambda: serves(port))
    assert own.ask("SELECT array_agg(username) FROM auth_user") == ["rossi"]
    web.terminate()
    assert "/log-in/" not in own.finish(web).err


def read_until(stream: IO[str], text: str) -> str:
    lines = ""
    while text not in lines:
        line = stream.readline()
        assert line, lines
        lines += line
    return lines


def test_a_django_command_or_migration_that_is_not_there_is_told(mirror: Mirror) -> None:
    assert "Unknown command" in mirror.run("manage", "nosuch", code=1).err
    wrong = (["migrate", "nosuch"], ["migrate", "workflows", "9999"])
    app, migration = mirror.run_all(*wrong, code=2)
    assert app.complaint == "zwm: No installed app with label 'nosuch'."
    assert "'9999'" in migration.complaint


def test_migrations_roll_back_and_forth(fresh: Mirror) -> None:
    assert "Applying workflows.0001_initial... OK" in fresh.run("migrate").out
    assert (
        "Unapplying workflows.0001_initial... OK" in fresh.run("migrate", "workflows", "zero").out
    )
    assert "Applying workflows.0001_initial... OK" in fresh.run("migrate").out
    assert fresh.json("workflows", "list") == {"workflows": []}

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

COMMAND = [sys.executable, "-m", "workflow_mirror.fake_zuora"]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_serves_and_ends_on_a_signal(number: signal.Signals) -> None:
    with running("--tenants", "2", "--workflows", "3", "--tasks", "2") as (process, ready):
        tenant = ready["tenants"][1]
        form = {key: tenant[key] for key in ("client_id", "client_secret")}
        with httpx2.Client(base_url=ready["base_url"]) as client:
            form["grant_type"] = "client_credentials"
            token = client.post("/oauth/token", data=form).json()["access_token"]
            answer = client.get("/workflows", headers={"Authorization": f"Bearer {token}"})
            process.send_signal(number)
            assert process.wait(5) == 0

    assert [tenant["name"] for tenant in ready["tenants"]] == ["acme", "globex"]
    assert len(answer.json()["data"]) == 3


def test_options_reach_the_tenants() -> None:
    options = ["--client-id", "me", "--client-secret", "pst", "--dialect", "mixed", "--uniform"]
    options += ["--latency", "0.01", "--token-limit", "0", "--workflows", "20", "--render"]
    with running(*options) as (_, ready), httpx2.Client(base_url=ready["base_url"]) as client:
        state = client.get("/_fake/state").json()
        rows = client.get("/_fake/tenants/acme/definitions").json()["definitions"]

    assert ready["tenants"][0] == {"name": "acme", "client_id": "me", "client_secret": "pst"}
    assert [tenant["options"]["dialect"] for tenant in state["tenants"]] == ["documented", "newer"]
    assert state["settings"]["latency"] == 0.01
    assert state["settings"]["token_limit_per_minute"] is None
    assert all(row["active_version"] for row in rows)


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, check=False, timeout=20
        )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"cannot serve on 127.0.0.1:{port}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--tasks", "0"], "--tasks must be at least 1"),
        (["--port", "70000"], "--port must be at most 65535"),
        (["--port", "x"], "invalid int value"),
        (["--nope"], "unrecognized arguments"),
    ],
)
def test_a_bad_option_is_told_in_one_line(options: list[str], text: str) -> None:
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, check=False, timeout=20
    )

    assert done.returncode == 2
    assert text in done.stderr
    assert done.stderr.count("\n") == 1

"""zwm doctor: what is wrong, and what to do."""

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.acceptance.processes import Mirror, free_port
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import Server, Tenant

ADD_JOB = """
INSERT INTO job_manager (kind, arguments, unique_key, priority, name, queue, status, requested_by,
    is_joinable, attempt, workers_lost, progress_done, progress_total, requests, seconds_waited,
    queued_at, due_at, cancel_requested, error, exception)
VALUES ('sync', '{}', 'x', 20, 'sync', 'default', 'waiting', 'otto', true, 0, 0, 0, 0, 0, 0,
    now() - interval '1 hour', now() - interval '1 hour', false, '', '') RETURNING 1
"""


@pytest.fixture
def five_minutes_ahead() -> Iterator[str]:
    """A host whose clock is wrong."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        def date_time_string(self, _timestamp: float | None = None) -> str:
            return super().date_time_string(time.time() + 300)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def by_check(report: Any) -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in report["checks"]:
        found.setdefault(one["check"], []).append((one["state"], one["text"], one["todo"]))
    return found


def test_a_mirror_in_order_is_told_so(
    own: Mirror, add_tenant: Callable[..., Tenant], zuora_server: Server
) -> None:
    tenant = add_tenant(1)
    words = ["--base-url", zuora_server.base_url, "--client-id", tenant.client_id]
    own.run(
        "customers", "add", "Rossi", *words, "--client-secret-stdin", input=tenant.client_secret
    )
    report = own.json("doctor")
    assert report["ok"] is True
    assert {one["state"] for one in report["checks"]} <= {"ok", "warning"}
    names = [one["check"] for one in report["checks"]]
    assert names == [
        "disk", "database", "migrations", "keys", "clock", "worker", "scheduler", "mail", "zuora",
        "clock",
    ]  # fmt: skip
    assert f"{zuora_server.base_url} answers" in own.run("doctor").out


def test_each_trouble_is_named_with_what_to_do(
    own: Mirror, add_tenant: Callable[..., Tenant], five_minutes_ahead: str
) -> None:
    own.environ["ZWM_ENCRYPTION_KEYS"] = (own.home / "encryption_keys").read_text().strip()
    nowhere = f"http://127.0.0.1:{free_port()}"
    with EmbeddedPostgres(own.home):
        own.add_customer(add_tenant(1), five_minutes_ahead, "Rossi")
        own.add_customer(add_tenant(1), nowhere, "Bianchi")
        own.ask("UPDATE customers SET zuora_client_secret = 'x' WHERE name = 'Rossi' RETURNING 1")
        own.ask(ADD_JOB)
        found = by_check(own.json("doctor", code=1))
    assert found["database"][0][0] == found["migrations"][0][0] == found["clock"][0][0] == "ok"
    [(state, text, todo)] = found["keys"]
    assert (state, text) == ("failed", "1 stored secrets cannot be decrypted (Rossi)")
    assert "ZWM_ENCRYPTION_KEYS" in todo
    assert (found["worker"][0][0], "zwm queue work" in found["worker"][0][2]) == ("failed", True)
    ahead = found["clock"][1]
    assert ahead[0] == "failed"
    assert "seconds behind that of http://127.0.0.1:" in ahead[1]
    assert "NTP" in ahead[2]
    texts = [text for _, text, _ in found["zuora"]]
    assert f"{nowhere} does not answer (Connection refused)" in texts


def test_an_old_schema_and_a_newer_one_are_told(own: Mirror) -> None:
    with EmbeddedPostgres(own.home):
        own.run("migrate", "history", "0002", "--yes", "--no-backup")
        assert by_check(own.json("doctor", code=1))["migrations"][0][2] == "Run `zwm migrate`"
        own.ask(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('workflows', '9999_future', now()) RETURNING 1"
        )
        found = by_check(own.json("doctor", code=1))
    assert "workflows.9999_future is not known here" in found["migrations"][0][1]
    assert "keys" not in found


def test_a_database_that_is_away_or_was_never_made_is_told(fresh: Mirror) -> None:
    found = by_check(fresh.json("doctor", code=1))
    assert found["database"][0][1].startswith("There is no database in ")
    assert not fresh.home.exists()
    fresh.secrets.add("hidden")
    fresh.environ |= {
        "DATABASE_URL": f"postgresql://zwm:hidden@127.0.0.1:{free_port()}/zwm",
        "SECRET_KEY": "only-for-tests", "ZWM_ENCRYPTION_KEYS": "A" * 43 + "=",
    }  # fmt: skip
    found = by_check(fresh.json("doctor", code=1))
    assert "cannot be reached" in found["database"][0][1]

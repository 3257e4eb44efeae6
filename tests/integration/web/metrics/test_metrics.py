"""/metrics: who may read it, what it tells, and what it costs."""

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import make_failed, make_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.overview.metrics import METRICS

ROOT = Path(__file__).parents[4]
MONITORING = ROOT / "docs/monitoring"
PROMTOOL = shutil.which("promtool")
TOKEN = "a-token-of-the-tests"
Status = JobRun.Status


def read() -> dict[tuple[str, ...], float]:
    """The samples, each by its name and the values of its labels."""
    answer = Client(headers={"host": "localhost"}).get("/metrics")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    return {
        (sample.name, *(sample.labels[label] for label in METRICS[sample.name][1])): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.fixture
def busy(db: None) -> Customer:
    """A customer with a job in each state, one that was never synced, and a worker."""
    rossi = make_customer('Rossi "S.p.A."\n')
    make_customer("Bianchi")
    hours_ago = timezone.now() - timedelta(hours=3)
    make_job(rossi, Status.SUCCEEDED, requests=12, seconds_waited=1.5)
    make_job(rossi, Status.SUCCEEDED, requests=99, finished_at=hours_ago)
    make_job(rossi, Status.RUNNING, requests=5)
    make_job(rossi, Status.WAITING, due_at=timezone.now() - timedelta(seconds=90))
    make_failed(rossi, finished_at=hours_ago)
    make_failed(rossi, resolved_at=timezone.now(), finished_at=hours_ago)
    Customer.objects.filter(pk=rossi.pk).update(needs_attention="Invalid credentials")
    now = timezone.now()
    for silence in (0, 3600):
        WorkerProcess.objects.create(
            id=uuid4(), host="a", pid=1, concurrency=4, started_at=now,
            heartbeat_at=now - timedelta(seconds=silence),
        )  # fmt: skip
    return rossi


def test_the_state_of_jobs_workers_and_customers_is_told(busy: Customer) -> None:
    found = read()
    assert found["zwm_jobs", "waiting", "sync"] == 1
    assert found["zwm_jobs", "running", "sync"] == 1
    assert found["zwm_jobs", "failed", "sync"] == 1  # without the one that was made good
    assert ("zwm_jobs", "succeeded", "sync") not in found
    assert found["zwm_jobs_ended_last_hour", "succeeded", "sync"] == 1
    assert 90 <= found["zwm_oldest_due_job_seconds",] < 150
    assert (found["zwm_workers",], found["zwm_worker_slots",]) == (1, 4)
    assert found["zwm_customer_credentials_rejected", busy.name] == 1
    assert found["zwm_customer_credentials_rejected", "Bianchi"] == 0
    assert found["zwm_customer_active", busy.name] == 1
    assert 0 <= found["zwm_customer_last_good_sync_age_seconds", busy.name] < 60
    assert 74 < found["zwm_customer_last_good_sync_duration_seconds", busy.name] < 77
    assert ("zwm_customer_last_good_sync_age_seconds", "Bianchi") not in found
    assert found["zwm_zuora_requests_last_hour", busy.name] == 12 + 5
    assert found["zwm_zuora_wait_seconds_last_hour", busy.name] == 1.5
    assert found["zwm_alarms", "jobs_failed"] == 1
    assert {name for name, *_ in found} == set(METRICS)


def test_a_customer_without_a_sync_becomes_stale(busy: Customer) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    Customer.objects.filter(name="Bianchi").update(created_at=long_ago)
    found = read()
    assert (found["zwm_customer_stale", "Bianchi"], found["zwm_customer_stale", busy.name]) == (
        1,
        0,
    )


def test_an_empty_mirror_has_metrics_too(db: None) -> None:
    found = read()
    assert (found["zwm_workers",], found["zwm_oldest_due_job_seconds",]) == (0, 0)


def test_the_number_of_statements_is_fixed(busy: Customer) -> None:
    read()
    with CaptureQueriesContext(connection) as few:
        read()
    for number in range(15):
        make_failed(make_customer(f"More {number}"))
    with CaptureQueriesContext(connection) as many:
        read()
    assert len(few) == len(many) <= 20


def test_without_a_token_only_programs_on_this_machine_read_it(db: None) -> None:
    def status(**request: Any) -> int:
        headers = {"host": "localhost:8000"} | request.pop("headers", {})
        return Client(headers=headers, **request).get("/metrics").status_code

    assert status() == status(REMOTE_ADDR="::1") == 200
    assert status(REMOTE_ADDR="10.0.0.7") == status(REMOTE_ADDR="unknown") == 403
    # A proxy on this machine, and a web site that is open in a browser here.
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"):
        assert status(headers={header: "203.0.113.9"}) == 403
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ALLOWED_HOSTS", ["*"])
        assert status(headers={"host": "evil.example.com"}) == 403
        assert status(headers={"host": "[::1]:8000"}) == 200
    assert Client(headers={"host": "localhost"}).post("/metrics").status_code == 405


def test_with_a_token_whoever_has_it_reads_it(db: None, settings: Any) -> None:
    settings.ZWM_METRICS_TOKEN = TOKEN

    def answer(authorization: str, address: str = "10.0.0.7") -> Any:
        headers = {"host": "localhost", "authorization": authorization}
        return Client(headers=headers, REMOTE_ADDR=address).get("/metrics")

    assert answer(f"Bearer {TOKEN}").status_code == 200
    for wrong in ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \u00e0"):
        refused = answer(wrong, "127.0.0.1")
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
        assert TOKEN not in refused.content.decode()


def test_refused_requests_ask_the_database_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        Client(headers={"host": "localhost"}, REMOTE_ADDR="10.0.0.7").get("/metrics")
    assert len(asked) == 0


@pytest.mark.parametrize("file", sorted(MONITORING.iterdir()), ids=lambda file: file.name)
def test_dashboard_and_rules_name_metrics_that_exist(file: Path) -> None:
    named = set(re.findall(r"zwm_[a-z_]+", file.read_text(encoding="utf-8")))
    assert named
    assert named <= set(METRICS)


def test_the_page_on_monitoring_names_every_metric() -> None:
    page = (ROOT / "docs/how-to/monitor.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(zwm_[a-z_]+)", page, flags=re.MULTILINE)) == set(METRICS)


@pytest.mark.skipif(not PROMTOOL, reason="promtool is not installed")
def test_promtool_accepts_rules_and_metrics(busy: Customer) -> None:
    def check(*arguments: str, given: bytes = b"") -> None:
        command = [str(PROMTOOL), "check", *arguments]
        checked = subprocess.run(command, input=given, capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, b"")

    check("rules", str(MONITORING / "prometheus-rules.yml"))
    check("metrics", given=Client(headers={"host": "localhost"}).get("/metrics").content)

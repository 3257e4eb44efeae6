"""`/healthz` and `/readyz`: what anybody may ask, whatever the host is called."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import make_worker
from workflow_mirror.customers.models import Customer
from workflow_mirror.overview import readiness

ALL_OK = {"database": "ok", "migrations": "ok", "worker": "ok", "mirrors": "ok"}
ANY_HOST = {"host": "10.0.0.7:8000"}


def test_a_process_that_answers_is_healthy_without_asking_the_database(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["mirror.example.com"]
    answer = Client().get("/healthz", headers=ANY_HOST)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_it_is_ready_while_a_worker_is_alive_whatever_the_host(
    transactional_db: None, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["mirror.example.com"]
    make_worker()
    answer = Client().get("/readyz", headers=ANY_HOST)
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": ALL_OK})
    assert Client().head("/readyz", headers=ANY_HOST).status_code == 200
    assert Client().get("/admin/login/", headers=ANY_HOST).status_code == 400


def test_without_a_worker_it_is_not_ready_unless_that_is_excluded(transactional_db: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": ALL_OK | {"worker": "failed"}}
    assert Client().get("/readyz?exclude=worker&exclude=mirrors").status_code == 200


def test_a_stale_mirror_is_told_without_a_name(transactional_db: None) -> None:
    make_worker()
    make_customer("Rossi")
    Customer.objects.update(created_at=timezone.now() - timedelta(days=9))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == ALL_OK | {"mirrors": "failed"}
    assert "Rossi" not in answer.content.decode()


def test_of_a_database_of_another_version_nothing_else_is_asked(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())"
        )
    answer = Client().get("/readyz")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'a'")
    assert answer.status_code == 503
    unknown = {"worker": "unknown", "mirrors": "unknown"}
    assert answer.json()["checks"] == ALL_OK | {"migrations": "failed"} | unknown


def test_a_database_that_is_away_is_told(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return True

    monkeypatch.setitem(readiness.CHECKS, "database", away)
    answer = Client().get("/readyz")
    connection.close()
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "failed"
    assert set(answer.json()["checks"].values()) == {"failed", "unknown"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_only_reads(path: str) -> None:
    assert Client().post(path).status_code == 405

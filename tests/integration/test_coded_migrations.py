"""Errors and warnings that were stored as texts get codes and facts, and become texts again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from hypothesis import given
from hypothesis import strategies as st

from tests.sync_jobs import sync_job
from workflow_mirror.customers.migrations._error_texts import coded
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_text
from workflow_mirror.errors import SafeError, as_fact, known_errors, text_of
from workflow_mirror.jobs.errors import BugError, EngineError, WorkerLostError
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.workflows.export_warnings import export_warnings, warning_texts_in_english
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.errors import (
    AnswerFacts,
    InvalidCredentialsError,
    MissingPermissionError,
    NotFoundError,
    OtherWorkflowError,
    RateLimitedError,
    UnreachableError,
)

BEFORE = [
    ("workflows", "0006_content_hashes"),
    ("jobs", "0004_failures"),
    ("customers", "0004_token_claims"),
]
UNKNOWN = "A sentence of 2019: 5% of %(everything)s"
REFUSED = str(InvalidCredentialsError(facts=AnswerFacts("get token", 401, "no, never", "r-1")))
GONE = str(NotFoundError(facts=AnswerFacts("export workflow", 404)))
ODD = {"workflow": {}, "tasks": [None, {"id": "a\nb"}], "linkages": [{"target_task_id": 5}]}
ROWS = """
SELECT json_agg(to_jsonb(customers) ORDER BY id) FROM customers
UNION ALL SELECT json_agg(to_jsonb(job_manager) ORDER BY id) FROM job_manager
UNION ALL SELECT json_agg(to_jsonb(job_attempts) ORDER BY id) FROM job_attempts
UNION ALL SELECT json_agg(to_jsonb(workflows) ORDER BY id) FROM workflows
"""


@pytest.fixture
def older_schema(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def back() -> None:
    MigrationExecutor(connection).migrate(BEFORE)


def forth() -> None:
    call_command("migrate", verbosity=0)


def all_rows() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]


def change(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fill() -> None:
    for name in ("Rossi", "Verdi", "Bianchi"):
        customer = Customer.objects.create(
            name=name, zuora_base_url="https://rest.zuora.com", zuora_client_secret="s"
        )
        now = "2026-01-01T00:00:00Z"
        run = JobRun.objects.create(
            **sync_job(customer), queued_at=now, due_at=now, status="failed"
        )
        JobAttempt.objects.create(job_run=run, number=1, worker="w", started_at=now)
        Workflow.objects.create(customer=customer, zuora_id="1")


def test_stored_texts_get_codes_and_nothing_is_lost_on_the_way_there_and_back(
    older_schema: None,
) -> None:
    fill()
    back()
    lost = str(WorkerLostError(3))
    failures = [
        {"zuora_id": "1", "name": "a", "code": "not_found", "reason": GONE},
        {"zuora_id": "2", "name": "b", "code": "odd", "reason": UNKNOWN},
    ]
    warnings = [*warning_texts_in_english(export_warnings(ODD)), UNKNOWN, "no export document"]
    for name, error in {"Rossi": REFUSED, "Verdi": UNKNOWN}.items():
        change("UPDATE customers SET needs_attention = %s WHERE name = %s", error, name)
    change("UPDATE job_manager SET error = %s, output = %s", lost, json.dumps({"errors": failures}))
    change("UPDATE job_attempts SET error = %s", UNKNOWN)
    change("UPDATE workflows SET export_error = %s, oddities = %s", GONE, json.dumps(warnings))
    before = all_rows()

    forth()

    rossi, verdi, bianchi = Customer.objects.order_by("pk")
    assert rossi.attention_details == coded(REFUSED)
    assert (verdi.needs_attention, verdi.attention_details) == (UNKNOWN, None)
    assert (bianchi.needs_attention, bianchi.attention_details) == ("", None)
    run = JobRun.objects.first()
    assert run is not None
    assert run.error == lost
    assert run.error_details == {"code": "worker_lost", "facts": {"times": 3}}
    assert run.output == {
        "errors": [{**failures[0], "details": coded(GONE)}, {**failures[1], "details": None}]
    }
    assert set(JobAttempt.objects.values_list("error", "error_details")) == {(UNKNOWN, None)}
    workflow = Workflow.objects.first()
    assert workflow is not None
    assert workflow.export_error_details == coded(GONE)
    assert workflow.oddities == [
        *export_warnings(ODD),
        {"code": "other", "facts": {"text": UNKNOWN}},
        {"code": "no_document", "facts": {}},
    ]
    assert warning_texts_in_english(workflow.oddities) == warnings

    back()

    assert all_rows() == before


@pytest.mark.parametrize(
    "error",
    [
        InvalidCredentialsError(facts=AnswerFacts("get token", 401, "a: b, (c)", "r-1")),
        InvalidCredentialsError(facts=AnswerFacts("get token", 401, request_id="r-1")),
        MissingPermissionError(facts=AnswerFacts(status=403)),
        UnreachableError(facts=AnswerFacts("list workflows", reason="[Errno 111] refused")),
        RateLimitedError(),
        OtherWorkflowError(id="17"),
        WorkerLostError(1),
        BugError(),
        EngineError(reason=as_fact(UnreachableError(facts=AnswerFacts("a", 500)))),
    ],
)
def test_what_was_stored_as_a_text_is_as_what_is_stored_today(error: SafeError) -> None:
    assert coded(error_text(error)) == error.coded


@given(
    st.sampled_from(sorted(known_errors())),
    st.text(st.sampled_from("a7 ,:()[]%\n"), max_size=12),
    st.text(max_size=5),
)
def test_a_text_that_is_taken_for_a_known_one_is_told_as_it_was(
    code: str, middle: str, end: str
) -> None:
    for text in (known_errors()[code].template + middle + end, middle + end):
        if made := coded(text):
            assert text_of(made) == text  # type: ignore[arg-type]  # the migration knows no type

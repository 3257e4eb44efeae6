"""Asking for syncs: one transaction, whoever asks and for however many customers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from cryptography.fernet import Fernet
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs import runs
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.jobs.queries import in_queue_order
from workflow_mirror.jobs.requests import Wanted, request
from workflow_mirror.sync.following import follow
from workflow_mirror.sync.kinds import RETRY_FAILED_EXPORTS, key_of
from workflow_mirror.sync.requests import Answer, Options, request_syncs

from .conftest import Work, again, customer_of, engine_jobs, queued

type Make = Callable[[int], list[Customer]]


def ask(customers: list[Customer], **options: bool) -> Answer:
    return request_syncs(customers, requested_by="test", options=Options(**options))


def test_a_request_that_is_rolled_back_leaves_nothing(make_customers: Make) -> None:
    customers = make_customers(3)

    with transaction.atomic():
        ask(customers)
        transaction.set_rollback(True)

    assert engine_jobs("id") == []
    assert not JobRun.objects.exists()
    assert not JobBatch.objects.exists()


def test_the_number_of_statements_does_not_grow_with_the_customers(make_customers: Make) -> None:
    customers = make_customers(303)
    with CaptureQueriesContext(connection) as few:
        ask(customers[:3])
    with CaptureQueriesContext(connection) as many:
        ask(customers[3:])

    assert len(many) == len(few)
    assert JobRun.objects.count() == len(engine_jobs("id")) == 303


def test_each_run_knows_the_job_that_the_engine_runs_for_it(make_customers: Make) -> None:
    ask(make_customers(20))

    assert engine_jobs("id", "(args->>'run_id')::bigint", "priority") == [
        (run.engine_job_id, run.pk, run.priority)
        for run in JobRun.objects.order_by("engine_job_id")
    ]


def test_a_second_request_joins_the_queued_job(customer: Customer) -> None:
    [first], [second] = ask([customer]).jobs, ask([customer]).jobs

    assert (first.joined, second.joined) == (False, True)
    assert first.id == second.id
    assert len(engine_jobs("id")) == 1


def test_two_requests_at_once_make_one_job(make_customers: Make) -> None:
    customers, together = make_customers(30), Barrier(2)

    def ask_in_thread(customers: list[Customer]) -> Answer:
        try:
            together.wait()
            return ask(customers)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(ask_in_thread, [customers, customers[::-1]]))

    joined = [job.joined for answer in answers for job in answer.jobs]
    assert sorted(joined) == [False] * 30 + [True] * 30
    assert JobRun.objects.count() == len(engine_jobs("id")) == 30


def test_a_running_job_is_not_joined(run: JobRun, lease: Lease) -> None:
    runs.begin(run.pk, lease)

    [second] = ask([customer_of(run)]).jobs

    assert not second.joined
    assert second.id != run.pk


def test_a_job_that_waits_to_retry_is_joined(run: JobRun, lease: Lease) -> None:
    begun = runs.begin(run.pk, lease)
    assert begun is not None
    runs.give_back(begun, timedelta(hours=1), costs_a_try=True)

    [second] = ask([customer_of(run)]).jobs

    assert (second.joined, second.id) == (True, run.pk)


def test_whoever_joins_adds_what_is_stronger_in_the_wish(customer: Customer) -> None:
    run = retry_failed_exports(customer)

    ask([customer], full=True)
    ask([customer], allow_mass_delete=True)
    retry_failed_exports(customer)

    run = again(run)
    assert (run.kind, run.name) == ("sync", "sync customer workflows")
    assert run.arguments == {"full": True, "allow_mass_delete": True}


def retry_failed_exports(customer: Customer) -> JobRun:
    answer = request(
        RETRY_FAILED_EXPORTS,
        [Wanted(key_of(customer), customer.pk)],
        requested_by="test",
        priority=Priority.PEOPLE,
    )
    return JobRun.objects.get(pk=answer.jobs[0].id)


def test_jobs_are_taken_by_priority(make_customers: Make, work: Work) -> None:
    early, late = make_customers(2)
    request_syncs([early], requested_by="schedule", priority=Priority.SCHEDULE)
    queued(late)

    assert [run.customer for run in in_queue_order(JobRun.objects.all())] == [late, early]
    assert engine_jobs("priority") == [(Priority.SCHEDULE,), (Priority.PEOPLE,)]


def test_a_person_who_joins_the_job_of_a_schedule_raises_its_priority(customer: Customer) -> None:
    request_syncs([customer], requested_by="schedule", priority=Priority.SCHEDULE)

    [joined] = ask([customer]).jobs

    assert joined.joined
    assert JobRun.objects.get().priority == Priority.PEOPLE
    assert engine_jobs("priority")[-1] == (Priority.PEOPLE,)


def test_who_joins_a_job_that_is_due_already_sends_no_second_call(customer: Customer) -> None:
    ask([customer])
    ask([customer])

    assert len(engine_jobs("id")) == 1


def test_several_customers_make_a_batch_and_one_does_not(make_customers: Make) -> None:
    one, *others = make_customers(4)

    assert ask([one]).batch is None
    answer = ask(others)

    assert set(JobRun.objects.filter(batch=answer.batch).values_list("pk", flat=True)) == {
        job.id for job in answer.jobs
    }


def test_the_answer_is_in_the_order_of_the_request(make_customers: Make) -> None:
    customers = make_customers(5)[::-1]

    assert [job.customer for job in ask(customers).jobs] == [one.name for one in customers]


def test_the_jobs_of_a_request_start_in_its_order(make_customers: Make) -> None:
    customers = make_customers(5)[::-1]

    ask(customers)

    waiting = in_queue_order(JobRun.objects.filter(status=JobRun.Status.WAITING))
    assert [run.customer for run in waiting] == customers


def test_a_customer_named_twice_is_synced_once(make_customers: Make) -> None:
    one, other = make_customers(2)

    assert len(ask([one, other, one]).jobs) == 2


def test_no_customer_no_job(transactional_db: None) -> None:
    answer = ask([])

    assert (answer.jobs, answer.batch) == ([], None)


def test_due_times_are_spread_and_the_engine_knows_them(make_customers: Make) -> None:
    request_syncs(make_customers(4), requested_by="test", spread=timedelta(minutes=20))

    due = list(JobRun.objects.order_by("pk").values_list("due_at", flat=True))
    assert [moment - due[0] for moment in due] == [timedelta(minutes=5 * n) for n in range(4)]
    assert [(moment,) for moment in due] == engine_jobs("scheduled_at")


def test_the_arguments_of_a_job_name_its_run_and_nothing_else(make_customers: Make) -> None:
    ask(make_customers(1))

    [(arguments, whole)] = engine_jobs("args", "procrastinate_jobs::text")
    assert arguments == {"run_id": JobRun.objects.get().pk} or '"run_id"' in str(arguments)
    assert "secret" not in whole


@pytest.fixture
def due_in_two_hours(run: JobRun, lease: Lease) -> JobRun:
    """A job that Zuora asked to wait."""
    begun = runs.begin(run.pk, lease)
    assert begun is not None
    runs.give_back(begun, timedelta(hours=2), costs_a_try=True)
    return again(run)


def test_a_person_who_asks_brings_forward_a_job_that_is_due_in_hours(
    due_in_two_hours: JobRun, tenant: Tenant, work: Work
) -> None:
    [joined] = ask([customer_of(due_in_two_hours)]).jobs

    assert (joined.joined, joined.id) == (True, due_in_two_hours.pk)
    assert joined.due_at <= timezone.now()
    work()
    assert again(due_in_two_hours).status == JobRun.Status.SUCCEEDED


def test_a_schedule_leaves_a_waiting_job_its_time(due_in_two_hours: JobRun) -> None:
    customers = [customer_of(due_in_two_hours)]

    [joined] = request_syncs(customers, requested_by="schedule", priority=Priority.SCHEDULE).jobs

    assert joined.due_at == again(due_in_two_hours).due_at == due_in_two_hours.due_at
    [*_, (scheduled,)] = engine_jobs("scheduled_at")
    assert scheduled > timezone.now() + timedelta(hours=1)


def test_bringing_jobs_forward_takes_as_many_statements_for_many(make_customers: Make) -> None:
    customers = make_customers(303)
    request_syncs(
        customers,
        requested_by="schedule",
        spread=timedelta(hours=1),
        priority=Priority.SCHEDULE,
    )
    with CaptureQueriesContext(connection) as few:
        ask(customers[1:4])
    with CaptureQueriesContext(connection) as many:
        ask(customers[4:])

    assert len(many) == len(few)
    assert not JobRun.objects.filter(due_at__gt=timezone.now()).exists()


def test_a_batch_is_not_made_of_jobs_that_all_joined_others(make_customers: Make) -> None:
    customers = make_customers(3)
    batch = ask(customers).batch

    assert ask(customers).batch is None
    assert [one.pk for one in JobBatch.objects.all()] == [batch]


def test_a_batch_holds_the_jobs_that_are_new(make_customers: Make) -> None:
    first, *others = make_customers(3)
    ask([first])

    answer = ask([first, *others])

    assert JobRun.objects.filter(batch=answer.batch).count() == 2


def test_who_waits_for_a_job_sees_one_whose_secret_cannot_be_opened(
    make_customers: Make, settings: Settings
) -> None:
    customers = make_customers(2)
    answer = ask(customers)
    JobRun.objects.update(status=JobRun.Status.FAILED)
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    seen = list[str]()

    results = follow(answer.jobs, lambda progress: seen.append(str(progress.customer)))

    assert [one.status for one in results] == ["failed", "failed"]
    assert set(seen) == {one.name for one in customers}

"""The job that compares two customers: requested by a page, worked by a worker, seen by few."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections

from tests.integration.compare.conftest import MakeWorkflow
from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.compare import service, templates
from workflow_mirror.compare.agreements import set_template
from workflow_mirror.compare.models import ComparedExports
from workflow_mirror.compare.requests import request_comparison
from workflow_mirror.compare.service import comparison
from workflow_mirror.compare.templates import template_states
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import worker
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import jobs_in

pytestmark = pytest.mark.django_db(transaction=True)
type Work = Callable[[], object]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Work the queue until nothing is due."""
    # The threads of the jobs end with the work, and their connections must end with them.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    return partial(worker.work, concurrency=1, one_shot=True)


@pytest.fixture
def pairs(
    transactional_db: None, source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> int:
    for number in range(3):
        make_workflow(source, f"w{number}")
        make_workflow(target, f"w{number}", url=f"https://{number}.example")
    return 3


def test_a_worker_compares_all_pairs_and_reports_them(
    work: Work, pairs: int, source: Customer, target: Customer
) -> None:
    request_comparison(target.pk, source.pk, "ada")
    request_comparison(source.pk, target.pk, "bert")

    work()

    [run] = JobRun.objects.all()
    assert (run.status, run.kind, run.requested_by) == ("succeeded", "compare", "ada")
    assert run.output == {"total": pairs}
    assert comparison(EVERYTHING, source.pk, target.pk).missing() == []


def test_the_job_belongs_to_no_customer(pairs: int, source: Customer, target: Customer) -> None:
    """Who sees one of the two must not learn of the other."""
    request_comparison(source.pk, target.pk, "ada")

    assert not jobs_in(Scope((source.pk,))).exists()
    assert not jobs_in(Scope((source.pk, target.pk))).exists()
    assert jobs_in(EVERYTHING).exists()


def test_a_list_of_customers_requests_what_takes_too_long(
    work: Work, pairs: int, source: Customer, target: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_template(EVERYTHING, target.pk, source.pk)
    monkeypatch.setattr(templates, "SLICE_SECONDS", -1)

    assert template_states(EVERYTHING, [target.pk], "ada")[target.pk].counts is None
    work()

    counts = template_states(EVERYTHING, [target.pk], "ada")[target.pk].counts
    assert counts is not None
    assert counts["different"] == pairs
    assert JobRun.objects.count() == 1


def test_a_customer_that_is_deleted_meanwhile_fails_nothing(
    work: Work, pairs: int, source: Customer, target: Customer
) -> None:
    request_comparison(source.pk, target.pk, "ada")
    target.delete()

    work()

    [run] = JobRun.objects.all()
    assert run.status == "succeeded"


def test_a_request_computes_for_a_moment_and_continues_where_it_stopped(
    pairs: int, source: Customer, target: Customer
) -> None:
    for left in reversed(range(pairs)):
        found = comparison(EVERYTHING, source.pk, target.pk)
        service.compare_missing(EVERYTHING, found, seconds=0)
        assert len(comparison(EVERYTHING, source.pk, target.pk).missing()) == left
    assert ComparedExports.objects.count() == pairs

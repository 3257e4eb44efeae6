"""While jobs run, the tokens of the next ones are fetched."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from workflow_mirror.customers.models import Customer, ZuoraToken
from workflow_mirror.fake_zuora import FakeZuora, Server
from workflow_mirror.jobs import worker
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.sync.token_prefetch import TokenPrefetch

from .conftest import Work, again, queued

type MakeTenant = Callable[[str], Customer]


@pytest.fixture
def make_tenant(fake: FakeZuora, server: Server, transactional_db: None) -> MakeTenant:
    def make(name: str) -> Customer:
        tenant = fake.add_tenant(name)
        tenant.generate(8, tasks=1)
        return Customer.objects.create(
            name=name,
            zuora_base_url=server.base_url,
            zuora_client_id=tenant.client_id,
            zuora_client_secret=tenant.client_secret,
        )

    return make


def work_one_by_one() -> None:
    worker.work(concurrency=1, one_shot=True)


def token_calls(fake: FakeZuora) -> list[str | None]:
    return [record.tenant for record in fake.requests.of("token")]


def test_the_token_of_the_next_job_is_fetched_while_one_runs(
    fake: FakeZuora, make_tenant: MakeTenant, work: Work
) -> None:
    fake.latency = 0.1
    request_syncs([make_tenant("first"), make_tenant("second")], requested_by="test")

    work_one_by_one()

    exported = [r.finished for r in fake.requests.of("export") if r.tenant == "first"]
    [call] = [r for r in fake.requests.of("token") if r.tenant == "second"]
    assert call.finished < max(exported)
    assert sorted(map(str, token_calls(fake))) == ["first", "second"]


def test_a_token_that_cannot_be_got_ahead_costs_the_job_nothing(
    fake: FakeZuora, make_tenant: MakeTenant, work: Work
) -> None:
    fake.latency = 0.1
    first, second = queued(make_tenant("first")), queued(make_tenant("second"))
    fake.fail("server_error", on="token", tenant="second", times=1)

    with capture_logs() as lines:
        work_one_by_one()

    assert "Token not prefetched" in [line["event"] for line in lines]
    assert {again(first).status, again(second).status} == {JobRun.Status.SUCCEEDED}
    assert again(second).attempt == 1


def test_only_jobs_that_may_begin_and_are_not_refused_get_one(
    fake: FakeZuora, make_tenant: MakeTenant
) -> None:
    refused, later, due = (make_tenant(name) for name in ("refused", "later", "due"))
    Customer.objects.filter(pk=refused.pk).update(needs_attention="wrong secret")
    for customer in (refused, later, due):
        queued(customer)
    JobRun.objects.filter(customer=later).update(due_at=timezone.now() + timedelta(hours=1))

    with TokenPrefetch(1) as tokens:
        tokens.look()
        deadline = time.monotonic() + 10
        while not ZuoraToken.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    assert token_calls(fake) == ["due"]

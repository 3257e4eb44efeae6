"""Who requested a job, as a limited user reads it."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.integration.web.made_jobs import Status, make_failed, make_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.workflows.models import Workflow

BATCHES = "/admin/jobs/jobbatch/"


@pytest.fixture
def schedules(rossi: Customer, bianchi: Customer) -> None:
    own = Schedule.objects.create(name="own nightly", all_customers=False)
    own.customers.set([rossi])
    Schedule.objects.create(name="merger with Bianchi", all_customers=True)


def requested(customer: Customer, name: str) -> list[str]:
    """The addresses of the pages that tell who requested these jobs."""
    batch = JobBatch.objects.create(requested_by=name)
    workflow, _ = Workflow.objects.get_or_create(customer=customer, zuora_id="1")
    waiting = make_job(customer, Status.WAITING, is_joinable=False, requested_by=name, batch=batch)
    failed = make_failed(customer, requested_by=name, batch=batch)
    return [
        "/admin/jobs/jobrun/?cols=job,asked_by",
        "/admin/web/waitingjob/",
        "/admin/web/failedjob/",
        BATCHES,
        reverse("admin:jobs_jobbatch_change", args=(batch.pk,)),
        reverse("admin:jobs_jobrun_change", args=(failed.pk,)),
        reverse("admin:jobs_jobrun_change", args=(waiting.pk,)),
        reverse("admin:workflows_workflow_change", args=(workflow.pk,)) + "?tab=jobs",
    ]


@pytest.mark.usefixtures("schedules")
@pytest.mark.parametrize(
    ("name", "told_to_limited"),
    [
        ("schedule merger with Bianchi", "a schedule"),
        ("schedule deleted since", "a schedule"),
        ("schedule own nightly", "schedule own nightly"),
        ("otto", "otto"),
        ("scheduler", "scheduler"),
    ],
)
def test_a_schedule_of_other_customers_is_not_named_to_a_limited_user(
    limited: Client, viewer: Client, rossi: Customer, name: str, told_to_limited: str
) -> None:
    for address in requested(rossi, name):
        assert name in viewer.get(address).content.decode(), address
        page = limited.get(address).content.decode()
        assert told_to_limited in page, address
        assert told_to_limited == name or name not in page, address


@pytest.mark.usefixtures("schedules")
def test_a_search_does_not_find_what_it_does_not_show(
    limited: Client, viewer: Client, rossi: Customer
) -> None:
    requested(rossi, "schedule merger with Bianchi")
    batch = JobBatch.objects.get()
    link = reverse("admin:jobs_jobbatch_change", args=(batch.pk,))
    assert link in viewer.get(f"{BATCHES}?q=merger").content.decode()
    assert link not in limited.get(f"{BATCHES}?q=merger").content.decode()
    assert link in limited.get(f"{BATCHES}?q={batch.pk}").content.decode()


@pytest.mark.usefixtures("schedules")
def test_an_action_keeps_who_requested_the_job(limited: Client, rossi: Customer) -> None:
    requested(rossi, "schedule merger with Bianchi")
    run = JobRun.objects.get(status=Status.FAILED)
    limited.post(reverse("admin:jobs_jobrun_retry", args=(run.pk,)))
    run.refresh_from_db()
    assert run.requested_by == "schedule merger with Bianchi"

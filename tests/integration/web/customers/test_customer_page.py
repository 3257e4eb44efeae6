"""The page of a customer: what is wrong, what mends it, and what there is of the customer."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.conftest import ClientOf, MakeUser
from tests.integration.web.made_changes import an_entry
from tests.integration.web.made_jobs import make_failed, make_job, make_worker
from tests.integration.web.mirrored import a_workflow
from tests.integration.web.shown import can_be_confirmed
from workflow_mirror.access.groups import ADMINISTRATORS
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.sync.errors import MassDeletionRefusedError
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.web.customers.page import MOST_EXPORTS
from workflow_mirror.workflows.models import Workflow

Status = JobRun.Status
MOST_STATEMENTS = 20


def address(customer: Customer, name: str = "change") -> str:
    return reverse(f"admin:customers_customer_{name}", args=(customer.pk,))


def shown(browser: Client, customer: Customer) -> Any:
    answer = browser.get(address(customer))
    assert answer.status_code == 200
    return answer


def problems(browser: Client, customer: Customer) -> dict[str, set[str]]:
    """The title of each problem, with the names of the URLs of its actions."""
    found = shown(browser, customer).context["problems"]
    return {
        str(one.title): {remedy.url_name.rpartition("customer_")[2] for remedy in one.remedies}
        for one in found
    }


def refuse(customer: Customer, ids: list[str]) -> JobRun:
    error = MassDeletionRefusedError(len(ids), len(ids), 5, ids)
    return make_failed(customer, error=error_text(error), error_details=error_details(error))


def test_large_numbers_are_grouped_as_the_language_does(
    client_of: ClientOf, make_user: MakeUser, rossi: Customer
) -> None:
    Workflow.objects.bulk_create(
        Workflow(customer=rossi, zuora_id=f"{number}", name="One of many") for number in range(1200)
    )
    browser = client_of(make_user("ada", ADMINISTRATORS))
    assert ">1,200</a>" in browser.get(address(rossi)).content.decode()
    italian = browser.get(address(rossi), headers={"accept-language": "it"}).content.decode()
    assert ">1.200</a>" in italian


# --- Problems


def test_a_healthy_customer_has_no_problems(administrator: Client, rossi: Customer) -> None:
    a_workflow(rossi, "1")
    make_job(rossi, Status.SUCCEEDED)
    page = shown(administrator, rossi)
    assert page.context["problems"] == []
    assert b'id="problems"' not in page.content
    assert b"Healthy" in page.content


@pytest.mark.parametrize(
    ("columns", "title", "actions"),
    [
        ({"needs_attention": "HTTP 401"}, "Credentials rejected", {"edit", "try_credentials"}),
        ({"is_active": False}, "Inactive", {"edit"}),
        ({}, "Never synced", {"sync"}),
    ],
)
def test_a_problem_has_the_actions_that_mend_it_for_those_who_may(
    administrator: Client,
    viewer: Client,
    rossi: Customer,
    columns: dict[str, Any],
    title: str,
    actions: set[str],
) -> None:
    Customer.objects.filter(pk=rossi.pk).update(**columns)
    assert problems(administrator, rossi)[title] == actions
    assert problems(viewer, rossi)[title] == set()


def test_the_latest_failed_job_of_each_kind_is_a_problem_until_it_is_resolved(
    operator: Client, rossi: Customer
) -> None:
    make_failed(rossi, error="an older reason")
    run = make_failed(rossi, error="the latest reason")
    [problem] = shown(operator, rossi).context["problems"]
    assert (problem.title, problem.reason) == ("Failed: Sync", "the latest reason")
    assert [one.url for one in problem.remedies] == [
        reverse("admin:jobs_jobrun_retry", args=(run.pk,))
    ]
    JobRun.objects.update(resolved_at=timezone.now())
    assert "Failed: Sync" not in problems(operator, rossi)


def test_a_job_that_will_be_retried_is_a_problem_that_a_retry_brings_forward(
    operator: Client, rossi: Customer
) -> None:
    later = timezone.now() + timedelta(hours=3)
    run = make_job(rossi, Status.RETRYING, error="Zuora is down", due_at=later, finished_at=None)
    [problem] = shown(operator, rossi).context["problems"]
    assert (problem.title, problem.reason) == ("Will retry: Sync", "Zuora is down")
    operator.post(problem.remedies[0].url)
    run.refresh_from_db()
    assert run.due_at < later


def test_without_permission_to_view_jobs_the_reason_still_stands(
    make_user: MakeUser, client_of: ClientOf, rossi: Customer
) -> None:
    user = make_user("karl")
    user.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    make_failed(rossi, error="Zuora is down")
    a_workflow(rossi, "1", export_error="refused", name="Secret workflow")
    page = shown(client_of(user), rossi)
    [problem] = page.context["problems"]
    assert (problem.title, problem.reason) == ("Last sync failed", "Zuora is down")
    for part in (b'id="jobs"', b'id="workflows"', b'id="schedules"', b"Secret workflow"):
        assert part not in page.content


# --- Deletions that were refused


def test_refused_deletions_are_listed_and_allowed_for_the_next_sync(
    transactional_db: None, operator: Client, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(8, tasks=1)
    service = WorkflowSyncService()
    service.sync_customer_workflows(customer)
    for key in sorted(tenant.definitions)[:6]:
        tenant.delete(key)
    with pytest.raises(MassDeletionRefusedError) as refusal:
        service.sync_customer_workflows(customer)
    error = refusal.value
    make_failed(customer, error=error_text(error), error_details=error_details(error))
    going = set(Workflow.objects.exclude(zuora_id__in=tenant.definitions))

    [problem] = shown(operator, customer).context["problems"]
    assert (problem.missing.count, set(problem.missing.known)) == (6, going)
    assert problem.remedies[0].url == address(customer, "allow_deletions")
    question = operator.get(address(customer, "allow_deletions")).content.decode()
    assert "all 6 missing workflows" in question
    assert all(workflow.zuora_id in question for workflow in going)
    assert not JobRun.objects.filter(status=Status.WAITING).exists()

    operator.post(address(customer, "allow_deletions"))
    assert JobRun.objects.get(status=Status.WAITING).arguments == {"allow_mass_delete": True}


def test_of_very_many_refused_deletions_some_are_listed_and_all_counted(
    operator: Client, rossi: Customer
) -> None:
    ids = [f"{number:03}" for number in range(130)]
    Workflow.objects.bulk_create(Workflow(customer=rossi, zuora_id=one) for one in ids)
    refuse(rossi, ids)
    page = shown(operator, rossi).content.decode()
    assert page.count('<li><a class="text-link" href="/admin/workflows/workflow/') == 100
    assert "and 30 more" in page


def test_without_permission_to_view_workflows_missing_ones_are_counted_and_not_named(
    make_user: MakeUser, client_of: ClientOf, rossi: Customer
) -> None:
    user = make_user("karl")
    codes = ("view_customer", "view_jobrun", "sync_customer")
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    a_workflow(rossi, "1", name="Secret workflow")
    refuse(rossi, ["1"])
    for name in ("change", "allow_deletions"):
        page = client_of(user).get(address(rossi, name)).content.decode()
        assert "Secret workflow" not in page
        assert "and 1 more" in page


def test_nobody_allows_deletions_that_no_sync_has_refused(
    operator: Client, rossi: Customer
) -> None:
    make_failed(rossi, error="Zuora is down")
    asked = operator.get(address(rossi, "allow_deletions")).content.decode()
    assert "No sync of this customer was refused." in asked
    assert not can_be_confirmed(asked)
    answer = operator.post(address(rossi, "allow_deletions"), follow=True)
    assert b"No sync of this customer was refused." in answer.content
    assert not JobRun.objects.filter(status=Status.WAITING).exists()


def test_a_sync_that_succeeded_later_takes_the_question_back(
    operator: Client, rossi: Customer
) -> None:
    run = refuse(rossi, [str(number) for number in range(9)])
    JobRun.objects.filter(pk=run.pk).update(resolved_at=timezone.now())
    operator.post(address(rossi, "allow_deletions"))
    assert not JobRun.objects.filter(status=Status.WAITING).exists()


# --- Failed exports


def test_failed_exports_are_listed_with_their_reasons_and_retried(
    operator: Client, viewer: Client, rossi: Customer
) -> None:
    a_workflow(rossi, "1", name="Dunning", export_error="HTTP 500, try again")
    a_workflow(rossi, "2", name="Billing")
    a_workflow(rossi, "3", name="Gone", export_error="old", deleted_at=timezone.now())
    page = shown(operator, rossi)
    part = page.content.decode().split('id="failed-exports"')[1].split("</section>")[0]
    assert "Dunning" in part
    assert "HTTP 500, try again" in part
    assert "Billing" not in part
    assert "Gone" not in part
    assert address(rossi, "retry_exports") in part
    assert address(rossi, "retry_exports") not in shown(viewer, rossi).content.decode()

    operator.post(address(rossi, "retry_exports"))
    run = JobRun.objects.get()
    assert (run.kind, run.customer, run.requested_by) == ("retry_failed_exports", rossi, "otto")


def test_a_retry_of_exports_joins_a_sync_that_waits_already(
    operator: Client, rossi: Customer
) -> None:
    operator.post(address(rossi, "sync"))
    operator.post(address(rossi, "retry_exports"))
    assert JobRun.objects.get().kind == "sync"


def test_of_many_failed_exports_the_first_are_listed_with_a_link_to_all(
    viewer: Client, rossi: Customer
) -> None:
    for number in range(MOST_EXPORTS + 3):
        a_workflow(rossi, str(number), export_error="refused")
    page = shown(viewer, rossi)
    assert len(page.context["failed_exports"]) == MOST_EXPORTS
    assert b"and 3 more" in page.content
    assert len(viewer.get(page.context["all_exports"]).context["cl"].result_list) == 23


# --- What there is of the customer


def test_deleted_workflows_are_counted_apart_and_the_counts_are_those_of_the_lists(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    for number in range(4):
        a_workflow(rossi, str(number), deleted_at=timezone.now() if number == 0 else None)
    a_workflow(bianchi, "9")
    page = shown(viewer, rossi).context
    assert (page["condition"].workflows, page["deleted"]) == (3, 1)
    assert len(viewer.get(page["all_workflows"]).context["cl"].result_list) == 3
    assert len(viewer.get(page["deleted_workflows"]).context["cl"].result_list) == 1


def test_running_jobs_come_first_and_move_by_themselves(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    ended = make_job(rossi, Status.SUCCEEDED)
    running = make_job(rossi, Status.RUNNING, progress_done=1, progress_total=4)
    make_job(bianchi, Status.RUNNING)
    page = shown(viewer, rossi)
    assert [job["run"].pk for job in page.context["jobs"]] == [running.pk, ended.pk]
    assert f'data-live="job-{running.pk}-progress"' in page.content.decode()
    assert f'data-live="customer-{rossi.pk}-running"' in page.content.decode()


def test_the_latest_changes_are_those_of_this_customer(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    mine = an_entry(a_workflow(rossi, "1"), "created")
    an_entry(a_workflow(bianchi, "1"), "created")
    assert [one.entry for one in shown(viewer, rossi).context["changes"]] == [mine]


def test_schedules_are_those_that_cover_the_customer(
    viewer: Client, limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    Schedule.objects.all().delete()  # one is made by a migration, if no test has emptied the table
    of_all = Schedule.objects.create(name="the whole mirror", all_customers=True).name
    for name, customers in (("of Rossi", [rossi]), ("of Bianchi", [bianchi])):
        Schedule.objects.create(name=name, all_customers=False).customers.set(customers)
    for browser, names in ((viewer, ["of Rossi", of_all]), (limited, ["of Rossi"])):
        found = shown(browser, rossi).context["schedules"]
        assert [schedule.name for schedule in found] == names


def test_the_form_is_behind_edit_for_those_who_may_change(
    administrator: Client, operator: Client, rossi: Customer
) -> None:
    assert b'name="zuora_client_id"' not in shown(administrator, rossi).content
    assert b'name="zuora_client_id"' in administrator.get(address(rossi, "edit")).content
    assert address(rossi, "edit") in shown(administrator, rossi).content.decode()
    assert address(rossi, "edit") not in shown(operator, rossi).content.decode()
    assert operator.get(address(rossi, "edit")).status_code == 403


def fill(customer: Customer, first: int, last: int) -> None:
    for number in range(first, last):
        workflow = a_workflow(customer, str(number), export_error="refused")
        an_entry(workflow, "created")
        make_job(customer, Status.SUCCEEDED)
        make_failed(customer)
        schedule = Schedule.objects.create(name=f"{customer} {number}", all_customers=False)
        schedule.customers.set([customer])


def test_the_number_of_statements_is_small_and_does_not_grow(
    make_user: MakeUser, client_of: ClientOf, rossi: Customer
) -> None:
    browser = client_of(make_user("ada", ADMINISTRATORS, only=[rossi]))
    make_job(rossi, Status.WAITING)
    fill(rossi, 0, 1)
    refuse(rossi, ["0", "1", "2"])
    browser.get(address(rossi))
    with CaptureQueriesContext(connection) as few:
        browser.get(address(rossi))
    fill(rossi, 1, 40)
    refuse(rossi, [str(number) for number in range(40)])
    with CaptureQueriesContext(connection) as many:
        browser.get(address(rossi))
    assert len(many) == len(few)
    assert len(many) <= MOST_STATEMENTS
    statements = "".join(query["sql"] for query in many)
    assert "zuora_client_secret" not in statements
    assert "json_export" not in statements


# --- No worker


def test_a_job_that_waits_without_a_worker_says_so_on_every_page_that_shows_it(
    operator: Client, rossi: Customer
) -> None:
    batch = JobBatch.objects.create(requested_by="otto")
    ended, waiting = (
        make_job(rossi, one, batch=batch) for one in (Status.SUCCEEDED, Status.WAITING)
    )
    pages = [
        address(rossi),
        reverse("admin:jobs_jobrun_changelist"),
        reverse("admin:web_waitingjob_changelist"),
        reverse("admin:web_failedjob_changelist"),
        reverse("admin:jobs_jobbatch_changelist"),
        reverse("admin:jobs_jobrun_change", args=(waiting.pk,)),
        reverse("admin:jobs_jobbatch_change", args=(batch.pk,)),
    ]
    of_ended = reverse("admin:jobs_jobrun_change", args=(ended.pk,))

    def warned(page: str) -> bool:
        return b"No worker is running." in operator.get(page).content

    assert [page for page in pages if not warned(page)] == []
    assert not warned(of_ended)
    live = reverse("admin:jobs_live") + "?workers=all"
    assert "No worker" in operator.get(live).json()["parts"]["workers-all-missing"]
    make_worker()
    assert [page for page in pages if warned(page)] == []
    assert operator.get(live).json()["parts"]["workers-all-missing"] == ""


def test_where_nothing_waits_no_worker_is_missed(
    operator: Client, limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    make_job(rossi, Status.SUCCEEDED)
    make_job(bianchi, Status.WAITING)
    lists = reverse("admin:web_waitingjob_changelist")
    assert b"No worker is running." not in operator.get(address(rossi)).content
    assert b"No worker is running." in operator.get(lists).content
    assert b"No worker is running." not in limited.get(lists).content

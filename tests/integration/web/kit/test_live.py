"""The small answers by which pages keep themselves up to date."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import STATS, make_batch, make_failed, make_job, make_worker
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.sync.requests import request_syncs

pytestmark = pytest.mark.usefixtures("transactional_db")

LIVE = "/admin/jobs/jobrun/live/"
Status = JobRun.Status


def ask(browser: Client, **about: Any) -> Any:
    answer = browser.get(LIVE, about)
    assert answer.status_code == 200
    return answer.json()


def test_the_cells_of_a_running_job_move(viewer: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.RUNNING, progress_done=10, progress_total=40)
    told = ask(viewer, jobs=run.pk)
    assert 'value="25"' in told["parts"][f"job-{run.pk}-progress"]
    assert told["active"] is True
    JobRun.objects.filter(pk=run.pk).update(
        status=Status.SUCCEEDED, output=STATS, progress_done=40, finished_at=run.started_at
    )
    told = ask(viewer, jobs=run.pk)
    assert "Succeeded" in told["parts"][f"job-{run.pk}-state"]
    assert told["parts"][f"job-{run.pk}-stats"].startswith("3 created")
    assert told["parts"][f"job-{run.pk}-duration"] == "0 s"
    assert told["jobs"] == {str(run.pk): {"status": "succeeded", "said": "Rossi: Succeeded"}}
    assert told["active"] is False


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/admin/jobs/jobrun/", "jobs"),
        ("/admin/jobs/jobbatch/", "batches"),
        ("/admin/customers/customer/", "customers"),
    ],
)
def test_an_answer_is_what_the_page_shows(
    viewer: Client, rossi: Customer, address: str, kind: str
) -> None:
    batch = JobBatch.objects.create(requested_by="otto")
    run = make_job(rossi, Status.RUNNING, batch=batch, progress_done=1, progress_total=3)
    pk = {"jobs": run.pk, "batches": batch.pk, "customers": rossi.pk}[kind]
    page = viewer.get(address).content.decode()
    for name, html in ask(viewer, **{kind: pk})["parts"].items():
        if "duration" not in name:
            assert f'data-live="{name}">{html}</span>' in page


def test_places_in_the_queue_move_up(viewer: Client, rossi: Customer, bianchi: Customer) -> None:
    request_syncs([rossi], requested_by="otto")
    request_syncs([bianchi], requested_by="otto")
    first, second = JobRun.objects.order_by("pk")
    make_worker()
    told = ask(viewer, jobs=f"{first.pk},{second.pk}", list="waiting")
    assert told["parts"][f"job-{second.pk}-place"] == 2
    JobRun.objects.filter(pk=first.pk).update(status=Status.CANCELLED)
    told = ask(viewer, jobs=f"{first.pk},{second.pk}", list="waiting")
    assert told["parts"][f"job-{second.pk}-place"] == 1
    assert told["parts"][f"job-{first.pk}-place"] == "–"
    assert "now" in told["parts"][f"job-{second.pk}-start"]


def test_customers_tell_their_running_sync(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    make_job(rossi, Status.RUNNING, progress_done=1, progress_total=2)
    parts = ask(viewer, customers=f"{rossi.pk},{bianchi.pk}")["parts"]
    assert 'value="50"' in parts[f"customer-{rossi.pk}-running"]
    assert parts[f"customer-{bianchi.pk}-running"] == "–"


@pytest.mark.parametrize("kind", ["jobs", "waiting", "failed", "batches"])
def test_what_is_new_in_a_list_is_noticed(
    viewer: Client, limited: Client, rossi: Customer, bianchi: Customer, kind: str
) -> None:
    def make(one: Customer) -> JobRun | JobBatch:
        match kind:
            case "jobs":
                return make_job(one, Status.RUNNING)
            case "waiting":
                return make_job(one, Status.WAITING)
            case "failed":
                return make_failed(one)
        return make_batch(one, status=Status.SUCCEEDED)

    own, other = make(rossi), make(bianchi)
    assert set(ask(viewer, list=kind)["newest"]) == {own.pk, other.pk}
    assert ask(limited, list=kind)["newest"] == [own.pk]


def test_badges_tell_the_users_own_numbers(
    viewer: Client, limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    for customer in (rossi, bianchi):
        make_failed(customer)
    badges = ask(viewer)["badges"]
    assert ">2</span>" in "".join(badges["/admin/web/failedjob/"].split())
    assert badges["/admin/jobs/jobrun/"] == ""
    assert ">1</span>" in "".join(ask(limited)["badges"]["/admin/web/failedjob/"].split())


def test_nothing_is_told_of_others_customers(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    own, other = make_job(rossi, Status.RUNNING), make_job(bianchi, Status.RUNNING)
    batch = make_batch(rossi, bianchi, status=Status.SUCCEEDED)
    foreign = make_batch(bianchi, status=Status.SUCCEEDED)
    told = ask(
        limited,
        jobs=f"{own.pk},{other.pk}",
        batches=f"{batch.pk},{foreign.pk}",
        customers=f"{bianchi.pk}",
    )
    assert f"job-{own.pk}-state" in told["parts"]
    assert not [name for name in told["parts"] if name.startswith(f"job-{other.pk}-")]
    assert not [name for name in told["parts"] if name.startswith(f"batch-{foreign.pk}-")]
    assert told["parts"][f"batch-{batch.pk}-done"] == 1
    assert told["parts"][f"customer-{bianchi.pk}-running"] == "–"
    assert "Bianchi" not in str(told)
    own.delete()
    assert ask(limited)["active"] is False


def test_it_answers_only_those_who_may_see_jobs(stranger: Client, db: None) -> None:
    assert stranger.get(LIVE).status_code == 403
    assert Client().get(LIVE).status_code == 302


@pytest.mark.parametrize("ids", ["x", "1;2", "-1", "²", ",".join(["1"] * 501)])
def test_junk_is_refused(viewer: Client, ids: str) -> None:
    assert viewer.get(LIVE, {"jobs": ids}).status_code == 400


def test_numbers_that_no_id_can_be_find_nothing(viewer: Client) -> None:
    assert ask(viewer, jobs="9" * 40)["parts"] == {}


def test_what_zuora_says_stays_text(viewer: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.RUNNING, output={"created": "<img src=x>"})
    assert "<img" not in viewer.get("/admin/jobs/jobrun/").content.decode().split("<tbody")[1]
    told = ask(viewer, jobs=run.pk)
    assert "<img" not in str(told["parts"])


def test_the_number_of_statements_does_not_depend_on_the_page(
    viewer: Client, rossi: Customer
) -> None:
    def about() -> dict[str, str]:
        return {
            "jobs": ",".join(str(pk) for pk in JobRun.objects.values_list("pk", flat=True)),
            "batches": ",".join(str(pk) for pk in JobBatch.objects.values_list("pk", flat=True)),
            "customers": ",".join(str(pk) for pk in Customer.objects.values_list("pk", flat=True)),
            "list": "waiting",
        }

    make_batch(rossi, status=Status.WAITING)
    few_ids = about()
    ask(viewer, **few_ids)
    with CaptureQueriesContext(connection) as few:
        ask(viewer, **few_ids)
    for number in range(20):
        make_batch(make_customer(f"Customer {number}"), status=Status.WAITING)
        make_failed(rossi)
    many_ids = about()
    with CaptureQueriesContext(connection) as many:
        ask(viewer, **many_ids)
    assert len(many) == len(few)
    statements = "".join(query["sql"] for query in many)
    assert "zuora_client_secret" not in statements
    assert '"exception"' not in statements

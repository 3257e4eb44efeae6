"""Each list as CSV and XLSX: the rows that it shows, with all columns, as plain values."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.web.kit.test_downloads import read_csv, read_xlsx
from tests.integration.web.made_jobs import STATS, Status, make_batch, make_failed, make_job
from tests.integration.web.made_world import World, make_world
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.web.kit.saved_views import LISTS
from workflow_mirror.web.kit.site import site


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def path_of(page: str) -> str:
    return f"/admin/{page.replace('_', '/', 1)}/"


def table(browser: Client, page: str, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"{path_of(page)}csv/{query}")
    assert answer.status_code == 200
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("page", LISTS)
def test_a_file_has_the_rows_of_its_list_and_all_columns(
    world: World, administrator: Client, page: str
) -> None:
    shown = administrator.get(f"{path_of(page)}?view=none").context["cl"]
    [admin] = [one for one in site._registry.values() if one.page_key == page]
    assert shown.result_count > 0
    answer = administrator.get(f"{path_of(page)}csv/")
    assert re.search(rf'filename="{admin.file_name}-[\d-]+\.csv"', answer["Content-Disposition"])
    titles, *rows = read_csv(b"".join(answer))
    assert titles == [column.title for column in admin.file_columns]
    assert len(rows) == shown.result_count
    assert "<" not in "".join("".join(row) for row in rows)
    sheet = read_xlsx(b"".join(administrator.get(f"{path_of(page)}xlsx/")))
    assert sheet[0] == titles
    assert len(sheet) == len(rows) + 1
    assert 'href="csv/' in administrator.get(path_of(page)).content.decode() or (
        f'href="{path_of(page)}csv/' in administrator.get(path_of(page)).content.decode()
    )


def test_a_file_has_what_the_list_shows_with_its_filters_and_the_chosen_customer(
    world: World, viewer: Client
) -> None:
    failed = table(viewer, "jobs_jobrun", "?status=failed")
    assert {row["status"] for row in failed} == {"Failed"}
    viewer.post("/lists/customer/", {"customer": world.rossi.customer.pk})
    assert {row["customer"] for row in table(viewer, "jobs_jobrun")} == {"Rossi S.p.A."}
    assert {row["customer"] for row in table(viewer, "workflows_task")} == {"Rossi S.p.A."}


def test_a_file_has_all_columns_whatever_the_list_shows(world: World, viewer: Client) -> None:
    every = table(viewer, "jobs_jobrun")
    form = {"page": "jobs_jobrun", "columns": ["state"]}
    viewer.post("/lists/columns/", form)
    assert table(viewer, "jobs_jobrun") == every


def test_a_file_of_jobs_tells_results_errors_and_times(viewer: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.COMPLETED_WITH_ERRORS, output=STATS)
    make_failed(rossi, error="HTTP 500")
    rows = {row["status"]: row for row in table(viewer, "jobs_jobrun")}
    done = rows["Completed with errors"]
    assert done["result"].startswith("3 created, 2 updated")
    assert done["job"] == str(run.pk)
    assert done["started (UTC)"] == f"{run.started_at:%Y-%m-%d %H:%M:%S}"
    assert rows["Failed"]["error"] == "HTTP 500"


def test_a_file_of_waiting_jobs_is_in_the_order_of_the_queue(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    later = make_job(rossi, Status.WAITING, due_at=timezone.now() + timedelta(hours=1))
    first = make_job(bianchi, Status.WAITING)
    rows = table(viewer, "web_waitingjob")
    assert [(row["position"], row["job"]) for row in rows] == [
        ("1", str(first.pk)),
        ("2", str(later.pk)),
    ]


def test_a_file_of_batches_counts_the_users_own_jobs(
    viewer: Client, limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    batch: JobBatch = make_batch(rossi, status=Status.SUCCEEDED)
    make_job(bianchi, Status.SUCCEEDED, batch=batch)

    def done(browser: Client) -> Any:
        return [row["done"] for row in table(browser, "jobs_jobbatch")]

    assert JobRun.objects.filter(batch=batch).count() == 2
    assert done(viewer) == ["2"]
    assert done(limited) == ["1"]

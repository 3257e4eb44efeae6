"""Rows of jobs and batches as they are now, for lists that are open."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.integration.web.made_jobs import Status, make_batch, make_failed, make_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun

JOBS = "/admin/jobs/jobrun/"
WAITING = "/admin/web/waitingjob/"
FAILED = "/admin/web/failedjob/"
BATCHES = "/admin/jobs/jobbatch/"


def rows(browser: Client, path: str, *ids: int, **query: str) -> dict[str, Any]:
    answer = browser.get(f"{path}rows/", {"ids": ",".join(map(str, ids)), **query})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def actions(html: str) -> list[str]:
    """The last parts of the addresses of a row's menu."""
    return re.findall(r'href="/admin/\w+/\w+/\d+/(\w+)/" class', html)


def test_a_row_is_the_one_of_the_list(viewer: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.FAILED)
    for path in (JOBS, FAILED):
        page = viewer.get(path).content.decode()
        [html] = rows(viewer, path, run.pk)["rows"].values()
        assert re.sub(r"\s+", " ", html.strip()) in re.sub(r"\s+", " ", page)


def test_a_job_that_has_ended_has_no_cancel(operator: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.WAITING)

    def offered(path: str) -> list[str]:
        return actions(rows(operator, path, run.pk)["rows"][str(run.pk)])

    assert offered(WAITING) == ["cancel"]
    JobRun.objects.update(status=Status.RUNNING)
    assert offered(WAITING) == ["cancel"]
    assert offered(JOBS) == ["cancel"]
    JobRun.objects.update(status=Status.SUCCEEDED)
    assert offered(WAITING) == []
    JobRun.objects.update(status=Status.FAILED)
    assert offered(JOBS) == ["retry"]


@pytest.mark.parametrize(
    ("status", "found"), [(Status.RUNNING, ["cancel"]), (Status.SUCCEEDED, []), (Status.FAILED, [])]
)
def test_only_a_batch_with_a_job_to_come_has_a_cancel(
    operator: Client, rossi: Customer, status: str, found: list[str]
) -> None:
    batch = make_batch(rossi, status=status)
    assert actions(rows(operator, BATCHES, batch.pk)["rows"][str(batch.pk)]) == found
    assert ("cancel/" in operator.get(BATCHES).content.decode()) == bool(found)


def test_a_row_that_no_longer_matches_is_told_and_what_the_list_shows_is_another_matter(
    viewer: Client, rossi: Customer
) -> None:
    ended, running = make_job(rossi, Status.SUCCEEDED), make_job(rossi, Status.RUNNING)
    answer = rows(viewer, JOBS, ended.pk, status="running")
    assert list(answer["rows"]) == [str(ended.pk)]
    assert answer["shown"] == [running.pk]


def test_a_row_has_the_columns_of_the_list(viewer: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.RUNNING)
    html = rows(viewer, JOBS, run.pk, cols="job,asked_by")["rows"][str(run.pk)]
    assert html.count("<td") == 2


def test_no_row_of_others_customers_is_told(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    own, other = make_job(rossi, Status.RUNNING), make_job(bianchi, Status.RUNNING)
    answer = rows(limited, JOBS, own.pk, other.pk)
    assert list(answer["rows"]) == [str(own.pk)]
    assert answer["shown"] == [own.pk]


def test_who_may_not_see_jobs_gets_no_rows(stranger: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    assert stranger.get(f"{JOBS}rows/?ids={run.pk}").status_code == 403


def test_the_state_of_each_row_is_told(viewer: Client, rossi: Customer) -> None:
    run, batch = make_job(rossi, Status.RUNNING), make_batch(rossi, status=Status.SUCCEEDED)

    def told(query: str) -> Any:
        return viewer.get(f"{JOBS}live/?{query}").json()["rows"]

    assert told(f"jobs={run.pk}") == {str(run.pk): "running"}
    assert told(f"batches={batch.pk}") == {str(batch.pk): "ended"}
    assert 'data-live-state="running"' in viewer.get(JOBS).content.decode()
    assert 'data-live-state="ended"' in viewer.get(BATCHES).content.decode()

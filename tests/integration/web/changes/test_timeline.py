"""The timeline on the page of a workflow, and its older entries."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.web.made_changes import Kind, an_edit, an_entry, at
from tests.integration.web.made_jobs import make_job
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from tests.integration.web.shown import shown
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.changes.timeline import ON_A_PAGE
from workflow_mirror.workflows.models import Workflow

BASE = "/admin/workflows/workflow"
OLD, NEW = (a_document(a_task("1", name)) for name in ("Ask", "Tell"))

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def workflow(rossi: Customer) -> Workflow:
    return a_workflow(rossi, "101", document=OLD)


def entries(browser: Client, address: str) -> list[int]:
    found = re.findall(r'<li id="change-(\d+)">', shown(browser, address))
    return [int(key) for key in found]


def test_the_entries_of_one_sync_are_together_newest_sync_first(
    viewer: Client, workflow: Workflow
) -> None:
    first = an_entry(workflow, seen_at=at("2026-11-23 08:00"))
    monday = at("2026-11-23 09:22")
    edit = an_edit(workflow, OLD, NEW, seen_at=monday, changed_by="ada@example.com")
    draft = an_entry(
        workflow,
        Kind.DRAFT,
        seen_at=monday,
        fields={"draft_version": {"before": "0.0.2", "after": ""}},
    )

    answer = viewer.get(f"{BASE}/{workflow.pk}/change/?tab=history")
    page = answer.content.decode()

    syncs = answer.context["syncs"]
    assert [[one.entry for one in seen.entries] for seen in syncs] == [[draft, edit], [first]]
    for text in ("2026-11-23 09:22", "Draft 0.0.2 removed", "1 task renamed", "by ada@example.com"):
        assert text in page
    assert f"?a={edit.export_before_id}&amp;b={edit.export_after_id}" in page


def test_a_job_is_linked_while_it_exists_for_who_may_see_it(
    viewer: Client, workflow: Workflow, rossi: Customer
) -> None:
    job = make_job(rossi, JobRun.Status.SUCCEEDED)
    an_entry(workflow, job_run=job)
    address, link = (
        f"{BASE}/{workflow.pk}/change/?tab=history",
        f"/admin/jobs/jobrun/{job.pk}/change/",
    )

    assert shown(viewer, address).count(link) == 1
    job.delete()
    assert link not in shown(viewer, address)


def test_older_entries_follow_page_by_page_without_a_gap(
    viewer: Client, workflow: Workflow
) -> None:
    """Of which many have the same time, and some are of one sync over two pages."""
    now = timezone.now()
    made = [
        an_entry(workflow, Kind.SETTINGS, seen_at=now - timedelta(hours=number // 7)).pk
        for number in range(2 * ON_A_PAGE + 5)
    ]
    found: list[int] = []
    address = f"{BASE}/{workflow.pk}/change/?tab=history"
    while address:
        found += entries(viewer, address)
        link = re.search(r'data-timeline-older><a [^>]*href="([^"]+)"', shown(viewer, address))
        address = link[1] if link else ""

    assert len(found) == len(set(found))
    assert set(found) == set(made)


def test_the_page_itself_shows_older_entries_too(viewer: Client, workflow: Workflow) -> None:
    old, new = an_entry(workflow).pk, an_entry(workflow, Kind.DELETED).pk

    assert entries(viewer, f"{BASE}/{workflow.pk}/change/?before={new}") == [old]


def test_entries_of_another_workflow_are_no_place_to_continue_from(
    viewer: Client, workflow: Workflow, bianchi: Customer
) -> None:
    foreign = an_entry(a_workflow(bianchi, "101"))
    an_entry(workflow)

    for before in (foreign.pk, "x", "0", ""):
        assert viewer.get(f"{BASE}/{workflow.pk}/changes/?before={before}").status_code == 404


def test_a_workflow_without_changes_says_so(viewer: Client, workflow: Workflow) -> None:
    assert "No changes yet." in shown(viewer, f"{BASE}/{workflow.pk}/change/?tab=history")

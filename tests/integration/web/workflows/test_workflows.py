"""The list of workflows, the page of one, and asking for syncs there."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.mirrored import EVIL, a_document, a_task, a_workflow
from tests.integration.web.shown import shown
from tests.sync_jobs import sync_job
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.web.workflows.schedule_words import next_runs_of
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.queries import versions_of

LIST = "/admin/workflows/workflow/"
BIG_COLUMNS = ('"json_export"', '"list_row"', '"workflow_task_json"', '"data"', '"document"')

pytestmark = pytest.mark.usefixtures("transactional_db")


def change(workflow: Workflow) -> str:
    return reverse("admin:workflows_workflow_change", args=(workflow.pk,))


def every_tab(browser: Client, workflow: Workflow) -> str:
    tabs = ("overview", "graph", "tasks", "json", "history", "jobs")
    return "".join(shown(browser, f"{change(workflow)}?tab={tab}") for tab in tabs)


def below(workflow: Workflow) -> list[str]:
    """Every address of one workflow."""
    export = WorkflowExport.objects.get(workflow=workflow)
    return [
        *(f"{change(workflow)}?tab={tab}" for tab in ("overview", "graph", "tasks", "history")),
        f"{LIST}{workflow.pk}/json/",
        f"{LIST}{workflow.pk}/json/?download=1",
        f"{LIST}{workflow.pk}/task/?task=1",
        f"{LIST}{workflow.pk}/exports/{export.pk}/",
        f"{LIST}{workflow.pk}/exports/{export.pk}/?download=1",
        f"{LIST}{workflow.pk}/history/",
    ]


def names(browser: Client, query: str) -> list[str]:
    """The workflows that the list shows, in its order."""
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return [workflow.name for workflow in answer.context["cl"].result_list]


@pytest.fixture
def dunning(rossi: Customer) -> Workflow:
    task = a_task("1", "Ask <b>now</b>", parameters={"query": "SELECT\nId"})
    return a_workflow(
        rossi,
        "101",
        name="Dunning letters",
        description="Reminds those who are late",
        scheduled_trigger=True,
        interval="0 5 * * 1-5",
        timezone="Europe/Rome",
        version="3",
        document=a_document(task, a_task("2", "Send", "Email")),
    )


@pytest.fixture
def other(bianchi: Customer) -> Workflow:
    return a_workflow(
        bianchi, "900", name="Secret flow", state="Odd", document=a_document(a_task("1", "T"))
    )


# The list


def test_a_row_says_what_one_asks_first(viewer: Client, dunning: Workflow) -> None:
    page = shown(viewer, f"{LIST}?cols=name,customer,zuora_id,state,triggers,interval")
    for text in (
        "Dunning letters",
        "Rossi",
        'data-copy="101"',
        "Scheduled",
        "At 05:00, Monday through Friday (Europe/Rome)",
        "Active",
    ):
        assert text in page
    row = viewer.get(LIST).context["cl"].result_list[0]
    assert row.task_count == 2


def test_a_schedule_that_is_no_cron_expression_is_shown_as_it_is(
    viewer: Client, rossi: Customer
) -> None:
    a_workflow(rossi, "1", interval="0 0 12 1/1 * ? *", timezone="Mars/Base")
    assert "0 0 12 1/1 * ? * (Mars/Base)" in shown(viewer, LIST)


def test_the_schedule_is_in_the_language_of_the_page(viewer: Client, dunning: Workflow) -> None:
    page = viewer.get(LIST, headers={"accept-language": "it"}).content.decode()
    assert "Alle 05:00" in page


def test_the_next_runs_are_in_the_list_and_on_the_page(viewer: Client, dunning: Workflow) -> None:
    runs = next_runs_of(dunning)
    assert len(runs) == 3
    listed = ", ".join(f"{run:%Y-%m-%d %H:%M}" for run in runs)
    assert f'title="0 5 * * 1-5 | Next runs: {listed} UTC"' in shown(viewer, LIST)
    page = shown(viewer, change(dunning))
    for run in runs:
        assert f"{run:%Y-%m-%d %H:%M}" in page


def test_deleted_workflows_are_listed_only_if_asked_for_and_marked(
    viewer: Client, dunning: Workflow
) -> None:
    assert names(viewer, "") == names(viewer, "?vanished=any") == ["Dunning letters"]
    assert names(viewer, "?vanished=yes") == []
    Workflow.objects.update(deleted_at=timezone.now())
    assert names(viewer, "") == []
    assert names(viewer, "?vanished=yes") == names(viewer, "?vanished=any") == ["Dunning letters"]
    assert "Deleted in Zuora" in shown(viewer, f"{LIST}?vanished=yes").split("result_list")[1]
    assert "Deleted in Zuora (noticed" in shown(viewer, change(dunning))


def test_a_failed_export_is_shown(viewer: Client, dunning: Workflow) -> None:
    Workflow.objects.update(export_error="HTTP 500 from Zuora")
    assert "HTTP 500 from Zuora" in shown(viewer, f"{LIST}?cols=name,export_error")
    assert "HTTP 500 from Zuora" in shown(viewer, change(dunning))
    assert names(viewer, "?export=failed") == ["Dunning letters"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=Active", ["b on demand", "c scheduled", "d old"]),
        ("?state=Inactive", ["a callout"]),
        ("?trigger=callout_trigger", ["a callout"]),
        ("?trigger=ondemand_trigger", ["b on demand"]),
        ("?trigger=scheduled_trigger", ["c scheduled"]),
        ("?trigger=none", ["d old"]),
        ("?synced=day", ["a callout", "c scheduled"]),
        ("?synced=older", ["d old"]),
        ("?synced=never", ["b on demand"]),
        ("?trigger=nonsense", ["a callout", "b on demand", "c scheduled", "d old"]),
        ("?state=Inactive&trigger=none", []),
        ("?o=-name", ["d old", "c scheduled", "b on demand", "a callout"]),
    ],
)
def test_filters_and_order(viewer: Client, rossi: Customer, query: str, found: list[str]) -> None:
    old = timezone.now() - timedelta(days=3)
    a_workflow(rossi, "4", name="d old", last_synced_at=old)
    a_workflow(rossi, "3", name="c scheduled", scheduled_trigger=True)
    a_workflow(rossi, "2", name="b on demand", ondemand_trigger=True, last_synced_at=None)
    a_workflow(rossi, "1", name="a callout", callout_trigger=True, state="Inactive")
    assert names(viewer, query) == found


def test_filter_by_customer(viewer: Client, dunning: Workflow, other: Workflow) -> None:
    query = f"?customer__id__exact={dunning.customer_id}"
    assert names(viewer, query) == ["Dunning letters"]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("LETTERS", True),  # in the name
        ("remind late", True),  # words of the description
        ("101", True),  # the id
        ("du", True),  # the beginning of the name
        ("du letters", True),
        ("un", False),  # two letters are searched at the beginning alone
        ("10", False),  # part of an id
        ("letters lost", False),
        ("%", False),
        ("d_", False),
        ("' OR 1=1 --", False),
    ],
)
def test_search(viewer: Client, dunning: Workflow, text: str, is_found: bool) -> None:  # noqa: FBT001 - by pytest
    assert bool(names(viewer, f"?q={text.replace('%', '%25')}")) is is_found


def test_pages_of_a_long_list_neither_repeat_nor_miss_a_row(
    viewer: Client, rossi: Customer
) -> None:
    Workflow.objects.bulk_create(
        Workflow(customer=rossi, zuora_id=str(number), name="equal") for number in range(60)
    )
    for order in ("", "&o=-name"):
        pages = [
            viewer.get(f"{LIST}?p={page}{order}").context["cl"].result_list for page in (1, 2, 3)
        ]
        assert [len(page) for page in pages] == [25, 25, 10]
        assert len({workflow.pk for page in pages for workflow in page}) == 60


@pytest.mark.parametrize(
    "query", ["", "?q=flow", "?state=Active&trigger=none", "?o=-updated_on", "?p=1"]
)
def test_a_list_costs_the_same_whatever_its_length_and_loads_no_document(
    viewer: Client, rossi: Customer, query: str
) -> None:
    def make(first: int, last: int) -> None:
        for number in range(first, last):
            a_workflow(rossi, str(number), document=a_document(a_task("1", "T")))

    make(0, 2)
    viewer.get(LIST + query)
    with CaptureQueriesContext(connection) as few:
        viewer.get(LIST + query)
    make(2, 30)
    with CaptureQueriesContext(connection) as many:
        viewer.get(LIST + query)
    assert len(many) == len(few)
    statements = "".join(entry["sql"] for entry in many)
    assert [column for column in BIG_COLUMNS if column in statements] == []


def test_a_name_is_never_markup(viewer: Client, rossi: Customer) -> None:
    evil = a_workflow(
        rossi,
        f'"{EVIL}',
        name=EVIL,
        description=EVIL,
        state=EVIL,
        version=EVIL,
        interval=EVIL,
        timezone=EVIL,
        export_error=EVIL,
        document=a_document(a_task("1", EVIL, EVIL, object=EVIL)),
        oddities=[{"code": "other", "facts": {"text": EVIL}}],
    )
    for page in (shown(viewer, LIST), shown(viewer, f"{LIST}?q=script"), every_tab(viewer, evil)):
        assert EVIL not in page
        assert "&lt;script&gt;" in page


# The page of one


def test_the_page_of_a_workflow_shows_all_of_it(
    viewer: Client, dunning: Workflow, rossi: Customer
) -> None:
    run = JobRun.objects.create(
        **sync_job(rossi),
        status=JobRun.Status.SUCCEEDED,
        requested_by="schedule",
        queued_at=timezone.now(),
        due_at=timezone.now(),
        finished_at=timezone.now(),
    )
    page = every_tab(viewer, dunning)
    for text in (
        "Reminds those who are late",
        "Monday through Friday",
        "Ask &lt;b&gt;now&lt;/b&gt;",
        "data-workflow-graph",
        dunning.export_hash[:12],
        reverse("admin:workflows_task_change", args=(Task.objects.first().pk,)),  # type: ignore[union-attr]
        reverse("admin:jobs_jobrun_change", args=(run.pk,)),
    ):
        assert text in page


def test_a_workflow_without_an_export_has_a_page(viewer: Client, rossi: Customer) -> None:
    page = every_tab(viewer, a_workflow(rossi, "1"))
    assert page.count("No export yet") == 4
    assert viewer.get(f"{LIST}{Workflow.objects.get().pk}/json/").status_code == 404


def test_the_document_is_not_in_the_page_but_fetched(viewer: Client, rossi: Customer) -> None:
    workflow = a_workflow(rossi, "1", document={"deep": ["needle"], "big": 2**70, "exact": 1})
    assert "needle" not in every_tab(viewer, workflow)
    answer = viewer.get(f"{LIST}{workflow.pk}/json/")
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert json.loads(answer.content) == {"deep": ["needle"], "big": 2**70, "exact": 1}


def test_downloads_have_safe_names(viewer: Client, rossi: Customer) -> None:
    workflow = a_workflow(
        rossi, '../1"\r\n', name='../../etc/passwd"; à\n', document=a_document(a_task("1", "T"))
    )
    for address in below(workflow):
        if "download" in address:
            header = viewer.get(address)["Content-Disposition"]
            assert header.startswith('attachment; filename="rossi-1-etcpasswd-a')
            assert header.endswith('.json"')


def test_the_history_keeps_each_export_and_no_other_workflows(
    viewer: Client, dunning: Workflow, other: Workflow
) -> None:
    earlier = WorkflowExport.objects.create(
        customer=dunning.customer,
        workflow=None,  # from before the workflow's row
        workflow_zuora_id="101",
        content_hash="e" * 64,
        zuora_version="2",
        document={"old": True},
        first_seen_at=timezone.now(),
        last_seen_at=timezone.now(),
    )
    assert "eeeeeeeeeeee" in shown(viewer, f"{change(dunning)}?tab=history")
    answer = viewer.get(f"{LIST}{dunning.pk}/exports/{earlier.pk}/")
    assert json.loads(answer.content) == {"old": True}
    foreign = WorkflowExport.objects.get(workflow=other)
    assert viewer.get(f"{LIST}{dunning.pk}/exports/{foreign.pk}/").status_code == 404


def test_exports_that_differ_in_run_state_alone_are_shown_as_one_version(
    viewer: Client, dunning: Workflow
) -> None:
    version = WorkflowExport.objects.get(workflow=dunning)
    repeats = [
        WorkflowExport.objects.create(
            customer=dunning.customer,
            workflow=dunning,
            workflow_zuora_id=dunning.zuora_id,
            content_hash=letter * 64,
            repeat_of=version,
            document={"run": letter},
            first_seen_at=f"{year}-01-02T03:04:05Z",
            last_seen_at=f"{year}-02-03T04:05:06Z",
        )
        for letter, year in (("e", 2019), ("f", 2031))
    ]

    found: Any
    [found] = versions_of(EVERYTHING, dunning)
    assert (found.pk, found.since.year, found.until.year) == (version.pk, 2019, 2031)
    page = shown(viewer, f"{change(dunning)}?tab=history")
    assert "2019" in page
    assert "2031" in page
    assert "eeeeeeeeeeee" not in page
    for repeat in repeats:
        answer = viewer.get(f"{LIST}{dunning.pk}/exports/{repeat.pk}/")
        assert json.loads(answer.content) == repeat.document


def test_the_graph_asks_for_a_tasks_details_here(viewer: Client, dunning: Workflow) -> None:
    detail = reverse("admin:workflows_workflow_task", args=(dunning.pk,))
    assert f'data-detail-url="{detail}"' in shown(viewer, f"{change(dunning)}?tab=graph")
    assert "SELECT" in shown(viewer, f"{detail}?task=1")


# Who


def test_a_limited_user_sees_nothing_of_another_customer(
    limited: Client, dunning: Workflow, other: Workflow
) -> None:
    assert names(limited, "") == ["Dunning letters"]
    assert names(limited, "?q=secret") == []
    assert "Secret flow" not in names(limited, f"?customer__id__exact={other.customer_id}")
    page = shown(limited, LIST)
    for text in ("Bianchi", "Secret", "Odd"):
        assert text not in page
    for address in below(other):
        assert limited.get(address).status_code == 404, address


def test_who_may_see_all_sees_what_the_limited_one_does_not(
    viewer: Client, dunning: Workflow, other: Workflow
) -> None:
    assert names(viewer, "") == ["Dunning letters", "Secret flow"]
    assert ">Odd</option>" in shown(viewer, LIST)
    for address in below(other):
        assert viewer.get(address).status_code == 200, address


def test_a_stranger_gets_nowhere(stranger: Client, dunning: Workflow) -> None:
    for address in (LIST, f"{LIST}csv/", f"{LIST}xlsx/", *below(dunning)):
        assert stranger.get(address).status_code == 403, address


def test_without_an_account_every_address_asks_to_log_in(dunning: Workflow) -> None:
    for address in (LIST, f"{LIST}csv/", f"{LIST}sync_all/", *below(dunning)):
        assert Client().get(address)["Location"].startswith("/admin/login/"), address


def test_nobody_edits_or_deletes_what_is_zuoras(administrator: Client, dunning: Workflow) -> None:
    assert administrator.get(f"{LIST}add/").status_code == 403
    assert administrator.post(f"{LIST}{dunning.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Workflow.objects.exists()


# Syncs


def test_sync_customer_queues_the_chosen_one(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    page = shown(operator, f"{LIST}sync_customer/")
    assert "Queue Sync" in page
    assert "Rossi" in page
    assert "Bianchi" in page
    assert not JobRun.objects.exists()
    answer = operator.post(f"{LIST}sync_customer/", {"customer": rossi.pk}, follow=True)
    run = JobRun.objects.get()
    assert (run.customer, run.requested_by) == (rossi, "otto")
    assert reverse("admin:jobs_jobrun_change", args=(run.pk,)) in answer.content.decode()


def test_sync_customer_wants_one_chosen(operator: Client, rossi: Customer) -> None:
    for chosen in ("", "0", "x", "999999999999999999999"):
        answer = operator.post(f"{LIST}sync_customer/", {"customer": chosen})
        assert answer.status_code == 200
        assert not JobRun.objects.exists()


def test_sync_all_names_the_number_and_asks_first(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    Customer.objects.create(name="Idle", zuora_base_url="https://rest.zuora.com", is_active=False)
    assert "Queue a sync for all 2 active customers?" in shown(operator, f"{LIST}sync_all/")
    assert not JobRun.objects.exists()
    operator.post(f"{LIST}sync_all/")
    assert {run.customer for run in JobRun.objects.all()} == {rossi, bianchi}
    assert JobBatch.objects.get().requested_by == "otto"


def test_a_limited_operator_syncs_his_own_alone(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    assert "Bianchi" not in shown(limited, f"{LIST}sync_customer/")
    limited.post(f"{LIST}sync_customer/", {"customer": bianchi.pk})
    assert not JobRun.objects.exists()
    limited.post(f"{LIST}sync_all/")
    assert [run.customer for run in JobRun.objects.all()] == [rossi]


def test_a_viewer_syncs_nothing(viewer: Client, rossi: Customer) -> None:
    assert "sync_all" not in shown(viewer, LIST)
    for address in (f"{LIST}sync_all/", f"{LIST}sync_customer/"):
        assert viewer.get(address).status_code == 403
        assert viewer.post(address, {"customer": rossi.pk}).status_code == 403
    assert not JobRun.objects.exists()

"""Markup in Zuora's texts is shown as text on every page: nothing of it gets into the document.

The content security policy is no second line of defence here (web/kit/security.py), so this is the
test of the first one, which is escaping.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import OpenPage, find_by_name
from tests.integration.web.made_changes import an_entry
from tests.integration.web.made_jobs import STATS, Status, make_failed, make_job, make_worker
from tests.integration.web.mirrored import a_workflow
from workflow_mirror.compare.models import CustomerPair, Template
from workflow_mirror.customers.models import Customer
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.jobs.models import JobAttempt, JobBatch
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.references.index_again import index_again
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.web.models import SavedView
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport

pytestmark = pytest.mark.every_page

# Each breaks out of an attribute or a script first. A browser that took one for markup would run
# it, ask for it, or have an element with such an attribute.
PLANTED = (
    "\"'></script></textarea></title>"
    '<b class="planted" x-data x-init="planted()" x-effect="planted()" x-html="planted()"'
    ' :class="planted()" @mouseenter="planted()" x-on:click="planted()" onclick="planted()"'
    ' hx-get="/planted" hx-trigger="load" hx-on::load="planted()" tabindex="0" autofocus'
    ' onfocus="planted()">{{ planted() }} ${planted()}</b>'
    '<img class="planted" src="/planted" onerror="planted()">'
    '<svg class="planted" onload="planted()"></svg>'
    '<iframe class="planted" srcdoc="<script>parent.planted()</script>"></iframe>'
    '<a class="planted" href="javascript:planted()">x</a>'
    "<script class=planted>planted()</script>"
)
LINK = "javascript:planted()"
FOUND = """
() => [
  ...document.querySelectorAll('.planted, a[href^="javascript:" i], form[action^="javascript:" i]'),
].map((one) => one.outerHTML.slice(0, 200)).concat(window.ran)
"""
# No pages: files, data, what is posted to, and what is shown in other pages.
# Pages that nobody may open, such as adding a job, or that are not there, such as the log-in of an
# identity provider; and what the sandbox of the preview of a mail blocks.
EXPECTED = re.compile(r"40[34]|/preview/|^csp for GET \S+/planted$")
SKIPPED = (
    "find/proposals/",
    "account/theme/",
    "complete/",
    "saved/",
    "csv/",
    "xlsx/",
    "zip/",
    "download_exports/",
    "json/",
    "live/",
    "jsi18n/",
    "logout/",
    "autocomplete/",
    "language/",
    # Posted to, or about two customers, who are compared below.
    "progress/",
    "comparison/rules/",
    "comparison/rules/add/",
    "comparison/rules/delete/",
    "comparison/links/add/",
    "comparison/links/delete/",
    "comparison/templates/",
)


@pytest.fixture
def page(open_page: OpenPage, live_server: LiveServer) -> Page:
    client = Client()
    client.force_login(
        User.objects.create_superuser("ada"), "django.contrib.auth.backends.ModelBackend"
    )
    opened = open_page(base_url=live_server.url, viewport={"width": 1280, "height": 1600})
    opened.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    opened.add_init_script("window.ran = []; window.planted = () => ran.push('ran')")
    return opened


@pytest.fixture
def things(transactional_db: None) -> dict[str, Any]:
    customer = Customer.objects.create(
        name=PLANTED[:200],
        zuora_base_url="http://127.0.0.1:9",
        zuora_client_id="id",
        zuora_client_secret="secret",
        environment="javascript:planted()",
        needs_attention=PLANTED,
    )
    batch = JobBatch.objects.create(requested_by=PLANTED)
    asked: dict[str, Any] = {"requested_by": PLANTED, "batch": batch}
    failed = make_failed(customer, error=PLANTED, exception=PLANTED, **asked)
    JobAttempt.objects.update(error=PLANTED, exception=PLANTED, worker=PLANTED)
    make_job(customer, Status.COMPLETED_WITH_ERRORS, output=STATS, **asked)
    make_job(customer, Status.WAITING, **asked)
    make_job(customer, Status.RUNNING, progress_done=1, progress_total=3, **asked)
    workflow = planted_workflow(customer)
    schedule = Schedule.objects.create(name=PLANTED[:200], all_customers=False)
    schedule.customers.set([customer])
    sharing = User.objects.create_superuser(PLANTED[:140])
    shared = {"name": PLANTED[:100], "query": f"q={PLANTED}", "is_shared": True}
    SavedView.objects.create(owner=sharing, page="search", **shared)
    return {
        "customers/customer": customer,
        "workflows/workflow": workflow,
        "workflows/task": Task.objects.earliest("pk"),
        "history/workflowchange": planted_change(workflow),
        "jobs/jobrun": failed,
        "web/waitingjob": failed,
        "web/failedjob": failed,
        "jobs/jobbatch": batch,
        "jobs/workerprocess": make_worker(host=PLANTED),
        "schedules/schedule": schedule,
        **planted_notifications(sharing),
        "auth/user": User.objects.create_user(LINK, first_name=PLANTED[:150]),
    }


def planted_notifications(owner: User) -> dict[str, Any]:
    rule = NotificationRule.objects.create(
        owner=owner,
        name=PLANTED[:100],
        events=["deactivated", PLANTED],
        mail_to=LINK,
        error=PLANTED,
    )
    delivery = NotificationDelivery.objects.create(
        rule=rule, state="failed", error=PLANTED, due_at=timezone.now()
    )
    return {
        "notifications/notificationrule": rule,
        "notifications/notificationdelivery": delivery,
    }


def planted_workflow(customer: Customer, zuora_id: str = PLANTED, name: str = PLANTED) -> Workflow:
    texts = dict.fromkeys(
        ("description", "state", "version", "type", "priority", "interval", "timezone"), PLANTED
    )
    workflow = a_workflow(
        customer,
        zuora_id,
        name=name,
        **texts,
        scheduled_trigger=True,
        export_error=PLANTED,
        oddities=[{"code": "other", "facts": {"text": PLANTED}}],
        list_row={PLANTED: PLANTED},
        created_at=timezone.now() - timedelta(days=3),
        document=planted_document(),
    )
    WorkflowExport.objects.update(zuora_version=PLANTED)
    Workflow.objects.update(json_export=planted_document())
    index_again([workflow.pk])
    return workflow


def planted_change(workflow: Workflow) -> WorkflowChange:
    names = {"name": {"before": PLANTED, "after": PLANTED}}
    Workflow.objects.filter(pk=workflow.pk).update(
        draft_version=PLANTED, draft_hash=workflow.export_hash
    )
    return an_entry(workflow, "renamed", fields=names, changed_by=PLANTED)


def planted_document() -> dict[str, Any]:
    parameters = {
        PLANTED: PLANTED,
        "long": f"{PLANTED}\n" * 30,
        "link": LINK,
        "nested": {PLANTED: [PLANTED, {"url": LINK}]},
        "json": f'{{"a": "{LINK}"}}',
    }
    tasks = [
        {
            "id": key,
            "name": PLANTED,
            "action_type": kind,
            "object": PLANTED,
            "object_id": PLANTED,
            "call_type": PLANTED,
            "priority": PLANTED,
            "parameters": parameters,
            "css": {"top": PLANTED, "left": PLANTED},
        }
        for key, kind in ((PLANTED, PLANTED), ("2", "Callout"), ("3", f"Logic::{PLANTED}"))
    ]
    linkages = [
        {"source_workflow_id": 1, "target_task_id": PLANTED, "linkage_type": "Start"},
        {"source_task_id": PLANTED, "target_task_id": "2", "linkage_type": PLANTED},
        {"source_task_id": "2", "target_task_id": LINK, "linkage_type": "Success"},
    ]
    return {
        "workflow": {
            "id": 1,
            "name": PLANTED,
            PLANTED: PLANTED,
            "parameters": {"event_triggers": [PLANTED]},
        },
        "tasks": tasks,
        "linkages": linkages,
    }


def addresses(things: dict[str, Any]) -> Iterator[str]:
    """Every page of the admin that GET shows, the confirming ones too."""

    def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from routes(pattern.url_patterns, route)
            else:
                yield route

    for route in routes(get_resolver().url_patterns):
        address = route
        for name, thing in things.items():
            if route.startswith(f"admin/{name}/"):
                address = route.replace("<path:object_id>", str(thing.pk))
        if "<" not in address and "(" not in address and not address.endswith(SKIPPED):
            yield f"/{address}"


def verify(page: Page, where: str) -> None:
    assert page.evaluate(FOUND) == [], where


def test_nothing_planted_gets_into_any_page(
    page: Page, things: dict[str, Any], console: list[str]
) -> None:
    visited = sorted(set(addresses(things)))
    assert len(visited) > 60
    shown = 0
    for address in visited:
        if page.request.get(address).status == HTTPStatus.METHOD_NOT_ALLOWED:
            continue  # Chromium takes an empty answer for a failure
        page.goto(address)
        verify(page, address)
        shown += "planted()" in page.content()
    assert shown > 25
    assert [line for line in console if not EXPECTED.search(line)] == []
    console.clear()


def test_nothing_planted_gets_in_by_what_a_page_does(page: Page, things: dict[str, Any]) -> None:
    """The graph with its panel, the JSON viewer, filters, the search box, live updates."""
    workflow = things["workflows/workflow"]
    for _ in range(24):
        planted_change(workflow)
    look_at_tabs(page, workflow)

    page.goto(reverse("admin:workflows_workflow_uses", args=(workflow.pk,)) + "?kind=event")
    expect(page.get_by_role("table")).to_contain_text("planted()")
    verify(page, "all uses of a kind")
    compare_with_a_plain_version(page, workflow)
    verify(page, "the page that compares two versions")

    page.goto("/admin/workflows/workflow/")
    find_by_name(page, "planted")
    expect(page.get_by_role("option").first).to_contain_text("planted()")
    verify(page, "the proposals of the search box")
    page.goto(f"/find/?{urlencode({'q': 'planted'})}")
    expect(page.locator("[data-find-group]").first).to_contain_text("planted()")
    verify(page, "the results of the search box")
    page.goto(f"/find/?{urlencode({'q': PLANTED[:180]})}")
    verify(page, "a text that is repeated")

    for query in (
        "planted",
        "has:secret planted",
        "type:Callout",
        'state:"<b class=planted>"',
        PLANTED,
    ):
        page.goto(f"/search/?{urlencode({'q': query})}")
        for folded in page.locator("details").all():
            folded.evaluate("one => one.open = true")
        verify(page, f"the search for {query}")
    page.goto("/search/?q=planted")
    page.locator(".zs-place").first.click()
    verify(page, "the place that a hit leads to")
    own = SavedView.objects.create(
        owner=User.objects.get(username="ada"), page="search", name=PLANTED[:100], query="q=x"
    )
    page.goto(reverse("saved_view", args=(own.pk,)))
    verify(page, "the page of a saved search")
    page.goto("/search/")
    expect(page.locator("body")).to_contain_text(PLANTED[:100])
    page.locator("[data-search-box] input").press_sequentially("type:planted")
    expect(page.get_by_role("option").first).to_contain_text("planted()")
    verify(page, "the proposals of the search")

    for path in ("jobs/jobrun", "web/failedjob", "web/waitingjob"):
        with page.expect_response(lambda answer: "/live/" in answer.url):
            page.goto(f"/admin/{path}/")
        page.wait_for_function("document.querySelectorAll('[data-live]').length > 0")
        verify(page, path)


def test_nothing_planted_gets_into_a_comparison_of_customers(
    page: Page, things: dict[str, Any], console: list[str]
) -> None:
    one: Customer = things["customers/customer"]
    two = Customer.objects.create(name=f"b{PLANTED[:190]}", environment=PLANTED[:40])
    for customer, zuora_id in ((two, "1"), (two, "2"), (two, "3"), (one, "3")):
        name = f"{PLANTED} twice" if zuora_id == "3" else PLANTED
        planted_workflow(customer, zuora_id, name)
    pair = CustomerPair.objects.create(first=one, second=two)
    pair.rules.create(kind="text", first_text=PLANTED, second_text=LINK, created_by=PLANTED)
    pair.links.create(first_zuora_id=PLANTED, second_zuora_id=LINK, created_by=PLANTED)
    Template.objects.create(customer=two, template=one)
    query = urlencode({"source": one.pk, "target": two.pk, "q": PLANTED[:20]})
    for address in (
        "/comparison/",
        f"/comparison/?{query}",
        f"/comparison/rules/?{query}",
        "/comparison/matrix/",
        f"/comparison/matrix/?template={one.pk}",
        "/admin/customers/customer/",
        "/admin/",
    ):
        page.goto(address)
        expect(page.locator("body")).to_contain_text("planted()")
        verify(page, address)
    page.goto(f"/comparison/?{query}")
    page.locator(".zx-name a").first.click()
    verify(page, "the diff of a pair")


def look_at_tabs(page: Page, workflow: Workflow) -> None:
    tabs = reverse("admin:workflows_workflow_change", args=(workflow.pk,)) + "?tab="
    page.goto(f"{tabs}history")
    page.locator("[data-timeline-older] a").click()
    expect(page.locator("[data-timeline] > li")).to_have_count(25)
    verify(page, "the history of a workflow")
    page.goto(f"{tabs}json")
    expect(page.get_by_role("group", name="Document")).to_contain_text("tasks")
    page.get_by_role("searchbox", name="Search JSON").fill("planted")
    page.keyboard.press("Enter")
    expect(page.locator(".zw-hit")).to_contain_text("planted()")
    verify(page, "the JSON of a workflow")
    page.goto(f"{tabs}tasks")
    expect(page.get_by_role("table")).to_contain_text("planted()")
    verify(page, "the tasks of a workflow")
    page.goto(f"{tabs}graph")
    page.locator("[data-drawn]").wait_for(state="attached")
    page.get_by_text("Task list", exact=True).click()
    page.locator("[data-graph-open]").first.click()
    expect(page.locator("[data-graph-panel-title]")).to_contain_text("planted()")
    for folded in page.locator("details").all():
        folded.evaluate("one => one.open = true")
    page.mouse.move(400, 400)
    verify(page, "the graph of a workflow")


def compare_with_a_plain_version(page: Page, workflow: Workflow) -> None:
    """Every text is planted on one side of the comparison and in its graph."""
    planted = WorkflowExport.objects.get()
    plain = WorkflowExport.objects.create(
        customer=workflow.customer,
        workflow=workflow,
        workflow_zuora_id=workflow.zuora_id,
        content_hash="a" * 64,
        zuora_version=PLANTED,
        document={"tasks": [{"id": "2", "name": "A", "action_type": "Callout"}], "linkages": []},
        first_seen_at=timezone.now(),
        last_seen_at=timezone.now(),
    )
    page.goto(f"/admin/workflows/workflow/compare/?a={plain.pk}&b={planted.pk}")
    page.locator("[data-workflow-graph]").scroll_into_view_if_needed()
    page.locator("[data-drawn]").wait_for(state="attached")
    for folded in page.locator("details").all():
        folded.evaluate("one => one.open = true")
    page.keyboard.press("n")
    page.locator("[data-graph-open]").first.click()
    expect(page.locator("[data-compare]")).to_contain_text("planted()")


def test_what_is_planted_would_be_found(page: Page, things: dict[str, Any]) -> None:
    """Unescaped, it runs in spite of the policy: Alpine evaluates attributes."""
    page.goto("/admin/")
    page.evaluate(
        "() => document.querySelector('main, #page').insertAdjacentHTML("
        "'beforeend', '<b class=planted x-data x-init=planted()></b>')"
    )
    page.wait_for_function("ran.length > 0")
    assert page.evaluate(FOUND) != []

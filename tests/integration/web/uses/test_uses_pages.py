"""*Uses* and *Used by* on the pages of a workflow and a task, and the page with all uses."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.integration.references.indexed import a_call, an_indexed_workflow
from tests.integration.web.mirrored import EVIL
from tests.integration.web.shown import shown
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.references.models import WorkflowReference, WorkflowReferenceState
from workflow_mirror.references.query import parse
from workflow_mirror.references.search import search
from workflow_mirror.web.uses import context as uses_module
from workflow_mirror.workflows.models import Task, Workflow

ERP = {"name": "Call ERP", "parameters": {"url": "https://erp.example.com/v1", "method": "POST"}}
NOTHING_FOUND = "No use found in what was searched."


def page_of(row: Workflow | Task) -> str:
    return reverse(f"admin:workflows_{row._meta.model_name}_change", args=(row.pk,))


def uses_page(workflow: Workflow, query: str) -> str:
    return reverse("admin:workflows_workflow_uses", args=(workflow.pk,)) + query


def section(browser: Client, address: str, name: str, **options: Any) -> str:
    """The HTML of a section of a page."""
    [found] = re.findall(
        f'<section id="{name}">(.*?)</section>', shown(browser, address, **options), re.DOTALL
    )
    return str(found)


def links(html: str) -> list[str]:
    return [unescape(address) for address in re.findall(r'href="([^"]+)"', html)]


def texts(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def renewals(rossi: Customer) -> Workflow:
    return an_indexed_workflow(rossi, "4711", ERP, name="Renewals")


@pytest.fixture
def caller(rossi: Customer, renewals: Workflow) -> Workflow:
    start = a_call("Start the next", workflow_id="4711", workflow_name="Renewals")
    return an_indexed_workflow(rossi, "1", start, ERP, name="Each night")


def test_sub_workflows_lead_to_their_pages_both_ways(
    viewer: Client, caller: Workflow, renewals: Workflow
) -> None:
    assert page_of(renewals) in links(section(viewer, page_of(caller), "uses"))
    used_by = section(viewer, page_of(renewals), "used-by")
    place = f"{page_of(caller.tasks.get(name='Start the next'))}?at=parameters.workflow_id#place"
    assert links(used_by) == [page_of(caller), place]
    assert "Each night Active Start the next Zuora ID" in texts(used_by)
    assert NOTHING_FOUND in texts(section(viewer, page_of(caller), "used-by"))


def test_a_name_leads_to_the_search_and_its_places_to_the_task(
    viewer: Client, caller: Workflow
) -> None:
    found = links(section(viewer, page_of(caller), "uses"))
    assert "/search/?q=host%3Aerp.example.com" in found
    assert (
        f"{page_of(caller.tasks.get(name='Call ERP'))}?at=parameters.url&find=erp.example.com#place"
        in found
    )


def test_a_task_has_its_own_uses_alone(viewer: Client, caller: Workflow) -> None:
    erp = section(viewer, page_of(caller.tasks.get(name="Call ERP")), "uses")
    assert "erp.example.com" in erp
    assert "Renewals" not in erp
    start = section(viewer, page_of(caller.tasks.get(name="Start the next")), "uses")
    assert "Renewals" in start
    assert "erp.example.com" not in start
    assert "used-by" not in shown(viewer, page_of(caller.tasks.get(name="Call ERP")))


def test_every_place_of_the_uses_is_found_on_the_page_of_its_task(
    viewer: Client, rossi: Customer
) -> None:
    query = {
        "name": "Query",
        "action_type": "Query",
        "object": "Account",
        "parameters": {
            "fields": {"Account": {"Id": "true", "Region__c": "true"}, "Bill.To": {"x__c": "true"}},
            "where_clause": "Account.Status = 'Active'",
            "headers": [{"key": "Host", "value": "https://erp.example.com"}],
            "body": '{"to": "a@example.com"}',
        },
    }
    workflow = an_indexed_workflow(rossi, "1", query)
    places = [
        link
        for link in links(section(viewer, page_of(workflow), "uses"))
        if link.endswith("#place")
    ]
    assert len(places) > 5
    for place in places:
        assert shown(viewer, place.removesuffix("#place")).count('id="place"') == 1, place


def test_the_searches_of_names_are_queries_that_mean_the_names(
    viewer: Client, rossi: Customer
) -> None:
    hostile = {"parameters": {"report_name": 'Aging "2026" \\ -x /y/', "event_name": EVIL}}
    workflow = an_indexed_workflow(rossi, "1", {"name": "a", **hostile})
    queries = [
        parse(parse_qs(urlsplit(link).query)["q"][0])
        for link in links(section(viewer, page_of(workflow), "uses"))
        if link.startswith("/search/")
    ]
    assert {
        (key, term.value) for query in queries for key in query.values for term in query.values[key]
    } == {
        ("report", 'Aging "2026" \\ -x /y/'),
        ("event", EVIL),
    }


def test_a_name_that_no_query_can_have_is_no_link(viewer: Client, rossi: Customer) -> None:
    name = "*".join(["{{ a }}"] * 6)
    workflow = an_indexed_workflow(
        rossi, "1", {"name": "a", "parameters": {"url": f"https://x.example.com/{name}/b"}}
    )
    [url] = WorkflowReference.objects.filter(workflow=workflow, kind="url")
    assert url.name.count("*") > 4
    found = section(viewer, page_of(workflow), "uses")
    assert url.name in texts(found)
    assert not any(link.startswith("/search/?q=url") for link in links(found))


def test_an_ambiguous_name_and_an_unknown_id_say_so(viewer: Client, rossi: Customer) -> None:
    for key in ("4711", "4712"):
        an_indexed_workflow(rossi, key, name="Twin")
    caller = an_indexed_workflow(
        rossi, "1", a_call(workflow_name="Twin"), a_call("Lost", workflow_id="9")
    )
    uses = texts(section(viewer, page_of(caller), "uses"))
    assert "Twin (4711), Twin (4712) ambiguous" in uses
    assert "9 Not in the mirror" in uses
    twin = Workflow.objects.get(zuora_id="4712")
    assert "Name ambiguous" in texts(section(viewer, page_of(twin), "used-by"))


def test_nothing_is_markup(viewer: Client, rossi: Customer) -> None:
    target = an_indexed_workflow(rossi, "4711", name=EVIL)
    caller = an_indexed_workflow(
        rossi,
        EVIL,
        {
            "name": EVIL,
            "action_type": EVIL,
            "object": EVIL,
            "parameters": {"workflow_name": EVIL, "event_name": EVIL, EVIL: "a@example.com"},
        },
        {"name": "In no query", "parameters": {"event_name": f"{EVIL}*****"}},
        name=EVIL,
    )
    for address in (
        page_of(target),
        page_of(caller),
        page_of(caller.tasks.get(name=EVIL)),
        f"{page_of(caller.tasks.get(name=EVIL))}?at=object&find={quote(EVIL)}",
        uses_page(caller, f"?kind=event&name={quote(EVIL)}"),
        uses_page(caller, "?kind=email"),
    ):
        page = shown(viewer, address)
        assert EVIL not in page, address
        assert "&lt;script&gt;" in page


def test_secrets_are_shown_by_their_places(viewer: Client, rossi: Customer) -> None:
    secret = {"headers": [{"key": "Authorization", "value": "Bearer Ks9vTq71LmZx"}]}
    workflow = an_indexed_workflow(rossi, "1", {"name": "Call", "parameters": secret})
    found = section(viewer, page_of(workflow), "uses")
    assert "parameters.headers[0].value" in found
    assert "Ks9vTq71LmZx" not in found
    assert not any("find=" in link for link in links(found) if "headers" in link)
    assert "/search/?q=has%3Asecret" in links(found)


def test_it_says_what_is_not_known(viewer: Client, caller: Workflow) -> None:
    def uses() -> str:
        return texts(section(viewer, page_of(caller), "uses"))

    assert "older than the export" not in uses()
    WorkflowReferenceState.objects.update(unparsed=2)
    assert "2 texts of this workflow could not be parsed" in uses()
    Workflow.objects.update(export_error="HTTP 500")
    assert "The latest export failed. This is what the last good one uses." in uses()
    WorkflowReferenceState.objects.update(extractor_version=0)
    assert "The index is older than the export." in uses()
    WorkflowReferenceState.objects.all().delete()
    assert "Not indexed yet. A worker will index it." in uses()
    Workflow.objects.update(export_hash="", json_export=None)
    assert "No export yet, so nothing is known about its uses." in uses()


def test_used_by_says_what_was_not_searched(
    viewer: Client, rossi: Customer, renewals: Workflow
) -> None:
    Workflow.objects.create(customer=rossi, zuora_id="2")
    gone = an_indexed_workflow(rossi, "3", ERP)
    Workflow.objects.filter(pk=gone.pk).update(deleted_at="2026-11-01T00:00Z")
    failed = an_indexed_workflow(rossi, "4", ERP)
    Workflow.objects.filter(pk=failed.pk).update(export_error="HTTP 500")
    WorkflowReferenceState.objects.filter(workflow=failed).delete()

    found = texts(section(viewer, page_of(renewals), "used-by"))
    for text in (
        NOTHING_FOUND,
        "Not searched: 1 workflow without an export.",
        "Not searched: 1 workflow that is not indexed yet.",
        "Not searched: 1 workflow that is deleted in Zuora.",
        "Not searched: the changes of 1 workflow whose latest export failed.",
    ):
        assert text in found


def test_long_lists_lead_to_a_page_with_all(
    viewer: Client, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [
        {"name": f"T{place}", "parameters": {"url": f"https://h{place}.example.com/x"}}
        for place in range(30)
    ]
    workflow = an_indexed_workflow(rossi, "1", *tasks, *[ERP] * 5)
    found = section(viewer, page_of(workflow), "uses")
    all_hosts = uses_page(workflow, "?kind=host")
    all_erp = uses_page(workflow, "?kind=host&name=erp.example.com")
    assert {all_hosts, all_erp} < set(links(found))
    assert "h29.example.com" not in found

    page = shown(viewer, all_hosts)
    assert all(f"https://h{place}.example.com" not in page for place in range(30))
    assert all(f"h{place}.example.com" in page for place in range(30))
    assert len([one for one in links(shown(viewer, all_erp)) if one.endswith("#place")]) == 5

    monkeypatch.setattr(uses_module, "NAMES_ON_A_PAGE", 20)
    pages = [shown(viewer, all_hosts + f"&page={page}") for page in (1, 2)]
    assert [page.count('title="All uses"') for page in pages] == [20, 11]
    assert "?kind=host&page=2" in links(pages[0])
    assert "?kind=host&page=1" in links(pages[1])


def test_the_page_of_a_task_leads_to_all_of_its_own(viewer: Client, rossi: Customer) -> None:
    fields = {"Account": {f"Field{place}": "true" for place in range(30)}}
    query = {"name": "Q", "action_type": "Query", "parameters": {"fields": fields}}
    other = {"name": "R", "action_type": "Query", "parameters": {"fields": {"Order": {"Id": "1"}}}}
    workflow = an_indexed_workflow(rossi, "1", query, other)
    task = workflow.tasks.get(name="Q")
    address = uses_page(workflow, f"?kind=field&task={task.pk}")
    assert address in links(section(viewer, page_of(task), "uses"))
    page = shown(viewer, address)
    assert page.count("parameters.fields.Account.Field") >= 30
    assert "Order.Id" not in page


@pytest.mark.parametrize("query", ["", "?kind=", "?kind=workflow", "?kind=x", "?kind=host&task=1"])
def test_unknown_kinds_and_tasks_are_not_found(
    viewer: Client, caller: Workflow, query: str
) -> None:
    assert viewer.get(uses_page(caller, query)).status_code == 404


@pytest.mark.parametrize("value", ["a%00%01%FF%5B", "9" * 25, "9" * 5000, "-1", "0"])
def test_any_other_value_is_answered(viewer: Client, caller: Workflow, value: str) -> None:
    for parameter in ("name", "page", "task"):
        answer = viewer.get(uses_page(caller, f"?kind=host&{parameter}={value}"))
        assert answer.status_code == (404 if parameter == "task" else 200)
    task = page_of(caller.tasks.first())  # type: ignore[arg-type]  # there is one
    assert viewer.get(f"{task}?at={value}").status_code == 200


def test_a_limited_user_sees_nothing_of_another_customer(
    limited: Client, renewals: Workflow, bianchi: Customer
) -> None:
    foreign = an_indexed_workflow(
        bianchi, "77", ERP, a_call(workflow_id="4711", workflow_name="Renewals"), name="Hidden"
    )
    page = shown(limited, page_of(renewals))
    assert "Hidden" not in page
    assert NOTHING_FOUND in texts(section(limited, page_of(renewals), "used-by"))
    assert limited.get(uses_page(foreign, "?kind=host")).status_code == 404
    other_task = foreign.tasks.get(name="Call ERP").pk
    assert limited.get(uses_page(renewals, f"?kind=host&task={other_task}")).status_code == 404


def test_it_is_in_italian(viewer: Client, caller: Workflow, renewals: Workflow) -> None:
    italian = {"headers": {"accept-language": "it"}}
    assert "Sottoworkflow" in section(viewer, page_of(caller), "uses", **italian)
    found = texts(section(viewer, page_of(caller), "used-by", **italian))
    assert "Nessun uso trovato in ciò che è stato cercato." in found


def test_many_callers_lead_to_a_search_for_all(
    viewer: Client,
    rossi: Customer,
    caller: Workflow,
    renewals: Workflow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uses_module, "MOST_CALLS", 1)
    assert "Search for all" not in section(viewer, page_of(renewals), "used-by")
    an_indexed_workflow(rossi, "2", a_call(workflow_name="Renewals"), name="By name")
    found = section(viewer, page_of(renewals), "used-by")
    assert "Showing the first 1 callers." in texts(found)
    [address] = [link for link in links(found) if link.startswith("/search/")]
    hits = search(parse(parse_qs(urlsplit(address).query)["q"][0]), EVERYTHING).hits
    assert {hit.workflow for hit in hits} == {"Each night", "By name"}


def test_more_tasks_and_callers_take_no_more_statements(
    viewer: Client, rossi: Customer, caller: Workflow, renewals: Workflow
) -> None:
    few = [
        statements(viewer, page_of(row))
        for row in (caller, renewals, caller.tasks.get(name="Call ERP"))
    ]
    for place in range(20):
        an_indexed_workflow(rossi, f"c{place}", a_call(workflow_id="4711"), name="More")
    large = an_indexed_workflow(rossi, "9", *[ERP, a_call(workflow_id="4711")] * 40)
    many = [
        statements(viewer, page_of(row))
        for row in (large, renewals, large.tasks.filter(name="Call ERP")[0])
    ]
    assert many == few


def statements(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)

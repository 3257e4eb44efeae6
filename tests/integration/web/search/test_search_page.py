"""The page of the search: its hits, its links, what it says of errors and of what it left out."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.conftest import make_customer
from tests.integration.web.indexed import TASKS, an_indexed_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.references.query import KEYS, parse
from workflow_mirror.references.search import answer as answer_module
from workflow_mirror.references.search import places as places_module
from workflow_mirror.references.search import sql as sql_module
from workflow_mirror.web.search import page as page_module
from workflow_mirror.web.search.results import _hit
from workflow_mirror.workflows.models import Workflow

ADDRESS = "/search/"


@pytest.fixture
def mirrored(rossi: Customer) -> Workflow:
    return an_indexed_workflow(rossi)


def ask(browser: Client, query: str, **more: Any) -> Any:
    answer = browser.get(ADDRESS, {"q": query, **more})
    assert answer.status_code == 200
    return answer


def shown(answer: Any) -> str:
    """Without white space between words."""
    return " ".join(answer.content.decode().split())


def hits(answer: Any) -> list[str]:
    return [
        hit["name"]
        for customer in answer.context["customers"]
        for workflow in customer["workflows"]
        for hit in workflow["hits"]
    ]


def lines(answer: Any) -> list[dict[str, Any]]:
    return [
        line
        for customer in answer.context["customers"]
        for workflow in customer["workflows"]
        for hit in workflow["hits"]
        for line in (*hit["lines"], *hit["more"])
    ]


def test_a_hit_is_shown_with_customer_workflow_task_path_and_marked_line(
    viewer: Client, mirrored: Workflow
) -> None:
    answer = ask(viewer, "host:erp.example.com")
    page = shown(answer)
    assert hits(answer) == ["Call ERP"]
    assert "Rossi" in page
    assert ">Dunning</a>" in page
    assert "<code>parameters.url</code>" in page
    assert "https://<mark>erp.example.com</mark>/v1/invoices" in page
    assert "1 hit<" in page.replace(" <", "<")


def test_markup_of_zuora_is_text_around_the_mark(viewer: Client, mirrored: Workflow) -> None:
    page = shown(ask(viewer, '"renewal notice"'))
    assert "your &lt;b&gt;<mark>renewal notice</mark>&lt;/b&gt;" in page


def test_hits_are_grouped_by_customer_and_workflow(viewer: Client, mirrored: Workflow) -> None:
    an_indexed_workflow(make_customer("Bianchi"), zuora_id="1", name="Other")
    an_indexed_workflow(mirrored.customer, zuora_id="2", name="Second")
    answer = ask(viewer, "host:erp.example.com")
    groups = {
        customer["name"]: [workflow["name"] for workflow in customer["workflows"]]
        for customer in answer.context["customers"]
    }
    assert groups == {"Bianchi": ["Other"], "Rossi": ["Dunning", "Second"]}


def test_a_place_in_a_task_is_opened_and_marked_there(viewer: Client, mirrored: Workflow) -> None:
    [line] = lines(ask(viewer, "field:Region__c"))
    assert line["link"].endswith("#place")
    page = viewer.get(line["link"]).content.decode()
    assert re.search(r'<details class="wg-parameter" open>\s*<summary>fields', page)
    assert '<mark id="place">Region__c</mark>' in re.sub("</?span[^>]*>", "", page)


def test_a_place_outside_of_tasks_leads_to_the_document(viewer: Client, mirrored: Workflow) -> None:
    [line] = lines(ask(viewer, '"reminds of payments"'))
    workflow = reverse("admin:workflows_workflow_change", args=[mirrored.pk])
    assert line["link"].startswith(f"{workflow}?tab=json&at=workflow.description")
    assert line["link"].endswith("#json")


def test_who_may_not_view_tasks_is_led_to_the_workflow(
    make_user: Any, client_of: Any, mirrored: Workflow
) -> None:
    user = make_user("wanda")
    user.user_permissions.add(Permission.objects.get(codename="view_workflow"))
    answer = ask(client_of(user), "host:erp.example.com")
    assert "/workflows/workflow/" in lines(answer)[0]["link"]
    assert "/workflows/task/" not in shown(answer)


def test_a_secret_is_found_by_its_place_alone(viewer: Client, rossi: Customer) -> None:
    secret = "Ks9vTq71LmZx"
    parameters = {"headers": [{"key": "Authorization", "value": f"Bearer {secret}"}]}
    an_indexed_workflow(
        rossi, {"id": 1, "name": "Call", "action_type": "Callout", "parameters": parameters}
    )
    answer = ask(viewer, "has:secret")
    assert hits(answer) == ["Call"]
    assert secret not in answer.content.decode()
    assert all("find=" not in line["link"] for line in lines(answer))


@pytest.mark.parametrize(
    "query",
    [
        "dunning",
        "erp",
        "erp https",
        "has:host has:email",
        "-draft has:field",
        'erp customer:Rossi customer:"Verdi"',
    ],
)
def test_the_counts_lead_to_queries_that_find_as_many(
    viewer: Client, mirrored: Workflow, query: str
) -> None:
    for name in ("Bianchi", 'Verdi "V" \\ S.p.A.'):
        an_indexed_workflow(make_customer(name), zuora_id="1", name="Other dunning")
    parameters = {"url": "https://crm.example.com/", "body": "for the ERP", "to": "erp@old.com"}
    neighbour = {"id": 1, "name": "Call", "action_type": "Callout", "parameters": parameters}
    an_indexed_workflow(mirrored.customer, neighbour, zuora_id="2", name="Neighbour")
    answer = ask(viewer, query)
    links = [
        facet
        for facet in (*answer.context["by_customer"], *answer.context["by_kind"])
        if facet["link"]
    ]
    assert len(links) >= 2
    for facet in links:
        narrowed = viewer.get(facet["link"])
        assert narrowed.context["found"].total == facet["number"], facet


def test_an_answer_says_what_was_not_searched(viewer: Client, mirrored: Workflow) -> None:
    states: tuple[dict[str, Any], ...] = (
        {"export_error": "x"},
        {"deleted_at": timezone.now()},
        {"json_export": {"tasks": []}},
    )
    for number, more in enumerate(states):
        Workflow.objects.create(customer=mirrored.customer, zuora_id=f"9{number}", **more)
    answer = ask(viewer, "nothing-has-this")
    page = shown(answer)
    assert "No use found in what was searched" in page
    assert "1 workflow has no export." in page
    assert "1 workflow is not indexed yet." in page
    assert "1 workflow is deleted in Zuora and was left out." in page
    failed, deleted = (gap.link for gap in answer.context["gaps"] if gap.link)
    assert viewer.get(failed).context["cl"].result_count == 1
    assert viewer.get(deleted).context["query"] == "nothing-has-this state:deleted"


def test_customers_that_are_not_searched_are_told_without_a_word_about_others(
    viewer: Client, limited: Client, mirrored: Workflow
) -> None:
    make_customer("Bianchi")
    left_out = "Customers that you may not see were left out."
    unknown = "No customer that you may see is named “{}”."
    for browser, name, told in (
        (viewer, "Bianchi", []),
        (viewer, "nobody", [unknown.format("nobody")]),
        (limited, "Bianchi", [left_out, unknown.format("Bianchi")]),
        (limited, "nobody", [left_out, unknown.format("nobody")]),
    ):
        answer = ask(browser, f"nothing-has-this customer:{name}")
        assert [gap.text for gap in answer.context["gaps"]] == told


def test_the_failed_exports_of_a_query_for_a_customer_are_those_of_the_customer(
    viewer: Client, mirrored: Workflow
) -> None:
    for customer in (mirrored.customer, make_customer("Bianchi")):
        Workflow.objects.create(customer=customer, zuora_id="9", export_error="x")
    [gap] = ask(viewer, "nothing-has-this customer:Rossi").context["gaps"]
    assert gap.text == "1 workflow has no export."
    assert viewer.get(gap.link).context["cl"].result_count == 1


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("dunning feild:Account x", "feild:Account"),
        ('host:erp "exact text', "&quot;exact"),
        ("host:", "host:"),
        ("dunning -", "-"),
        ("/.*/", "/.*/"),
        ("a\u202eb", "�b"),
        ("x" * 2001, "x"),
    ],
)
def test_an_error_is_shown_at_the_box_with_its_place(
    viewer: Client, db: None, query: str, marked: str
) -> None:
    page = ask(viewer, query).content.decode()
    assert 'aria-invalid="true" aria-describedby="search-error"' in page
    assert f"<mark>{marked}</mark>" in page
    [_in_header, typed] = re.findall(r'name="q" value="([^"]*)"', page)
    assert unescape(typed) == query


BOMBS = (
    "a" * 10_000,
    "word " * 2_000,
    "(" * 1_500,
    "/" + "(a+)+" * 300 + "/",
    "/" + "abc.*" * 30 + "/",
    "url:" + "*a" * 900,
    "customer:" + "*a" * 4,
    '"' * 999,
    "\\" * 1_999,
    "-" * 1_999,
    "a:" * 999,
    "{{" * 900 + "{% for %}",
    "' OR 1=1; --",
    "\u0000\u0001\ufeff",
    "\U000e0001 𝒳" * 9,
)


@pytest.mark.parametrize("path", ["", "complete/", "csv/", "xlsx/"])
def test_any_query_is_answered(viewer: Client, mirrored: Workflow, path: str) -> None:
    viewer.raise_request_exception = False
    for query in BOMBS:
        answer = viewer.get(f"{ADDRESS}{path}", {"q": query, "term": query})
        assert answer.status_code in {200, 302}, query[:20]
        assert answer.getvalue() is not None  # a file is closed once it is read


def test_a_search_that_takes_too_long_says_so(
    viewer: Client, mirrored: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sql_module._LIMITS, "statement_timeout", "200")
    slow = places_module._FOUND.replace("{condition}", "{condition} AND pg_sleep(5) IS NOT NULL")
    monkeypatch.setattr(places_module, "_FOUND", slow)
    page = shown(ask(viewer, "dunning"))
    assert "The search was stopped after 5 seconds." in page
    assert viewer.get("/search/csv/", {"q": "dunning"}).status_code == 302


def test_many_hits_are_paged_and_the_pages_have_them_all(
    viewer: Client, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "HITS_ON_A_PAGE", 2)
    tasks = [{**TASKS[0], "id": number, "name": f"Call {number}"} for number in range(5)]
    an_indexed_workflow(rossi, *tasks)
    found, address = [], f"{ADDRESS}?q=host%3Aerp.example.com"
    while address:
        answer = viewer.get(address)
        found += hits(answer)
        address = answer.context["next"]
    assert found == [f"Call {number}" for number in range(5)]
    assert "Page 3 of 3" in shown(answer)
    behind = viewer.get(ADDRESS, {"q": "host:erp.example.com", "page": "4"})
    assert behind.status_code == 302


def test_more_hits_than_are_counted_are_more_than_so_many(
    viewer: Client, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (places_module, answer_module, page_module):
        monkeypatch.setattr(module, "COUNTED", 2)
    an_indexed_workflow(rossi, *[{**TASKS[0], "id": number} for number in range(5)])
    page = shown(ask(viewer, "host:erp.example.com"))
    assert "More than 2 hits" in page
    assert "Only the first 2 hits are counted and listed." in page


def test_many_places_of_a_task_are_folded(viewer: Client, rossi: Customer) -> None:
    parameters = {f"url{number}": "https://erp.example.com/" for number in range(9)}
    an_indexed_workflow(
        rossi, {"id": 1, "name": "Call", "action_type": "Callout", "parameters": parameters}
    )
    page = shown(ask(viewer, "host:erp.example.com"))
    assert "<summary>4 more</summary>" in page


def test_the_examples_have_names_of_the_mirror_and_find_something(
    viewer: Client, mirrored: Workflow
) -> None:
    answer = viewer.get(ADDRESS)
    queries = [example["query"] for example in answer.context["examples"]]
    assert "host:erp.example.com" in queries
    assert "email:@old.example.com" in queries
    assert "constant:ERP_HOST type:Callout" in queries
    for example in answer.context["examples"][:3]:
        assert viewer.get(example["link"]).context["found"].total > 0


def test_the_examples_of_an_empty_mirror_can_be_searched(viewer: Client, db: None) -> None:
    for example in viewer.get(ADDRESS).context["examples"]:
        assert viewer.get(example["link"]).context["found"].total == 0


def test_the_page_explains_every_key(viewer: Client, db: None) -> None:
    rows = viewer.get(ADDRESS).context["keys"]
    assert [example.partition(":")[0] for example, _text in rows] == [key.name for key in KEYS]
    for example, _text in rows:
        parse(example)


def test_a_stranger_may_not_search(stranger: Client) -> None:
    for address in (ADDRESS, f"{ADDRESS}complete/", f"{ADDRESS}csv/", f"{ADDRESS}xlsx/"):
        assert stranger.get(address, {"q": "dunning"}).status_code == 403
    assert '"/search/' not in stranger.get("/admin/").content.decode()


def test_menu_and_dashboard_lead_to_the_search(viewer: Client, rossi: Customer) -> None:
    page = viewer.get("/admin/").content.decode()
    assert '<a href="/search/"' in page
    assert '<form class="zs-box" role="search" action="/search/"' in page


def test_a_task_that_was_deleted_meanwhile_leads_to_its_workflow(
    viewer: Client, mirrored: Workflow
) -> None:
    answer = ask(viewer, "host:erp.example.com")
    [hit] = answer.context["found"].hits
    assert "/workflows/workflow/" in _hit(hit, {})["link"]

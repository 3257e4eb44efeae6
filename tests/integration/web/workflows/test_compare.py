"""The page that compares two stored versions: what it shows, of what, and to whom."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.mirrored import EVIL, a_document, a_task, a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.workflows.compare import changes, lines
from workflow_mirror.workflows.models import Workflow, WorkflowExport

COMPARE = "/admin/workflows/workflow/compare/"
SQL = "SELECT Id\nFROM Account\nWHERE Balance > 0\nORDER BY Id"
SECRET = "hunter2-hunter2"

pytestmark = pytest.mark.usefixtures("transactional_db")


def store(workflow: Workflow, document: Any, version: str = "2") -> WorkflowExport:
    """Another version of the workflow, seen today."""
    number = WorkflowExport.objects.count()
    return WorkflowExport.objects.create(
        customer=workflow.customer,
        workflow=workflow,
        workflow_zuora_id=workflow.zuora_id,
        content_hash=f"{number:064x}",
        zuora_version=version,
        document=document,
        first_seen_at=timezone.now(),
        last_seen_at=timezone.now(),
    )


def comparing(before: WorkflowExport, after: WorkflowExport) -> str:
    return f"{COMPARE}?a={before.pk}&b={after.pk}"


def compared(browser: Client, customer: Customer, before: Any, after: Any) -> str:
    """The page of two documents."""
    workflow = a_workflow(customer, "101", name="Dunning", document=before)
    first = WorkflowExport.objects.get(workflow=workflow)
    answer = browser.get(comparing(first, store(workflow, after)))
    assert answer.status_code == 200
    return str(answer.content.decode())


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_tells_what_changed_and_of_what(viewer: Client, rossi: Customer) -> None:
    before = a_document(
        a_task("1", "Get", parameters={"query": SQL}),
        a_task("2", "Send", "Email"),
        a_task("3", "Old", "Callout", parameters={"url": "https://erp.example.com/a"}),
    )
    after = a_document(
        a_task("1", "Get", parameters={"query": SQL.replace("> 0", ">= 10")}),
        a_task("2", "Send all", "Email"),
        a_task("4", "Wait", "Delay"),
    )
    after["workflow"]["interval"] = "0 5 * * *"
    page = compared(viewer, rossi, before, after)
    told = text_of(page)

    assert "1 task edited, 1 task renamed, 1 task added, 1 task removed" in told
    assert "1 workflow setting changed" in told
    for words in ("Send → Send all", "Dunning", "Rossi", "interval", "Seen from", "query"):
        assert words in told
    assert "WHERE Balance &gt; <del>0</del>" in page
    assert "<ins>10</ins>" in page
    for anchor in ("task-1-1", "task-3-none", "task-none-4"):
        assert f'id="{anchor}"' in page
        assert f'href="#{anchor}"' in page


def test_equal_versions_are_said_to_be_equal(viewer: Client, rossi: Customer) -> None:
    page = compared(viewer, rossi, a_document(a_task("1", "A")), a_document(a_task("7", "A")))

    assert "No differences" in text_of(page)
    assert "data-compare-step" not in page


def test_unchanged_lines_are_folded_but_there(viewer: Client, rossi: Customer) -> None:
    many = [f"line {number}" for number in range(60)]
    edited = [*many[:30], "another", *many[31:]]
    documents = [
        a_document(a_task("1", "Get", parameters={"code": "\n".join(one)}))
        for one in (many, edited)
    ]
    page = compared(viewer, rossi, *documents)

    folds = re.findall(r"<summary>(\d+) unchanged lines</summary>(.*?)</details>", page, re.DOTALL)
    assert [int(number) for number, _ in folds] == [27, 26]
    assert ">line 0<" in folds[0][1]
    outside = re.sub(r"<details class=\"zc-fold\">.*?</details>", "", page, flags=re.DOTALL)
    assert ">line 26<" not in outside
    assert ">line 27<" in outside


def test_a_secret_is_told_as_changed_alone(viewer: Client, rossi: Customer) -> None:
    def with_secret(secret: str) -> Any:
        headers = [{"key": "Authorization", "value": f"Basic {secret}"}]
        parameters = {
            "headers": headers,
            "authorization": {"type": "basic", "password": secret},
            "raw_body": f"one\npassword={secret}\ntwo",
        }
        name = f"Call https://user:{secret}@erp.example.com"
        return a_document(
            a_task("1", name, "Callout", parameters=parameters),
            a_task("2", f"Also api_key={secret}", "Query"),
        )

    page = compared(viewer, rossi, with_secret(SECRET), with_secret(f"{SECRET}-new"))

    assert SECRET not in page
    assert "Secret changed" in page
    assert "[secret]" in page


def test_markup_and_hidden_characters_are_shown_as_text(viewer: Client, rossi: Customer) -> None:
    nasty = f"{EVIL}\u202e\x07\u200b' onclick=alert(1) \"</script>"
    before = a_document(
        a_task("1", "Get", parameters={"query": "one\ntwo"}),
        a_task("5", "Keep", parameters={"n": 1}),
    )
    after = a_document(
        a_task("1", nasty, nasty, parameters={nasty: nasty, "query": f"one\n{nasty}"}),
        a_task("5", "Keep", parameters={"n": "1"}),
        a_task(nasty, nasty, "Email", object=nasty),
    )
    after["workflow"] |= {"name": nasty, nasty: nasty}
    after["linkages"][1]["linkage_type"] = nasty
    page = compared(viewer, rossi, before, after)

    visible = page.partition('id="graph"')[0]
    assert EVIL not in page
    assert "' onclick" not in visible
    assert "\u202e" not in visible
    assert "\\u202e\\u0007\\u200b" in visible
    assert ">1<" in visible
    assert "<ins>&quot;</ins>1" in visible


def test_the_size_of_the_page_is_bounded(
    viewer: Client, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, most in (
        (changes, "MOST_TASKS", 3),
        (changes, "MOST_LINKS", 2),
        (changes, "MOST_LINES", 30),
        (lines, "MOST_LINES", 20),
    ):
        monkeypatch.setattr(module, name, most)
    texts = ["\n".join(f"{word} {place}" for place in range(50)) for word in ("a", "b")]
    before, after = (
        a_document(*(a_task(f"{n}", f"T{n}", parameters={"q": text}) for n in range(1, 6)))
        for text in texts
    )
    after["linkages"] = []
    told = text_of(compared(viewer, rossi, before, after))

    assert "2 more changed tasks are not shown." in told
    assert "3 more links are not shown." in told
    assert "30 more lines are not shown." in told
    assert "40 more lines are not shown." in told


def test_a_very_long_line_shows_where_it_differs(viewer: Client, rossi: Customer) -> None:
    long = "word " * 4000
    documents = [
        a_document(a_task("1", "Get", parameters={"code": f"{long}{end} {long}"}))
        for end in ("before", "after")
    ]
    page = compared(viewer, rossi, *documents)

    assert "<del>before</del>" in page
    assert "<ins>after</ins>" in page
    assert len(page) < 150_000


def test_two_workflows_with_nothing_in_common_say_so(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    one = a_document(*(a_task(f"{n}", f"Alpha {n}", "Query") for n in range(1, 40)))
    two = a_document(*(a_task(f"{n}", f"Omega {n}", "Email") for n in range(60, 90)))
    exports = [
        WorkflowExport.objects.get(workflow=a_workflow(customer, "7", document=document))
        for customer, document in ((rossi, one), (bianchi, two))
    ]
    told = text_of(viewer.get(comparing(*exports)).content.decode())

    assert "0 of 69 tasks are in both" in told
    assert "Bianchi" in told


def test_a_document_of_any_shape_has_a_page(viewer: Client, rossi: Customer) -> None:
    shapes: list[Any] = [[], {}, {"tasks": "x", "linkages": 7}, a_document(a_task("1", "A"))]
    workflow = a_workflow(rossi, "101")
    exports = [store(workflow, shape) for shape in shapes]

    for before in exports:
        for after in exports:
            assert viewer.get(comparing(before, after)).status_code == 200


def test_edges_to_nowhere_are_links_and_nodes(viewer: Client, rossi: Customer) -> None:
    before = a_document(a_task("1", "A"), a_task("2", "B"))
    before["linkages"] += [{"source_task_id": "1", "target_task_id": "77", "linkage_type": "X"}]
    after = a_document(a_task("1", "A"), a_task("2", "B"), a_task("77", "C"))
    after["linkages"] = [{"source_task_id": "88", "target_task_id": "1", "linkage_type": "Y"}]
    told = text_of(compared(viewer, rossi, before, after))

    assert "A → Missing task 77" in told
    assert "Missing task 88 → A" in told


# What is compared


def test_the_history_offers_two_versions_and_the_one_before(
    viewer: Client, rossi: Customer
) -> None:
    workflow = a_workflow(rossi, "101", document=a_document(a_task("1", "A")))
    first = WorkflowExport.objects.get(workflow=workflow)
    second = store(workflow, a_document(a_task("1", "B")), version="4")
    address = reverse("admin:workflows_workflow_change", args=(workflow.pk,))
    text = viewer.get(f"{address}?tab=history").content.decode()

    assert f'name="a" value="{first.pk}"' in text
    assert f"{COMPARE}?a={first.pk}&amp;b={second.pk}" in text
    assert text.count("Compare with previous") == 1


def test_another_workflow_is_found_by_name_and_customer(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    document = a_document(a_task("1", "A"))
    mine = a_workflow(rossi, "1", name="Dunning", document=document)
    other = a_workflow(bianchi, "2", name="Dunning", document=document)
    third = a_workflow(bianchi, "3", name="Renewal", document=document)
    address = reverse("admin:workflows_workflow_compare_with", args=(mine.pk,))

    def found(query: str) -> list[str]:
        return re.findall(r'href="\?other=(\d+)"', viewer.get(address + query).content.decode())

    assert found("") == [str(other.pk)]
    assert found("?q=renew") == [str(third.pk)]
    assert found(f"?q=&customer={rossi.pk}") == []
    exports = [WorkflowExport.objects.get(workflow=one) for one in (mine, other)]
    chosen = viewer.get(f"{address}?other={other.pk}")
    assert (chosen.status_code, chosen["Location"]) == (302, comparing(*exports))
    empty = a_workflow(bianchi, "4", name="Never exported")
    assert "has no export yet" in viewer.get(f"{address}?other={empty.pk}").content.decode()


def test_both_sides_must_be_in_the_scope(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    document = a_document(a_task("1", "A"))
    mine, foreign = (a_workflow(one, "1", document=document) for one in (rossi, bianchi))
    own, other = (WorkflowExport.objects.get(workflow=one) for one in (mine, foreign))
    address = reverse("admin:workflows_workflow_compare_with", args=(mine.pk,))

    assert limited.get(comparing(own, own)).status_code == 200
    for refused in (comparing(own, other), comparing(other, own), f"{COMPARE}?a={own.pk}"):
        assert limited.get(refused).status_code == 404
    assert limited.get(f"{address}?other={foreign.pk}").status_code == 404
    page = limited.get(f"{address}?q=&customer={bianchi.pk}").content.decode()
    assert "?other=" not in page
    assert "Bianchi" not in page


def test_without_the_right_to_see_workflows_nothing_is_compared(
    stranger: Client, rossi: Customer
) -> None:
    export = WorkflowExport.objects.get(
        workflow=a_workflow(rossi, "1", document=a_document(a_task("1", "A")))
    )

    assert stranger.get(comparing(export, export)).status_code == 403
    assert stranger.get(COMPARE).status_code == 403


def test_without_versions_the_page_says_where_to_select_them(viewer: Client) -> None:
    assert "Select two versions" in viewer.get(COMPARE).content.decode()


# Files


def test_a_version_is_downloaded_under_customer_workflow_and_version(
    viewer: Client, rossi: Customer
) -> None:
    workflow = a_workflow(rossi, "101", name="Dunning/à", document=a_document(a_task("1", "A")))
    earlier = store(workflow, {"old": True}, version="0.0.10")
    odd = store(workflow, {"odd": True}, version='../"1')
    address = "/admin/workflows/workflow/{}/exports/{}/?download=1"

    def name(export: WorkflowExport) -> str:
        answer = viewer.get(address.format(workflow.pk, export.pk))
        return str(answer["Content-Disposition"])

    assert name(earlier) == (
        f'attachment; filename="rossi-101-dunninga-v0.0.10-{earlier.content_hash[:12]}.json"'
    )
    assert name(odd) == f'attachment; filename="rossi-101-dunninga-{odd.content_hash[:12]}.json"'

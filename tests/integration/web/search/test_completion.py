"""Proposals while a query is typed: of the user's own customers, along an index, few."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.integration.web.conftest import make_customer
from tests.integration.web.indexed import TASKS, an_indexed_workflow
from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.references import completion
from workflow_mirror.references.completion import complete
from workflow_mirror.references.models import WorkflowReference
from workflow_mirror.references.query import parse
from workflow_mirror.workflows.models import Workflow


@pytest.fixture
def mirrored(rossi: Customer) -> Workflow:
    return an_indexed_workflow(rossi)


@pytest.mark.parametrize(
    ("term", "terms"),
    [
        ("f", ["field:", "file:"]),
        ("-EM", ["-email:"]),
        ("host:", ["host:erp.example.com"]),
        ("HOST:ERP", ["host:erp.example.com"]),
        ("host:example", []),
        ("-email:bill", ["-email:billing@old.example.com"]),
        ("field:reg", ["field:Region__c"]),
        ("field:account.r", ["field:Account.Region__c"]),
        ("object:acc", ["object:Account"]),
        ("constant:erp_", ["constant:ERP_HOST"]),
        ("type:mail", ["type:Email"]),
        ("customer:oss", ["customer:Rossi"]),
        ("customer:“oss", ["customer:Rossi"]),
        ("state:a", ["state:active"]),
        ("has:se", ["has:secret"]),
        ("host:%", []),
        ("host:_", []),
        ("feild:", []),
        (":", []),
        ("://", []),
        ("url:h", ["url:https://erp.example.com/v1/invoices"]),
    ],
)
def test_a_term_is_continued_by_what_is_there(
    mirrored: Workflow, term: str, terms: list[str]
) -> None:
    assert complete(term, EVERYTHING) == terms


def test_every_key_is_proposed_for_nothing_typed(db: None) -> None:
    assert len(complete("", EVERYTHING)) == 16


def test_a_name_with_a_space_is_quoted(db: None) -> None:
    make_customer('Acme "North" S.p.A.')
    assert complete("customer:ac", EVERYTHING) == [r'customer:"Acme \"North\" S.p.A."']


def test_a_field_is_proposed_for_any_object_first_and_then_with_its_objects(
    mirrored: Workflow,
) -> None:
    fields = {name: {"Status": "true"} for name in ("Account", "Invoice", "Status__c")}
    entry = {"id": 1, "name": "Q", "action_type": "Query", "parameters": {"fields": fields}}
    an_indexed_workflow(mirrored.customer, entry, zuora_id="2")
    assert complete("field:stat", EVERYTHING) == ["field:Status", "field:Status__c.Status"]


def test_a_name_that_no_query_can_have_is_not_proposed(mirrored: Workflow) -> None:
    row = (
        WorkflowReference.objects.filter(kind="file").first() or WorkflowReference.objects.all()[0]
    )
    row.pk, row.kind, row.name, row.name_lower = None, "file", "a*b*c*d*e*f", "a*b*c*d*e*f"
    row.save()
    assert complete("file:a", EVERYTHING) == []
    assert complete("file:", EVERYTHING) == []


def test_what_is_proposed_can_be_searched_and_is_little(mirrored: Workflow) -> None:
    tasks = [
        {
            **TASKS[0],
            "id": number,
            "parameters": {"url": f"https://erp{number:02}.example.com/a b"},
        }
        for number in range(30)
    ]
    an_indexed_workflow(mirrored.customer, *tasks, zuora_id="2")
    for term in ("host:e", "url:", "field:", "email:", "workflow:", "type:", "customer:"):
        found = complete(term, EVERYTHING)
        assert len(found) <= completion.MOST
        for one in found:
            parse(one)
    assert complete("host:erp1", EVERYTHING) == [
        f"host:erp{number}.example.com" for number in range(10, 20)
    ]


def test_a_limited_user_is_proposed_nothing_of_others(
    limited: Client, viewer: Client, mirrored: Workflow
) -> None:
    bianchi = make_customer("Bianchi")
    an_indexed_workflow(
        bianchi,
        {
            "id": 1,
            "name": "Call",
            "action_type": "Bianchi::Callout",
            "object": "Bianchi__c",
            "parameters": {
                "url": "https://bianchi.example.com/",
                "to": "bianchi@example.com",
                "body": "{{ GlobalConstants.BIANCHI }} {{ Data.Account.Bianchi__c }}",
            },
        },
    )

    def proposed(browser: Client, term: str) -> list[str]:
        answer = browser.get("/search/complete/", {"term": term})
        assert answer.status_code == 200
        return list(answer.json()["terms"])

    keys = ("host", "email", "constant", "field", "object", "url", "customer", "type")
    for key in keys:
        assert proposed(viewer, f"{key}:bianchi") or key == "url", key
        for term in (f"{key}:bianchi", f"{key}:"):
            assert "bianchi" not in str(proposed(limited, term)).lower()
    assert proposed(limited, "host:e") == ["host:erp.example.com"]


def test_a_limited_user_gets_his_own_names_behind_any_number_of_others(
    mirrored: Workflow,
) -> None:
    row = WorkflowReference.objects.filter(kind="host").get()
    other = make_customer("Bianchi")
    WorkflowReference.objects.bulk_create(
        WorkflowReference(
            customer=other,
            workflow=mirrored,
            kind="host",
            name=f"a{number}.com",
            name_lower=f"a{number}.com",
            field_lower="",
            path="x",
            confidence="certain",
        )
        for number in range(7000)
    )
    assert complete("host:", Scope((row.customer_id,))) == ["host:erp.example.com"]


def test_names_come_from_the_index_jump_by_jump(mirrored: Workflow) -> None:
    """Not by reading all rows of a frequent name."""
    row = WorkflowReference.objects.filter(kind="host").get()
    columns: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("customer_id", "workflow_id", "task_id", "kind", "path", "confidence")
    }
    WorkflowReference.objects.bulk_create(
        WorkflowReference(name="frequent.com", name_lower="frequent.com", field_lower="", **columns)
        for _ in range(20_000)
    )
    values = {"kind": "host", "start": "f", "end": "g", "customers": None, "most": 12}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workflow_references")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
            + completion._NAMES.format(column="name_lower"),
            values,
        )
        plan = cursor.fetchone()[0][0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 100


def test_a_long_term_has_no_proposals(viewer: Client, mirrored: Workflow) -> None:
    name = "x" * 400
    task = {"id": 1, "name": "Call", "action_type": "Callout"}
    body = f"{{{{ GlobalConstants.{name} }}}}"
    an_indexed_workflow(mirrored.customer, {**task, "parameters": {"body": body}}, zuora_id="2")

    def proposed(length: int) -> list[str]:
        term = f"constant:{name}"[:length]
        return list(viewer.get("/search/complete/", {"term": term}).json()["terms"])

    assert proposed(300) == [f"constant:{name}"]
    assert proposed(301) == []


def test_a_completion_that_takes_too_long_proposes_nothing(
    mirrored: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "_MOST_MILLISECONDS", 50)
    slow = completion._NAMES.replace(
        "LIMIT %(most)s", "WHERE pg_sleep(2) IS NOT NULL LIMIT %(most)s"
    )
    monkeypatch.setattr(completion, "_NAMES", slow)
    assert complete("host:", EVERYTHING) == []

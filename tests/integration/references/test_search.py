"""The search finds what it should and not its neighbour, within the user's scope."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING, NOTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.references.errors import SearchTooSlowError
from workflow_mirror.references.index_again import index_again
from workflow_mirror.references.models import WorkflowReferenceState
from workflow_mirror.references.query import KINDS, QueryError, parse
from workflow_mirror.references.search import Found, Hit, as_json, search
from workflow_mirror.references.search import places as places_module
from workflow_mirror.references.search import sql as sql_module
from workflow_mirror.workflows.models import Workflow

SECRET = "Ks9vTq71LmZx"
type Add = Callable[..., Workflow]

# Each task is a neighbour of the one before: close, and not what is searched.
TASKS: tuple[dict[str, Any], ...] = (
    {
        "name": "Query accounts",
        "action_type": "Query",
        "object": "Account",
        "parameters": {
            "where_clause": "Account.Region__c = 'North'",
            "fields": {"Account": {"Id": "true", "Region__c": "true"}},
        },
    },
    {
        "name": "Query subscriptions",
        "action_type": "Query",
        "object": "Subscription",
        "parameters": {"fields": {"Subscription": {"Subregion__c": "true"}}},
    },
    {
        "name": "Call ERP",
        "action_type": "Callout",
        "parameters": {
            "url": "https://erp.example.com/v1/invoices?x=1",
            "headers": [
                {"key": "Authorization", "value": f"Bearer {SECRET}"},
                {"key": "Accept", "value": "application/json"},
            ],
            "raw_body": "{{ Credentials.ERP.user }} {{ GlobalConstants.ERP_HOST }}",
        },
    },
    {
        "name": "Call the other",
        "action_type": "AsynchronousCallout",
        "parameters": {
            "url": "https://myerp.example.com/v2/payments",
            "raw_body": "{{ Credentials.CRM.user }} {{ GlobalConstants.ERP_HOSTS }}",
        },
    },
    {
        "name": "Mail billing",
        "action_type": "Email",
        "parameters": {"to": "billing@old.example.com", "body": "Perché   il pagamento\nmanca"},
    },
    {
        "name": "Mail sales",
        "action_type": "Email",
        "parameters": {"to": "sales@new.example.com", "body": "Il pagamento arriva"},
    },
    {
        "name": "Start the next",
        "action_type": "Execute::WorkflowTask",
        "parameters": {"workflow_id": "4711", "workflow_name": "Renewals"},
    },
    {
        "name": "Start another",
        "action_type": "Execute::WorkflowTask",
        "parameters": {"workflow_id": "47110"},
    },
    {
        "name": "Upload a file",
        "action_type": "Upload::SFTP",
        "parameters": {"files": {"0": "Invoice__99.csv"}, "host": "files.example.org"},
    },
    {
        "name": "Run a report",
        "action_type": "Reporting::Run",
        "object_id": "Aging",
        "parameters": {"report_id": "Aging"},
    },
    {
        "name": "Ask Lambda",
        "action_type": "Logic::Lambda",
        "parameters": {"function_name": "tax-lookup", "code": "INV-2041-2026"},
    },
)


@pytest.fixture
def add(make_customers: Callable[[int], list[Customer]]) -> Add:
    """Adds a workflow of one of two customers, indexed."""
    customers = make_customers(2)

    def add_workflow(
        *tasks: dict[str, Any], of: int = 0, zuora_id: str = "1", name: str = "Dunning", **more: Any
    ) -> Workflow:
        entries = [{"id": 800 + place, **task} for place, task in enumerate(tasks)]
        workflow = Workflow.objects.create(
            customer=customers[of], zuora_id=zuora_id, name=name, state="Active"
        )
        workflow.json_export = {"workflow": {"name": name, **more}, "tasks": entries}
        workflow.sync_tasks_from_json()
        Workflow.objects.filter(pk=workflow.pk).update(json_export=workflow.json_export)
        index_again([workflow.pk])
        return workflow

    return add_workflow


@pytest.fixture
def mirrored(add: Add) -> Workflow:
    return add(*TASKS, parameters={"event_triggers": ["Invoice Posted"]}, description="Each night")


def find(text: str, scope: Scope = EVERYTHING, **options: Any) -> Found:
    return search(parse(text), scope, **options)


def found(text: str, scope: Scope = EVERYTHING) -> set[str]:
    """The names of the tasks, or of workflows."""
    return {hit.task or hit.workflow for hit in find(text, scope).hits}


def only(text: str) -> Hit:
    [hit] = find(text).hits
    return hit


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("field:Account.Region__c", {"Query accounts"}),
        ("field:region__c", {"Query accounts"}),
        ("field:Subregion__c", {"Query subscriptions"}),
        ("field:*region__c", {"Query accounts", "Query subscriptions"}),
        ("field:Acc*Reg*", {"Query accounts"}),
        ("object:Account", {"Query accounts"}),
        ("object:subscr*", {"Query subscriptions"}),
        ("host:erp.example.com", {"Call ERP"}),
        ("host:https://ERP.example.com/v9", {"Call ERP"}),
        ("host:example.com", {"Call ERP", "Call the other"}),
        ("host:*erp.example.com", {"Call ERP", "Call the other"}),
        ("url:/v1/invoices", {"Call ERP"}),
        ("email:@old.example.com", {"Mail billing"}),
        ("email:sales@", {"Mail sales"}),
        ("email:billing@old.example.com", {"Mail billing"}),
        ("email:sales", {"Mail sales"}),
        ("workflow:4711", {"Start the next"}),
        ("workflow:renewals", {"Start the next"}),
        ("constant:ERP_HOST", {"Call ERP"}),
        ("constant:erp*", {"Call ERP", "Call the other"}),
        ("credential:ERP.user", {"Call ERP"}),
        ("file:Invoice__*.csv", {"Upload a file"}),
        ("report:Aging", {"Run a report"}),
        ("lambda:tax-lookup", {"Ask Lambda"}),
        ('event:"Invoice Posted"', {"Dunning"}),
        ("type:Callout", {"Call ERP"}),
        ("type:*callout", {"Call ERP", "Call the other"}),
        ("type:upload", {"Upload a file"}),
        ("has:secret", {"Call ERP"}),
        ("has:lambda", {"Ask Lambda"}),
        ("has:event", {"Dunning"}),
        ("perche", {"Mail billing"}),
        ('"perché il pagamento manca"', {"Mail billing"}),
        ("pagamento", {"Mail billing", "Mail sales"}),
        ("pagamento -perche", {"Mail sales"}),
        ("pagamento -email:@old.example.com", {"Mail sales"}),
        ('"each night"', {"Dunning"}),
        ("where_clause", {"Query accounts"}),
        (r"/inv-\d{4}-2026/", {"Ask Lambda"}),
        (r"/inv-\d{5}-2026/", set()),
        ("host:erp.example.com host:files.example.org", {"Call ERP", "Upload a file"}),
        ("host:erp.example.com constant:ERP_HOSTS", set()),
        ("type:Email -sales", {"Mail billing"}),
        ("type:Callout -has:secret", set()),
        ("host:example.com -type:Callout", {"Call the other"}),
        ('"no such text"', set()),
        ("'100%'", set()),
    ],
)
def test_a_query_finds_what_it_should_and_not_its_neighbour(
    mirrored: Workflow, query: str, names: set[str]
) -> None:
    assert found(query) == names


def test_every_kind_has_a_query_above(mirrored: Workflow) -> None:
    """The tasks name something of each kind, so that no key is untested."""
    for kind in KINDS:
        assert found(f"has:{kind}"), kind


def test_terms_hold_for_one_place_and_free_words_for_its_workflows_name_too(add: Add) -> None:
    add({"name": "Call", "action_type": "Callout"}, {"name": "Mail", "action_type": "Email"})
    add({"name": "Call", "action_type": "Callout"}, zuora_id="2", name="Renewals")

    assert found("dunning") == {"Dunning"}  # not each of its tasks
    assert found("dunning type:Callout") == {"Call"}
    assert find("dunning type:Callout").total == 1
    assert found("dunning mail") == {"Mail"}
    assert found("call mail") == set()
    assert {hit.workflow for hit in find("call -dunning").hits} == {"Renewals"}
    assert {hit.workflow for hit in find("/dun+ing/ type:Callout").hits} == {"Dunning"}


def test_keys_of_workflows_alone_find_workflows(add: Add) -> None:
    add({"name": "Call", "action_type": "Callout"})
    other = add({"name": "Mail", "action_type": "Email"}, of=1, name="Renewals")
    Workflow.objects.filter(pk=other.pk).update(state="Inactive")

    assert found('customer:"Cliente 001"') == {"Renewals"}
    assert found("customer:cliente") == {"Dunning", "Renewals"}
    assert found("customer:cliente -customer:001") == {"Dunning"}
    assert found("state:inactive") == {"Renewals"}
    assert found("state:active") == {"Dunning"}
    assert found("state:active state:inactive") == {"Dunning", "Renewals"}
    assert found("customer:001 type:Email") == {"Mail"}
    assert found("customer:nobody") == set()
    assert [
        hit.workflow for hit in find("customer:cliente", customer_ids=[other.customer_id]).hits
    ] == ["Renewals"]


def test_deleted_workflows_are_found_only_when_asked_for(add: Add) -> None:
    workflow = add({"name": "Call ERP"})
    Workflow.objects.filter(pk=workflow.pk).update(deleted_at=timezone.now())

    result = find('"call erp"')
    assert (result.total, result.not_searched.deleted) == (0, 1)
    assert found('state:deleted "call erp"') == {"Call ERP"}
    assert found("state:deleted") == {"Dunning"}
    assert find("state:deleted").not_searched.deleted == 0
    assert found("state:active") == set()


def test_a_hit_says_where_and_shows_the_line(add: Add) -> None:
    add(
        {
            "name": "Script",
            "parameters": {"code": "first line\n  call('https://erp.example.com/x') // ERP\nend"},
        }
    )
    match = only("host:erp.example.com").matches[0]
    excerpt = match.excerpt
    assert (match.kind, match.name, match.path) == ("host", "erp.example.com", "parameters.code")
    assert (excerpt.text, excerpt.line) == ("call('https://erp.example.com/x') // ERP", 2)
    assert excerpt.text[excerpt.start : excerpt.end] == "erp.example.com"


def test_a_word_in_a_reference_is_shown_as_the_reference(mirrored: Workflow) -> None:
    [match] = only('"myerp.example.com"').matches
    assert (match.kind, match.path) == ("host", "parameters.url")
    [match] = only("perche").matches
    assert (match.kind, match.name, match.path) == ("text", "Perché", "parameters.body")


def test_a_regular_expression_shows_what_it_matched(mirrored: Workflow) -> None:
    [match] = only(r"/inv-\d{4}-2026/").matches
    assert (match.path, match.name) == ("parameters.code", "INV-2041-2026")


def test_a_regular_expression_does_not_reach_from_one_text_to_another(add: Add) -> None:
    add({"name": "alpha one", "parameters": {"a": "omega two", "b": "alpha x omega"}})
    assert found("/alpha.*omega/") == {"alpha one"}
    assert found("/alpha one.*omega/") == set()
    assert found(r"/alpha one[^z]omega/") == set()
    assert found(r"/alpha one\somega/") == set()


def test_several_uses_in_a_task_are_one_hit_with_several_matches(add: Add) -> None:
    add({"name": "x", "parameters": {"to": "a@b.example.com", "cc": "a@b.example.com"}})
    result = find("email:a@b.example.com")
    assert result.total == 1
    assert [match.path for match in result.hits[0].matches] == ["parameters.cc", "parameters.to"]


def test_the_type_and_a_workflow_are_matches_too(mirrored: Workflow) -> None:
    [match] = only("type:Upload").matches
    assert (match.kind, match.name, match.path) == ("type", "Upload::SFTP", "action_type")
    [match] = only("state:active").matches
    assert (match.kind, match.name, match.path) == ("name", "Dunning", "workflow.name")


def test_pages_and_counts(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    add(*({"name": f"Call {place}"} for place in range(5)))
    add({"name": "Call 9"}, of=1, name="Renewals")

    result = find("call", limit=2, offset=1)

    assert [hit.task for hit in result.hits] == ["Call 1", "Call 2"]
    assert (result.total, result.is_exact) == (6, True)
    assert result.by_customer == {"Cliente 000": 5, "Cliente 001": 1}
    assert result.by_kind == {"text": 6}
    monkeypatch.setattr("workflow_mirror.references.search.answer.COUNTED", 3)
    monkeypatch.setattr(places_module, "COUNTED", 3)
    result = find("call")
    assert (result.total, result.is_exact, len(result.hits)) == (3, False, 3)


def test_kinds_are_counted(mirrored: Workflow) -> None:
    assert find("host:example.com").by_kind == {"host": 2}
    assert find('"erp.example.com"').by_kind == {"host": 2, "text": 2, "url": 2}
    assert find("host:erp.example.com email:sales@ has:secret").by_kind == {}
    assert find("has:host has:email").by_kind == {"host": 3, "email": 2}
    assert find("has:host has:email old.example.com").by_kind == {"email": 1, "text": 1}
    assert find("type:Email").by_kind == {"type": 2}
    assert find("type:Email email:sales@").by_kind == {"email": 1}
    assert find("type:Callout erp.example.com").by_kind == {"host": 1, "text": 1, "url": 1}
    assert find(r"/erp\.example/ host:erp.example.com").by_kind == {"host": 1, "text": 1}


def test_what_was_not_searched_is_counted(add: Add) -> None:
    workflow = add({"name": "x", "parameters": {"query": "SELECT FROM WHERE ((("}})
    customer = workflow.customer
    Workflow.objects.create(customer=customer, zuora_id="2")
    Workflow.objects.create(customer=customer, zuora_id="3", json_export={"tasks": []})
    Workflow.objects.filter(pk=workflow.pk).update(export_error="HTTP 500")
    unparsed = WorkflowReferenceState.objects.get(workflow=workflow).unparsed
    assert unparsed
    assert vars(find('"nothing here"').not_searched) == {
        "without_export": 1,
        "stale_exports": 1,
        "not_indexed": 1,
        "unparsed_texts": unparsed,
        "deleted": 0,
    }
    assert set(vars(find("customer:001 nothing").not_searched).values()) == {0}


def test_a_limited_user_learns_nothing_of_other_customers(add: Add) -> None:
    mine = add({"name": "Call ERP", "action_type": "Callout"})
    theirs = add({"name": "Call ERP", "action_type": "Sneaky"}, of=1, name="Theirs")
    Workflow.objects.create(customer=theirs.customer, zuora_id="9")
    Workflow.objects.filter(pk=theirs.pk).update(export_error="HTTP 500")
    scope = Scope((mine.customer_id,))

    for query in ('"call erp"', "customer:cliente", "-customer:000 erp", "customer:001 erp",
                  "type:Sneaky", "type:Callout", "theirs", "call -theirs"):  # fmt: skip
        result = find(query, scope)
        assert "Cliente 001" not in json.dumps(as_json(result) | {"query": ""}), query
        assert all(hit.customer_id == mine.customer_id for hit in result.hits)
        assert set(result.by_customer) <= {"Cliente 000"}
        assert set(vars(result.not_searched).values()) == {0}
        assert find(query, NOTHING).total == 0
    assert find("type:Sneaky").total == 1
    assert find("customer:001", scope).total == find("customer:nobody", scope).total == 0
    chosen = find("call", scope, customer_ids=[theirs.customer_id])
    assert (chosen.total, set(vars(chosen.not_searched).values())) == (0, {0})


def test_no_secret_is_in_hits_excerpts_or_counts(add: Add) -> None:
    add(
        {
            "name": f"Call token={SECRET} now",
            "action_type": "Callout",
            "parameters": {
                "password": SECRET,
                "url": f"https://user:{SECRET}@erp.example.com/x?api_key={SECRET}",
                "code": f"const token = '{SECRET}'; // erp.example.com",
                f"api_key={SECRET}": "erp",
            },
        },
        name=f"Dunning token={SECRET}",
    )
    for query in ("has:secret", "host:erp.example.com", '"erp.example.com"', "token",
                  "call", "type:Callout", "state:active", "dunning", r"/token.{1,9}/",
                  "url:example.com/x"):  # fmt: skip
        result = find(query)
        assert result.total, query
        assert SECRET.lower() not in json.dumps(as_json(result)).lower(), query
    for query in (SECRET, f"/{SECRET[:6]}.*/", f'"token={SECRET}"'):
        assert find(query).total == 0
    paths = {match.path for match in only("has:secret type:Callout").matches}
    assert "parameters.password" in paths
    assert "[secret]" in {match.excerpt.text for match in only("has:secret type:Callout").matches}


def test_a_search_that_takes_too_long_is_stopped(
    mirrored: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sql_module._LIMITS, "statement_timeout", "1")
    with pytest.raises(SearchTooSlowError, match="Narrow it"), sql_module.limited() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_the_limits_end_with_the_search(mirrored: Workflow) -> None:
    find("dunning")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('enable_seqscan'), current_setting('statement_timeout')"
        )
        assert cursor.fetchone() == ("on", "0")


@pytest.mark.parametrize(
    "query",
    [
        '"unclosed', "feild:x", "/.*/", "/(a+)+b/", "it", "x" * 10_000, "a\0bc", "-draft", "/v1/x",
        "field:", "has:everything", "customer:", 'customer:"', "host:***", "\u202eabc",
    ],
)  # fmt: skip
def test_bad_input_is_refused_before_the_database(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        find(query)
    assert re.fullmatch(r"[^\n]+", str(caught.value))


@pytest.mark.parametrize(
    "query",
    [
        "customer:%%%", "host:[::1]", "field:..", "type:'", r'"a\\%_b;--"', "email:@", "url:%%ab%",
        "file:a*b*c*d*e", "workflow:999999999999999999999999", '"select 1; drop table x"',
        "field:" + "x" * 1900, " ".join(f"word{n}" for n in range(30)), "/a.{50}b.{50}ccc/",
        "field:é", "host:ü*ö.example", "/perch[e]xyz|abc/",
    ],
)  # fmt: skip
def test_odd_queries_find_nothing_and_do_no_harm(mirrored: Workflow, query: str) -> None:
    assert find(query).total == 0


def test_a_long_text_is_searched_and_its_excerpt_is_short(add: Add) -> None:
    long = "è padding " * 20_000 + "needle in here " + "è more " * 20_000
    add({"name": "x", "parameters": {"code": long}})
    excerpt = only("needle").matches[0].excerpt
    assert len(excerpt.text) < 250
    assert excerpt.text[excerpt.start : excerpt.end] == "needle"

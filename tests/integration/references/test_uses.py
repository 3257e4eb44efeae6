"""What a workflow or a task uses: each name with its places, bounded, within the scope."""

from collections.abc import Callable
from typing import Any

import pytest

from workflow_mirror.access.scope import EVERYTHING, NOTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.references.models import WorkflowReference, WorkflowReferenceState
from workflow_mirror.references.query import KINDS
from workflow_mirror.references.uses import Use, UsesOfKind, Wanted, searched_of, uses_of
from workflow_mirror.workflows.models import Workflow

from .indexed import a_call, an_indexed_workflow
from .test_search import SECRET, TASKS

HOSTS: list[dict[str, Any]] = [
    {"name": f"Call {place}", "parameters": {"url": f"https://{host}.example.com/x"}}
    for place, host in enumerate(["erp", "crm", "ERP", "erp", "pay"])
]


@pytest.fixture
def customers(make_customers: Callable[[int], list[Customer]]) -> list[Customer]:
    return make_customers(2)


@pytest.fixture
def rossi(customers: list[Customer]) -> Customer:
    return customers[0]


def kind(found: list[UsesOfKind], name: str) -> UsesOfKind:
    [of_kind] = [one for one in found if one.kind == name]
    return of_kind


def hosts(workflow: Workflow, **wanted: Any) -> UsesOfKind:
    [found] = uses_of(EVERYTHING, workflow, Wanted(kind="host", **wanted))
    return found


def names(found: UsesOfKind) -> list[str]:
    return [use.name for use in found.uses]


def test_every_kind_is_there_but_sub_workflows(rossi: Customer) -> None:
    workflow = an_indexed_workflow(
        rossi, "1", *TASKS, parameters={"event_triggers": ["Invoice Posted"]}
    )
    found = uses_of(EVERYTHING, workflow, Wanted())
    assert {one.kind for one in found} == set(KINDS) - {"workflow"}
    assert names(kind(found, "event")) == ["Invoice Posted"]
    assert names(kind(found, "report")) == ["Aging"]


def test_a_name_has_its_places_whatever_its_case_and_the_most_used_comes_first(
    rossi: Customer,
) -> None:
    workflow = an_indexed_workflow(rossi, "1", *HOSTS)
    found = hosts(workflow)
    assert [(use.name, use.places) for use in found.uses] == [
        ("erp.example.com", 3),
        ("crm.example.com", 1),
        ("pay.example.com", 1),
    ]
    spots = [(spot.task, spot.path) for spot in found.uses[0].first]
    assert spots == [(f"Call {place}", "parameters.url") for place in (0, 2, 3)]
    assert {spot.task_id for use in found.uses for spot in use.first} == set(
        workflow.tasks.values_list("pk", flat=True)
    )


def test_fields_in_another_case_are_the_same_name(rossi: Customer) -> None:
    clauses = ("Account.Region__c = 'x'", "account.REGION__C = 'y'")
    tasks = [{"name": "Query", "parameters": {"where_clause": clause}} for clause in clauses]
    workflow = an_indexed_workflow(rossi, "1", *tasks)
    [fields] = uses_of(EVERYTHING, workflow, Wanted(kind="field"))
    assert [(use.name, use.places) for use in fields.uses] == [("Account.Region__c", 2)]


def test_places_are_counted_as_the_index_has_them(rossi: Customer) -> None:
    workflow = an_indexed_workflow(rossi, "1", *TASKS, *TASKS)
    found = uses_of(EVERYTHING, workflow, Wanted(names=1000, places=1000))
    stored = WorkflowReference.objects.filter(workflow=workflow).exclude(kind="workflow")
    uses: list[Use] = [use for one in found for use in one.uses]
    assert sum(use.places for use in uses) == stored.count()
    assert all(use.places == len(use.first) for use in uses)
    assert all(one.names == len(one.uses) for one in found)


def test_long_lists_are_cut_and_can_be_read_in_pages(rossi: Customer) -> None:
    workflow = an_indexed_workflow(rossi, "1", *HOSTS)
    first, second = hosts(workflow, names=2), hosts(workflow, names=2, skipped=2)
    assert (first.names, second.names) == (3, 3)
    assert names(first) + names(second) == names(hosts(workflow))
    assert len(hosts(workflow, places=2).uses[0].first) == 2
    assert hosts(workflow, places=2).uses[0].places == 3


def test_one_name_is_found_in_any_case(rossi: Customer) -> None:
    workflow = an_indexed_workflow(rossi, "1", *HOSTS)
    assert names(hosts(workflow, name="Erp.Example.COM")) == ["erp.example.com"]
    assert uses_of(EVERYTHING, workflow, Wanted(kind="host", name="%")) == []


def test_of_a_task_only_its_own(rossi: Customer) -> None:
    workflow = an_indexed_workflow(rossi, "1", *HOSTS, description="https://all.example.com")
    task = workflow.tasks.get(name="Call 1")
    assert names(hosts(workflow, task=task.pk)) == ["crm.example.com"]
    assert "all.example.com" in names(hosts(workflow))


def test_secrets_are_paths_and_nothing_else(rossi: Customer) -> None:
    workflow = an_indexed_workflow(rossi, "1", *TASKS)
    found = uses_of(EVERYTHING, workflow, Wanted())
    assert names(kind(found, "secret")) == ["parameters.headers[0].value"]
    assert SECRET not in repr(found)
    path = names(kind(found, "secret"))[0]
    [again] = uses_of(EVERYTHING, workflow, Wanted(kind="secret", name=path))
    assert names(again) == [path]


def test_what_may_be_an_ordinary_word_everywhere_is_uncertain(rossi: Customer) -> None:
    workflow = an_indexed_workflow(
        rossi,
        "1",
        {"name": "a", "parameters": {"note": "Order.Date"}},
        {"name": "b", "parameters": {"note": "Account.Name", "fields": {"Account": {"Name": "x"}}}},
    )
    fields = kind(uses_of(EVERYTHING, workflow, Wanted()), "field")
    assert {use.name: use.is_uncertain for use in fields.uses} == {
        "Order.Date": True,
        "Account.Name": False,
    }


def test_nothing_leaves_the_scope(customers: list[Customer]) -> None:
    mine, other = customers
    workflow = an_indexed_workflow(mine, "1", *TASKS)
    for scope in (NOTHING, Scope((other.pk,))):
        assert uses_of(scope, workflow, Wanted()) == []
        assert not searched_of(scope, workflow).has_export
    assert uses_of(Scope((mine.pk,)), workflow, Wanted())


def test_it_says_how_far_the_index_can_be_relied_on(rossi: Customer) -> None:
    workflow = an_indexed_workflow(
        rossi, "1", a_call(query="SELECT FROM WHERE (((", where_clause="a = ((")
    )
    fresh = searched_of(EVERYTHING, workflow)
    assert (fresh.has_export, fresh.is_indexed, fresh.is_current) == (True, True, True)
    assert not fresh.is_stale_export
    unparsed = WorkflowReferenceState.objects.get(workflow=workflow).unparsed
    assert fresh.unparsed == unparsed > 0

    Workflow.objects.update(export_error="HTTP 500")
    assert searched_of(EVERYTHING, workflow).is_stale_export
    WorkflowReferenceState.objects.update(extractor_version=0)
    assert not searched_of(EVERYTHING, workflow).is_current
    WorkflowReferenceState.objects.all().delete()
    unknown = searched_of(EVERYTHING, workflow)
    assert (unknown.is_indexed, unknown.is_current, unknown.unparsed) == (False, False, 0)
    Workflow.objects.update(export_hash="")
    assert not searched_of(EVERYTHING, workflow).has_export


def test_an_index_of_another_export_is_not_current(rossi: Customer) -> None:
    workflow = an_indexed_workflow(rossi, "1", *HOSTS)
    Workflow.objects.update(export_hash="f" * 64)
    assert not searched_of(EVERYTHING, workflow).is_current

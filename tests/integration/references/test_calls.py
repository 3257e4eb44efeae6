"""Sub-workflows both ways: by Zuora ID or by name, within the customer and the scope."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING, NOTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.references import calls as calls_module
from workflow_mirror.references.calls import Call, callers_of, calls_of
from workflow_mirror.workflows.models import Workflow

from .indexed import a_call, an_indexed_workflow


@pytest.fixture
def customers(make_customers: Callable[[int], list[Customer]]) -> list[Customer]:
    return make_customers(2)


@pytest.fixture
def rossi(customers: list[Customer]) -> Customer:
    return customers[0]


def only(workflow: Workflow) -> Call:
    [call] = calls_of(EVERYTHING, workflow).calls
    return call


def callers(workflow: Workflow, scope: Scope = EVERYTHING) -> list[str]:
    return [call.caller.name for call in callers_of(scope, workflow).calls]


def called(workflow: Workflow, scope: Scope = EVERYTHING) -> list[list[str]]:
    """The Zuora IDs of what each place calls."""
    return [[one.zuora_id for one in call.called] for call in calls_of(scope, workflow).calls]


@pytest.mark.parametrize(
    ("parameters", "is_by_name"),
    [
        ({"workflow_id": "4711"}, False),
        ({"workflow_id": 4711}, False),
        ({"workflow_name": "Renewals"}, True),
        ({"workflow_name": " rENEWALS "}, True),
        ({"url": "https://rest.zuora.com/workflows/4711/run"}, False),
        ({"workflow_id": "4711", "workflow_name": "An old name"}, False),
    ],
)
def test_a_call_leads_both_ways(
    rossi: Customer,
    parameters: dict[str, object],
    is_by_name: bool,  # noqa: FBT001 - by pytest
) -> None:
    renewals = an_indexed_workflow(rossi, "4711", name="Renewals")
    an_indexed_workflow(rossi, "47110", name="Renewals of 2027")
    caller = an_indexed_workflow(rossi, "1", a_call("Start the next", **parameters))

    call = only(caller)
    assert call.called == (renewals,)
    assert (call.task and call.task.name, call.is_by_name) == ("Start the next", is_by_name)
    assert call.path.startswith("parameters.")
    assert callers_of(EVERYTHING, renewals).calls == [call]
    assert callers(caller) == []


def test_a_call_outside_of_tasks_has_no_task(rossi: Customer) -> None:
    renewals = an_indexed_workflow(rossi, "4711", name="Renewals")
    caller = an_indexed_workflow(rossi, "1", parameters={"after": {"workflow_id": "4711"}})

    assert (only(caller).task, only(caller).path) == (
        None,
        "workflow.parameters.after.workflow_id",
    )
    assert callers(renewals) == ["Dunning"]


def test_a_name_that_several_workflows_have_is_ambiguous(rossi: Customer) -> None:
    twins = [an_indexed_workflow(rossi, key, name="Renewals") for key in ("4711", "4712")]
    by_name = an_indexed_workflow(rossi, "1", a_call(workflow_name="Renewals"), name="By name")
    both = {"workflow_id": "4712", "workflow_name": "Renewals"}
    an_indexed_workflow(rossi, "2", a_call(**both), name="By both")

    assert only(by_name).is_ambiguous
    assert set(only(by_name).called) == set(twins)
    assert callers(twins[0]) == ["By name"]
    assert callers(twins[1]) == ["By both", "By name"]
    assert [call.is_ambiguous for call in callers_of(EVERYTHING, twins[1]).calls] == [False, True]


def test_ids_and_names_of_different_calls_of_a_task_are_not_mixed(rossi: Customer) -> None:
    for key, name in (("4711", "Renewals"), ("4712", "Invoices")):
        an_indexed_workflow(rossi, key, name=name)
    caller = an_indexed_workflow(
        rossi, "1", a_call(workflow_id="4711", parent_workflow_name="Invoices")
    )
    assert sorted(called(caller)) == [["4711"], ["4712"]]


def test_a_deleted_workflow_is_meant_only_if_no_other_has_the_name(rossi: Customer) -> None:
    old = an_indexed_workflow(rossi, "4711", name="Renewals")
    caller = an_indexed_workflow(rossi, "1", a_call(workflow_name="Renewals"))
    Workflow.objects.filter(pk=old.pk).update(deleted_at=timezone.now())
    assert called(caller) == [["4711"]]

    an_indexed_workflow(rossi, "4712", name="Renewals")
    assert called(caller) == [["4712"]]
    assert callers(old) == []


def test_deleted_callers_are_left_out(rossi: Customer) -> None:
    renewals = an_indexed_workflow(rossi, "4711", name="Renewals")
    caller = an_indexed_workflow(rossi, "1", a_call(workflow_id="4711"))
    assert callers(renewals) == ["Dunning"]
    Workflow.objects.filter(pk=caller.pk).update(deleted_at=timezone.now())
    assert callers(renewals) == []


def test_what_the_mirror_does_not_have_is_named_and_leads_nowhere(rossi: Customer) -> None:
    caller = an_indexed_workflow(rossi, "1", a_call(workflow_id="9", workflow_name="Gone"))
    assert only(caller).called == ()
    assert set(only(caller).names) == {"9", "Gone"}


def test_nothing_is_resolved_in_another_customer(customers: list[Customer]) -> None:
    mine, other = customers
    foreign = an_indexed_workflow(other, "4711", name="Renewals")
    caller = an_indexed_workflow(mine, "1", a_call(workflow_id="4711", workflow_name="Renewals"))
    assert called(caller) == [[]]
    assert callers(foreign) == []


def test_nothing_leaves_the_scope(customers: list[Customer]) -> None:
    mine, other = customers
    renewals = an_indexed_workflow(mine, "4711", name="Renewals")
    caller = an_indexed_workflow(mine, "1", a_call(workflow_id="4711"))
    for scope in (NOTHING, Scope((other.pk,))):
        assert callers(renewals, scope) == []
        assert called(caller, scope) == []
    assert callers(renewals, Scope((mine.pk,))) == ["Dunning"]


def test_the_calls_of_one_task_are_only_its_own(rossi: Customer) -> None:
    caller = an_indexed_workflow(
        rossi, "1", a_call("First", workflow_id="1"), a_call("Second", workflow_id="2")
    )
    second = caller.tasks.get(name="Second")
    [call] = calls_of(EVERYTHING, caller, task=second.pk).calls
    assert (call.task, call.names) == (second, ("2",))


def test_a_name_that_needs_escaping_is_compared_as_it_is(rossi: Customer) -> None:
    hostile = "100%_'; DROP TABLE \\ <b>"
    target = an_indexed_workflow(rossi, "4711", name=hostile)
    an_indexed_workflow(rossi, "4712", name="100xx'; DROP TABLE \\ <b>")
    an_indexed_workflow(rossi, "1", a_call(workflow_name=hostile))
    assert callers(target) == ["Dunning"]


def test_workflows_without_a_name_have_no_callers_by_it(rossi: Customer) -> None:
    nameless = an_indexed_workflow(rossi, "4711", name="")
    an_indexed_workflow(rossi, "1", a_call(workflow_name=""), a_call(workflow_name=" "))
    assert callers(nameless) == []


def test_long_lists_are_cut_and_calls_by_id_come_first(
    rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls_module, "READ", 3)
    by_name = [a_call(workflow_name="Renewals") for _ in range(5)]
    renewals = an_indexed_workflow(rossi, "4711", name="Renewals")
    an_indexed_workflow(rossi, "1", *by_name, name="By name")
    caller = an_indexed_workflow(rossi, "2", a_call(workflow_id="4711"), name="By ID")

    found = callers_of(EVERYTHING, renewals)
    assert found.is_cut
    assert "By ID" in {call.caller.name for call in found.calls}
    assert not calls_of(EVERYTHING, caller).is_cut
    assert calls_of(EVERYTHING, found.calls[-1].caller).is_cut


def test_more_calls_take_no_more_statements(rossi: Customer) -> None:
    renewals = an_indexed_workflow(rossi, "4711", name="Renewals")
    caller = an_indexed_workflow(rossi, "1", a_call(workflow_id="4711"))
    few = statements(renewals, caller)
    an_indexed_workflow(
        rossi, "2", *(a_call(workflow_id="4711", workflow_name="Renewals") for _ in range(30))
    )
    assert statements(renewals, caller) == few


def statements(target: Workflow, caller: Workflow) -> int:
    with CaptureQueriesContext(connection) as asked:
        callers_of(EVERYTHING, target)
        calls_of(EVERYTHING, caller)
    return len(asked)

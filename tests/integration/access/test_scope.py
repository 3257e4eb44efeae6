"""Every function that shows data keeps to its scope."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from workflow_mirror.access.customers import (
    active_customers,
    customers_in,
    environments,
    find_customer,
    search_customers,
)
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import EVERYTHING, NOTHING, Scope, scope_of
from workflow_mirror.customers.errors import UnknownCustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import queries as job_queries
from workflow_mirror.jobs import scoped
from workflow_mirror.overview.counts import count_tasks
from workflow_mirror.overview.health import customers_with_condition
from workflow_mirror.schedules import scoped as schedules
from workflow_mirror.schedules import service
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.workflows import queries
from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport

pytestmark = pytest.mark.django_db
NOW = "2026-01-01T00:00:00Z"


def make_mirror(name: str) -> Customer:
    """A customer with a workflow, a task, an export, a schedule and a queued job."""
    customer = Customer.objects.create(
        name=name, zuora_base_url="https://rest.zuora.com", environment=f"environment of {name}"
    )
    workflow = Workflow.objects.create(
        customer=customer, zuora_id="1", name=f"workflow of {name}", state=f"state of {name}",
        json_export={"tasks": [{"id": 1, "name": f"task of {name}"}]},
    )  # fmt: skip
    workflow.sync_tasks_from_json()
    WorkflowExport.objects.create(
        customer=customer,
        workflow=workflow,
        workflow_zuora_id="1",
        content_hash="0" * 64,
        document={"of": name},
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    schedule = Schedule.objects.create(
        name=f"schedule of {name}", cron="0 5 * * *", timezone="UTC", all_customers=False
    )
    schedule.customers.set([customer])
    return customer


@pytest.fixture
def rossi() -> Customer:
    return make_mirror("Rossi")


@pytest.fixture
def world(rossi: Customer) -> list[Customer]:
    """Rossi, Bianchi, and a batch of a job for each."""
    Schedule.objects.exclude(name="schedule of Rossi").delete()
    customers = [rossi, make_mirror("Bianchi")]
    request_syncs(customers, requested_by="schedule schedule of Bianchi")
    return customers


LISTS: dict[str, Callable[[Scope], Any]] = {
    "customers": customers_in,
    "active customers": active_customers,
    "environments": environments,
    "found customers": lambda scope: search_customers(scope, "i"),
    "conditions": customers_with_condition,
    "workflows": queries.workflows_in,
    "workflows as data": queries.list_workflows,
    "exported workflows": queries.exported_workflows,
    "values": lambda scope: queries.values_of(scope, Workflow, ["state"])["state"],
    "tasks": queries.tasks_in,
    "jobs": scoped.jobs_in,
    "monitored jobs": lambda scope: job_queries.monitor(scope)["jobs"],
    "waiting jobs": lambda scope: scoped.newest(scope, "waiting", 9),
    "schedules": schedules.schedules_in,
    "schedules as data": service.list_schedules,
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_what_is_in_the_scope(world: list[Customer], name: str) -> None:
    show = LISTS[name]
    assert len(list(show(EVERYTHING))) == 2
    assert len(list(show(Scope((world[0].pk,))))) == 1
    assert list(show(NOTHING)) == []


def test_a_number_counts_what_is_in_the_scope(world: list[Customer]) -> None:
    own = Scope((world[0].pk,))
    assert [count_tasks(scope).present.number for scope in (EVERYTHING, own, NOTHING)] == [2, 1, 0]
    for scope, waiting in ((EVERYTHING, 2), (own, 1), (NOTHING, 0)):
        assert scoped.current_counts(scope).get("waiting", 0) == waiting
        batches = list(scoped.batches_in(scope))
        assert len(batches) == bool(waiting)
        for batch, counts in scoped.count_jobs(scope, [one.pk for one in batches]).items():
            assert counts.waiting == waiting == scoped.jobs_of_batch(scope, batch).count()


def test_what_is_outside_of_the_scope_does_not_exist(world: list[Customer]) -> None:
    own = Scope((world[0].pk,))
    foreign = Workflow.objects.get(customer=world[1])
    for ask in (queries.show_workflow, queries.stored_export, queries.exported_workflows):
        assert ask(EVERYTHING, foreign.pk)
        with pytest.raises(UnknownWorkflowError):
            ask(own, foreign.pk)
    with pytest.raises(Workflow.DoesNotExist):
        queries.document_of(own, foreign.pk)
    export = WorkflowExport.objects.get(customer=world[1])
    assert queries.earlier_document(EVERYTHING, foreign, export.pk)
    assert queries.earlier_document(own, foreign, export.pk) is None
    assert not queries.versions_of(own, foreign)
    assert queries.find_task(EVERYTHING, foreign, "1") == Task.objects.get(workflow=foreign)
    assert queries.find_task(own, foreign, "1") is None
    assert not queries.tasks_of(own, foreign)
    assert queries.keys_of(own, world[1].pk, ["1"]) == {}
    with pytest.raises(UnknownCustomerError):
        find_customer(own, "Bianchi")


def test_the_scope_of_a_user_is_what_was_selected(rossi: Customer) -> None:
    assert scope_of(User.objects.create(username="without a row")) == NOTHING
    assert scope_of(User.objects.create_superuser("root")) == EVERYTHING
    user = User.objects.create(username="limited")
    access = UserAccess.objects.create(user=user)
    access.customers.set([rossi])
    assert scope_of(User.objects.get(pk=user.pk)) == Scope((rossi.pk,))
    UserAccess.objects.update(all_customers=True)
    user = User.objects.get(pk=user.pk)
    assert scope_of(user) == EVERYTHING
    user.is_active = False
    assert scope_of(user) == NOTHING

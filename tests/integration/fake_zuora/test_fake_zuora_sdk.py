"""Drive the fake with Zuora's own Python client."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

# The client is generated for an older pydantic; its warnings are not ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def zuora_sdk() -> Any:
    """Import it as late as this: its thousands of models take seconds, in every test run."""
    pytest.importorskip("zuora_sdk")
    return import_module("zuora_sdk.zuora_client").zuora_sdk


@pytest.fixture
def tenant(fake: FakeZuora) -> Tenant:
    tenant = fake.add_tenant("acme")
    tenant.generate(7, tasks=12, variety=False)
    return tenant


@pytest.fixture
def workflows(zuora_sdk: Any, server: Server, tenant: Tenant) -> Iterator[Any]:
    """Sign in as Zuora's client does, and give its workflow calls."""
    configuration = zuora_sdk.Configuration(host=server.base_url)
    client = zuora_sdk.zuora_client.ZuoraClient(
        tenant.client_id, tenant.client_secret, env=None, config=configuration
    )
    client.refresh_token()
    yield zuora_sdk.WorkflowsApi(client.api_client)
    client.api_client.rest_client.pool_manager.clear()


def test_zuoras_client_signs_in_and_lists_all_pages(
    workflows: Any, tenant: Tenant, fake: FakeZuora
) -> None:
    first = workflows.get_workflows(page=1, page_length=5)
    second = workflows.get_workflows(page=2, page_length=5)

    assert [row.id for row in first.data + second.data] == sorted(tenant.definitions, reverse=True)
    assert first.data[0].active_version.version == "0.0.1"
    assert first.pagination.next_page.endswith("/workflows?page=2&page_length=5")
    assert second.pagination.next_page is None
    assert fake.requests.counts() == {"token": 1, "list": 2}


def test_zuoras_client_exports(workflows: Any, tenant: Tenant) -> None:
    export = workflows.get_workflow_export(workflow_id=101)

    expected = tenant.export(101)
    assert [(task.id, task.action_type) for task in export.tasks] == [
        (task["id"], task["action_type"]) for task in expected["tasks"]
    ]
    assert len(export.linkages) == len(expected["linkages"])
    assert export.workflow.id == expected["workflow"]["id"]


def test_zuoras_client_gets_and_lists_versions(workflows: Any, tenant: Tenant) -> None:
    tenant.add_version(101)

    assert workflows.get_workflow(workflow_id="101").active_version.version == "0.0.2"
    versions = workflows.get_workflow_versions(workflow_id=101)
    assert [version.version for version in versions.data] == ["0.0.1", "0.0.2"]


def test_zuoras_client_reports_a_missing_workflow(zuora_sdk: Any, workflows: Any) -> None:
    with pytest.raises(zuora_sdk.exceptions.NotFoundException):
        workflows.get_workflow_export(workflow_id=999)

"""Two mirrored customers, whose workflows differ as a test wants."""

from collections.abc import Callable
from typing import Any

import pytest

from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow

type MakeWorkflow = Callable[..., Workflow]


@pytest.fixture
def source(db: None) -> Customer:
    return make_customer("Rossi sandbox", "sandbox")


@pytest.fixture
def target(db: None) -> Customer:
    return make_customer("Rossi", "production")


def make_customer(name: str, environment: str = "") -> Customer:
    return Customer.objects.create(
        name=name,
        environment=environment,
        zuora_base_url="https://rest.zuora.com",
        zuora_client_id="id",
        zuora_client_secret=f"secret of {name}",
    )


@pytest.fixture
def make_workflow() -> MakeWorkflow:
    made = 0

    def make(
        customer: Customer, name: str, *, url: str = "https://example.com/v1", export: Any = None
    ) -> Workflow:
        nonlocal made
        made += 10
        workflow = Workflow.objects.create(
            customer=customer,
            zuora_id=str(4000 + made),
            name=name,
            json_export=export or document(name, made, url),
        )
        workflow.sync_tasks_from_json()
        return workflow

    return make


def document(name: str, first_id: int, url: str) -> dict[str, Any]:
    return {
        "workflow": {"id": first_id, "name": name, "interval": None},
        "tasks": [
            {
                "id": first_id,
                "name": "Send",
                "action_type": "Callout",
                "parameters": {"url": url, "token": "a-secret-value"},
            }
        ],
        "linkages": [
            {
                "source_workflow_id": first_id,
                "source_task_id": None,
                "target_task_id": first_id,
                "linkage_type": "Start",
            }
        ],
    }

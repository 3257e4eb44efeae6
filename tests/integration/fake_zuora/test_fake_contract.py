"""Hold the fake's answers against Zuora's published OpenAPI document.

The document is not part of this repository: it is looked for next to it.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from workflow_mirror.fake_zuora import FakeZuora, Tenant

SPECIFICATION = Path(__file__).parents[4] / "shared" / "zuora" / "openapi-workflows.json"
# The published enum is narrower than real data (Complete, Case_1, ...) and says nothing of
# action types made since 2023; the fake follows the data.
LINKAGE_TYPES = ["Complete", "Case_1", "Case_2", "Case_3", "Case_Else"]


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not SPECIFICATION.exists():
        pytest.skip(f"no specification at {SPECIFICATION}")
    document: dict[str, Any] = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    schemas["Linkage"]["properties"]["linkage_type"]["enum"] += ["Failure", *LINKAGE_TYPES]
    _forbid_unknown(schemas["Linkage"])
    return document


def _forbid_unknown(schema: dict[str, Any]) -> None:
    schema["additionalProperties"] = False
    schema["required"] = list(schema["properties"])


def as_json_schema(node: Any) -> Any:
    """Turn OpenAPI 3.0 into JSON Schema: `nullable` becomes a type."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {key: as_json_schema(value) for key, value in node.items()}
    if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    return schema


def check(specification: dict[str, Any], path: str, answer: httpx2.Response) -> None:
    """Check body and headers of a GET answer against what the document says of its status."""
    operation = specification["paths"][path].get("get") or specification["paths"][path]["post"]
    declared = operation["responses"][str(answer.status_code)]
    schema = as_json_schema(
        {
            **copy.deepcopy(declared["content"]["application/json"]["schema"]),
            "components": specification["components"],
        }
    )
    Draft202012Validator(schema).validate(answer.json())
    missing = {
        name
        for name in declared["headers"]
        if name not in answer.headers and name not in {"Content-Encoding", "Zuora-Track-Id"}
    }
    assert not missing


def known_keys(specification: dict[str, Any], schema: str) -> set[str]:
    return set(specification["components"]["schemas"][schema]["properties"])


@pytest.fixture
def documented(fake: FakeZuora) -> Tenant:
    tenant = fake.add_tenant("documented")
    tenant.generate(60, tasks=20)
    # The document allows no null there; the last ten definitions show what is not documented.
    for definition in tenant.definitions.values():
        if definition.active is None:
            tenant.activate(definition.id)
    return tenant


@pytest.fixture
def documented_client(
    sign_in: Callable[[Tenant], httpx2.Client], documented: Tenant
) -> httpx2.Client:
    return sign_in(documented)


def test_the_list_is_as_published(
    specification: dict[str, Any], documented_client: httpx2.Client
) -> None:
    for page in (1, 2):
        answer = documented_client.get(f"/workflows?page_length=50&page={page}")
        check(specification, "/workflows", answer)
        for row in answer.json()["data"]:
            allowed = known_keys(specification, "WorkflowDefinitionAndVersions")
            # `description` stands in the examples only.
            assert set(row) <= allowed | {"description"}


def test_get_and_versions_are_as_published(
    specification: dict[str, Any], documented_client: httpx2.Client, documented: Tenant
) -> None:
    for definition_id in list(documented.definitions)[:20]:
        path = f"/workflows/{definition_id}"
        check(specification, "/workflows/{workflow_id}", documented_client.get(path))
        versions = documented_client.get(f"{path}/versions")
        check(specification, "/workflows/{workflow_id}/versions", versions)


def test_exports_are_as_published(
    specification: dict[str, Any], documented_client: httpx2.Client, documented: Tenant
) -> None:
    for definition_id in documented.definitions:
        answer = documented_client.get(f"/workflows/{definition_id}/export")
        check(specification, "/workflows/{workflow_id}/export", answer)
        assert set(answer.json()) == known_keys(specification, "ExportWorkflowVersionResponse")


def test_exports_have_the_fields_of_the_published_example_in_its_order(
    specification: dict[str, Any], documented_client: httpx2.Client
) -> None:
    operation = specification["paths"]["/workflows/{workflow_id}/export"]["get"]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]

    document = documented_client.get("/workflows/101/export").json()

    assert list(document) == list(example)
    assert list(document["workflow"]) == list(example["workflow"])
    assert list(document["tasks"][0]) == list(example["tasks"][0])
    assert list(document["linkages"][0]) == list(example["linkages"][0])


def test_refused_versions_are_as_published(
    specification: dict[str, Any], documented_client: httpx2.Client
) -> None:
    path = "/workflows/{workflow_id}/export"
    for version, status in (("x", 400), ("9.9.9", 404)):
        answer = documented_client.get("/workflows/101/export", params={"version": version})
        assert answer.status_code == status
        check(specification, path, answer)


def test_the_token_is_as_published(
    specification: dict[str, Any],
    documented: Tenant,
    token_answer: Callable[[Tenant], httpx2.Response],
) -> None:
    answer = token_answer(documented)

    check(specification, "/oauth/token", answer)
    assert set(answer.json()) == known_keys(specification, "tokenResponse")


def test_every_published_operation_is_known_to_the_fake(
    specification: dict[str, Any], fake: FakeZuora, documented_client: httpx2.Client
) -> None:
    for path, operations in specification["paths"].items():
        for method in operations:
            documented_client.request(method.upper(), path.replace("{", "").replace("}", ""))

    assert "unknown" not in fake.requests.counts()
    assert len(fake.requests.counts()) == sum(map(len, specification["paths"].values()))

from collections.abc import Callable

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, Tenant


def test_every_request_is_logged_before_its_answer_arrives(
    fake: FakeZuora, client: httpx2.Client
) -> None:
    for expected in range(1, 30):
        client.get("/workflows/101/export?version=latest")
        assert len(fake.requests) == expected

    record = fake.requests[0]
    assert (record.method, record.path) == ("GET", "/workflows/101/export")
    assert record.query == {"version": "latest"}
    assert (record.operation, record.tenant, record.workflow_id) == ("export", "acme", 101)
    assert (record.status, record.fault, record.concurrent) == (200, None, 1)
    assert record.started <= record.finished


def test_the_log_counts_by_operation_and_can_be_cleared(
    fake: FakeZuora, client: httpx2.Client
) -> None:
    for path in ("/workflows", "/workflows?page=2", "/workflows/101", "/nowhere"):
        client.get(path)

    assert fake.requests.counts() == {"list": 2, "get": 1, "unknown": 1}
    assert [record.path for record in fake.requests.of("get")] == ["/workflows/101"]
    fake.requests.clear()
    assert list(fake.requests) == []
    assert fake.requests.counts() == {}


def test_the_log_holds_headers_of_interest_but_no_secret_and_no_token(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, token_answer: Callable[..., object]
) -> None:
    token_answer(acme)
    client.get(
        "/workflows",
        params={"client_secret": acme.client_secret},
        headers={"Zuora-Track-Id": "sync-42", "Zuora-Org-Ids": ""},
    )

    text = repr(list(fake.requests))
    token = client.headers["Authorization"].removeprefix("Bearer ")
    assert fake.requests[-1].headers["zuora-track-id"] == "sync-42"
    assert acme.client_secret not in text
    assert token not in text
    assert fake.requests[-1].query == {"client_secret": "***"}


def test_equal_tokens_have_equal_fingerprints(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, sign_in: Callable[[Tenant], httpx2.Client]
) -> None:
    client.get("/workflows")
    client.get("/workflows")
    sign_in(acme).get("/workflows")

    first, second, third = [record.token for record in fake.requests.of("list")]
    assert first == second != third


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/workflows/101/run", "run"),
        ("POST", "/workflows/tasks/1/rerun", "rerun"),
        ("POST", "/workflows/import", "import"),
        ("POST", "/workflows/101/versions/import", "import_version"),
        ("PATCH", "/workflows/101", "patch"),
        ("PUT", "/workflows/tasks/batch_update", "batch_update"),
        ("DELETE", "/workflows/101", "delete"),
        ("DELETE", "/workflows/versions/104", "delete_version"),
        ("POST", "/v1/anything", "unknown"),
    ],
)
def test_a_write_is_refused_and_recorded(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, method: str, path: str, operation: str
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == 405
    assert 101 in acme.definitions
    assert [(r.operation, r.path) for r in fake.requests.writes()] == [(operation, path)]
    assert fake.requests.count_writes() == 1


def test_reading_and_signing_in_are_no_writes(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, token_answer: Callable[..., object]
) -> None:
    token_answer(acme)
    for path in ("", "/101", "/101/export", "/101/versions", "/tasks", "/metrics.json"):
        client.get(f"/workflows{path}")

    assert fake.requests.writes() == []
    assert len(fake.requests) == 7


def test_a_write_without_a_token_is_recorded_too(fake: FakeZuora, anonymous: httpx2.Client) -> None:
    assert anonymous.delete("/workflows/101").status_code == 401
    assert [record.tenant for record in fake.requests.writes()] == [None]

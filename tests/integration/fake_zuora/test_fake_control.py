from typing import Any

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, Tenant


def call(client: httpx2.Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.request(method, f"/_fake{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_tenant_can_be_made_and_filled(anonymous: httpx2.Client, fake: FakeZuora) -> None:
    made = call(
        anonymous,
        "POST",
        "/tenants",
        {
            "name": "globex",
            "client_secret": "s+/=",
            "options": {"dialect": "newer", "entities": ["e-1"]},
            "generate": {"count": 3, "tasks": 2, "seed": 5},
        },
    )
    more = call(anonymous, "POST", "/tenants/globex/generate", {"count": 2, "tasks": 1})

    globex = fake.tenants["globex"]
    assert made["client_id"] == globex.client_id
    assert made["client_secret"] == globex.client_secret == "s+/="
    assert made["options"]["dialect"] == globex.options.dialect == "newer"
    assert globex.options.entities == ("e-1",)
    assert more == {"ids": [104, 105]}
    assert call(anonymous, "GET", "/tenants/globex")["definitions"] == 5


def test_options_of_a_tenant_can_be_changed(anonymous: httpx2.Client, acme: Tenant) -> None:
    call(anonymous, "PATCH", "/tenants/acme", {"max_concurrent": 3, "date_offset": "+08:00"})

    assert (acme.options.max_concurrent, acme.options.date_offset) == (3, "+08:00")


def test_definitions_can_be_read_and_changed(anonymous: httpx2.Client, acme: Tenant) -> None:
    one = "/tenants/acme/definitions/101"

    renamed = call(anonymous, "POST", f"{one}/rename", {"name": "Nuovo"})
    task = call(anonymous, "POST", f"{one}/edit-task", {"changes": {"name": "X"}, "touch": False})
    version = call(anonymous, "POST", f"{one}/add-version", {"activate": True})
    added = call(anonymous, "POST", "/tenants/acme/definitions", {"name": "More", "tasks": 3})

    assert renamed["name"] == "Nuovo"
    assert task["task"]["name"] == "X"
    assert version["active_version"]["version"] == "0.0.2"
    assert added["id"] == 106
    assert call(anonymous, "GET", one) == acme.row(101)
    assert call(anonymous, "GET", f"{one}/export") == acme.export(101)
    assert call(anonymous, "GET", f"{one}/export?version=0.0.1") == acme.export(101, "0.0.1")
    rows = call(anonymous, "GET", "/tenants/acme/definitions")["definitions"]
    assert [row["id"] for row in rows] == [101, 102, 103, 104, 105, 106]


def test_every_other_action_works(anonymous: httpx2.Client, acme: Tenant) -> None:
    one = "/tenants/acme/definitions/101"

    assert call(anonymous, "POST", f"{one}/deactivate")["active_version"] is None
    assert call(anonymous, "POST", f"{one}/activate")["active_version"]
    assert call(anonymous, "POST", f"{one}/set-status", {"status": "Inactive"})["status"] == (
        "Inactive"
    )
    before = acme.row(101)["updatedAt"]
    assert call(anonymous, "POST", f"{one}/touch")["updatedAt"] > before
    assert "name" not in call(anonymous, "POST", f"{one}/set-row", {"remove": ["name"]})
    assert call(anonymous, "POST", f"{one}/delete") == {}
    assert 101 not in acme.definitions
    assert call(anonymous, "POST", f"{one}/restore")["id"] == 101


def test_an_export_can_be_replaced_by_any_bytes(anonymous: httpx2.Client, acme: Tenant) -> None:
    path = "/_fake/tenants/acme/definitions/101/export"

    answer = anonymous.put(path, content=b"\x00 no json")

    assert answer.status_code == 200
    assert acme.export_body(101).plain == b"\x00 no json"


def test_faults_can_be_asked_for_seen_and_cleared(
    anonymous: httpx2.Client, client: httpx2.Client
) -> None:
    asked = call(
        anonymous,
        "POST",
        "/faults",
        {"name": "server_error", "times": None, "on": "list", "params": {"status": 502}},
    )
    status = client.get("/workflows").status_code
    seen = call(anonymous, "GET", "/faults")
    call(anonymous, "DELETE", "/faults")

    assert asked["params"]["status"] == 502
    assert status == 502
    assert [fault["used"] for fault in seen["pending"]] == [1]
    assert seen["kinds"]["slow"]["params"] == {"seconds": 1.0, "part": "start"}
    assert client.get("/workflows").status_code == 200


def test_requests_can_be_read_and_cleared(anonymous: httpx2.Client, client: httpx2.Client) -> None:
    for path in ("/workflows", "/workflows/101/export", "/workflows/102/export"):
        client.get(path)
    client.delete("/workflows/101")

    seen = call(anonymous, "GET", "/requests?limit=2")
    call(anonymous, "DELETE", "/requests")

    assert seen["counts"] == {"list": 1, "export": 2, "delete": 1}
    assert (seen["writes"], seen["peak_concurrency"]) == (1, 1)
    assert [record["operation"] for record in seen["requests"]] == ["export", "delete"]
    assert call(anonymous, "GET", "/requests")["counts"] == {}


def test_settings_can_be_changed(anonymous: httpx2.Client, fake: FakeZuora) -> None:
    state = call(anonymous, "PUT", "/settings", {"latency": 0.001, "token_limit_per_minute": None})

    assert (fake.latency, fake.token_limit_per_minute) == (0.001, None)
    assert state["settings"]["latency"] == 0.001
    assert state["tenants"] == []


def test_tokens_can_be_ended(anonymous: httpx2.Client, client: httpx2.Client) -> None:
    assert call(anonymous, "POST", "/tenants/acme/expire-tokens") == {"expired": 1}
    assert client.get("/workflows").status_code == 401


def test_the_control_api_is_not_logged(anonymous: httpx2.Client, fake: FakeZuora) -> None:
    call(anonymous, "GET", "/state")

    assert len(fake.requests) == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", "/faults", {"name": "nope"}, 400, "unknown fault"),
        ("POST", "/faults", {}, 400, "name"),
        ("POST", "/faults", [1], 400, "JSON object"),
        ("PUT", "/settings", {"speed": 1}, 400, "unknown setting"),
        ("PATCH", "/tenants/acme", {"dialect": "x"}, 400, "dialect must be one of"),
        ("GET", "/tenants/nobody", None, 404, "no tenant nobody"),
        ("GET", "/tenants/acme/definitions/9", None, 404, "no definition 9"),
        ("POST", "/tenants/acme/definitions/101/explode", {}, 404, "no action explode"),
        ("POST", "/tenants/acme/definitions/101/rename", {}, 400, "name"),
    ],
)
def test_a_mistake_is_told(
    anonymous: httpx2.Client,
    acme: Tenant,
    method: str,
    path: str,
    body: Any,
    status: int,
    text: str,
) -> None:
    answer = anonymous.request(method, f"/_fake{path}", json=body)

    assert answer.status_code == status
    assert text in answer.json()["error"]
    assert acme.definitions

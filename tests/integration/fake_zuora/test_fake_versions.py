"""Versions of a workflow: old ones, drafts, deleted ones, and who made them."""

from typing import Any

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, Tenant

ADA, LUCA = "ada@example.com", "luca@example.com"


@pytest.fixture
def newer(acme: Tenant) -> Tenant:
    acme.options.dialect = "newer"
    return acme


def row_of(client: httpx2.Client, definition_id: int) -> dict[str, Any]:
    rows = client.get("/workflows").json()["data"]
    return next(row for row in rows if row["id"] == definition_id)


def inactive_of(client: httpx2.Client, definition_id: int) -> list[str]:
    row = row_of(client, definition_id)
    versions = row.get("latest_inactive_versions") or row.get("latest_inactive_verisons") or []
    return [version["version"] for version in versions]


def export_of(client: httpx2.Client, version: str | None = None) -> httpx2.Response:
    return client.get("/workflows/101/export", params={"version": version} if version else {})


def test_every_version_is_exported_by_its_number(client: httpx2.Client, acme: Tenant) -> None:
    for number in range(2, 14):
        acme.add_version(101)
        acme.edit_task(101, changes={"name": f"as of {number}"})

    exports = [export_of(client, f"0.0.{number}").json() for number in range(2, 14)]

    assert [e["tasks"][0]["name"] for e in exports] == [f"as of {n}" for n in range(2, 14)]
    assert [e["workflow"]["version"] for e in exports] == [f"0.0.{n}" for n in range(2, 14)]
    assert export_of(client, "latest").json() == export_of(client).json() == exports[-1]
    assert len(inactive_of(client, 101)) == 10
    assert inactive_of(client, 101)[0] == "0.0.12"


def test_a_draft_is_listed_and_exported_beside_the_active_version(
    client: httpx2.Client, acme: Tenant
) -> None:
    acme.add_version(101, activate=False)
    acme.edit_task(101, version="0.0.2", changes={"name": "unfinished"})

    assert row_of(client, 101)["active_version"]["version"] == "0.0.1"
    assert inactive_of(client, 101) == ["0.0.2"]
    assert export_of(client).json()["workflow"]["version"] == "0.0.1"
    assert export_of(client, "0.0.2").json()["tasks"][0]["name"] == "unfinished"
    assert export_of(client, "latest").json()["tasks"][0]["name"] == "unfinished"


def test_an_older_version_can_be_activated_again(client: httpx2.Client, newer: Tenant) -> None:
    before = export_of(client).json()["tasks"]
    newer.add_version(101, by=ADA)
    newer.edit_task(101, by=ADA)

    newer.activate(101, "0.0.1", by=LUCA)

    assert export_of(client).json()["tasks"] == before
    assert inactive_of(client, 101) == ["0.0.2"]
    assert row_of(client, 101)["active_version"]["updated_by"]["work_email"] == LUCA


def test_a_deleted_version_is_neither_listed_nor_exported(
    client: httpx2.Client, acme: Tenant
) -> None:
    acme.add_version(101)
    before = row_of(client, 101)["updatedAt"]

    acme.forget_version(101, "0.0.1")

    assert inactive_of(client, 101) == []
    assert export_of(client, "0.0.1").status_code == 404
    assert export_of(client).status_code == 200
    assert row_of(client, 101)["updatedAt"] == before


def test_a_version_can_be_listed_although_its_export_is_404(
    client: httpx2.Client, acme: Tenant
) -> None:
    acme.add_version(101, activate=False)

    acme.forget_version(101, "0.0.2", listed=True)

    assert inactive_of(client, 101) == ["0.0.2"]
    assert export_of(client, "0.0.2").status_code == 404
    assert export_of(client, "latest").status_code == 404
    rows = client.get("/workflows/101/versions").json()["data"]
    assert [row["version"] for row in rows] == ["0.0.1", "0.0.2"]


def test_the_active_and_the_only_version_cannot_be_deleted(acme: Tenant) -> None:
    acme.add_version(101)
    acme.deactivate(102)

    with pytest.raises(ValueError, match=r"0\.0\.2 is the active"):
        acme.forget_version(101, "0.0.2")
    with pytest.raises(ValueError, match="only one"):
        acme.forget_version(102, "0.0.1")
    with pytest.raises(KeyError, match=r"no version 7\.0"):
        acme.forget_version(101, "7.0")


def test_a_version_names_who_made_it_and_who_changed_it_last(
    client: httpx2.Client, newer: Tenant
) -> None:
    version = newer.add_version(101, by=ADA)
    newer.edit_task(101, by=LUCA)
    newer.edit_task(101)

    shown = row_of(client, 101)["active_version"]

    assert shown["id"] == version.id
    assert shown["created_by"]["work_email"] == ADA
    assert shown["updated_by"] == {
        "created_at": shown["createdAt"],
        "updated_at": shown["updatedAt"],
        "work_email": LUCA,
    }


def test_a_deactivation_and_another_schedule_name_their_author(
    client: httpx2.Client, newer: Tenant
) -> None:
    newer.change_schedule(101, "0 6 * * *", timezone="Rome", by=ADA)
    scheduled = row_of(client, 101)
    exported = export_of(client).json()["workflow"]
    newer.deactivate(101, by=LUCA)
    stopped = row_of(client, 101)

    assert (scheduled["interval"], scheduled["timezone"]) == ("0 6 * * *", "Rome")
    assert (exported["interval"], exported["scheduled_trigger"]) == ("0 6 * * *", True)
    assert scheduled["active_version"]["updated_by"]["work_email"] == ADA
    assert stopped["active_version"] is None
    [inactive] = stopped["latest_inactive_versions"]
    assert inactive["updated_by"]["work_email"] == LUCA
    assert inactive["updatedAt"] > scheduled["active_version"]["updatedAt"]


def test_another_schedule_leaves_the_earlier_versions_as_they_were(
    client: httpx2.Client, acme: Tenant
) -> None:
    before = export_of(client).json()["workflow"]["interval"]
    acme.add_version(101)

    acme.change_schedule(101, "0 6 * * *")

    assert export_of(client, "0.0.1").json()["workflow"]["interval"] == before


def test_the_documented_dialect_names_nobody(client: httpx2.Client, acme: Tenant) -> None:
    acme.add_version(101, by=ADA)
    acme.edit_task(101, by=LUCA)

    text = client.get("/workflows").text

    assert "example.com" not in text
    assert "updated_by" not in text


def test_versions_are_made_and_deleted_by_the_control_api(
    anonymous: httpx2.Client, fake: FakeZuora, newer: Tenant
) -> None:
    url = "/_fake/tenants/acme/definitions/101"

    anonymous.post(f"{url}/add-version", json={"by": ADA})
    row = anonymous.post(f"{url}/forget-version", json={"version": "0.0.1"}).json()
    refused = anonymous.post(f"{url}/forget-version", json={"version": "0.0.2"})

    assert row["active_version"]["created_by"]["work_email"] == ADA
    assert row["latest_inactive_versions"] == []
    assert refused.status_code == 400
    assert "is the active" in refused.json()["error"]

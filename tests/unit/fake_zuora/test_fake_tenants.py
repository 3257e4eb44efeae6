from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workflow_mirror.fake_zuora import FakeZuora, ManualClock, Tenant, UnknownDefinitionError


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tenant(clock: ManualClock) -> Tenant:
    return FakeZuora(clock=clock).add_tenant("acme")


def ids_in(document: dict[str, Any]) -> set[int]:
    return {task["id"] for task in document["tasks"]}


def test_credentials_have_the_documented_form(tenant: Tenant) -> None:
    assert len(tenant.client_id) == 36
    assert len(tenant.client_secret) <= 42
    assert {"+", "/", "="} <= set(tenant.client_secret)


def test_two_tenants_share_no_name_and_no_client() -> None:
    fake = FakeZuora()
    acme = fake.add_tenant("acme")

    with pytest.raises(ValueError, match="acme"):
        fake.add_tenant("acme")
    with pytest.raises(ValueError, match="globex"):
        fake.add_tenant("globex", client_id=acme.client_id)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="dialect must be one of documented, newer"):
        FakeZuora().add_tenant("acme", dialect="klingon")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown tenant option 'dialekt'"):
        FakeZuora().add_tenant("acme", dialekt="newer")  # type: ignore[call-arg]


def test_definition_and_version_ids_collide_and_so_do_tenants(tenant: Tenant) -> None:
    definitions = tenant.generate(10, variety=False)
    other = FakeZuora().add_tenant("globex")
    other.generate(10, variety=False)

    version_ids = {definition.versions[0].id for definition in definitions}

    assert version_ids & set(tenant.definitions)
    assert all(
        definition.id not in {v.id for v in definition.versions} for definition in definitions
    )
    assert set(other.definitions) == set(tenant.definitions)


def test_the_entry_edge_and_the_header_name_the_version(tenant: Tenant) -> None:
    for definition in tenant.generate(30):
        for version in definition.versions:
            document = tenant.export(definition.id, version.number)
            assert document["workflow"]["id"] == version.id
            assert document["linkages"][0]["source_workflow_id"] == version.id


def test_renaming_shows_in_row_and_export_and_moves_updated_at(
    tenant: Tenant, clock: ManualClock
) -> None:
    definition = tenant.add_workflow("Before", tasks=1)
    tenant.export(definition.id)
    clock.advance(60)

    tenant.rename(definition.id, "After: più tardi")

    assert tenant.row(definition.id)["name"] == "After: più tardi"
    assert tenant.row(definition.id)["updatedAt"] == "2026-01-05T08:01:00.000Z"
    assert tenant.export(definition.id)["workflow"]["name"] == "After: più tardi"


def test_two_edits_at_one_instant_give_two_dates(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    tenant.touch(definition.id)
    first = tenant.row(definition.id)["updatedAt"]

    tenant.touch(definition.id)

    assert tenant.row(definition.id)["updatedAt"] > first


def test_editing_a_task_changes_that_task_alone(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=3)
    before = tenant.export(definition.id)
    second = before["tasks"][1]["id"]

    tenant.edit_task(
        definition.id, second, changes={"priority": "High", "parameters": {"delay": "5"}}
    )

    after = tenant.export(definition.id)
    assert after["tasks"][1]["priority"] == "High"
    assert after["tasks"][1]["parameters"] == before["tasks"][1]["parameters"] | {"delay": "5"}
    assert after["tasks"][0] == before["tasks"][0]
    assert after["tasks"][2] == before["tasks"][2]


def test_an_edit_without_touch_leaves_the_row_as_it_was(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    row, export = tenant.row(definition.id), tenant.export(definition.id)

    tenant.edit_task(definition.id, touch=False)

    assert tenant.row(definition.id) == row
    assert tenant.export(definition.id) != export


def test_an_edit_with_touch_moves_the_row(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    row = tenant.row(definition.id)

    tenant.edit_task(definition.id)

    assert tenant.row(definition.id)["updatedAt"] > row["updatedAt"]


def test_a_new_version_has_the_same_steps_under_new_ids(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=20)
    tenant.edit_task(definition.id)
    old = tenant.export(definition.id)

    tenant.add_version(definition.id)

    new = tenant.export(definition.id)
    assert new["workflow"]["version"] == "0.0.2"
    assert new["workflow"]["id"] != old["workflow"]["id"]
    assert not ids_in(new) & ids_in(old)
    assert [task["name"] for task in new["tasks"]] == [task["name"] for task in old["tasks"]]
    assert {edge["target_task_id"] for edge in new["linkages"]} <= ids_in(new)
    file_ids = {
        int(task["object"].split("__")[1].split(".")[0])
        for task in new["tasks"]
        if "__" in (task["object"] or "")
    }
    assert file_ids
    assert file_ids <= ids_in(new)


def test_a_new_version_is_active_only_when_asked(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)

    tenant.add_version(definition.id, activate=False)

    row = tenant.row(definition.id)
    assert row["active_version"]["version"] == "0.0.1"
    assert [v["version"] for v in row["latest_inactive_verisons"]] == ["0.0.2"]
    assert tenant.export(definition.id)["workflow"]["version"] == "0.0.1"
    assert tenant.export(definition.id, "latest")["workflow"]["version"] == "0.0.2"


def test_versions_are_ordered_as_numbers_and_ten_inactive_are_shown(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    for _ in range(12):
        tenant.add_version(definition.id)

    inactive = tenant.row(definition.id)["latest_inactive_verisons"]

    assert tenant.row(definition.id)["active_version"]["version"] == "0.0.13"
    assert [version["version"] for version in inactive] == [f"0.0.{n}" for n in range(12, 2, -1)]


def test_deactivating_and_activating_again_keeps_the_version(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    before = tenant.row(definition.id)

    tenant.deactivate(definition.id)
    without = tenant.row(definition.id)
    tenant.activate(definition.id)

    after = tenant.row(definition.id)
    assert without["active_version"] is None
    assert after["active_version"] == before["active_version"]
    assert before["updatedAt"] < without["updatedAt"] < after["updatedAt"]


def test_a_deleted_definition_comes_back_as_it_was(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    row = tenant.row(definition.id)

    tenant.delete(definition.id)
    with pytest.raises(UnknownDefinitionError, match=str(definition.id)):
        tenant.row(definition.id)
    tenant.restore(definition.id)

    assert tenant.row(definition.id) == row


def test_ids_are_never_used_again(tenant: Tenant) -> None:
    ids = []
    for _ in range(5):
        ids.append(tenant.add_workflow(tasks=1).id)
        tenant.delete(tenant.add_workflow(tasks=1).id)

    assert ids == [101, 103, 105, 107, 109]


def test_a_row_can_be_bent_and_straightened(tenant: Tenant) -> None:
    definition = tenant.add_workflow(tasks=1)
    straight = tenant.row(definition.id)

    tenant.set_row(definition.id, {"status": None}, remove=["name"])
    bent = tenant.row(definition.id)
    tenant.set_row(definition.id)

    assert bent["status"] is None
    assert "name" not in bent
    assert tenant.row(definition.id) == straight


@pytest.mark.parametrize("document", [{"tasks": []}, [], None, "text", {"a": "\ud800"}])
def test_any_json_can_be_served_as_an_export(tenant: Tenant, document: Any) -> None:
    definition = tenant.add_workflow(tasks=1)

    tenant.set_export(definition.id, document)

    assert tenant.export(definition.id) == document


def test_generated_tenants_have_variety(tenant: Tenant) -> None:
    definitions = tenant.generate(40)

    assert {definition.status for definition in definitions} == {"Active", "Inactive"}
    assert sum(definition.active is None for definition in definitions) == 2
    assert max(len(definition.versions) for definition in definitions) == 3
    assert any(definition.shown.triggers.interval for definition in definitions)


def test_a_uniform_tenant_has_one_active_version_each(tenant: Tenant) -> None:
    definitions = tenant.generate(40, variety=False)

    assert all(definition.active and len(definition.versions) == 1 for definition in definitions)
    assert {definition.status for definition in definitions} == {"Active"}


def test_generated_dates_are_past_and_in_order(tenant: Tenant) -> None:
    for definition in tenant.generate(40):
        assert definition.created_at <= definition.updated_at < datetime(2026, 1, 1, tzinfo=UTC)
        assert definition.updated_at - definition.created_at < timedelta(days=201)

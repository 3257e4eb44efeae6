from datetime import UTC, datetime

import pytest

from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.fake_zuora.rows import format_date, single_row, version_row

PUBLISHED_ROW = [
    "id", "interval", "calloutTrigger", "createdAt", "description", "name", "ondemandTrigger",
    "scheduledTrigger", "timezone", "status", "updatedAt", "active_version",
    "latest_inactive_verisons",
]  # fmt: skip
PUBLISHED_SINGLE = [
    "id", "name", "description", "ondemandTrigger", "calloutTrigger", "scheduledTrigger",
    "interval", "timezone", "createdAt", "updatedAt", "priority", "status", "active_version",
]  # fmt: skip
PUBLISHED_VERSION = [
    "calloutTrigger", "createdAt", "description", "id", "interval", "version", "name",
    "ondemandTrigger", "scheduledTrigger", "timezone", "type", "updatedAt",
]  # fmt: skip


@pytest.fixture
def documented() -> Tenant:
    return FakeZuora().add_tenant("acme")


@pytest.fixture
def newer() -> Tenant:
    return FakeZuora().add_tenant("acme", dialect="newer")


def test_a_documented_row_has_the_published_fields_in_order(documented: Tenant) -> None:
    definition = documented.add_workflow(tasks=1)

    row = documented.row(definition.id)

    assert list(row) == PUBLISHED_ROW
    assert list(row["active_version"]) == ["id", "description", "version", "type", "status"]


def test_get_and_versions_have_the_published_fields_in_order(documented: Tenant) -> None:
    definition = documented.add_workflow(tasks=1)
    version = definition.versions[0]

    assert list(single_row(definition, documented.options)) == PUBLISHED_SINGLE
    assert list(version_row(definition, version, documented.options)) == PUBLISHED_VERSION


def test_the_newer_dialect_spells_right_and_says_more(newer: Tenant) -> None:
    definition = newer.add_workflow(tasks=1)
    newer.add_version(definition.id)

    row = newer.row(definition.id)

    assert "latest_inactive_verisons" not in row
    assert row["latest_inactive_versions"][0]["definitionId"] == definition.id
    assert row["active_version"]["definitionId"] == definition.id
    assert row["active_version"]["updatedAt"] == row["updatedAt"]
    assert row["priority"] == row["active_version"]["priority"]


def test_makers_of_newer_versions_are_people_or_not_known(newer: Tenant) -> None:
    rows = [newer.row(definition.id) for definition in newer.generate(10, variety=False)]

    makers = [row["active_version"]["created_by"] for row in rows]

    assert "N/A" in makers
    assert "billing@example.com" in [m["work_email"] for m in makers if m != "N/A"]


def test_only_newer_exports_have_a_workflow_definition(documented: Tenant, newer: Tenant) -> None:
    old = documented.export(documented.add_workflow(tasks=1).id)
    new = newer.export(newer.add_workflow("Solleciti", tasks=1).id)

    assert list(old) == ["workflow", "tasks", "linkages"]
    assert new["workflow_definition"] == {
        "name": "Solleciti",
        "description": new["workflow_definition"]["description"],
        "category": "Default",
        "ui_page_roles": [],
    }


def test_changing_the_dialect_changes_rendered_exports_too(documented: Tenant) -> None:
    definition = documented.add_workflow(tasks=1)
    documented.export(definition.id)

    documented.options.dialect = "newer"

    assert "workflow_definition" in documented.export(definition.id)


def test_a_missing_active_version_is_null_or_absent(documented: Tenant) -> None:
    definition = documented.add_workflow(tasks=1, active=False)

    assert documented.row(definition.id)["active_version"] is None
    documented.options.no_active_version = "absent"
    assert "active_version" not in documented.row(definition.id)


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        ("Z", "2021-07-23T03:43:48.076Z"),
        ("+08:00", "2021-07-23T11:43:48.076+08:00"),
        ("-07:00", "2021-07-22T20:43:48.076-07:00"),
        ("+05:30", "2021-07-23T09:13:48.076+05:30"),
    ],
)
def test_dates_are_iso_with_milliseconds_in_the_offset_of_the_tenant(
    offset: str, text: str
) -> None:
    moment = datetime(2021, 7, 23, 3, 43, 48, 76_000, tzinfo=UTC)

    assert format_date(moment, offset) == text

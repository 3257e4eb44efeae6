from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.zuora.definitions import id_of, newest_version, read_definition
from workflow_mirror.zuora.errors import UnusableAnswerError

DOCUMENTED: dict[str, Any] = {
    "id": 48,
    "interval": None,
    "calloutTrigger": True,
    "createdAt": "2019-05-31T14:52:38.171Z",
    "description": "",
    "name": "New test workflow",
    "ondemandTrigger": True,
    "scheduledTrigger": False,
    "timezone": None,
    "status": "Active",
    "updatedAt": "2019-06-03T21:02:26.694Z",
    "active_version": {
        "id": 49,
        "description": "",
        "version": "0.0.1",
        "type": "Workflow::Setup",
        "status": "Active",
    },
    "latest_inactive_verisons": [{"id": 50, "version": "0.0.2", "type": "Workflow::Setup"}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def row(**changes: Any) -> dict[str, Any]:
    return {**DOCUMENTED, **changes}


def test_a_row_of_the_documented_dialect_is_read() -> None:
    definition = read_definition(DOCUMENTED)

    assert (definition.zuora_id, definition.name, definition.state) == (
        "48",
        "New test workflow",
        "Active",
    )
    assert (definition.version, definition.version_id) == ("0.0.1", "49")
    assert definition.type == "Workflow::Setup"
    assert definition.updated_on == datetime(2019, 6, 3, 21, 2, 26, 694000, tzinfo=UTC)
    assert (definition.interval, definition.timezone) == ("", "")
    assert definition.callout_trigger
    assert not definition.scheduled_trigger
    assert definition.raw is DOCUMENTED


def test_a_row_of_the_newer_dialect_is_read() -> None:
    active = {"id": 49, "definitionId": 48, "version": "1.2", "priority": "High"}

    definition = read_definition(
        row(active_version=active, priority="Medium", created_by="N/A", unknown={"kept": 1})
    )

    assert (definition.version, definition.priority) == ("1.2", "Medium")
    assert definition.raw["unknown"] == {"kept": 1}


@pytest.mark.parametrize("spelling", ["latest_inactive_verisons", "latest_inactive_versions"])
@pytest.mark.parametrize("active", [{"active_version": None}, {"active_version": {}}, {}])
def test_without_an_active_version_the_newest_inactive_one_is_shown(
    spelling: str, active: dict[str, Any]
) -> None:
    inactive = [
        {"id": 50, "version": "0.0.9", "type": "Old"},
        {"id": 51, "version": "0.0.10", "type": "New", "priority": "Low"},
    ]

    definition = read_definition({"id": 48, **active, spelling: inactive})

    assert not definition.has_active_version
    assert (definition.version, definition.version_id) == ("0.0.10", "51")
    assert (definition.type, definition.priority) == ("New", "Low")


def test_a_row_from_before_versioning_has_one_version_that_a_plain_export_gives() -> None:
    definition = read_definition({"id": 7, "name": "Old", "type": "Workflow::Setup"})

    assert definition.has_active_version
    assert (definition.type, definition.version, definition.state) == ("Workflow::Setup", "", "")


def test_a_definition_without_any_version_is_read() -> None:
    definition = read_definition(row(active_version=None, latest_inactive_verisons=[]))

    assert not definition.has_active_version
    assert (definition.version, definition.version_id, definition.type) == ("", "", "")


@pytest.mark.parametrize(
    ("higher", "lower"), [("0.0.10", "0.0.9"), ("1", "0.9.9"), ("2.0", "1.99.99"), ("1", "odd")]
)
def test_versions_are_compared_as_numbers(higher: str, lower: str) -> None:
    versions = [{"version": higher}, {"version": lower}]

    assert newest_version(versions) == {"version": higher}
    assert newest_version(versions[::-1]) == {"version": higher}


@pytest.mark.parametrize("value", ["9" * 5000, "²", None, ["0.0.1"], True, "", "1..2"])
def test_an_odd_version_number_is_below_every_other(value: Any) -> None:
    assert newest_version([{"version": value}, {"version": "0.0.1"}]) == {"version": "0.0.1"}


@pytest.mark.parametrize("inactive", [5, "text", {"id": 1}, True, [None, "x", 3]])
def test_odd_inactive_versions_are_none(inactive: Any) -> None:
    definition = read_definition(row(active_version=None, latest_inactive_verisons=inactive))

    assert definition.version == ""


@pytest.mark.parametrize(
    "odd", [{"name": None}, {"name": 5}, {"name": True}, {"active_version": "N/A"}]
)
def test_odd_types_do_not_hinder_reading(odd: dict[str, Any]) -> None:
    assert read_definition(row(**odd)).zuora_id == "48"


@pytest.mark.parametrize("truthy", ["true", 1, "false", []])
def test_only_true_switches_a_trigger_on(truthy: Any) -> None:
    assert not read_definition(row(calloutTrigger=truthy)).callout_trigger


@pytest.mark.parametrize(
    ("name", "text"),
    [({"a": 1}, '{"a": 1}'), (["x"], '["x"]'), (5, "5"), (849.0, "849"), (True, "true")],
)
def test_a_name_that_is_no_text_is_read_as_json(name: Any, text: str) -> None:
    definition = read_definition(row(name=name, description=name))

    assert definition.name == definition.description == text


@pytest.mark.parametrize("value", [48, "48", 48.0, " 48 "])
def test_an_id_is_a_number_or_its_text(value: Any) -> None:
    assert id_of({"id": value}) == "48"


@pytest.mark.parametrize("value", [None, "", True, -5, 4.5, "4/8", "../48", "²", {"id": 1}, [48]])
def test_anything_else_is_no_id(value: Any) -> None:
    """It becomes part of the path that is called, and the mirror's key."""
    assert id_of({"id": value}) == ""
    with pytest.raises(UnusableAnswerError, match="without an id"):
        read_definition(row(id=value))


@pytest.mark.parametrize("answer", [None, [], "text", 5, {}])
def test_an_answer_that_is_no_row_is_unusable(answer: Any) -> None:
    with pytest.raises(UnusableAnswerError):
        read_definition(answer)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*DOCUMENTED, "type", "priority"]), JSON))
def test_no_row_with_an_id_raises(changes: dict[str, Any]) -> None:
    assert read_definition({**DOCUMENTED, **changes, "id": 48}).zuora_id == "48"

"""What changed between two looks at a workflow."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.history.changes import Look, changes_between
from workflow_mirror.zuora.definitions import read_definition


def row(**changes: Any) -> dict[str, Any]:
    version = {"id": 1, "version": "0.0.1"}
    known = {"id": 7, "name": "Dunning", "status": "Active", "active_version": version}
    return known | changes


ROWS = st.fixed_dictionaries(
    {
        "id": st.just(7),
        "name": st.sampled_from(["a", "b", None]),
        "description": st.sampled_from(["", None, "text"]),
        "status": st.sampled_from(["Active", "Inactive"]),
        "scheduledTrigger": st.booleans(),
        "active_version": st.sampled_from(
            [None, {"id": 1, "version": "0.0.1"}, {"id": 2, "version": "0.0.2"}]
        ),
        "latest_inactive_versions": st.sampled_from([[], [{"id": 3, "version": "0.0.3"}]]),
    }
)
LOOKS = st.builds(
    Look,
    definition=st.none() | ROWS.map(read_definition),
    content=st.sampled_from(["", "a", "b"]),
    draft=st.sampled_from(["", "c", "d"]),
    error=st.sampled_from(["", "timeout"]),
    is_deleted=st.booleans(),
)


@given(LOOKS)
def test_nothing_changed_between_equal_looks(look: Look) -> None:
    assert changes_between(look, look) == []


@given(LOOKS, LOOKS)
def test_the_way_back_has_as_many_entries_of_content_names_and_settings(a: Look, b: Look) -> None:
    def kinds(before: Look, after: Look) -> list[str]:
        symmetric = {"content", "renamed", "settings"}
        return sorted({change.kind for change in changes_between(before, after)} & symmetric)

    assert kinds(a, b) == kinds(b, a)


@given(LOOKS)
def test_a_new_workflow_is_created_first(look: Look) -> None:
    assert next(change.kind for change in changes_between(None, look)) == "created"


def fields_of(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    changes = changes_between(Look(read_definition(before)), Look(read_definition(after)))
    return {change.kind: change.fields for change in changes}


def test_another_dialect_is_no_change() -> None:
    older = row(latest_inactive_verisons=[{"id": 3, "version": "0.0.3"}])
    newer = row(priority="High", latest_inactive_versions=[{"id": 3, "version": "0.0.3"}])

    assert fields_of(older, newer) == {}


def test_versions_compare_as_numbers() -> None:
    def draft(number: str) -> str:
        active = {"id": 1, "version": "0.0.9"}
        inactive = [{"id": 2, "version": number}]
        given = row(active_version=active, latest_inactive_versions=inactive)
        return read_definition(given).draft_version

    assert [draft("0.0.10"), draft("0.0.8"), draft("1"), draft("odd")] == ["0.0.10", "", "1", ""]

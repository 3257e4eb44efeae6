"""Run state is no part of a workflow's content."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.workflows.exports import read_export
from workflow_mirror.workflows.run_state import TASK_FIELDS, WORKFLOW_FIELDS, without_run_state

DOCUMENT: dict[str, Any] = {
    "workflow": {"id": 9, "version": "0.0.2", "started_at": None, "parameters": {"status": "x"}},
    "tasks": [
        {"id": 1, "name": "a", "status": None, "parameters": {"status": "x", "error": "y"}},
        {"id": 2, "name": "b", "parameters": {}},
    ],
    "linkages": [{"source_workflow_id": 9, "target_task_id": 1, "status": "x"}],
}
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def hash_of(document: dict[str, Any]) -> str:
    return read_export(document).content_hash


@pytest.mark.parametrize("field", sorted(WORKFLOW_FIELDS))
@given(value=JSON)
def test_run_state_of_the_workflow_is_no_content(field: str, value: Any) -> None:
    other = {**DOCUMENT, "workflow": {**DOCUMENT["workflow"], field: value}}

    assert hash_of(other) == hash_of(DOCUMENT)


@pytest.mark.parametrize("field", sorted(TASK_FIELDS))
@given(value=JSON)
def test_run_state_of_a_task_is_no_content(field: str, value: Any) -> None:
    first, second = DOCUMENT["tasks"]

    assert hash_of({**DOCUMENT, "tasks": [{**first, field: value}, second]}) == hash_of(DOCUMENT)


@pytest.mark.parametrize("field", sorted(WORKFLOW_FIELDS | TASK_FIELDS))
@pytest.mark.parametrize(
    "place",
    [
        (),
        ("workflow", "parameters"),
        ("workflow", "notifications"),
        ("tasks", 0, "parameters"),
        ("tasks", 0, "css"),
        ("linkages", 0),
        ("workflow_definition",),
    ],
)
def test_the_same_names_elsewhere_are_content(field: str, place: tuple[Any, ...]) -> None:
    other = deepcopy(DOCUMENT)
    inner: Any = other
    for key in place:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else inner[key]
    before = hash_of(other)

    inner[field] = "another"

    assert hash_of(other) != before


def test_a_field_of_the_workflow_is_content_of_a_task_unless_it_is_listed_for_both() -> None:
    """A task's `data` is nothing that Zuora is known to write."""
    first, second = DOCUMENT["tasks"]

    assert hash_of({**DOCUMENT, "tasks": [{**first, "data": 1}, second]}) != hash_of(DOCUMENT)


def test_the_stored_document_stays_exact() -> None:
    document = deepcopy(DOCUMENT)
    document["workflow"]["started_at"] = "2017-05-11 20:41:24 UTC"
    document["tasks"][0]["status"] = "Finished"

    assert b"2017-05-11" in read_export(document).json
    assert b"Finished" in read_export(document).json


def test_the_document_itself_is_left_alone() -> None:
    document = deepcopy(DOCUMENT)

    without_run_state(document)

    assert document == DOCUMENT


@pytest.mark.parametrize("odd", [None, [], "x", {}, {"workflow": 7, "tasks": {"status": 1}}])
def test_a_document_of_any_shape_is_taken(odd: Any) -> None:
    assert without_run_state(odd) == odd


def test_entries_that_are_no_objects_stay() -> None:
    document = {"tasks": [None, "x", {"status": "x", "id": 1}]}

    assert without_run_state(document) == {"tasks": [None, "x", {"id": 1}]}


@given(JSON)
def test_to_leave_run_state_out_twice_is_to_leave_it_out_once(document: Any) -> None:
    once = without_run_state(document)

    assert without_run_state(once) == once

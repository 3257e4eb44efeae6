"""Tasks out of real exports: odd ones are kept, whatever Zuora gives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.workflows.extraction import ExtractedTask, extract_tasks, family
from workflow_mirror.zuora.definitions import read_definition

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def ids(*tasks: Any) -> list[str]:
    extracted = extract_tasks({"tasks": list(tasks)})
    assert extracted is not None
    return [task.zuora_id for task in extracted]


def only_task(entry: dict[str, Any]) -> ExtractedTask:
    [task] = extract_tasks({"tasks": [entry]}) or []
    return task


def test_a_task_is_taken_as_it_is() -> None:
    task = only_task(
        {
            "id": 849,
            "name": "Fattura già pagata?",
            "action_type": "Logic::Case",
            "object": "Invoice",
            "object_id": "{{Data.Invoice.Id}}",
            "call_type": "SOAP",
            "priority": "Medium",
            "parameters": {"case_clause": "x"},
        }
    )

    assert task.position == 1
    assert task.columns == {
        "zuora_id": "849",
        "name": "Fattura già pagata?",
        "task_type": "Logic",
        "action_type": "Logic::Case",
        "object": "Invoice",
        "object_id": "{{Data.Invoice.Id}}",
        "call_type": "SOAP",
        "priority": "Medium",
    }


@pytest.mark.parametrize(
    ("action_type", "task_type"),
    [
        ("Logic::Case", "Logic"),
        ("File::CustomPDF::CustomDocument", "File"),
        ("Email", "Email"),
        ("Brand::New", "Brand"),
        ("", ""),
    ],
)
def test_the_family_is_what_stands_before_the_colons(action_type: str, task_type: str) -> None:
    assert family(action_type) == task_type


def test_ids_as_numbers_and_as_text_are_the_same_ids() -> None:
    assert ids({"id": 12}, {"id": "13"}, {"id": 14.0}, {"id": " 15 "}) == ["12", "13", "14", "15"]


def test_a_doubled_id_is_kept_under_a_number_of_its_own() -> None:
    assert ids({"id": 7}, {"id": "7"}, {"id": 7}) == ["7", "7#2", "7#3"]


def test_a_made_up_id_never_takes_a_real_one() -> None:
    assert ids({"id": 7}, {"id": 7}, {"id": "7#2"}) == ["7", "7#3", "7#2"]


def test_a_task_without_an_id_is_named_by_its_place() -> None:
    assert ids({"id": None}, {"id": 1}, {}, {"id": ""}) == ["no-id-1", "1", "no-id-3", "no-id-4"]


@pytest.mark.parametrize("entry", [None, "text", 5, [], True])
def test_an_entry_that_is_no_object_is_a_task_all_the_same(entry: Any) -> None:
    assert ids({"id": 1}, entry) == ["1", "no-id-2"]


@pytest.mark.parametrize("document", [{}, {"tasks": None}, {"tasks": {}}, [], None, "x"])
def test_no_list_of_tasks_is_not_an_empty_list(document: Any) -> None:
    assert extract_tasks(document) is None
    assert extract_tasks({"tasks": []}) == []


def test_missing_and_null_texts_are_empty() -> None:
    task = only_task({"id": 1, "name": None, "object": None})

    assert (task.name, task.columns["object"], task.action_type, task.task_type) == ("", "", "", "")


def test_a_name_that_is_an_object_is_shown_as_json() -> None:
    task = only_task({"id": {"a": 1}, "name": {"b": ["é"], "a": None}, "object": ["x", True]})

    assert task.zuora_id == '{"a": 1}'
    assert task.name == '{"a": null, "b": ["é"]}'
    assert task.columns["object"] == '["x", true]'


@given(JSON)
def test_a_text_is_the_same_for_a_task_and_for_a_row_of_the_list(value: Any) -> None:
    assert only_task({"name": value}).name == read_definition({"id": 1, "name": value}).name


@given(st.lists(JSON | st.fixed_dictionaries({"id": st.integers(0, 2) | st.text(max_size=1)})))
def test_every_entry_becomes_exactly_one_task_with_an_id_of_its_own(entries: list[Any]) -> None:
    tasks = extract_tasks({"tasks": entries})

    assert tasks is not None
    assert [task.position for task in tasks] == list(range(1, len(entries) + 1))
    assert len({task.zuora_id for task in tasks}) == len(entries)
    assert all(task.zuora_id for task in tasks)

"""Exports as documents: storable and canonical."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.documents import canonical_json, storable
from workflow_mirror.workflows.export_warnings import characters_replaced
from workflow_mirror.workflows.exports import read_export

ANY_TEXT = st.text(st.characters(), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)
GOOD: dict[str, Any] = {
    "workflow": {"id": 9, "version": "0.0.2"},
    "tasks": [{"id": 1, "parameters": {}}, {"id": 2, "parameters": {}}],
    "linkages": [
        {"source_workflow_id": 9, "source_task_id": None, "target_task_id": 1},
        {"source_workflow_id": None, "source_task_id": 1, "target_task_id": 2},
    ],
}


def test_nul_characters_and_lone_surrogates_are_replaced_and_reported() -> None:
    document = {"workflow": {"name": "a\0b"}, "tasks": [{"id": 1, "parameters": {"x\0": "\ud800"}}]}

    clean, paths = storable(document)

    assert clean == {
        "workflow": {"name": "a\ufffdb"},
        "tasks": [{"id": 1, "parameters": {"x\ufffd": "\ufffd"}}],
    }
    assert paths == [
        "$.workflow.name",
        "$.tasks[0].parameters (a key)",
        "$.tasks[0].parameters.x\ufffd",
    ]


def test_an_export_with_nul_characters_warns_with_the_path() -> None:
    ready = read_export({**GOOD, "workflow": {"name": "a\0"}})

    assert ready.warnings == [characters_replaced("$.workflow.name")]
    assert json.loads(ready.json)["workflow"]["name"] == "a\ufffd"


def test_a_backslash_before_u0000_is_text_and_stays() -> None:
    document = {**GOOD, "workflow": {"name": "\\u0000 and \\ud800"}}

    ready = read_export(document)

    assert json.loads(ready.json) == document
    assert ready.warnings == []


@pytest.mark.parametrize("text", ["à é 日本 😀", "a\r\nb", "\x7f\x01", "{{ Liquid }}", "\ufeff"])
def test_other_characters_stay_as_they_are(text: str) -> None:
    document = {**GOOD, "workflow": {"name": text}}

    assert json.loads(read_export(document).json) == document


def test_integers_beyond_64_bits_stay_exact() -> None:
    document = {**GOOD, "workflow": {"id": 2**70}}

    assert json.loads(read_export(document).json) == document


@given(JSON)
def test_whatever_json_holds_becomes_storable(value: Any) -> None:
    ready = read_export({"workflow": {}, "x": value})

    text = ready.json.decode()
    assert "\0" not in json.dumps(json.loads(text), ensure_ascii=False).encode().decode()
    assert json.loads(text)["x"] == storable(value)[0]


def test_the_order_of_keys_tasks_and_linkages_means_nothing() -> None:
    other = {
        "linkages": GOOD["linkages"][::-1],
        "tasks": [dict(reversed(task.items())) for task in GOOD["tasks"][::-1]],
        "workflow": GOOD["workflow"],
    }

    assert canonical_json(other) == canonical_json(GOOD)
    assert read_export(other).content_hash == read_export(GOOD).content_hash


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": GOOD["tasks"][:1]},
        {"workflow": {"id": 10, "version": "0.0.2"}},
        {"linkages": []},
        {"new_key": None},
    ],
)
def test_other_content_has_another_hash(change: dict[str, Any]) -> None:
    assert read_export({**GOOD, **change}).content_hash != read_export(GOOD).content_hash


def test_the_fast_and_the_slow_way_to_dump_agree() -> None:
    document = {"b": [1, "é", None, True], "a": {"y": 1, "x": 0.5}}

    slow = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert dump(document) == slow.encode()


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_each_unstorable_character_is_found_by_itself(character: str) -> None:
    ready = read_export({**GOOD, "workflow": {"name": f"a{character}"}})

    assert json.loads(ready.json)["workflow"] == {"name": "a\ufffd"}
    assert ready.warnings == [characters_replaced("$.workflow.name")]


def test_the_hash_is_that_of_the_document_as_it_is_stored() -> None:
    came = read_export({**GOOD, "workflow": {"name": "a\0"}})

    assert came.content_hash == read_export(json.loads(came.json)).content_hash


def test_the_order_of_keys_means_nothing_beside_an_integer_beyond_64_bits() -> None:
    document = {"workflow": {"id": 2**70, "version": "1"}, "tasks": [], "linkages": []}
    other = {key: document[key] for key in reversed(document)}

    assert read_export(other).content_hash == read_export(document).content_hash

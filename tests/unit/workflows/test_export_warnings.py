"""Warnings about exports: a code and facts, and a text in the user's language."""

from typing import Any

import pytest
from django.utils.translation import override

from workflow_mirror.workflows.export_warnings import (
    _TEXTS,
    Warned,
    export_warnings,
    warning_text,
    warning_texts_in_english,
)

GOOD: dict[str, Any] = {
    "workflow": {"id": 9},
    "tasks": [{"id": 1, "parameters": {}}, {"id": 2, "parameters": {}}],
    "linkages": [
        {"source_workflow_id": 9, "target_task_id": 1},
        {"source_task_id": 1, "target_task_id": 2},
    ],
}
FACTS = {"key": "tasks", "task": "849", "position": 3, "path": "$.name", "n": 2, "text": "odd"}


def texts(document: Any) -> list[str]:
    return warning_texts_in_english(export_warnings(document))


def test_a_well_formed_export_has_no_warnings() -> None:
    assert export_warnings(GOOD) == []


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"tasks": None}, "no list of tasks"),
        ({"linkages": None}, "no list of linkages"),
        ({"tasks": [{"id": 1, "parameters": {}}] * 2}, "task id 1 is doubled"),
        ({"tasks": ["x", *GOOD["tasks"]]}, "task 1 is no object"),
        ({"tasks": [*GOOD["tasks"], {"parameters": {}}]}, "task 3 has no id"),
        ({"tasks": [*GOOD["tasks"], {"id": 3, "parameters": None}]}, "task 3 has no parameters"),
        ({"tasks": GOOD["tasks"][:1]}, "an edge names the missing task 2"),
        ({"linkages": GOOD["linkages"][1:]}, "no entry edge"),
    ],
)
def test_each_warning_is_given(change: dict[str, Any], warning: str) -> None:
    assert warning in texts({**GOOD, **change})


def test_one_id_in_several_spellings_is_one_id() -> None:
    document = {
        "tasks": [{"id": 849.0, "parameters": {}}, {"id": " 850", "parameters": {}}],
        "linkages": [
            {"source_workflow_id": 9, "target_task_id": "849"},
            {"source_task_id": 849, "target_task_id": 850},
        ],
    }

    assert export_warnings(document) == []
    assert "task id 849 is doubled" in texts({"tasks": [{"id": 849}, {"id": 849.0}]})


def test_an_odd_id_is_named_as_json() -> None:
    assert 'task {"a": 1} has no parameters' in texts({"tasks": [{"id": {"a": 1}}]})


def test_a_warning_is_stored_as_a_code_and_facts() -> None:
    [warned] = export_warnings({**GOOD, "tasks": [*GOOD["tasks"], {"id": 3}]})

    assert warned == {"code": "task_without_parameters", "facts": {"task": "3"}}


@pytest.mark.parametrize("code", sorted(set(_TEXTS) - {"other"}))
def test_every_warning_is_told_in_italian(code: str) -> None:
    warned = Warned(code=code, facts=FACTS)

    with override("it"):
        italian = warning_text(warned)
        [english] = warning_texts_in_english([warned])

    assert italian != english
    assert "%(" not in italian + english


def test_a_number_of_one_has_its_own_sentence() -> None:
    with override("it"):
        assert warning_text(Warned(code="cycles", facts={"n": 1})).startswith("1 collegamento ")


def test_a_code_of_another_version_is_shown_as_it_is() -> None:
    assert warning_text(Warned(code="brand_new", facts={})) == "brand_new"


def test_what_was_stored_before_there_were_codes_keeps_its_text() -> None:
    assert warning_text(Warned(code="other", facts={"text": "5% odd"})) == "5% odd"

"""What free text is searched in: every string of a task once, folded, without secrets."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.references.made_exports import export_of, task
from tests.unit.references.test_extraction_laws import HIDING, JSON, SECRET
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.references.extract import extract
from workflow_mirror.references.extract.content import folded_text, task_lines, workflow_lines
from workflow_mirror.references.extract.reader import DEEPEST
from workflow_mirror.references.query import fold
from workflow_mirror.workflows.documents import storable


def lines_of(document: Any) -> dict[str | None, list[str]]:
    return {zuora_id: sorted(text.split("\n")) for zuora_id, text in extract(document).texts}


def test_each_task_and_the_workflow_itself_have_a_text() -> None:
    document = export_of(
        task(id=1, name="Perché  no?", notes="One", parameters={"url": "https://ERP.it/\nx"}),
        task(id=2, name="Other", parameters={"body": {"deep": ["A", 4711, True, None, 1.50]}}),
        "no task",
        description="Sends invoices",
        notifications={"emails": ["billing@example.com"]},
    )
    assert lines_of(document) == {
        None: ["billing@example.com", "emails", "sends invoices", "w"],
        "1": ["https://erp.it/ x", "one", "perche no?", "url"],
        "2": ["1.5", "4711", "a", "body", "deep", "other"],
    }


def test_equal_strings_are_in_the_text_once() -> None:
    document = export_of(task(name="x", parameters={"a": "same", "b": ["same", "same"]}))
    assert lines_of(document)["7"] == ["a", "b", "same", "x"]


def test_run_state_and_identifiers_are_not_in_the_text() -> None:
    document = export_of(task(name="x", error="boom", css={"top": "12px"}, task_id=99, status="Q"))
    assert lines_of(document)["7"] == ["x"]


def test_a_secret_ends_its_line() -> None:
    """So no phrase reaches from the text before to the text after it."""
    document = export_of(task(name="x", parameters={"code": f"token = '{SECRET}' and more"}))
    assert lines_of(document)["7"] == ["' and more", "code", "token = '", "x"]


def test_the_name_of_the_workflow_is_folded_and_without_secrets() -> None:
    assert extract(export_of(name="Fatture è")).name == "fatture e"
    assert extract(export_of(name=f"token={SECRET} x")).name == "token=\n x"
    for name in (7, None, ["a"]):
        assert extract(export_of(name=name)).name == ""


def test_halves_of_surrogate_pairs_become_storable() -> None:
    assert lines_of(export_of(task(name="a\ud800b")))["7"] == ["a\ufffdb"]


def test_what_lies_too_deep_is_left_out() -> None:
    value: Any = "bottom"
    for _ in range(DEEPEST + 1):
        value = [value]
    assert "bottom" not in lines_of(export_of(task(parameters=value)))["7"]


@settings(deadline=None)
@given(JSON, st.sampled_from(HIDING), st.booleans())
def test_no_secret_is_in_a_text(document: Any, hide: Any, outside: bool) -> None:  # noqa: FBT001 - hypothesis fills it
    parameters = {**hide(SECRET), "more": document}
    export = export_of(
        task(parameters={} if outside else parameters),
        notifications=parameters if outside else {},
    )
    assert SECRET.lower() not in json.dumps(extract(export).texts)


@settings(deadline=None)
@given(JSON)
def test_any_json_has_texts(document: Any) -> None:
    texts = extract({"workflow": document, "tasks": [document], "x": document}).texts
    assert all("\0" not in text for _, text in texts)
    assert all(text.encode() is not None for _, text in texts)


@settings(deadline=None)
@given(JSON)
def test_every_line_is_the_folded_form_of_a_string(document: Any) -> None:
    """The search finds in the stored document what the database found in the text."""
    document, _ = storable(document)
    lines = task_lines({"parameters": document}) + workflow_lines({"notifications": document})
    found = set(folded_text(lines).split("\n"))
    for line in lines:
        assert set(fold(line.text).replace("\ue001", "\n").split("\n")) <= found


@pytest.mark.parametrize("seed", range(40))
def test_what_a_reference_names_is_in_the_text_of_its_place(seed: int) -> None:
    """The search looks for hosts, addresses and parts of names in the texts first."""
    tasks, linkages = generate(
        Recipe(seed, tasks=20, first_task_id=100, version_id=7, newer=bool(seed % 2))
    )
    extracted = extract({"workflow": {"name": "W"}, "tasks": tasks, "linkages": linkages})
    texts = dict(extracted.texts)
    for one in extracted.references:
        name = one.name.rpartition(".")[2] if one.kind == "field" else one.name
        for part in re.split(r"\*+", fold(name)):
            assert part in texts[one.task_zuora_id], one

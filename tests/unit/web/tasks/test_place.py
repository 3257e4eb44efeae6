"""The place in a task's parameters to which a link leads."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.references.extract.content import task_lines
from workflow_mirror.web.tasks.parameters import Parameter, read_parameters
from workflow_mirror.web.tasks.place import LONGEST_MARK, with_place

DATA: dict[str, Any] = {
    "url": "https://erp.example.com/v1/ERP",
    "url.more": "https://crm.example.com",
    "fields": {"Account": {"Id": "true", "Region__c": "true"}, "Region__c": {"Id": "true"}},
    "headers": [{"key": "Accept", "value": "x"}, {"key": "Other", "value": ["x", "y", "x"]}],
    "body": '{"region": "Region__c", "amount": 10.00}',
    "text": "Line 1\nPerché   il\npagamento <b>",
    "long": "x" * 1000 + "\nmore",
    "number": 7,
    "empty": "",
    "email": {"to": ["a@example.com"], "template": "Dear {{ Name }},\npay", "texts": ["x\ny"]},
}


def marked(data: Any, at: str, wanted: str = "") -> tuple[str, str, str]:
    """The name of the parameter, the text before the mark, and the marked text."""
    [found] = [one for one in with_place(read_parameters(data), data, at, wanted) if one.mark]
    before, text, after = parts(found)
    assert before + text + after == found.text
    return found.name, before, text


def parts(parameter: Parameter) -> tuple[str, str, str]:
    assert parameter.mark
    start, end = parameter.mark
    return parameter.text[:start], parameter.text[start:end], parameter.text[end:]


@pytest.mark.parametrize(
    ("at", "wanted", "name", "line", "text"),
    [
        ("parameters.url", "erp", "url", "https://", "erp"),
        ("parameters.url.more", "crm", "url.more", "https://", "crm"),
        ("parameters.fields.Account.Region__c", "region__c", "fields", '    "', "Region__c"),
        ("parameters.fields.Region__c.Id", "id", "fields", '    "', "Id"),
        ("parameters.headers[1].value[2]", "x", "headers", '      "', "x"),
        ("parameters.headers[1].value[2]", "", "headers", "", '      "x"'),
        ("parameters.body", "Region__c", "body", '  "region": "', "Region__c"),
        ("parameters.text", "perche il pagamento", "text", "", "Perché   il\npagamento"),
        ("parameters.text", "nothing there", "text", "", DATA["text"]),
        ("parameters.long", "nothing there", "long", "", "x" * LONGEST_MARK),
        ("parameters.number", "7", "number", "", "7"),
        ("parameters.email.to[0]", "a@", "email", '    "', "a@"),
        ("parameters.email.template", "name", "email.template", "Dear {{ ", "Name"),
        ("parameters.email.texts[0]", "y", "email.texts[0]", "", "y"),
        ("parameters.headers[7].value", "x", "headers", '    "value": "', "x"),
        ("parameters.fields.Account.Nothing", "id", "fields", '    "', "Id"),
    ],
)
def test_a_place_is_marked(at: str, wanted: str, name: str, line: str, text: str) -> None:
    found, before, shown = marked(DATA, at, wanted)
    assert (found, before.rpartition("\n")[2], shown) == (name, line, text)


def test_the_mark_is_at_the_path_and_not_at_an_equal_text_before_it() -> None:
    _name, before, _text = marked(DATA, "parameters.fields.Region__c.Id", "id")
    assert before.count('"Id"') == 1
    _name, before, _text = marked(DATA, "parameters.headers[1].value[2]", "x")
    assert before.count('"x"') == 2


@pytest.mark.parametrize(
    "at",
    [
        "",
        "name",
        "parameters",
        "parameters.",
        "parameters.nothing",
        "url",
        "parameters.ur",
        "[",
        ".",
    ],
)
def test_a_path_that_leads_nowhere_marks_nothing(at: str) -> None:
    parameters = read_parameters(DATA)
    assert with_place(parameters, DATA, at, "x") == parameters


@pytest.mark.parametrize("data", [None, [], ["x"], "x", 7, {}])
def test_parameters_that_are_no_object_have_no_place(data: Any) -> None:
    parameters = read_parameters(data)
    for at in ("parameters.x", "parameters.", "parameters[0]", ""):
        assert with_place(parameters, data, at, "x") == parameters


values = st.recursive(
    st.text(max_size=8) | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="ab.[]0", max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.text(alphabet="ab.[]0", max_size=3), values, max_size=4)


@settings(deadline=None)
@given(objects, st.text(alphabet="parmets.ab[]0", max_size=30), st.text(max_size=5))
def test_any_path_is_harmless_and_changes_no_text(data: Any, at: str, wanted: str) -> None:
    parameters = read_parameters(data)
    for path in (at, f"parameters.{at}"):
        for before, after in zip(
            parameters, with_place(parameters, data, path, wanted), strict=True
        ):
            assert before.text == after.text
            if after.mark:
                assert "".join(parts(after)) == before.text


def leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    elif isinstance(value, str) and value:
        yield path, value


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(alphabet="abcd", min_size=1, max_size=2),
        st.recursive(
            st.text(alphabet="xyz", min_size=1, max_size=4),
            lambda inner: (
                st.lists(inner, min_size=1, max_size=3)
                | st.dictionaries(
                    st.text(alphabet="abcd", min_size=1, max_size=2), inner, min_size=1, max_size=3
                )
            ),
            max_leaves=12,
        ),
        max_size=4,
    )
)
def test_every_place_that_the_search_names_is_found(data: dict[str, Any]) -> None:
    """Each string is marked at its own place: the places follow each other as the strings do."""
    named = {line.path for line in task_lines({"parameters": data})}
    places: dict[str, list[int]] = {}
    for path, value in leaves(data, "parameters"):
        name, before, text = marked(data, path, value)
        assert path in named
        assert text == value
        places.setdefault(name, []).append(len(before))
    assert all(found == sorted(set(found)) for found in places.values())

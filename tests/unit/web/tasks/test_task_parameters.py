"""Parameters are shown as a person reads them, whatever they hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.web.tasks.parameters import Parameter, read_parameters

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def only(value: Any) -> Parameter:
    [parameter] = read_parameters({"name": value})
    return parameter


def test_text_keeps_its_line_breaks() -> None:
    assert only("{% if x %}\n  yes") == Parameter("name", "{% if x %}\n  yes", is_block=True)


def test_short_text_and_plain_values_stand_on_the_line() -> None:
    shown = read_parameters({"a": "POST", "b": True, "c": None, "d": 5, "e": []})

    assert [(p.text, p.is_block) for p in shown] == [
        ("POST", False),
        ("true", False),
        ("null", False),
        ("5", False),
        ("[]", False),
    ]


def test_structures_are_folded() -> None:
    assert only({"è": [1]}) == Parameter(
        "name", '{\n  "è": [\n    1\n  ]\n}', is_block=True, is_folded=True
    )


def test_json_inside_a_text_is_shown_as_json() -> None:
    assert only(' {"a":1}') == only({"a": 1})


def test_numbers_of_json_inside_a_text_are_shown_as_they_are_spelled() -> None:
    [shown] = read_parameters({"body": '{"amount": 10.00, "rate": 0.12345678901234567891234}'})

    assert '"amount": 10.00,' in shown.text
    assert '"rate": 0.12345678901234567891234' in shown.text


@pytest.mark.parametrize("number", ["1e99999999999999999999", "9" * 5000])
def test_json_with_a_number_that_python_cannot_read_stays_text(number: str) -> None:
    text = f'{{"a": {number}}}'

    assert read_parameters({"body": text})[0].text == text


def test_text_that_only_looks_like_json_stays_text() -> None:
    assert only("{{ Data.Invoice.Id }}").text == "{{ Data.Invoice.Id }}"


def test_half_a_surrogate_pair_in_json_text_can_be_sent() -> None:
    assert only('["\\ud800"]').text.encode() == '[\n  "\N{REPLACEMENT CHARACTER}"\n]'.encode()


def test_parameters_that_are_no_object_are_shown() -> None:
    assert read_parameters(None) == []
    assert read_parameters([1])[0].name == ""


@given(JSON)
def test_any_parameters_can_be_read(data: Any) -> None:
    assert len(read_parameters(data)) == (len(data) if isinstance(data, dict) else data is not None)


# The place to which a reference leads


def paths(value: Any, path: str = "parameters") -> Iterator[tuple[str, Any]]:
    """Each place in a value, as the index of references writes paths."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, f"{path}.{key}")
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from paths(item, f"{path}[{place}]")


KEYS = st.text("ab_", min_size=1, max_size=4)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("x\n\u2028\x85", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, NESTED, min_size=1, max_size=3), st.data())
def test_the_line_of_a_path_is_that_of_its_value(parameters: Any, data: st.DataObject) -> None:
    path, value = data.draw(st.sampled_from([*paths(parameters)][1:]))
    [place] = [one for one in read_parameters(parameters, path) if one.is_place]
    assert path.startswith(f"parameters.{place.name}")
    if path == f"parameters.{place.name}":
        assert place.line is None
    elif place.is_folded:
        assert place.line is not None
        before, line, after = place.line
        assert before + line + after == place.text
        last = re.search(r"\.(\w+)\Z", path)
        shown = line.strip()
        if last:
            assert shown.startswith(f'"{last[1]}": ')
            shown = shown.removeprefix(f'"{last[1]}": ')
        first_line = simplejson.dumps(value, indent=2, ensure_ascii=False).partition("\n")[0]
        assert shown.removesuffix(",") == first_line


def test_keys_with_dots_and_brackets_are_found() -> None:
    value = {"a": {"x": 1}, "a.b": {"c": 2, "c[0]": 3}, "a.b.c": 4}
    for path, line in (("a.b.c[0]", '    "c[0]": 3'), ("a.x", '    "x": 1')):
        [shown] = read_parameters({"name": value}, f"parameters.name.{path}")
        assert shown.line is not None
        assert shown.line.text == line


@pytest.mark.parametrize(
    "path", ["", "name", "parameters", "parameters.na", "parameters.names", "parameters.name" * 99]
)
def test_other_paths_mark_nothing(path: str) -> None:
    assert not any(one.is_place for one in read_parameters({"name": {"a": 1}}, path))


def test_a_path_into_a_text_or_to_nowhere_marks_the_whole_parameter() -> None:
    for value in ('{"a": {"b": 1}}', {"b": 1}, "text"):
        [shown] = read_parameters({"name": value}, "parameters.name.a.b")
        assert (shown.is_place, shown.line) == (True, None)


def test_a_deep_path_is_no_error() -> None:
    value: Any = []
    for _ in range(500):
        value = [value]
    [shown] = read_parameters({"name": value}, "parameters.name" + "[0]" * 328)
    assert shown.is_place

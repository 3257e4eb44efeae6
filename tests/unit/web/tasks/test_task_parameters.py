"""Parameters are shown as a person reads them, whatever they hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.web.tasks.parameters import MOST_TEXTS, Parameter, read_parameters

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def only(value: Any) -> Parameter:
    [parameter] = read_parameters({"name": value})
    return parameter


def test_text_keeps_its_line_breaks() -> None:
    text = "{% if x %}\n  yes"
    assert only(text) == Parameter("name", text, is_block=True, language="liquid")


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
        "name", '{\n  "è": [\n    1\n  ]\n}', is_block=True, is_folded=True, language="json"
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
    shown = [one.name for one in read_parameters(data)]
    expected = list(data) if isinstance(data, dict) else [""] * (data is not None)
    assert [name for name in expected if name not in shown] == []


def test_long_texts_of_a_structure_have_blocks_of_their_own() -> None:
    mail = {"to": "a@example.com", "template": "<p>\n  Dear</p>", "files": [{"q": "x" * 81}]}

    whole, template, file = read_parameters({"email": mail})
    assert (whole.name, whole.is_folded) == ("email", True)
    assert '"template": "<p>\\n' in whole.text
    assert (template.name, template.text) == ("email.template", mail["template"])
    assert (template.language, template.has_preview) == ("html", True)
    assert (file.name, file.is_block) == ("email.files[0].q", True)


def test_json_in_a_text_of_a_structure_is_shown_as_json() -> None:
    call = {"url": "u", "body": '{"a": 1,\n "b": 2}'}

    _whole, body = read_parameters({"call": call})
    assert (body.name, body.language, body.is_folded) == ("call.body", "json", True)


def test_texts_beyond_a_number_are_in_the_json_only() -> None:
    shown = read_parameters({"texts": ["x\n"] * 1000})

    assert len(shown) == 1 + MOST_TEXTS
    assert shown[0].text.count("x") == 1000

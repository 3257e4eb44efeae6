"""Numbers of any length keep their value; texts and ids are read in one way."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflow_mirror.exact_json import (
    ExactEncoder,
    NumberTooLongError,
    dump,
    id_text,
    loads,
    text_of,
)

DIGITS = st.text("0123456789", min_size=1, max_size=25)
NUMBERS = st.builds(
    lambda sign, whole, fraction, exponent: f"{sign}{whole.lstrip('0') or '0'}{fraction}{exponent}",
    st.sampled_from(["", "-"]),
    DIGITS,
    st.just("") | DIGITS.map(lambda digits: f".{digits}"),
    st.just("") | st.integers(-700, 700).map(lambda power: f"e{power}"),
)


@given(NUMBERS)
@example("70000000.00000011")  # 16 digits that a float does not tell from another number
def test_a_number_keeps_its_value_through_reading_and_writing(text: str) -> None:
    assert Decimal(dump(loads(text)).decode()) == Decimal(text)


@given(NUMBERS, st.integers(0, 30))
def test_a_number_is_written_alike_however_it_was_spelled(text: str, zeros: int) -> None:
    written = dump(loads(text))

    assert dump(loads(f"{Decimal(text):f}")) == written
    assert dump(loads(f"{Decimal(text):e}")) == written
    if "e" not in text:
        assert dump(loads(text + ("" if "." in text else ".") + "0" * (zeros + 1))) == written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("-0.0", 0),
        ("10.00", 10),
        ("1e2", 100),
        ("0.5e1", 5),
        ("1e400", 10**400),
        ("9007199254740993", 9007199254740993),
        ("12345678901234567890.12", Decimal("12345678901234567890.12")),
        ("0.12345678901234567891234", Decimal("0.12345678901234567891234")),
        ("0.10000000000000000000000", 0.1),
        ("1E-400", Decimal("1E-400")),
        ("0e999999999", 0),
        ("9" * 5000, Decimal("9" * 5000)),
    ],
)
def test_a_number_has_one_form(text: str, value: Any) -> None:
    number = loads(text)

    assert number == value
    assert type(number) is type(value)


@pytest.mark.parametrize(
    "text", ["1e131071", "-1e131071", "9" * 131_072, "1e-16383", "1" + "0" * 99 + ".5e-16282"]
)
def test_what_postgresql_can_hold_is_read(text: str) -> None:
    assert Decimal(dump(loads(text)).decode()) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "1e131072",
        "9" * 131_073,
        "1e-16384",
        "1.5e-16383",
        "0." + "1" * 16_384,
        "1" * 131_072 + "." + "0" * 16_384 + "1",
        "1e9999999999999999999999",
        "1e-9999999999999999999999",
    ],
)
def test_what_postgresql_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(NumberTooLongError):
        loads(f'{{"a": [{text}]}}')


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1.", "01", "{", ""])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Extra data|NaN|Infinity"):
        loads(text)


DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]


@pytest.mark.parametrize("other", ["text", 2**70, "\ud800", DEEP])
def test_a_long_decimal_is_a_number_whatever_stands_beside_it(other: Any) -> None:
    long = Decimal("0.12345678901234567891234")

    written = dump({"b": long, "a": other})

    assert b'"b":0.12345678901234567891234}' in written
    assert loads(written.decode("utf-8", "surrogatepass")) == {"a": other, "b": long}


def test_a_field_of_the_database_is_written_with_its_long_decimals() -> None:
    value = {"b": Decimal("0.12345678901234567891234"), "a": 2**70}

    assert loads(json.dumps(value, cls=ExactEncoder)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("a name", "a name"),
        (849, "849"),
        (849.0, "849"),
        (loads("849.0"), "849"),
        (loads("8.49e2"), "849"),
        (1.5, "1.5"),
        (2**70, "1180591620717411303424"),
        (Decimal("0.12345678901234567891234"), "0.12345678901234567891234"),
        (True, "true"),
        ({"b": None, "a": "é"}, '{"a": "é", "b": null}'),
        (["x", 1], '["x", 1]'),
    ],
)
def test_a_text_is_read_as_zuora_means_it_and_else_as_json(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_spaces_around_an_id_mean_nothing() -> None:
    assert id_text(" 849 ") == id_text(849.0) == "849"

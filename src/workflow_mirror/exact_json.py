"""Reads and writes JSON without changing the value of any number.

PostgreSQL's numeric, and so JSONB, holds decimals that a float cannot. In memory each number has
one form, however it was written in the text: an int if it is whole, a float if a float has exactly
this value, otherwise a Decimal. So equal documents are written as the same bytes.
"""

import json
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from typing import Any

import orjson
import simplejson

MOST_DIGITS_BEFORE = 131_072
MOST_DIGITS_AFTER = 16_383
"""Before and after the decimal point: the limits of PostgreSQL's numeric."""
# A float preserves any 15 significant digits, but not all numbers of 16.
_EXACT_IN_A_FLOAT = len("12345678.1234567")
# Python can refuse conversions between text and int above a limit; it cannot be set below this.
_MOST_INT_DIGITS = 640
_SHORT_INT_BITS = 64
_NUMERIC = Context(
    prec=MOST_DIGITS_BEFORE + MOST_DIGITS_AFTER,
    Emax=MOST_DIGITS_BEFORE - 1,
    Emin=-MOST_DIGITS_AFTER,
    traps=[Inexact, InvalidOperation, Overflow, Subnormal],
)


class NumberTooLongError(ValueError):
    """A number that PostgreSQL cannot hold."""


def loads(text: str | bytes) -> Any:
    """Raises ValueError if the text is not JSON, NumberTooLongError, RecursionError."""
    return json.loads(text, cls=ExactDecoder)


def dump(value: Any) -> bytes:
    """JSON with sorted keys and no spaces; dates as ISO 8601.

    orjson is fast, but refuses lone surrogates, ints above 64 bits and more than 250 levels;
    simplejson writes them.
    """
    try:
        return orjson.dumps(value, default=_as_number, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        text = simplejson.dumps(
            value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_iso
        )
        return text.encode("utf-8", "surrogatepass")


def text_of(value: Any) -> str:
    """A name, an ID or another value from Zuora as text.

    Null becomes an empty text, the number 849.0 becomes 849, and any value that is neither text
    nor number becomes JSON.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and value.bit_length() < _SHORT_INT_BITS:  # most ids; simplejson is slow
        return str(value)
    # Sorted, since the database does not keep the order of keys.
    return simplejson.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=True)


def id_text(value: Any) -> str:
    """The text of an ID without surrounding whitespace."""
    return text_of(value).strip()


class ExactDecoder(json.JSONDecoder):
    """For `json.loads` and Django's JSONField."""

    def __init__(self, **options: Any) -> None:
        hooks = {"parse_float": _number, "parse_int": _int, "parse_constant": _refuse}
        super().__init__(**{**options, **hooks})


class ExactEncoder(json.JSONEncoder):
    """For Django's JSONField: Decimals are written as JSON numbers."""

    def encode(self, o: Any) -> str:
        return dump(o).decode()


def _int(text: str) -> int | float | Decimal:
    return int(text) if len(text) < _MOST_INT_DIGITS else _number(text)


def _number(text: str) -> int | float | Decimal:
    if len(text) <= _EXACT_IN_A_FLOAT and "e" not in text and "E" not in text:
        number = float(text)
        return int(number) if number.is_integer() else number
    return _long_number(text)


def _long_number(text: str) -> int | float | Decimal:
    try:
        value = _NUMERIC.create_decimal(text).normalize(_NUMERIC)
    except ArithmeticError as error:
        raise NumberTooLongError from error
    exponent = int(value.as_tuple().exponent)
    if not value:
        return 0
    if exponent < -MOST_DIGITS_AFTER:
        raise NumberTooLongError
    if exponent >= 0:
        return int(value) if value.adjusted() < _MOST_INT_DIGITS - 1 else value
    number = float(value)
    return number if Decimal(repr(number)) == value else value


def _refuse(name: str) -> None:
    """`NaN` and `Infinity` are not JSON: Python's parser accepts them, PostgreSQL does not."""
    raise ValueError(name)


def _as_number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)

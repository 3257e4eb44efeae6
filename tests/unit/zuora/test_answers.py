import json
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.errors import fact_text
from workflow_mirror.zuora.answers import REASON_LENGTH, read_answer, reason_in
from workflow_mirror.zuora.errors import (
    BadDataError,
    InvalidCredentialsError,
    MissingPermissionError,
    NeedsAttentionError,
    NotFoundError,
    RateLimitedError,
    RefusedRequestError,
    ServerTroubleError,
    TryAgainError,
    UnusableAnswerError,
    WrongHostError,
    ZuoraError,
)

GATEWAY = {"success": False, "reasons": [{"code": 90000011, "message": "please sign in first"}]}
WORKFLOW = {"errors": [{"status": 400, "code": "invalid", "title": "version '1' is not found."}]}
PLAIN = {"errors": ["Invalid ID / Multiple objects returned - SchemaId: 2"]}
CAPITAL = {"Errors": ["Invalid ID"]}
FIELD = {"success": False, "reasons": [{"fieldName": "status", "title": "on is not a status"}]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["success", "reasons", "errors", "Errors", "message", "error", "code"])


def response(status: int, body: Any = b"", **headers: str) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx2.Response(status, content=content, headers=named)


def error_of(status: int, body: Any = b"", **headers: str) -> ZuoraError:
    with pytest.raises(ZuoraError) as raised:
        read_answer(response(status, body, **headers), "list workflows")
    assert str(raised.value).isprintable()
    return raised.value


@pytest.mark.parametrize(
    "value", [{"a": [1, None, "é"]}, [], {}, 5, "text", None, {"success": True}]
)
def test_a_good_answer_is_its_json(value: Any) -> None:
    assert read_answer(response(200, value), "list workflows") == value


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_answer(response(200, b'\xef\xbb\xbf{"a": 1}'), "list workflows") == {"a": 1}


@pytest.mark.parametrize(
    ("status", "kind", "what_to_do"),
    [
        (301, WrongHostError, NeedsAttentionError),
        (304, WrongHostError, NeedsAttentionError),
        (400, RefusedRequestError, BadDataError),
        (401, InvalidCredentialsError, NeedsAttentionError),
        (403, MissingPermissionError, NeedsAttentionError),
        (404, NotFoundError, BadDataError),
        (408, ServerTroubleError, TryAgainError),
        (409, RefusedRequestError, BadDataError),
        (422, RefusedRequestError, BadDataError),
        (429, RateLimitedError, TryAgainError),
        (500, ServerTroubleError, TryAgainError),
        (502, ServerTroubleError, TryAgainError),
        (503, ServerTroubleError, TryAgainError),
        (504, ServerTroubleError, TryAgainError),
    ],
)
@pytest.mark.parametrize("body", [b"", b"oops", b"<html>", b'{"success": true}', b'{"cut": '])
def test_the_status_says_what_can_be_done(
    status: int, kind: type[ZuoraError], what_to_do: type[ZuoraError], body: bytes
) -> None:
    error = error_of(status, body)

    assert type(error) is kind
    assert isinstance(error, what_to_do)
    assert error.facts.status == status


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (GATEWAY, "please sign in first (code 90000011)"),
        (WORKFLOW, "version '1' is not found. (code invalid)"),
        (PLAIN, "Invalid ID / Multiple objects returned - SchemaId: 2"),
        (CAPITAL, "Invalid ID"),
        (FIELD, "on is not a status"),
        ({"message": "An unexpected error occurred"}, "An unexpected error occurred"),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"error": "x", "error_description": "Bad client credentials"}, "Bad client credentials"),
        ({"reasons": [{"message": "one"}, {"message": "two"}]}, "one; two"),
        ({"errors": {"title": "no list"}}, "no list"),
    ],
)
def test_the_reason_is_read_from_every_error_shape(body: Any, reason: str) -> None:
    assert reason_in(body) == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "an empty body"),
        (b" \n", "an empty body"),
        (b"\n <!DOCTYPE html><h1>Back soon</h1>", "a web page instead of JSON"),
        (b"Authentication error", "text instead of JSON"),
        (b'{"data": [', "JSON that is cut or of an unknown form"),
        (b'{"unknown": "form"}', "JSON that is cut or of an unknown form"),
    ],
)
def test_a_body_without_a_reason_is_described_and_not_repeated(body: bytes, reason: str) -> None:
    assert fact_text(error_of(500, body).facts.reason) == reason


def test_a_404_whose_body_says_400_is_a_404() -> None:
    error = error_of(404, WORKFLOW)

    assert type(error) is NotFoundError
    assert str(error) == (
        "Zuora does not know this workflow or version (list workflows): HTTP 404,"
        " version '1' is not found. (code invalid)"
    )


def test_success_false_on_a_200_is_an_error() -> None:
    error = error_of(200, GATEWAY)

    assert type(error) is UnusableAnswerError
    assert "please sign in first" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a": ',
        b"\xff\xfe\xfd",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_a_200_that_is_no_storable_json_is_unusable(body: bytes) -> None:
    assert type(error_of(200, body)) is UnusableAnswerError


@pytest.mark.parametrize("number", [b"1e131072", b"1e-16384", b"9" * 131_073])
def test_a_number_that_the_database_cannot_hold_is_bad_data_and_not_asked_for_again(
    number: bytes,
) -> None:
    error = error_of(200, b'{"a": ' + number + b"}")

    assert type(error) is BadDataError
    assert not isinstance(error, TryAgainError)
    assert "a number is longer than the database can hold" in str(error)


def test_deep_nesting_in_an_error_body_does_no_harm() -> None:
    assert "JSON that is cut" in str(error_of(500, b"[" * 100_000))


def test_a_429_carries_the_wait_that_zuora_asks_for() -> None:
    error = error_of(429, {}, RateLimit_Reset="600")

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 600


def test_a_5xx_waits_for_retry_after_and_not_for_the_reset_of_the_rate_limit() -> None:
    """Every answer carries RateLimit-Reset; a 500 has nothing to do with it."""
    error = error_of(500, {}, RateLimit_Reset="3600")
    asked = error_of(503, {}, Retry_After="7", RateLimit_Reset="3600")

    assert isinstance(error, ServerTroubleError)
    assert error.retry_after is None
    assert isinstance(asked, ServerTroubleError)
    assert asked.retry_after == 7


def test_the_request_id_is_named_for_zuoras_support() -> None:
    error = error_of(500, b"", Zuora_Request_Id="0b9c2f1e")

    assert str(error).endswith("HTTP 500, an empty body, request 0b9c2f1e")


def test_a_long_reason_is_cut() -> None:
    assert len(reason_in({"message": "x" * 10_000})) == REASON_LENGTH


@pytest.mark.parametrize("words", ["two\nlines", "a\0b", "\x1b[31mred", "\ud800", "a\u2028b"])
def test_a_reason_is_one_printable_line(words: str) -> None:
    """It goes to terminals, to logs and into PostgreSQL, which takes no NUL."""
    reason = reason_in({"message": words})

    assert reason
    assert reason.isprintable()


@pytest.mark.parametrize(
    "body",
    [
        {"reasons": [["s3cret"], {"message": {"header": "s3cret"}}, {"code": ["s3cret"]}, 5, None]},
        {"errors": {"form": {"client_secret": "s3cret"}}},
        {"message": ["s3cret"]},
        {"request": {"client_secret": "s3cret"}},
        ["s3cret"],
        "s3cret",
    ],
)
def test_an_unknown_shape_is_not_repeated(body: Any) -> None:
    """It may hold what was sent."""
    assert "s3cret" not in str(error_of(400, body))


@pytest.mark.parametrize("secret", ["s3cret+/=", "A" * 60])
def test_a_secret_that_zuora_repeats_is_taken_out_of_the_reason(secret: str) -> None:
    long = "x" * (REASON_LENGTH - 10)
    for words in (f"bad secret {secret} given", long + secret):
        with pytest.raises(ZuoraError) as raised:
            read_answer(response(400, {"message": words}), "get token", secrets=(secret,))
        assert secret[:6] not in str(raised.value)


def test_an_empty_secret_takes_nothing_out() -> None:
    with pytest.raises(RefusedRequestError, match="as it is"):
        read_answer(response(400, {"message": "as it is"}), "get token", secrets=("",))


@settings(deadline=None)
@given(st.dictionaries(KEYS, JSON) | JSON)
def test_no_body_makes_reading_the_reason_fail(body: Any) -> None:
    assert reason_in(body).isprintable()

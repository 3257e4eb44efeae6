"""Secrets in a document are masked wherever they are; all else stays as it is."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.exact_json import loads
from workflow_mirror.workflows.masking import (
    DEEPEST,
    holds_secret,
    masked_document,
    masked_value,
    text_holds_secret,
)
from workflow_mirror.workflows.secrets import MASK

SECRET = "hush77Hush"
HARMLESS = {"url": "https://erp.example.com/v1", "retry": 3, "body": "{{ Data.Account.Id }}"}
names = st.sampled_from(["url", "body", "password", "headers", "authorization", "key", "value"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "value",
    [
        {"authorization": {"type": "basic", "username": SECRET, "deep": [{"x": SECRET}]}},
        {"headers": [{"key": "X-Api-Key", "value": SECRET}]},
        {"password": SECRET},
        {"fields": [{"field_name": "Key", "default": SECRET}]},
        {"raw_body": json.dumps({"client_secret": SECRET, "page": 2})},
        {"text": f"first line\ncurl -H 'Authorization: Bearer {SECRET}' https://erp.example.com"},
        {"url": f"https://hooks.slack.com/services/T0/B0/{SECRET}"},
        {"url": f"https://x.webhook.office.com/webhookb2/1@2/IncomingWebhook/{SECRET}/3"},
        {"url": f"https://discord.com/api/webhooks/12/{SECRET}"},
        {"db": f"jdbc:postgresql://db.example.com/x?user=u&password={SECRET}"},
        {"db": f"Server=db;Database=x;User Id=u;Password={SECRET};"},
        {f"token={SECRET}": 1},
    ],
)
def test_a_secret_is_masked(value: dict[str, Any]) -> None:
    for nested in (value, [value], {"a": [{"b": value}]}):
        assert SECRET not in json.dumps(masked_value(nested))
        assert MASK in json.dumps(masked_value(nested))
        assert holds_secret(nested)


@pytest.mark.parametrize(
    "value",
    [
        HARMLESS,
        {"password": "{{ Credentials.Custom.erp }}", "authorization": {"type": "none"}},
        {"password": "", "secret": None, "use_token": True},
        [],
        "text",
        None,
    ],
)
def test_what_is_no_secret_stays(value: Any) -> None:
    assert masked_value(value) == value
    assert not holds_secret(value)


def test_a_number_under_a_secret_key_is_masked() -> None:
    assert masked_value({"password": 4711}) == {"password": MASK}


@given(values)
def test_masking_is_done_once(value: Any) -> None:
    assert masked_value(masked_value(value)) == masked_value(value)
    assert not holds_secret(masked_value(value))


@given(values)
def test_a_document_without_secrets_is_returned_as_it_was_written(value: Any) -> None:
    text = json.dumps(value, indent=4)
    assert (masked_document(text) == text) is not text_holds_secret(text)
    assert loads(masked_document(text)) == masked_value(value)


def test_numbers_keep_their_value() -> None:
    number = "12345678901234567890.000000000000000000001"
    text = masked_document(f'{{"amount": {number}, "password": "{SECRET}"}}')
    assert SECRET not in text
    assert loads(text)["amount"] == Decimal(number)


def test_what_is_nested_too_deeply_is_masked_and_no_error() -> None:
    value: Any = SECRET
    for _ in range(DEEPEST + 300):
        value = [value]
    assert SECRET not in json.dumps(masked_value(value))
    assert holds_secret(value)

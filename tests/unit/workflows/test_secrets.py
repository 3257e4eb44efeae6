"""Which values of an export are secrets, by key and by shape (API.md sections 7 and 14)."""

import json
from typing import Any

import pytest

from workflow_mirror.workflows.secrets import is_secret_entry, secret_spans

SECRET = "hush77Hush"
TEXTS = (
    f"https://erp.example.com/?api_key={SECRET}&page=2",
    f"https://erp.example.com/?page=2&sig={SECRET}",
    f"https://erp.example.com/f?code={SECRET}",
    f"https://robot:{SECRET}@erp.example.com/x",
    f"https://{SECRET}@erp.example.com/x",
    f"sftp://robot:{SECRET}@files.example.com",
    f'{{"password": "{SECRET}", "page": 2}}',
    f'{{"headers": [{{"key": "X-Api-Key", "value": "{SECRET}"}}]}}',
    f'{{"authorization": {{"type": "basic", "deep": [{{"what": "{SECRET}"}}]}}}}',
    json.dumps({"body": json.dumps({"client_secret": SECRET})}),
    f'{{"login": "{SECRET}", "env": {{"A": "{SECRET}"}}}}',
    f"const apiKey = '{SECRET}';",
    f'{{% assign token = "{SECRET}" %}}',
    f"<soap:Password type='text'>{SECRET}</soap:Password>",
    f"grant_type=password&password={SECRET}",
    f"Authorization: Bearer {SECRET}",
    f"Authorization: Basic {SECRET}==",
    f"Authorization: Basic {'hush' * 4}{SECRET}",
    f"passphrase: {SECRET}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{SECRET}\ncut off",
    f"https://hooks.slack.com/services/T0/B0/{SECRET}",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_secret_inside_a_text_is_found(text: str) -> None:
    spans = secret_spans(text)

    assert spans
    assert SECRET not in masked(text)
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456-abcdef",
        "sk_live_abc123",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc",
    ],
)
def test_a_token_of_a_known_form_is_found_wherever_it_stands(text: str) -> None:
    assert masked(f"before {text} after") == "before # after"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Id = '{{ Data.Account.Id }}' and Balance > 5",
        "https://erp.example.com/api/v2/invoices?page=2",
        '{"password": "{{ Credentials.Custom.erp_password }}"}',
        "Authorization: {{ GlobalConstants.ERP_AUTH }}",
        "const token = getToken(page);",
        "billing@example.com",
        "Basic subscription of the customer",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert secret_spans(text) == []


@pytest.mark.parametrize(
    "key",
    [
        "password", "slackToken", "teamsClientSecret", "teamsPassword", "private_key", "privateKey",
        "passphrase", "authorization", "api_key", "Environment", "username", "user", "sftpUser",
        "access_key_id", "aws_secret_access_key", "credentials", "Cookie",
    ],
)  # fmt: skip
def test_a_key_tells_that_its_value_is_secret(key: str) -> None:
    assert is_secret_entry({key: SECRET}, key)


@pytest.mark.parametrize(
    "key", ["where_clause", "url", "token_url", "type", "name", "value", "key", "User__c", "object"]
)
def test_other_keys_do_not(key: str) -> None:
    assert not is_secret_entry({key: SECRET}, key)


@pytest.mark.parametrize(
    ("entry", "key", "secret"),
    [
        ({"key": "Authorization", "value": SECRET}, "value", True),
        ({"name": "X-Api-Key", "value": SECRET}, "value", True),
        ({"key": "Content-Type", "value": "json"}, "value", False),
        ({"field_name": "Id", "default": SECRET}, "default", True),
        ({"default": "x"}, "default", False),
    ],
)
def test_a_neighbour_tells_that_a_value_is_secret(
    entry: dict[str, Any], key: str, *, secret: bool
) -> None:
    assert is_secret_entry(entry, key) == secret


def test_a_long_text_is_read_in_no_time_that_grows_faster_than_it() -> None:
    """Patterns that try every length from every place would never end here."""
    for piece in ('password="', "://", "?key", "<token ", "-----BEGIN PRIVATE KEY-----", "basic a"):
        secret_spans(piece * 3000)


def masked(text: str) -> str:
    end, kept = 0, ""
    for start, stop in secret_spans(text):
        kept += text[end:start] + "#"
        end = stop
    return kept + text[end:]
